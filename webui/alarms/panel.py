"""Turns readings, one look after the other, into alarms that are raised once and cleared once. Pure.

A value has to stand at its threshold for the rule's whole wait before the alarm is raised, and below `BAND` of it for
the whole other wait before it is over. In between nothing changes, so a trembling value raises no second alarm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import msgspec

from appliance.store.alarms import AlarmDraft, AlarmKind, AlarmLevel
from webui.alarms.rules import BAND, AlarmRule, MonitorRules

Key = tuple[AlarmKind, str]
"""What is wrong, and with what."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One value of this moment; larger is worse."""

    subject: str
    value: float
    level: AlarmLevel
    text: str
    """The sentence if an alarm is raised by it."""


@dataclass(frozen=True, slots=True)
class Latch:
    raised: bool = False
    since_s: float | None = None
    """Since when the value has spoken for the other state, on a clock that never jumps."""


@dataclass(frozen=True, slots=True)
class Change:
    """An alarm began (`raised`) or is over (`raised` None)."""

    key: Key
    raised: AlarmDraft | None


def step(latch: Latch, rule: AlarmRule, value: float, now_s: float) -> Latch:
    """The latch after a reading."""
    if not rule.on:
        return Latch()
    if latch.raised:
        speaks, wait_s = value < rule.threshold * BAND, rule.clear_s
    else:
        speaks, wait_s = value >= rule.threshold, rule.after_s
    if not speaks:
        return replace(latch, since_s=None)
    since_s = now_s if latch.since_s is None else latch.since_s
    return Latch(raised=not latch.raised) if now_s - since_s >= wait_s else replace(latch, since_s=since_s)


@dataclass(frozen=True, slots=True)
class Panel:
    """Every latch; a new one per look."""

    latches: Mapping[Key, Latch]

    @classmethod
    def of(cls, lasting: Iterable[Key]) -> Panel:
        """After a restart: what lasted then lasts until a reading says otherwise."""
        return cls({key: Latch(raised=True) for key in lasting})

    def look(
        self, readings: Mapping[AlarmKind, Iterable[Reading]], rules: MonitorRules, now_s: float
    ) -> tuple[Panel, tuple[Change, ...]]:
        """The panel after a look. Of kinds that are not in `readings` nothing is known now: they stay as they are.

        A known kind that says nothing of a subject means that the subject is well, or gone.
        """
        current: dict[Key, Reading] = {
            (kind, reading.subject): reading for kind, each in readings.items() for reading in each
        }
        latches: dict[Key, Latch] = {}
        changes: list[Change] = []
        for key in dict.fromkeys([*self.latches, *current]):
            before = self.latches.get(key, Latch())
            rule = rules.of(key[0])
            if key[0] not in readings:
                after = replace(before, since_s=None) if rule.on else Latch()
            else:
                reading = current.get(key)
                after = step(before, rule, reading.value if reading else 0.0, now_s)
            if after != Latch():
                latches[key] = after
            if after.raised != before.raised:
                changes.append(Change(key, _draft(key, current.get(key)) if after.raised else None))
        return Panel(latches), tuple(changes)


def _draft(key: Key, reading: Reading | None) -> AlarmDraft:
    assert reading is not None, "only a reading raises"
    return AlarmDraft(kind=key[0], subject=key[1], level=reading.level, text=reading.text)
