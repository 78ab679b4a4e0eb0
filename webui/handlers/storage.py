"""The page 录音与存储: the disk, its water marks, locked recordings, clean-up and check."""

from __future__ import annotations

import msgspec

from appliance.callplan import CallPlan
from appliance.storageplan import StorageRules, storage_problems
from appliance.store.call_list import CallRow, list_calls
from appliance.store.call_search import CallSearch, RecordingChoice, RecordingIs
from appliance.store.errors import InvalidError
from appliance.store.storage_runs import RunKind
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.callview import shown_row
from webui.handlers.base import ApiHandler
from webui.hearing import call_scope
from webui.storage import StorageView

MOST_LOCKED = 100
_LOCKED = CallSearch(recording=RecordingIs(values=(RecordingChoice.LOCKED,)))


class StoragePage(StorageView, frozen=True, kw_only=True):
    locked: tuple[CallRow, ...]
    """The newest locked recordings that the caller may know of."""


class StorageRunOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kind: RunKind
    everything: bool = False
    """Check: every recording, not only those that are due."""


class StorageHandler(ApiHandler):
    @needs(P.SYS_STORAGE, P.SYS_STATUS, P.REC_LIST, P.REC_INTEGRITY)
    async def get(self) -> StoragePage:
        """Disk, rules, what runs, what the last runs found."""
        view = await self.context.storage.view()
        locked: tuple[CallRow, ...] = ()
        if self.me.may(P.REC_LIST):
            scope = await call_scope(self.context, self.me)
            page = await self.context.database.read(list_calls, _LOCKED, scope, limit=MOST_LOCKED)
            locked = tuple(shown_row(row, self.me) for row in page.rows)
        return StoragePage(**{field: getattr(view, field) for field in view.__struct_fields__}, locked=locked)


class StorageRulesHandler(ApiHandler):
    @needs(P.SYS_STORAGE)
    async def put(self, body: StorageRules) -> StorageRules:
        """Set the water marks and how long files are kept."""
        for problem in storage_problems(body):
            raise InvalidError(problem.text, problem.field.removeprefix("storage."))

        def edit(plan: CallPlan) -> CallPlan:
            return msgspec.structs.replace(plan, storage=body)

        before, after = await self.context.plan.change(edit)
        if before != after:
            await self.audit("sys.storage", "plan", "storage", after=msgspec.json.encode(body).decode())
        return after.storage


class StorageRunsHandler(ApiHandler):
    @needs(P.SYS_STORAGE, P.REC_INTEGRITY)
    async def post(self, body: StorageRunOrder) -> StorageView:
        """Start a clean-up or a check now."""
        if body.kind is RunKind.CLEAN:
            self.require(P.SYS_STORAGE)
        await self.context.storage.run(body.kind, everything=body.everything)
        await self.audit(f"storage.{body.kind.value}", "storage")
        return await self.context.storage.view()
