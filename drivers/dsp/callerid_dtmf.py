"""DTMF caller ID on on-hook lines, all framings that exchanges use, all ports at once.

What: `DtmfCallerIdReceiver.step` takes one frame of every line and gives an event when a burst of digits has been read,
    or when one was there that makes no sense. Armed all the time a line is on hook, beside the FSK receiver.
How: the engine's own digit receiver hears the digits; they are kept until an end code or half a second without one and
    then read as a whole. Digits of a caller-ID burst come at an even pace, so a hole in the pace is a lost digit and
    two at once are a doubled one: such a burst is unreadable.
Limits: framings A..D..B..C, A..C, A..#, A..D, B..C, D..C, D..#, ..# and any other start and end of A, B, C, D, #;
    reasons D1# / D2# / D3# and B00C / B10C; timing of ETS 300 659-1 annex B (40 … 100 ms). A number without its start
    or end code is marked unreliable, and given only if its length is known from its first digits (China: mobile
    numbers, numbers of cities with eight digits) or its framing has no start code (..#): nothing can be missing then.
Cost: that of the digit receiver, about 0.5 µs a quiet frame and line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

from drivers.base import SAMPLE_RATE
from drivers.dsp.arming import Arming
from drivers.dsp.callerid import CallerIdEvent, unreadable
from drivers.dsp.callerid_message import CallerIdFormatError, CallerIdMessage
from drivers.dsp.dtmf import DtmfEvent, DtmfReceiver
from drivers.signals import CallerIdModulation

_SECTIONS = re.compile(r"A(\d*)D(?:\d*)B(\d*)C|A(\d*)DC|B(\d{2})C")
_BRACKETED = re.compile(r"[ABCD](\d+)[ABCD#]")
_HASH_ONLY = re.compile(r"(\d{3,})#")
_CODE_LOST = re.compile(r"[ABCD]?(0?1[3-9]\d{9}|0(?:10|2\d)[2-8]\d{7})C?")
"""Numbers that tell by themselves that they are whole, by the numbering plan of China."""
_REASONS = {"1": "P", "2": "O", "3": "O", "10": "P", "00": "O"}
_SHORTEST_NUMBER = 2
_END_CODES = "C#"
_SILENCE_ENDS = round(0.5 * SAMPLE_RATE)
_FEWEST_DIGITS = 3
"""Fewer digits than this are no burst at all: a click, a key on a parallel phone."""
_LATE, _EARLY = 1.55, 0.6
"""Pace of the digits relative to its median."""


@dataclass(slots=True)
class _Burst:
    """Digits heard since the line was last quiet."""

    digits: list[DtmfEvent] = field(default_factory=list)
    last_sample: int = 0
    sounding: bool = False


class DtmfCallerIdReceiver:
    """Reads DTMF caller ID on `ports` lines."""

    def __init__(self, ports: int) -> None:
        self._receiver = DtmfReceiver(ports)
        self._bursts = [_Burst() for _ in range(ports)]
        self._open: set[int] = set()
        self._arming = Arming(ports)
        self._sample = 0

    def step(self, frames: NDArray[np.int16], armed: NDArray[np.bool_]) -> list[CallerIdEvent]:
        """Take `frames`, shape `[port, 160]`; a line that becomes armed starts afresh."""
        for port in self._arming.newly(armed):
            self.reset(port)
        heard = self._receiver.step(frames, armed)
        self._sample += frames.shape[1]
        if not heard and not self._open:
            return []
        events: list[CallerIdEvent] = []
        for digit in heard:
            events += self._take(digit)
        for port in tuple(self._open):
            burst = self._bursts[port]
            if not burst.sounding and self._sample - burst.last_sample > _SILENCE_ENDS:
                events += self._conclude(port)
        return events

    def reset(self, port: int) -> None:
        """Forget what `port` has heard."""
        self._receiver.reset(port)
        self._bursts[port] = _Burst()
        self._open.discard(port)

    def _take(self, digit: DtmfEvent) -> list[CallerIdEvent]:
        burst = self._bursts[digit.port]
        if digit.end_sample is not None:
            burst.last_sample, burst.sounding = digit.end_sample, False
            return []
        burst.digits.append(digit)
        burst.last_sample, burst.sounding = self._sample, True
        self._open.add(digit.port)
        if digit.digit in _END_CODES and len(burst.digits) > 1:
            return self._conclude(digit.port)
        return []

    def _conclude(self, port: int) -> list[CallerIdEvent]:
        digits = self._bursts[port].digits
        self._bursts[port] = _Burst()
        self._open.discard(port)
        start_sample = digits[0].start_sample
        modulation = CallerIdModulation.DTMF
        try:
            message, reliable = read_digits("".join(digit.digit for digit in digits))
            _check_pace([digit.start_sample for digit in digits])
        except CallerIdFormatError:
            if len(digits) < _FEWEST_DIGITS:
                return []
            return [unreadable(port, modulation, start_sample, self._sample)]
        return [
            CallerIdEvent(
                port,
                message.number,
                "",
                "",
                message.absence,
                modulation,
                ok=True,
                start_sample=start_sample,
                end_sample=self._sample,
                reliable=reliable,
            )
        ]


def read_digits(digits: str) -> tuple[CallerIdMessage, bool]:
    """What a whole burst of digits says, and whether its framing proves it.

    Raises `CallerIdFormatError` when it is in no known framing and no number that is whole for sure.
    """
    sections = _SECTIONS.fullmatch(digits)
    if sections:
        number, reason, bare_number, bare_reason = (part or "" for part in sections.groups())
        absence = _REASONS.get(reason or bare_reason, "")
        if absence or number or bare_number:
            told = number or bare_number
            return CallerIdMessage(number=told, absence="" if told else absence), True
    bracketed = _BRACKETED.fullmatch(digits)
    if bracketed:
        number = bracketed[1]
        if len(number) >= _SHORTEST_NUMBER:
            return CallerIdMessage(number=number), True
        if number in _REASONS:
            return CallerIdMessage(absence=_REASONS[number]), True
    bare = _HASH_ONLY.fullmatch(digits) or _CODE_LOST.fullmatch(digits)
    if bare:
        return CallerIdMessage(number=bare[1]), False
    raise CallerIdFormatError("digits are in no known caller-ID framing")


def _check_pace(starts: list[int]) -> None:
    """Raises `CallerIdFormatError` if digits are missing or doubled, judged by when they came."""
    paces = [later - earlier for earlier, later in pairwise(starts)]
    usual = median(paces)
    if max(paces) > _LATE * usual or min(paces) < _EARLY * usual:
        raise CallerIdFormatError("digits came at an uneven pace")
