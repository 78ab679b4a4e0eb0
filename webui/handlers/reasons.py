"""The tree of call reasons."""

from __future__ import annotations

from typing import Annotated

import msgspec

from appliance.store.connection import Connection
from appliance.store.reasons import ReasonDraft, ReasonNode, reason_tree, set_reason_tree
from webui.auth.access import needs, signed_in
from webui.auth.permissions import P
from webui.errors import Refusal
from webui.handlers.base import ApiHandler
from webui.plandiff import difference
from webui.planfile import revision_of


class ReasonTree(msgspec.Struct, frozen=True):
    revision: str
    """A change names the one that it began with."""
    tree: tuple[ReasonNode, ...]


class ReasonChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    revision: Annotated[str, msgspec.Meta(max_length=32)]
    tree: tuple[ReasonDraft, ...]


class ReasonsHandler(ApiHandler):
    @signed_in
    async def get(self) -> tuple[ReasonNode, ...]:
        """All reasons; those that are not active stand in old calls and are offered no more."""
        return await self.context.database.read(reason_tree)


class ReasonTreeHandler(ApiHandler):
    @needs(P.CUST_FIELDS)
    async def get(self) -> ReasonTree:
        """The tree with its revision, for whoever is about to change it."""
        return _revised(await self.context.database.read(reason_tree))

    @needs(P.CUST_FIELDS)
    async def put(self, body: ReasonChange) -> ReasonTree:
        """Replace the whole tree; 409 when somebody changed it meanwhile, 422 when a reason in use was left out."""
        before, after = await self.context.database.write(_replace, body)
        old, new = difference(before, after)
        await self.audit(P.CUST_FIELDS, "reasons", before=old, after=new)
        return _revised(after)


def _revised(tree: tuple[ReasonNode, ...]) -> ReasonTree:
    return ReasonTree(revision_of(tree), tree)


def _replace(db: Connection, change: ReasonChange) -> tuple[tuple[ReasonNode, ...], tuple[ReasonNode, ...]]:
    before = reason_tree(db)
    if revision_of(before) != change.revision:
        raise Refusal(409, "呼叫事由刚刚有人改过，您的修改还没有保存。", "revision")
    set_reason_tree(db, change.tree)
    return before, reason_tree(db)
