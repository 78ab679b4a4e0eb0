"""Alarms: what lasts and what was, who took note, and the rules by which they are raised."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from appliance.store.alarms import (
    Alarm,
    AlarmKind,
    AlarmLevel,
    AlarmQuery,
    acknowledge_alarm,
    get_alarm,
    list_alarms,
)
from webui.alarms.rules import (
    SET_BY,
    TRAITS,
    AlarmGroup,
    AlarmRule,
    MonitorRules,
    kinds_for,
    needed_to_change,
)
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.errors import Refusal
from webui.handlers.base import ApiHandler

Day = Annotated[str, msgspec.Meta(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]


class AlarmsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    open: bool = False
    """Only what lasts."""
    kind: AlarmKind | None = None
    level: AlarmLevel | None = None
    since: Day = ""
    until: Day = ""
    before: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None = None
    """`next` of the page before."""
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


class AlarmRow(Alarm, frozen=True, kw_only=True):
    sound: bool
    """Whether it is to be heard."""


class AlarmPage(msgspec.Struct, frozen=True, kw_only=True):
    rows: tuple[AlarmRow, ...]
    next: int | None


class RuleView(msgspec.Struct, frozen=True, kw_only=True):
    rule: AlarmRule
    default: AlarmRule
    group: AlarmGroup
    level: AlarmLevel
    counted: bool
    """The threshold may be set."""
    changeable: bool
    """By the caller."""


class RulesView(msgspec.Struct, frozen=True, kw_only=True):
    service_s: int
    service_changeable: bool
    alarms: tuple[RuleView, ...]


class RulesChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Only what is to be different."""

    service_s: Annotated[int, msgspec.Meta(ge=1, le=600)] | None = None
    alarms: Annotated[tuple[AlarmRule, ...], msgspec.Meta(max_length=len(AlarmKind))] = ()


class AlarmHandlerBase(ApiHandler):
    @property
    def kinds(self) -> tuple[AlarmKind, ...]:
        """The kinds of which the caller learns."""
        return kinds_for(self.me.permissions)

    def shown(self, alarm: Alarm) -> AlarmRow:
        sound = self.context.alarms.rules.of(alarm.kind).sound
        return AlarmRow(**{name: getattr(alarm, name) for name in Alarm.__struct_fields__}, sound=sound)

    def rules_view(self, rules: MonitorRules) -> RulesView:
        return RulesView(
            service_s=rules.service_s,
            service_changeable=self.me.may(P.ACD_QUEUE),
            alarms=tuple(self._rule_view(rules, kind) for kind in self.kinds),
        )

    def _rule_view(self, rules: MonitorRules, kind: AlarmKind) -> RuleView:
        traits = TRAITS[kind]
        return RuleView(
            rule=rules.of(kind),
            default=traits.rule,
            group=traits.group,
            level=traits.level,
            counted=traits.counted,
            changeable=self.me.may(SET_BY[traits.group]),
        )


class AlarmsHandler(AlarmHandlerBase):
    @needs(P.MON_LINES, P.MON_QUEUE, P.SYS_STATUS)
    async def get(self, query: AlarmsQuery) -> AlarmPage:
        """Newest first; only of kinds that concern the caller."""
        wanted = AlarmQuery(
            kinds=tuple(kind for kind in self.kinds if query.kind in {None, kind}),
            open_only=query.open,
            level=query.level,
            since=query.since,
            until=query.until,
            before=query.before,
            limit=query.limit,
        )
        rows, following = await self.context.database.read(list_alarms, wanted)
        return AlarmPage(rows=tuple(self.shown(row) for row in rows), next=following)


class AlarmAcknowledgementHandler(AlarmHandlerBase):
    @needs(P.MON_LINES, P.MON_QUEUE, P.SYS_STATUS)
    async def post(self, alarm_id: str) -> AlarmRow:
        """The caller took note: its sound stops everywhere. Who was first stands."""
        alarm = await self.context.database.read(get_alarm, int(alarm_id))
        if alarm.kind not in self.kinds:
            raise Refusal(404, "没有这条告警，可能已过期清除。请刷新页面。")
        at = datetime.now().astimezone().isoformat(timespec="seconds")
        alarm = await self.context.database.write(acknowledge_alarm, alarm.id, self.me.user.name, at)
        await self.audit("alarm.acknowledge", "alarm", alarm_id, after=alarm.text)
        self.context.alarms.changed()
        return self.shown(alarm)


class MonitorRulesHandler(AlarmHandlerBase):
    @needs(P.MON_LINES, P.MON_QUEUE, P.SYS_STATUS, *SET_BY.values())
    async def get(self) -> RulesView:
        """The rules of alarms that concern the caller, and the service time."""
        return self.rules_view(self.context.alarms.rules)

    @needs(*SET_BY.values())
    async def put(self, body: RulesChange) -> RulesView:
        """Change some rules; each needs the permission over what it watches."""
        before = self.context.alarms.rules
        changed = {rule.kind: rule for rule in body.alarms}
        if len(changed) != len(body.alarms):
            raise Refusal(422, "同一种告警只能有一条规则。", "alarms")
        after = MonitorRules(
            service_s=before.service_s if body.service_s is None else body.service_s,
            alarms=tuple(changed.get(kind, before.of(kind)) for kind in AlarmKind),
        ).whole()
        for permission in sorted(needed_to_change(before, after)):
            self.require(permission)
        if after != before.whole():
            await self.context.alarms.set_rules(after)
            await self.audit("alarm.rules", "alarms", before=_text(before.whole()), after=_text(after))
        return self.rules_view(after)


def _text(rules: MonitorRules) -> str:
    return msgspec.json.encode(rules).decode()
