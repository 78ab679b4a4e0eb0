"""Call-progress tones for all ports at once: dial, ring-back, busy, congestion and the others of a tone plan.

What: `CallProgressDetector.step` takes one frame of every port and reports each tone once when it is recognised and
    once when it has stopped. What a tone is comes from a tone plan (`toneplan.py`).
How: the kernel finds bursts of steady tone per watched frequency (5 ms blocks, 40 ms windows, edges at half power);
    this file looks only at whole bursts: right frequency and purity, then length, pause, level and evenness against
    each cadence, at any rotation. A burst cut short is accepted only as the first. Energy alone never makes a tone.
Limits: GB/T 3380: 450 ± 25 Hz, cadence ± 10 %, -7 … -35 dBm0 (floor -43); 12 dB signal-to-noise; 450 + 425 Hz beat.
    Reports busy after 1.8 s (1.98 s at + 10 %), dial 1.4 s, congestion 3.6 s,
    ring-back 3.1 s (a whole burst and 2 s of quiet) or at the second burst. A pure note held for 1.4 s is dial tone.
    Ended is known one pause later than the last burst.
Cost: see `bench/dsp_callprogress.py`; about 2 µs a frame and armed port with signal, 0.1 µs without.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from drivers.base import SAMPLE_RATE
from drivers.dsp.arming import Arming
from drivers.dsp.kernel.callprogress import BLOCK_S, BLOCK_SAMPLES, Burst, BurstFrontEnd, BurstStage, ChannelPlan
from drivers.dsp.level import power_of

if TYPE_CHECKING:
    from drivers.dsp.toneplan import PlannedTone, TonePlan
    from drivers.signals import Tone

_FLOOR_DBM0 = -43.0
_PURITY = 0.7
_COHERENCE = 0.85
"""Below the 0.92 of two equal tones 25 Hz apart, above what a voice gives."""
_PAIR_RESIDUAL = 0.3
_CADENCE_TOLERANCE = 0.12
_EDGE_S = 0.025
_LEVEL_RATIO = 2.5
_FREQUENCY_SPREAD_HZ = 12.0
_PAUSE_POWER = 0.25
"""Everything in a pause, relative to the burst after it: 12 dB of signal-to-noise passes, speech between does not."""
_FEWEST_BEFORE = 2
"""Whole bursts that must have been heard before one that just fades may complete the cadence."""
_CADENCE_LEAST = 0.8
"""Of a burst's planned length, before which its end is not watched for."""
_LONGEST_STEP_S = 0.06
"""Sequence: between one frequency and the next."""
_NEVER = 1 << 62


@dataclass(frozen=True, slots=True)
class ToneEvent:
    """A tone was recognised (`end_sample` None), or one reported before has stopped. Samples since the start."""

    port: int
    tone: Tone
    start_sample: int
    end_sample: int | None


@dataclass(slots=True)
class _Sounding:
    """The tone a line has now."""

    planned: PlannedTone
    channel: int
    start: int
    last_end: int
    deadline: int


@dataclass(slots=True)
class _Listening:
    """What one port has heard: the last bursts per channel and the tone that is on."""

    bursts: list[deque[Burst]]
    sounding: _Sounding | None = None
    early_check: int = _NEVER
    """When the burst that is on may end as the last of a cadence."""
    early_channel: int = 0
    pause_check: int = _NEVER
    pause_tones: list[tuple[PlannedTone, Burst]] = field(default_factory=list)

    def next_deadline(self) -> int:
        return min(self.early_check, self.pause_check, self.sounding.deadline if self.sounding else _NEVER)


class CallProgressDetector:
    """Recognises the tones of one plan on `ports` ports."""

    def __init__(self, ports: int, plan: TonePlan) -> None:
        """Raises `ValueError` when the plan needs more frequencies at once than the kernel watches (8)."""
        self._tones = [plan.tone] * ports
        self._keys = _channel_keys(plan)
        self._front = BurstFrontEnd(ports, [_channel_plan(key, plan) for key in self._keys], power_of(_FLOOR_DBM0))
        self._lines = [self._fresh() for _ in range(ports)]
        self._arming = Arming(ports)
        self._next_deadline = _NEVER

    def step(self, frames: NDArray[np.int16], armed: NDArray[np.bool_]) -> list[ToneEvent]:
        """Take `frames`, shape `[port, 160]`; a port that becomes armed starts afresh."""
        for port in self._arming.newly(armed):
            self.reset(port)
        bursts = self._front.step(frames, armed)
        if not bursts and self._front.block < self._next_deadline:
            return []
        events: list[ToneEvent] = []
        for burst in bursts:
            self._take(burst, events)
        for port, line in enumerate(self._lines):
            if line.next_deadline() <= self._front.block:
                self._expire(port, line, events)
        self._next_deadline = min(line.next_deadline() for line in self._lines)
        return events

    def reset(self, port: int) -> None:
        """Forget what `port` has heard; a tone that is on is not reported as ended."""
        self._front.reset(port)
        self._lines[port] = self._fresh()

    def listen_by(self, port: int, plan: TonePlan) -> None:
        """Recognise the tones of `port` by `plan`. A tone on frequencies that are not watched stays as it was.

        What is watched was settled when the detector was made: a plan with other cadences costs nothing.
        """
        watched, before = set(self._keys), {planned.tone: planned for planned in self._tones[port]}
        self._tones[port] = tuple(
            before.get(planned.tone, planned)
            if planned.frequencies_hz and planned.frequencies_hz not in watched
            else planned
            for planned in plan.tone
        )

    def _fresh(self) -> _Listening:
        return _Listening([deque(maxlen=12) for _ in self._keys])

    def _take(self, burst: Burst, events: list[ToneEvent]) -> None:
        line = self._lines[burst.port]
        sounding = line.sounding
        if burst.stage is BurstStage.STARTED:
            line.pause_check = _NEVER
            self._expect_last(line, burst)
            if sounding and sounding.channel == burst.channel and sounding.planned.cadence_s:
                sounding.deadline = burst.start + _with_margin(max(sounding.planned.cadence_s[::2]))
            return
        if burst.stage is BurstStage.GROWN:
            for planned in self._tones[burst.port]:
                if planned.recognise_s and self._fits(burst, planned):
                    self._recognise(line, planned, burst, burst.start, events)
            return
        if sounding and sounding.channel == burst.channel and not sounding.planned.cadence_s:
            sounding.last_end = burst.end
            self._end(burst.port, line, events)
        if line.early_channel == burst.channel:
            line.early_check = _NEVER
        line.bursts[burst.channel].append(burst)
        self._match(line, burst, events)

    def _expect_last(self, line: _Listening, burst: Burst) -> None:
        """A burst has begun: if it can be the last that proves a cadence, watch for its end from when that may come."""
        before = len(line.bursts[burst.channel])
        waits = [
            round(_CADENCE_LEAST * min(planned.cadence_s[::2]) / BLOCK_S)
            for planned in self._tones[burst.port]
            if planned.cadence_s
            and self._keys[burst.channel] == planned.frequencies_hz
            and before >= planned.bursts - 1 >= _FEWEST_BEFORE
        ]
        if waits and not line.sounding:
            line.early_check, line.early_channel = burst.start + min(waits), burst.channel

    def _match_early(self, port: int, line: _Listening, events: list[ToneEvent]) -> None:
        """The burst that is just fading may complete a cadence: known 45 ms before the kernel is sure of its end."""
        burst = self._front.going_on(port, line.early_channel)
        if burst is None or line.sounding:
            line.early_check = _NEVER
            return
        line.early_check = self._front.block + 1
        if burst.stage is BurstStage.STARTED:
            return
        for planned in self._tones[port]:
            if not planned.cadence_s or self._keys[burst.channel] != planned.frequencies_hz:
                continue
            recent = [*list(line.bursts[burst.channel])[-(planned.bursts - 1) :], burst]
            if (
                len(recent) == planned.bursts > _FEWEST_BEFORE
                and all(self._fits(part, planned) for part in recent)
                and _cadence_misfit(recent, planned.cadence_s) is not None
            ):
                line.early_check = _NEVER
                self._recognise(line, planned, burst, recent[0].start, events)
                return

    def _match(self, line: _Listening, burst: Burst, events: list[ToneEvent]) -> None:
        best: tuple[float, PlannedTone, int] | None = None
        for planned in self._tones[burst.port]:
            if planned.sequence_hz:
                start = self._sequence_start(line, planned, burst)
                if start is not None:
                    self._recognise(line, planned, burst, start, events)
            elif planned.cadence_s and self._keys[burst.channel] == planned.frequencies_hz:
                recent = list(line.bursts[burst.channel])[-planned.bursts :]
                if len(recent) == planned.bursts and all(self._fits(part, planned) for part in recent):
                    misfit = _cadence_misfit(recent, planned.cadence_s)
                    if misfit is not None and (best is None or misfit < best[0]):
                        best = (misfit, planned, recent[0].start)
        if best:
            self._recognise(line, best[1], burst, best[2], events)
        elif line.sounding and line.sounding.channel == burst.channel:
            self._keep_or_end(line, burst, events)
        line.pause_tones = [
            (planned, burst)
            for planned in self._tones[burst.port]
            if planned.recognise_pause_s
            and self._fits(burst, planned)
            and _about(burst, planned.cadence_s[0])
            and not line.sounding
        ]
        if line.pause_tones:
            wait = min(planned.recognise_pause_s for planned, _ in line.pause_tones)
            line.pause_check = burst.end + round(wait / BLOCK_S)

    def _keep_or_end(self, line: _Listening, burst: Burst, events: list[ToneEvent]) -> None:
        """A burst that completes no pattern: part of a longer cadence still being heard, or the tone is over."""
        sounding = line.sounding
        assert sounding is not None
        if any(_about(burst, on_s) for on_s in sounding.planned.cadence_s[::2]):
            sounding.last_end = burst.end
            sounding.deadline = burst.end + _with_margin(max(sounding.planned.cadence_s[1::2]))
        else:
            self._end(burst.port, line, events)

    def _recognise(
        self, line: _Listening, planned: PlannedTone, burst: Burst, start: int, events: list[ToneEvent]
    ) -> None:
        sounding = line.sounding
        pause_s = max(planned.cadence_s[1::2], default=0.0)
        deadline = burst.end + _with_margin(pause_s) if planned.cadence_s else _NEVER
        if planned.sequence_hz:
            deadline = burst.end
        if sounding and sounding.planned is planned:
            sounding.last_end, sounding.deadline = burst.end, deadline
            return
        if sounding:
            self._end(burst.port, line, events)
        line.sounding = _Sounding(planned, burst.channel, start, burst.end, deadline)
        events.append(ToneEvent(burst.port, planned.tone, start * BLOCK_SAMPLES, None))

    def _end(self, port: int, line: _Listening, events: list[ToneEvent]) -> None:
        sounding = line.sounding
        assert sounding is not None
        line.sounding = None
        events.append(
            ToneEvent(port, sounding.planned.tone, sounding.start * BLOCK_SAMPLES, sounding.last_end * BLOCK_SAMPLES)
        )

    def _expire(self, port: int, line: _Listening, events: list[ToneEvent]) -> None:
        block = self._front.block
        if line.sounding and line.sounding.deadline <= block:
            self._end(port, line, events)
        if line.early_check <= block:
            self._match_early(port, line, events)
        if line.pause_check <= block:
            line.pause_check = _NEVER
            for planned, burst in line.pause_tones:
                pause = self._front.pause_level(port, burst.channel)
                if not line.sounding and pause < _PAUSE_POWER * burst.level:
                    self._recognise(line, planned, burst, burst.start, events)

    def _fits(self, burst: Burst, planned: PlannedTone) -> bool:
        """Whether the burst has the tone's frequency or frequencies and little else."""
        key = self._keys[burst.channel]
        if key != planned.frequencies_hz or burst.purity < _PURITY:
            return False
        if len(key) == 1:
            return burst.coherence >= _COHERENCE and abs(burst.offset_hz) <= planned.tolerance_hz
        return _is_pair(burst, key)

    def _sequence_start(self, line: _Listening, planned: PlannedTone, last: Burst) -> int | None:
        """Where the sequence that `last` completes began, or None if it completes none."""
        if self._keys[last.channel] != (planned.sequence_hz[-1],):
            return None
        following: Burst | None = None
        for frequency_hz in reversed(planned.sequence_hz):
            bursts = line.bursts[self._keys.index((frequency_hz,))]
            burst = bursts[-1] if bursts else None
            if burst is None or burst.purity < _PURITY or abs(burst.offset_hz) > planned.tolerance_hz:
                return None
            if abs((burst.end - burst.start) * BLOCK_S - planned.burst_s) > 0.25 * planned.burst_s:
                return None
            if following and not -0.02 <= (following.start - burst.end) * BLOCK_S <= _LONGEST_STEP_S:
                return None
            following = burst
        return following.start if following else None


def _channel_keys(plan: TonePlan) -> list[tuple[float, ...]]:
    """The frequency sets to watch, each once, in the plan's order."""
    keys: dict[tuple[float, ...], None] = {}
    for planned in plan.tone:
        if planned.frequencies_hz:
            keys[planned.frequencies_hz] = None
        for frequency_hz in planned.sequence_hz:
            keys[(frequency_hz,)] = None
    return list(keys)


def _channel_plan(key: tuple[float, ...], plan: TonePlan) -> ChannelPlan:
    centre_hz = sum(key) / len(key)
    passed = [float(np.sinc((hz - centre_hz) * BLOCK_SAMPLES / SAMPLE_RATE)) ** 2 for hz in key]
    waits = [planned.recognise_s for planned in plan.tone if planned.frequencies_hz == key and planned.recognise_s]
    return ChannelPlan(centre_hz, gain=len(key) / sum(passed), grown_s=min(waits, default=0.0))


def _is_pair(burst: Burst, key: tuple[float, ...]) -> bool:
    """Whether the burst's autocorrelation is that of two sines at `key`, neither more than 8 dB above the other."""
    centre_hz = sum(key) / 2
    lags = np.arange(1, 5)
    first, second = (np.exp(2j * math.pi * (hz - centre_hz) * BLOCK_S * lags) for hz in key)
    measured = np.array(burst.correlation[1:]) / (burst.correlation[0].real or 1.0)
    difference = first - second
    share = float(np.vdot(difference, measured - second).real / np.vdot(difference, difference).real)
    residual = measured - second - share * difference
    return 0.14 <= share <= 0.86 and float(np.sqrt(np.mean(np.abs(residual) ** 2))) <= _PAIR_RESIDUAL


def _length_s(burst: Burst) -> float:
    return (burst.end - burst.start) * BLOCK_S


def _with_margin(time_s: float) -> int:
    return round((1.15 * time_s + 0.15) / BLOCK_S)


def _error(measured_s: float, nominal_s: float) -> float:
    """How far off in units of what is tolerated: above 1 does not fit."""
    return abs(measured_s - nominal_s) / (_CADENCE_TOLERANCE * nominal_s + _EDGE_S)


def _about(burst: Burst, on_s: float) -> bool:
    return _error(_length_s(burst), on_s) <= 1.0


def _cadence_misfit(bursts: list[Burst], cadence_s: tuple[float, ...]) -> float | None:
    """Mean error of consecutive `bursts` against the best rotation of the cadence; None if none fits."""
    levels = [burst.level for burst in bursts]
    offsets = [burst.offset_hz for burst in bursts]
    if max(levels) > _LEVEL_RATIO * min(levels) or max(offsets) - min(offsets) > _FREQUENCY_SPREAD_HZ:
        return None
    if any(burst.gap_level > _PAUSE_POWER * burst.level for burst in bursts[1:]):
        return None
    steps = len(cadence_s) // 2
    fits = [_rotation_misfit(bursts, cadence_s, turn) for turn in range(steps)]
    return min((misfit for misfit in fits if misfit is not None), default=None)


def _rotation_misfit(bursts: list[Burst], cadence_s: tuple[float, ...], turn: int) -> float | None:
    errors: list[float] = []
    steps = len(cadence_s) // 2
    for index, burst in enumerate(bursts):
        on_s, off_s = cadence_s[2 * ((turn + index) % steps) : 2 * ((turn + index) % steps) + 2]
        length_s = _length_s(burst)
        errors.append(_error(length_s, on_s) if index or length_s > on_s else 0.0)
        if index + 1 < len(bursts):
            errors.append(_error((bursts[index + 1].start - burst.end) * BLOCK_S, off_s))
    return sum(errors) / len(errors) if max(errors) <= 1.0 else None
