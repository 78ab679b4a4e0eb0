"""The tree of call reasons."""

from __future__ import annotations

from appliance.store.reasons import ReasonNode, reason_tree
from webui.auth.access import signed_in
from webui.handlers.base import ApiHandler


class ReasonsHandler(ApiHandler):
    @signed_in
    async def get(self) -> tuple[ReasonNode, ...]:
        """All reasons; those that are not active stand in old calls and are offered no more."""
        return await self.context.database.read(reason_tree)
