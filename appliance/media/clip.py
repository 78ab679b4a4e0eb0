"""Samples that can be played, and the tones that the box makes itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.media.items import CallerIdBurst, Digits, LineTones, PlayedTone, Silence
from drivers.base import SAMPLE_RATE
from drivers.dsp.callerid_send import fsk_burst
from drivers.dsp.linetest import comb
from drivers.dsp.toneplan import TonePlan
from drivers.dsp.tones import ToneGenerator, dtmf_samples
from drivers.signals import Tone

Samples = NDArray[np.int16]

_TONE_DBM0 = -10.0
"""GB/T 3380: -10 ± 3 dBm0."""
_HOWLER_DBM0 = (-16.0, -12.0, -8.0, -4.0, 0.0)
"""Rising in five steps (GB/T 3380)."""
_HOWLER_STEP_S = 2
_HOWLER_HZ = (950.0,)
_PLAIN_DIAL_S = 30
_BEEP_HZ = 1000.0
_BEEP_S = 0.3
_BEEP_DBM0 = -13.0
_DIAL_PAUSE_S = 1.0
_CALLER_ID_DIGITS = frozenset("0123456789*#")
_LONGEST_NUMBER = 20
_LONGEST_NAME = 15
"""Characters: a phone's display shows no more, and the burst must fit between two rings."""
_PLANNED = {
    PlayedTone.DIAL: Tone.DIAL,
    PlayedTone.RINGBACK: Tone.RINGBACK,
    PlayedTone.BUSY: Tone.BUSY,
    PlayedTone.CONGESTION: Tone.CONGESTION,
}

ENDLESS = 1 << 62
"""A `Clip.length` that no call outlives."""


@dataclass(slots=True)
class Clip:
    """Samples to play. `samples` is None until a prompt has been loaded, then set once and never changed."""

    samples: Samples | None
    length: int | None = None
    """Samples to play in all, repeating `samples` as often as needed; None plays them once."""


_NOTHING = np.zeros(SAMPLE_RATE, dtype=np.int16)


def silence_clip(item: Silence) -> Clip:
    return Clip(_NOTHING, round(item.duration_s * SAMPLE_RATE))


def digits_clip(item: Digits) -> Clip:
    """DTMF; raises `ValueError` for a character that is neither a DTMF digit nor `,`."""
    pause = np.zeros(round(_DIAL_PAUSE_S * SAMPLE_RATE), dtype=np.int16)
    parts: list[Samples] = []
    for index, digits in enumerate(item.digits.split(",")):
        parts += ([pause] if index else []) + [dtmf_samples(digits, item.on_ms, item.off_ms)]
    return Clip(np.concatenate(parts))


def caller_id_clip(item: CallerIdBurst) -> Clip:
    """The burst; a name too long for it is cut. A number that was withheld is told as unavailable."""
    number = "".join(digit for digit in item.number if digit in _CALLER_ID_DIGITS)[:_LONGEST_NUMBER]
    return Clip(fsk_burst(number, item.name[:_LONGEST_NAME], item.sent_at, item.modulation))


def made_clip(item: Digits | CallerIdBurst | Silence | LineTones) -> Clip:
    """What is made for this one playing. Raises `ValueError` for digits that cannot be dialled."""
    match item:
        case Digits():
            return digits_clip(item)
        case CallerIdBurst():
            return caller_id_clip(item)
        case Silence():
            return silence_clip(item)
        case LineTones(duration_s):
            return Clip(comb(duration_s))


def beep_samples() -> Samples:
    """The beep, with soft edges; also what a caller hears in place of a prompt that cannot be had."""
    beep = ToneGenerator((_BEEP_HZ,), _BEEP_DBM0).frame(round(_BEEP_S * SAMPLE_RATE)).astype(np.float64)
    edge = np.linspace(0.0, 1.0, SAMPLE_RATE // 200)
    beep[: edge.size] *= edge
    beep[-edge.size :] *= edge[::-1]
    return np.rint(beep).astype(np.int16)


class ToneClips:
    """One cycle of every played tone of a country, made once (half a megabyte)."""

    def __init__(self, plan: TonePlan) -> None:
        self._cycles = {tone: _cycle(plan, heard) for tone, heard in _PLANNED.items()}
        self._cycles[PlayedTone.STUTTER_DIAL] = _stutter(plan)
        self._cycles[PlayedTone.HOWLER] = _howler(plan)
        self._cycles[PlayedTone.BEEP] = beep_samples()

    def clip(self, tone: PlayedTone, duration_s: float | None) -> Clip:
        """`tone` for `duration_s`; without end when None, except the beep, which has its own length."""
        samples = self._cycles[tone]
        if duration_s is not None:
            return Clip(samples, round(duration_s * SAMPLE_RATE))
        return Clip(samples, None if tone is PlayedTone.BEEP else ENDLESS)


def _cycle(plan: TonePlan, heard: Tone) -> Samples:
    """One on-off cycle, or a whole second of a continuous tone: whole-hertz tones then join without a step."""
    planned = next((tone for tone in plan.tone if tone.tone is heard), None)
    if planned is None:
        raise ValueError(f"tone plan {plan.country!r} has no {heard} tone")
    cycle_s = sum(planned.cadence_s) or 1.0
    level_dbm0 = _TONE_DBM0 - 10.0 * np.log10(len(planned.frequencies_hz))
    generator = ToneGenerator(planned.frequencies_hz, float(level_dbm0), planned.cadence_s)
    return generator.frame(round(cycle_s * SAMPLE_RATE))


def _stutter(plan: TonePlan) -> Samples:
    """Bursts of dial tone; a country whose plain tone follows them hears it for as long as anybody waits to dial."""
    planned = next(tone for tone in plan.tone if tone.tone is Tone.DIAL)
    level_dbm0 = float(_TONE_DBM0 - 10.0 * np.log10(len(planned.frequencies_hz)))
    bursts = ToneGenerator(planned.frequencies_hz, level_dbm0, plan.phone.stutter_s)
    bursts_s = sum(plan.phone.stutter_s) * (plan.phone.stutter_bursts or 1)
    stutter = bursts.frame(round(bursts_s * SAMPLE_RATE))
    if not plan.phone.stutter_bursts:
        return stutter
    plain = ToneGenerator(planned.frequencies_hz, level_dbm0).frame(_PLAIN_DIAL_S * SAMPLE_RATE)
    return np.concatenate((stutter, plain))


def _howler(plan: TonePlan) -> Samples:
    freqs_hz = next((tone.frequencies_hz for tone in plan.tone if tone.tone is Tone.HOWLER), _HOWLER_HZ)
    steps = [ToneGenerator(freqs_hz, level_dbm0).frame(_HOWLER_STEP_S * SAMPLE_RATE) for level_dbm0 in _HOWLER_DBM0]
    return np.concatenate(steps)
