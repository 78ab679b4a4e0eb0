"""Tone plans: a country's call-progress tones as data (`toneplans/<country>.toml`).

What: `load_tone_plan("cn")` gives the tones of a country and those that are the same everywhere (`common.toml`).
How: each tone is one of three shapes: continuous (`recognise_s`), a cadence (`cadence_s` on, off, on, off … with the
    number of bursts that prove it) or a sequence of different frequencies (`sequence_hz`, each `burst_s` long).
Limits: an unknown key, an unknown tone or a value out of range is an error that names it; no default hides a typo.
Cost: read once when a detector is made.
"""

from __future__ import annotations

from importlib import resources

import msgspec

from drivers.signals import Tone

COUNTRIES = ("cn", "us", "uk", "eu")
_COMMON = "common"
_HIGHEST_HZ = 3600.0
_LOWEST_HZ = 330.0


class TonePlanError(ValueError):
    """The tone plan cannot be used; the text says which tone and why."""


class PlannedTone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One tone. Frequencies in Hz, times in seconds; what does not apply to its shape stays empty or zero."""

    tone: Tone
    tolerance_hz: float
    """How far a frequency may be off and still be this tone."""
    frequencies_hz: tuple[float, ...] = ()
    """Sounding together, one or two."""
    sequence_hz: tuple[float, ...] = ()
    """Sounding one after another."""
    cadence_s: tuple[float, ...] = ()
    bursts: int = 0
    """Bursts of the cadence that prove the tone; the first may be cut short."""
    recognise_s: float = 0.0
    """Continuous: how long it must last."""
    recognise_pause_s: float = 0.0
    """Cadence: one whole first burst and this much quiet are proof enough; 0 for never."""
    burst_s: float = 0.0
    """Sequence: the length of each part."""


class PhoneSignals(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the country's phone sets expect of us beside the tones."""

    first_ring_s: float = 1.0
    """Length of a ring; caller ID follows in the pause behind the first."""
    stutter_s: tuple[float, float] = (0.4, 0.04)
    """On and off of the dial tone that tells of waiting messages."""
    stutter_bursts: int = 0
    """So many, then plain dial tone; 0: it goes on like that."""


class TonePlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A country's tones."""

    country: str
    tone: tuple[PlannedTone, ...]
    phone: PhoneSignals = PhoneSignals()


def tone_plan_from(text: str, origin: str) -> TonePlan:
    """Read a plan from TOML. Raises `TonePlanError` which names `origin` and what is wrong."""
    try:
        plan = msgspec.toml.decode(text, type=TonePlan)
    except (msgspec.DecodeError, ValueError) as error:
        raise TonePlanError(f"{origin}: {error}") from error
    for planned in plan.tone:
        fault = _fault_of(planned)
        if fault:
            raise TonePlanError(f"{origin}: tone {planned.tone}: {fault}")
    return plan


def load_tone_plan(country: str) -> TonePlan:
    """The plan of `country` with the common tones added. Raises `TonePlanError` for a country without a plan."""
    if country not in COUNTRIES:
        raise TonePlanError(f"no tone plan for {country!r}; there are {', '.join(COUNTRIES)}")
    own, common = (_built_in(name) for name in (country, _COMMON))
    return TonePlan(country=country, tone=own.tone + common.tone, phone=own.phone)


def _built_in(name: str) -> TonePlan:
    file = resources.files("drivers.dsp") / "toneplans" / f"{name}.toml"
    return tone_plan_from(file.read_text(encoding="utf-8"), file.name)


def _fault_of(planned: PlannedTone) -> str:
    """What is wrong with the tone, or nothing."""
    shapes = [bool(planned.cadence_s), planned.recognise_s > 0, bool(planned.sequence_hz)]
    together = planned.frequencies_hz
    cadence_s = planned.cadence_s
    checks = (
        (sum(shapes) == 1, "needs exactly one of cadence_s, recognise_s and sequence_hz"),
        (bool(together) != bool(planned.sequence_hz), "needs frequencies_hz, or sequence_hz in its place"),
        (
            all(_LOWEST_HZ <= hz <= _HIGHEST_HZ for hz in together + planned.sequence_hz),
            f"frequencies must lie between {_LOWEST_HZ:g} and {_HIGHEST_HZ:g} Hz",
        ),
        (len(together) <= 2, "at most two frequencies together"),
        (0 < planned.tolerance_hz <= 60, "tolerance_hz must be above 0 and at most 60"),
        (len(cadence_s) % 2 == 0 and min(cadence_s, default=1.0) >= 0.08, "cadence_s: pairs of at least 0.08 s"),
        (not cadence_s or planned.bursts >= 2, "cadence_s needs bursts of at least 2"),
        (not planned.sequence_hz or planned.burst_s > 0, "sequence_hz needs burst_s above 0"),
    )
    return next((fault for right, fault in checks if not right), "")
