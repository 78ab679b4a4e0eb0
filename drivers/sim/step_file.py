"""Reads the steps of scripted people out of a scenario file: `- press: "1"`, `- hang_up`."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from drivers.sim.steps import (
    CallerStep,
    FlashHook,
    HangUp,
    Hear,
    HearSilence,
    HearVoice,
    Lift,
    PhoneStep,
    Press,
    Say,
    Step,
    Voice,
    Wait,
    WaitAnswer,
    WaitHangUp,
)
from drivers.sim.yamlfield import YamlField

_LOUDEST, _QUIETEST = 3.0, -90.0


def _timed(make: Callable[[float], Step], default_s: float) -> Callable[[YamlField | None], Step]:
    """A step whose value is its time-out in seconds."""

    def read(value: YamlField | None) -> Step:
        return make(value.number() if value else default_s)

    return read


def _wait(value: YamlField | None) -> Step:
    return Wait(value.number() if value else 1.0)


def _press(value: YamlField | None) -> Step:
    if value is None or value.is_scalar:
        return Press(value.dialable() if value else "")
    fields = value.mapping(("digits", "on_ms", "off_ms"))
    return Press(
        fields["digits"].dialable(),
        fields.number("on_ms", 100.0, 10.0, 10000.0, "毫秒"),
        fields.number("off_ms", 100.0, 10.0, 10000.0, "毫秒"),
    )


def read_sound(value: YamlField) -> str | Voice:
    """A WAV file's path, or `voice: {seed, seconds}`."""
    if value.is_scalar:
        return value.sound_file()
    voice = value.mapping(("voice",))["voice"].mapping(("seed", "seconds"))
    return Voice(voice["seed"].whole(), voice["seconds"].number(0.1, 600.0))


def _hear(value: YamlField | None) -> Step:
    if value is None:
        return Hear()
    fields = value.mapping(("for_s", "above_dbm0", "timeout_s"))
    return Hear(
        fields.number("for_s", 0.3),
        fields.number("above_dbm0", -45.0, _QUIETEST, _LOUDEST, "dBm0"),
        fields.number("timeout_s", 30.0),
    )


def _hear_silence(value: YamlField | None) -> Step:
    if value is None:
        return HearSilence()
    fields = value.mapping(("for_s", "below_dbm0", "timeout_s"))
    return HearSilence(
        fields.number("for_s", 1.0),
        fields.number("below_dbm0", -45.0, _QUIETEST, _LOUDEST, "dBm0"),
        fields.number("timeout_s", 60.0),
    )


def _flash(value: YamlField | None) -> Step:
    return FlashHook(value.whole(20, 2000) if value else 200)


_COMMON: dict[str, Callable[[YamlField | None], Step]] = {
    "wait_s": _wait,
    "press": _press,
    "say": lambda value: Say(read_sound(cast("YamlField", value))),
    "hear": _hear,
    "hear_voice": _timed(HearVoice, 60.0),
    "hear_silence": _hear_silence,
    "wait_hang_up": _timed(WaitHangUp, 120.0),
    "hang_up": lambda _: HangUp(),
}
_CALLER = {"wait_answer": _timed(WaitAnswer, 60.0), **_COMMON}
_PHONE = {"lift": _timed(Lift, 5.0), "flash_ms": _flash, "dial": _press, **_COMMON}
_NEED_VALUE = frozenset(("wait_s", "press", "dial", "say"))


def _read(field: YamlField, kinds: dict[str, Callable[[YamlField | None], Step]]) -> Step:
    expected = f"应为一个步骤（{'、'.join(kinds)}）"
    if field.is_scalar:
        name = field.text()
        if name not in kinds or name in _NEED_VALUE:
            raise field.fail(f"步骤 {name} 要写成“{name}: 值”" if name in kinds else expected)
        return kinds[name](None)
    if not field.is_mapping:
        raise field.fail(expected)
    step = field.mapping(tuple(kinds))
    if len(step.names()) != 1:
        raise field.fail("一个步骤只能有一个键")
    name = step.names()[0]
    return kinds[name](step[name])


def read_caller_steps(fields: list[YamlField]) -> tuple[CallerStep, ...]:
    """The steps of an outside party."""
    return tuple(cast("CallerStep", _read(field, _CALLER)) for field in fields)


def read_phone_steps(fields: list[YamlField]) -> tuple[PhoneStep, ...]:
    """The steps of a person at one of our phones."""
    return tuple(cast("PhoneStep", _read(field, _PHONE)) for field in fields)
