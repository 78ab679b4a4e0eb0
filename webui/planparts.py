"""The parts of the call plan that people set: what each holds, who may change what of it, how it is put back. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import msgspec

from appliance.callplan import Agent, CallerList, CallPlan, ListEffect
from appliance.pincode import hash_pin
from appliance.telephony.number import normalise_number
from webui.auth.permissions import P
from webui.plandiff import changed_fields, changed_items

_FIELDS = {each.name: each for each in msgspec.structs.fields(CallPlan)}
LONGEST_NAME = 40
KEPT_PIN = "set"
"""Stands for a PIN that there is: nobody reads even its hash, six digits are tried out too fast."""


def _keep(plan: CallPlan, value: Any) -> tuple[CallPlan, Any]:
    return plan, value


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class Part:
    """One or several top-level fields of the plan that are read and written together."""

    name: str
    label: str
    """As sentences call it."""
    fields: tuple[str, ...]
    permission: P
    """Needed for every change but those of `by_field`."""
    by_field: Mapping[str, P] = field(default_factory=dict)
    """Fields of the part (or of its items) that need another permission instead."""
    by_item: Callable[[Any], P] | None = None
    """The permission that an item of the list needs, where it depends on the item."""
    readers: frozenset[P] = frozenset()
    """Who may read it besides those who may change something of it."""
    tidy: Callable[[CallPlan, Any], tuple[CallPlan, Any]] = _keep
    """Brings what a person wrote into the plan's spelling, and what else of the plan goes with it."""

    shown: Callable[[Any], Any] = _as_it_is
    """The value as people see it: without what nobody may read."""

    @property
    def single(self) -> bool:
        """The value is that of one field of the plan, not an object of several."""
        return self.fields == (self.name,)

    @property
    def kind(self) -> Any:
        """The type of the part's value."""
        return _FIELDS[self.name].type if self.single else _OBJECTS[self.name]

    @property
    def changers(self) -> frozenset[P]:
        """Each of these may change something of the part."""
        by_item = frozenset({P.ACD_BLACKLIST, P.ACD_VIP}) if self.by_item else frozenset()
        return frozenset({self.permission, *self.by_field.values()}) | by_item

    def read(self, plan: CallPlan) -> Any:
        if self.single:
            return self.shown(getattr(plan, self.name))
        return _OBJECTS[self.name](**{name: getattr(plan, name) for name in self.fields})

    def put(self, plan: CallPlan, value: Any) -> CallPlan:
        """The plan with this part replaced."""
        plan, value = self.tidy(plan, value)
        fields = {self.name: value} if self.single else {name: getattr(value, name) for name in self.fields}
        return msgspec.structs.replace(plan, **fields)

    def inside(self, path: str) -> str | None:
        """A path from the plan's root as seen from the part; None when it leads elsewhere."""
        first = re.split(r"[.\[]", path, maxsplit=1)[0]
        if first not in self.fields:
            return None
        return path.removeprefix(first).removeprefix(".") if self.single else path

    def needed(self, before: Any, after: Any) -> frozenset[P]:
        """The permissions that this change needs."""
        if isinstance(before, msgspec.Struct):
            return frozenset(self.by_field.get(name, self.permission) for name in changed_fields(before, after))
        if not _has_items(self.kind):
            return frozenset({self.permission} if before != after else ())
        return frozenset(self._needed_for(item, name) for item, name in changed_items(before, after))

    def _needed_for(self, item: Any, name: str) -> P:
        return self.by_item(item) if self.by_item else self.by_field.get(name, self.permission)


def _has_items(kind: Any) -> bool:
    """Whether it is a list of structs with ids."""
    item = getattr(kind, "__args__", (None,))[0]
    return isinstance(item, type) and issubclass(item, msgspec.Struct) and "id" in item.__struct_fields__


def _tidy_queues(plan: CallPlan, queues: Any) -> tuple[CallPlan, Any]:
    """Nobody serves a queue that is gone."""
    there = {queue.id for queue in queues}
    agents = tuple(
        msgspec.structs.replace(
            agent,
            queues=tuple(queue for queue in agent.queues if queue in there),
            skills=tuple(skill for skill in agent.skills if skill.queue in there),
        )
        for agent in plan.agents
    )
    return msgspec.structs.replace(plan, agents=agents), queues


def _tidy_agents(plan: CallPlan, agents: Any) -> tuple[CallPlan, Any]:
    """A PIN in plain digits is kept as its hash; `KEPT_PIN` leaves the one there is."""
    known = {agent.id: agent.pin_hash for agent in plan.agents}

    def kept(agent: Agent) -> Agent:
        pin = agent.pin_hash
        return msgspec.structs.replace(
            agent, pin_hash=known.get(agent.id, "") if pin == KEPT_PIN else hash_pin(pin) if pin else ""
        )

    return plan, tuple(kept(agent) for agent in agents)


def _without_hashes(agents: tuple[Agent, ...]) -> tuple[Agent, ...]:
    return tuple(msgspec.structs.replace(agent, pin_hash=KEPT_PIN) if agent.pin_hash else agent for agent in agents)


def _tidy_lists(plan: CallPlan, lists: Any) -> tuple[CallPlan, Any]:
    return plan, tuple(
        msgspec.structs.replace(
            each,
            numbers=tuple(dict.fromkeys(each.numbers)),
            notes=tuple(note for note in each.notes if note.number in set(each.numbers) and (note.text or note.until)),
        )
        for each in lists
    )


def _list_permission(item: CallerList) -> P:
    return P.ACD_BLACKLIST if item.effect is ListEffect.REFUSE else P.ACD_VIP


_ALL = (
    Part("bureau", "单位信息", ("bureau", "hotline", "area_code"), P.ADM_ORG),
    Part("lines", "外线", ("lines",), P.LINE_CONFIG),
    Part("line_rules", "外线规则", ("default_flow", "seizing", "max_call_s", "silence_hang_up_s"), P.LINE_CONFIG),
    Part("stations", "座席话机", ("stations",), P.SEAT_CONFIG),
    Part(
        "queues",
        "技能组",
        ("queues",),
        P.ACD_QUEUE,
        by_field={"overflow_to": P.ACD_OVERFLOW, "overflow_after_s": P.ACD_OVERFLOW},
        tidy=_tidy_queues,
    ),
    Part("queue_rules", "排队规则", ("priority_worth_s", "missed_calls"), P.ACD_QUEUE),
    Part("follow_ups", "未接台账规则", ("follow_ups",), P.ACD_QUEUE),
    Part(
        "agents",
        "话务员",
        ("agents",),
        P.ACD_SKILL,
        by_field={
            "rights": P.ADM_ROLE,
            "supervises": P.ADM_ROLE,
            "records_prompts": P.ADM_ROLE,
            "pin_hash": P.ADM_RESET_PWD,
        },
        readers=frozenset({P.ACD_QUEUE}),
        tidy=_tidy_agents,
        shown=_without_hashes,
    ),
    Part("features", "话机功能码", ("features",), P.SEAT_CONFIG),
    Part("phones", "话机", ("phones",), P.SEAT_CONFIG),
    Part("hours", "工作时间", ("hours",), P.IVR_CALENDAR),
    Part("boxes", "留言信箱", ("boxes",), P.IVR_EDIT),
    Part("caller_lists", "名单", ("caller_lists",), P.ACD_VIP, by_item=_list_permission, tidy=_tidy_lists),
    Part(
        "recording",
        "录音规则",
        ("recording",),
        P.REC_RULES,
        by_field=dict.fromkeys(("exempt_agents", "exempt_lines", "exempt_numbers"), P.REC_EXEMPT),
    ),
    Part("sms", "短信规则", ("sms",), P.LINE_CONFIG),
    Part("dial", "外呼权限", ("dial",), P.ADM_ROLE),
    Part("break_reasons", "小休原因", ("break_reasons",), P.ACD_QUEUE),
    Part("request_hosts", "业务系统地址", ("request_hosts",), P.API_BOSS),
)
PARTS: Mapping[str, Part] = MappingProxyType({part.name: part for part in _ALL})
_OBJECTS = {
    part.name: msgspec.defstruct(
        "".join(word.capitalize() for word in part.name.split("_")),
        [
            (name, _FIELDS[name].type) if _FIELDS[name].required else (name, _FIELDS[name].type, _FIELDS[name].default)
            for name in part.fields
        ],
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )
    for part in _ALL
    if not part.single
}
CHANGERS = frozenset(permission for part in _ALL for permission in part.changers)
READERS = CHANGERS | frozenset(permission for part in _ALL for permission in part.readers)


def spelled(part: Part, value: Any, area_code: str) -> Any:
    """Telephone numbers of lists as the call record has them, before anything is checked: people paste any spelling."""
    if part.name == "caller_lists" and isinstance(value, list):
        return [_spelled_list(each, area_code) if isinstance(each, dict) else each for each in value]
    if part.name == "recording" and isinstance(value, dict) and isinstance(value.get("exempt_numbers"), list):
        numbers = [_spelled_number(number, area_code) for number in value["exempt_numbers"]]
        return {**value, "exempt_numbers": list(dict.fromkeys(numbers)) if _all_text(numbers) else numbers}
    return value


def _spelled_list(each: dict[str, Any], area_code: str) -> dict[str, Any]:
    numbers, notes = each.get("numbers"), each.get("notes")
    if isinstance(numbers, list):
        each = {**each, "numbers": [_spelled_number(number, area_code) for number in numbers]}
    if isinstance(notes, list):
        spelled_notes = [
            {**note, "number": _spelled_number(note.get("number"), area_code)} if isinstance(note, dict) else note
            for note in notes
        ]
        each = {**each, "notes": spelled_notes}
    return each


def _spelled_number(number: Any, area_code: str) -> Any:
    if not isinstance(number, str):
        return number
    plain = re.sub(r"[\s\-()（）—–]", "", unicodedata.normalize("NFKC", number))
    if not re.fullmatch(r"\+?\d+", plain):
        return plain  # a prefix, or no number at all: the check says so
    return normalise_number(plain, area_code)


def _all_text(items: Iterable[Any]) -> bool:
    return all(isinstance(item, str) for item in items)
