"""Parts of the call plan: read with defaults and limits, changed with a check, a revision and a permission each."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Annotated, Any

import msgspec

from appliance.callplan import CallPlan
from appliance.ivr.prompts import known_prompts
from appliance.store.audit import last_audit_entry
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.errors import Fault, Refusal
from webui.handlers.base import ApiHandler
from webui.plandiff import difference
from webui.planfaults import decode, faults
from webui.planfile import NO_PLAN, revision_of
from webui.planparts import CHANGERS, PARTS, READERS, Part, spelled

SUBJECT = "plan"


class PlanPart(msgspec.Struct, frozen=True, kw_only=True):
    revision: str
    """Of this part alone; a change names the one that it began with."""
    value: Any
    """The part as it stands in `callplan.json`."""
    form: msgspec.Raw
    """JSON schema of `value`: types, defaults, limits, choices."""
    changeable: tuple[str, ...]
    """Those of the part's permissions that the caller holds."""


class PartChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    revision: Annotated[str, msgspec.Meta(max_length=32)]
    value: Any


class PlanPartHandler(ApiHandler):
    @needs(*READERS)
    async def get(self, part: str) -> PlanPart:
        """One part of the plan with its revision and the form of its fields; 404 for a part that is none."""
        asked = self._part(part)
        self._require_one_of(asked.changers | asked.readers)
        plan = await self.context.plan.read()
        if plan is None:
            raise Refusal(503, NO_PLAN)
        return self._answer(asked, plan)

    @needs(*CHANGERS)
    async def put(self, part: str, body: PartChange) -> PlanPart:
        """Replace one part; 409 when somebody changed it meanwhile, 422 with all wrong fields (`faults`)."""
        asked = self._part(part)
        self._require_one_of(asked.changers)
        changed_by = await self._changed_by(asked)

        def edit(plan: CallPlan) -> CallPlan:
            before = asked.read(plan)
            if revision_of(before) != body.revision:
                raise Refusal(409, f"“{asked.label}”刚刚{changed_by}改过，您的修改还没有保存。", "revision")
            value, wrong = decode(asked, spelled(asked, body.value, plan.area_code), before)
            if not wrong:
                for permission in sorted(asked.needed(before, value)):
                    self.require(permission)
                edited = asked.put(plan, value)
                wrong = faults(asked, plan, edited, known_prompts(self.context.settings.prompts_dir))
            if wrong:
                raise Refusal(422, _sentence(wrong), wrong[0].field or None, faults=tuple(wrong))
            return edited

        before, after = await self.context.plan.change(edit)
        if after is not before:
            old, new = difference(asked.read(before), asked.read(after))
            await self.audit(asked.permission.value, SUBJECT, asked.name, before=old, after=new)
        return self._answer(asked, after)

    def _part(self, name: str) -> Part:
        if name not in PARTS:
            raise Refusal(404, "没有这项设置。")
        return PARTS[name]

    def _require_one_of(self, permissions: frozenset[P]) -> None:
        if not permissions & self.me.permissions:
            self.require(min(permissions))

    def _answer(self, part: Part, plan: CallPlan) -> PlanPart:
        value = part.read(plan)
        held = part.changers & self.me.permissions
        return PlanPart(
            revision=revision_of(value), value=value, form=form_of(part.name), changeable=tuple(sorted(held))
        )

    async def _changed_by(self, part: Part) -> str:
        """Who changed it last and when, as it stands in a sentence."""
        entry = await self.context.database.read(last_audit_entry, SUBJECT, part.name)
        if entry is None:
            return "有人"
        return f"由 {entry.user_name} 在 {datetime.fromisoformat(entry.at):%H:%M:%S} "


@cache
def form_of(part: str) -> msgspec.Raw:
    """The JSON schema of a part's value."""
    return msgspec.Raw(msgspec.json.encode(msgspec.json.schema(PARTS[part].kind)))


def _sentence(wrong: list[Fault]) -> str:
    return wrong[0].text if len(wrong) == 1 else f"有 {len(wrong)} 处需要改正：{wrong[0].text}"
