"""The page 远程支持: open, close, relay, replay, support bundle."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec

from appliance.support.grant import Relay
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.errors import Refusal
from webui.handlers.base import ApiHandler
from webui.handlers.files import FileHandler, confined
from webui.support import ACTION, SupportOrder, SupportView
from webui.supportwords import BUNDLE_MADE, BUNDLE_TAKEN, CLOSED, REPLAYED, opened, relay_set

_SUBJECT = "support"


class SupportHandler(ApiHandler):
    @needs(P.SYS_REMOTE, P.SYS_LOG)
    async def get(self) -> SupportView:
        """What is open, who is in, what was recorded, and the support bundle."""
        return await self.context.support.view()

    @needs(P.SYS_REMOTE)
    async def post(self, body: SupportOrder) -> SupportView:
        """Let the vendor in for some hours."""
        grant = await self.context.support.open(body, self.me.user.name)
        await self.audit(ACTION, _SUBJECT, grant.id, after=opened(grant, body.hours))
        return await self.context.support.view()

    @needs(P.SYS_REMOTE, at_once=True)
    async def delete(self) -> SupportView:
        """Close at once; running sessions end in the middle of whatever they do."""
        grant = await self.context.support.close()
        await self.audit(ACTION, _SUBJECT, grant.id if grant else "", after=CLOSED)
        return await self.context.support.view()


class SupportRelayHandler(ApiHandler):
    @needs(P.SYS_REMOTE)
    async def put(self, body: Relay) -> SupportView:
        """Where the box and the vendor meet, from the next time on."""
        await self.context.support.set_relay(body)
        await self.audit(ACTION, _SUBJECT, after=relay_set(body))
        return await self.context.support.view()


class SupportSessionHandler(FileHandler):
    @needs(P.SYS_REMOTE)
    async def get(self, shell_id: str) -> None:
        """The recording of a session: application/x-asciicast, version 2."""
        path = confined(self.context.support.sessions_folder, f"{shell_id}.cast")
        await self.audit(ACTION, _SUBJECT, shell_id, after=REPLAYED)
        await self.send_file(path, "application/x-asciicast", f"{shell_id}.cast")


class BundlePart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    part: Annotated[str, msgspec.Meta(max_length=100)] = ""
    """One text to look at; empty: the whole zip."""


class PartText(msgspec.Struct, frozen=True, kw_only=True):
    text: str


class SupportBundleHandler(FileHandler):
    @needs(P.SYS_REMOTE, P.SYS_LOG)
    async def post(self) -> SupportView:
        """Make the support bundle anew."""
        self.context.support.make_bundle()
        await self.audit(ACTION, _SUBJECT, after=BUNDLE_MADE)
        return await self.context.support.view()

    @needs(P.SYS_REMOTE, P.SYS_LOG)
    async def get(self) -> None:
        """The bundle: application/zip."""
        file = self.context.support.bundle_file
        if not await asyncio.to_thread(file.exists):
            raise Refusal(404, "还没有支持包，请先生成。")
        await self.audit(ACTION, _SUBJECT, after=BUNDLE_TAKEN)
        await self.send_file(file, "application/zip", "support-bundle.zip")


class SupportBundlePartHandler(ApiHandler):
    @needs(P.SYS_REMOTE, P.SYS_LOG)
    async def get(self, query: BundlePart) -> PartText:
        """What stands in one text of the bundle, its beginning when it is long."""
        return PartText(text=await asyncio.to_thread(self.context.support.preview, query.part))
