"""When an alarm is raised and when it is over: a threshold and two waits for each kind, set by people. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, NamedTuple

import msgspec

from appliance.store.alarms import AlarmKind, AlarmLevel
from webui.auth.permissions import P

LONGEST_S = 86_400.0
BAND = 0.8
"""An alarm is over only below this share of its threshold: a value that trembles there changes nothing."""
Wait = Annotated[float, msgspec.Meta(ge=0, le=LONGEST_S)]


class AlarmGroup(StrEnum):
    """Whom it concerns."""

    LINES = "lines"
    QUEUES = "queues"
    SYSTEM = "system"


SEEN_BY: Mapping[AlarmGroup, tuple[P, ...]] = MappingProxyType(
    {
        AlarmGroup.LINES: (P.MON_LINES, P.SYS_STATUS),
        AlarmGroup.QUEUES: (P.MON_QUEUE,),
        AlarmGroup.SYSTEM: (P.SYS_STATUS,),
    }
)
SET_BY: Mapping[AlarmGroup, P] = MappingProxyType(
    {
        AlarmGroup.LINES: P.LINE_CONFIG,
        AlarmGroup.QUEUES: P.ACD_QUEUE,
        AlarmGroup.SYSTEM: P.SYS_STORAGE,
    }
)


class AlarmRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kind: AlarmKind
    on: bool = True
    threshold: Annotated[float, msgspec.Meta(ge=1, le=LONGEST_S)] = 1.0
    """Callers, seconds or days; always 1 where a thing is so or not so."""
    after_s: Wait = 0.0
    """Raised when it was so all this time."""
    clear_s: Wait = 10.0
    """Over when it was well all this time."""
    sound: bool = True


class KindTraits(NamedTuple):
    group: AlarmGroup
    level: AlarmLevel
    rule: AlarmRule
    """As a new box has it."""
    counted: bool = False
    """People may set the threshold."""


def _rule(kind: AlarmKind, threshold: float, after_s: float, clear_s: float, *, sound: bool = True) -> AlarmRule:
    return AlarmRule(kind=kind, threshold=threshold, after_s=after_s, clear_s=clear_s, sound=sound)


_K, _G, _L = AlarmKind, AlarmGroup, AlarmLevel
_PASSED_S = 900.0
"""What only happened stays to be read for a quarter of an hour."""
TRAITS: Mapping[AlarmKind, KindTraits] = MappingProxyType(
    {
        _K.LINE_DOWN: KindTraits(_G.LINES, _L.GRAVE, _rule(_K.LINE_DOWN, 1, 3, 3)),
        _K.NO_DIAL_TONE: KindTraits(_G.LINES, _L.WARN, _rule(_K.NO_DIAL_TONE, 1, 0, 0)),
        _K.LINES_BUSY: KindTraits(_G.LINES, _L.WARN, _rule(_K.LINES_BUSY, 1, 10, 10)),
        _K.QUEUE_LONG: KindTraits(_G.QUEUES, _L.WARN, _rule(_K.QUEUE_LONG, 3, 5, 10), counted=True),
        _K.WAIT_LONG: KindTraits(_G.QUEUES, _L.WARN, _rule(_K.WAIT_LONG, 60, 0, 10), counted=True),
        _K.DISK: KindTraits(_G.SYSTEM, _L.WARN, _rule(_K.DISK, 1, 10, 60)),
        _K.ENGINE_DOWN: KindTraits(_G.SYSTEM, _L.GRAVE, _rule(_K.ENGINE_DOWN, 10, 0, 5), counted=True),
        _K.ENGINE_RESTARTED: KindTraits(_G.SYSTEM, _L.NOTICE, _rule(_K.ENGINE_RESTARTED, 1, 0, _PASSED_S, sound=False)),
        _K.WEB_RESTARTED: KindTraits(_G.SYSTEM, _L.NOTICE, _rule(_K.WEB_RESTARTED, 1, 0, _PASSED_S, sound=False)),
        _K.RULES_BROKEN: KindTraits(_G.SYSTEM, _L.WARN, _rule(_K.RULES_BROKEN, 1, 0, _PASSED_S, sound=False)),
        _K.JOURNAL_BEHIND: KindTraits(_G.SYSTEM, _L.WARN, _rule(_K.JOURNAL_BEHIND, 30, 0, 5), counted=True),
        _K.DATABASE: KindTraits(_G.SYSTEM, _L.WARN, _rule(_K.DATABASE, 1, 0, 0)),
        _K.CLOCK_JUMP: KindTraits(_G.SYSTEM, _L.WARN, _rule(_K.CLOCK_JUMP, 2, 0, _PASSED_S, sound=False), counted=True),
        _K.CLOCK_UNSURE: KindTraits(_G.SYSTEM, _L.WARN, _rule(_K.CLOCK_UNSURE, 1, 0, 0, sound=False)),
        _K.BACKUP_FAILED: KindTraits(_G.SYSTEM, _L.WARN, _rule(_K.BACKUP_FAILED, 1, 0, 0, sound=False)),
        _K.BACKUP_OLD: KindTraits(_G.SYSTEM, _L.WARN, _rule(_K.BACKUP_OLD, 3, 0, 0, sound=False), counted=True),
    }
)


class MonitorRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What live board, wallboard and alarms go by."""

    service_s: Annotated[int, msgspec.Meta(ge=1, le=600)] = 20
    """A caller answered within this time was answered in time."""
    alarms: Annotated[tuple[AlarmRule, ...], msgspec.Meta(max_length=len(AlarmKind))] = ()
    """Kinds that are left out are as on a new box."""

    def of(self, kind: AlarmKind) -> AlarmRule:
        """The rule of a kind; a threshold that nobody may set is as on a new box."""
        traits = TRAITS[kind]
        found = next((rule for rule in self.alarms if rule.kind is kind), traits.rule)
        return found if traits.counted else msgspec.structs.replace(found, threshold=traits.rule.threshold)

    def whole(self) -> MonitorRules:
        """With every kind once, in the order of the kinds."""
        return msgspec.structs.replace(self, alarms=tuple(self.of(kind) for kind in AlarmKind))


def needed_to_change(before: MonitorRules, after: MonitorRules) -> frozenset[P]:
    """The permissions that this change needs."""
    changed = {SET_BY[TRAITS[kind].group] for kind in AlarmKind if before.of(kind) != after.of(kind)}
    return frozenset(changed | ({P.ACD_QUEUE} if before.service_s != after.service_s else set()))


def kinds_for(may: Iterable[P]) -> tuple[AlarmKind, ...]:
    """The kinds of which a person with these permissions learns."""
    held = frozenset(may)
    return tuple(kind for kind in AlarmKind if held & frozenset(SEEN_BY[TRAITS[kind].group]))
