"""Keys of other programs and what these programs did, for administrators."""

from __future__ import annotations

from typing import Annotated

import msgspec

from appliance.store.api_keys import ApiKey, KeyTerms, list_api_keys
from appliance.store.interface_log import LoggedEntry, list_log_entries
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.handlers.base import ApiHandler


class InterfacesState(msgspec.Struct, frozen=True, kw_only=True):
    stream_host: str
    """Where the TCP stream listens; empty: it is off."""
    stream_port: int
    trouble: str
    """Why it does not listen although it should, a Chinese sentence; empty when all is well."""
    connected: int
    """Programs on the event stream now."""
    most_connected: int
    hook_targets: tuple[str, ...]
    """Addresses and networks to which web hooks may go."""


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    key: ApiKey
    secret: str
    """Told this once, never again."""


class LogQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 100
    before: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] | None = None
    """Id of the last entry of the page before."""
    failed: bool = False
    """Only what was refused or did not arrive."""


class InterfacesHandler(ApiHandler):
    @needs(P.API_KEY, P.API_LOG)
    async def get(self) -> InterfacesState:
        """The doors for other programs."""
        interfaces = self.context.interfaces
        host, port = interfaces.door.address or ("", 0)
        return InterfacesState(
            stream_host=host,
            stream_port=port,
            trouble=interfaces.trouble,
            connected=interfaces.hub.count,
            most_connected=self.context.settings.interfaces.stream_connections,
            hook_targets=interfaces.hooks.networks,
        )


class KeysHandler(ApiHandler):
    @needs(P.API_KEY)
    async def get(self) -> list[ApiKey]:
        """Every key, also those revoked; newest first. Secrets are not kept."""
        await self.context.interfaces.journal.flush()
        return await self.context.database.read(list_api_keys)

    @needs(P.API_KEY)
    async def post(self, body: KeyTerms) -> NewKey:
        """A new key; its secret is in this answer and nowhere else."""
        key, secret = await self.context.interfaces.keys.add(body, self.me.user.name)
        await self.audit("api.key", "api_key", str(key.id), after=msgspec.json.encode(key.terms).decode())
        return NewKey(key=key, secret=secret)


class OneKeyHandler(ApiHandler):
    @needs(P.API_KEY)
    async def put(self, key_id: str, body: KeyTerms) -> ApiKey:
        """What the key is good for from now on; its streams have to connect again."""
        key = await self.context.interfaces.keys.change(int(key_id), body)
        await self.audit("api.key", "api_key", key_id, after=msgspec.json.encode(key.terms).decode())
        return key


class KeyRevokeHandler(ApiHandler):
    @needs(P.API_KEY)
    async def post(self, key_id: str) -> ApiKey:
        """The key never works again, from this moment on; its streams and hooks end."""
        key = await self.context.interfaces.keys.revoke(int(key_id))
        await self.context.interfaces.hooks.pause_all_of(key.id)
        await self.audit("api.key", "api_key", key_id, after="revoked")
        return key


class InterfaceLogHandler(ApiHandler):
    @needs(P.API_LOG)
    async def get(self, query: LogQuery) -> list[LoggedEntry]:
        """What programs asked and what was sent to them, newest first."""
        await self.context.interfaces.journal.flush()
        return await self.context.database.read(
            list_log_entries, limit=query.limit, before=query.before, failed_only=query.failed
        )
