"""Web hooks, for administrators: where events go, whether they arrive."""

from __future__ import annotations

from typing import Annotated

import msgspec

from appliance.store.web_hooks import Hook, HookTerms, list_hooks
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.handlers.base import NOTHING, ApiHandler, Nothing
from webui.interfaces.hooks import Delivery


class HookTargets(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    networks: Annotated[
        tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=50)], ...], msgspec.Meta(max_length=50)
    ]
    """Addresses and networks to which web hooks may go: `192.168.1.20`, `10.1.0.0/16`."""


class Resuming(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    skip: bool = False
    """Leave out what waits and begin with what happens next."""


class HooksHandler(ApiHandler):
    @needs(P.API_KEY)
    async def get(self) -> list[Hook]:
        """Every hook with how far it was told and what went wrong."""
        return await self.context.database.read(list_hooks)

    @needs(P.API_KEY)
    async def post(self, body: HookTerms) -> Hook:
        """A new hook, told of what happens from now on, with a new secret for its signatures."""
        hook = await self.context.interfaces.hooks.add(body, self.me.user.name)
        await self.audit("api.hook", "web_hook", str(hook.id), after=msgspec.json.encode(hook.terms).decode())
        return hook


class HookHandler(ApiHandler):
    @needs(P.API_KEY)
    async def put(self, hook_id: str, body: HookTerms) -> Hook:
        """Change it; a paused one is tried again."""
        hook = await self.context.interfaces.hooks.change(int(hook_id), body)
        await self.audit("api.hook", "web_hook", hook_id, after=msgspec.json.encode(hook.terms).decode())
        return hook

    @needs(P.API_KEY)
    async def delete(self, hook_id: str) -> Nothing:
        """Nothing is sent there any more."""
        await self.context.interfaces.hooks.remove(int(hook_id))
        await self.audit("api.hook", "web_hook", hook_id, after="deleted")
        return NOTHING


class HookTestHandler(ApiHandler):
    @needs(P.API_KEY)
    async def post(self, hook_id: str) -> Delivery:
        """Send a `test` event now, once, and tell what came of it."""
        return await self.context.interfaces.hooks.test(int(hook_id))


class HookResumeHandler(ApiHandler):
    @needs(P.API_KEY)
    async def post(self, hook_id: str, body: Resuming) -> Hook:
        """Send again at once, after a pause or while it waits for the next try."""
        hook = await self.context.interfaces.hooks.resume(int(hook_id), skip=body.skip)
        await self.audit("api.hook", "web_hook", hook_id, after="resumed, skipped" if body.skip else "resumed")
        return hook


class HookTargetsHandler(ApiHandler):
    @needs(P.API_KEY)
    async def put(self, body: HookTargets) -> HookTargets:
        """Where web hooks may go at all; nobody else is ever connected to."""
        networks = await self.context.interfaces.hooks.allow(body.networks)
        await self.audit("api.hook", "hook_targets", "", after=" ".join(networks))
        return HookTargets(networks=networks)
