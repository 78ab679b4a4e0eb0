"""What a line recording contains: digits, call-progress tones and caller ID, found by the engine's own detectors.

What: `LineAnalysis` takes the sound of one line at 8 kHz in blocks of any size and gives its findings.
How: the very detectors of the port bank, all armed from beginning to end. Whether the line was on or off hook is not
    known here, so digits framed by plain digits are digits; only a burst with a start code is caller ID.
Limits: those of each detector. A tone that is still on when the recording ends, ends there.
Cost: about 25 µs per frame of 20 ms: ten hours in less than a minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from drivers.base import FRAME_SAMPLES, SAMPLE_RATE
from drivers.dsp.callerid import CallerIdEvent
from drivers.dsp.callerid_dtmf import DtmfCallerIdReceiver
from drivers.dsp.callerid_fsk import FskCallerIdReceiver
from drivers.dsp.callprogress import CallProgressDetector, ToneEvent
from drivers.dsp.dtmf import DtmfEvent, DtmfReceiver
from drivers.dsp.toneplan import TonePlan
from drivers.signals import CallerIdModulation, Tone

_START_CODES = frozenset("ABCD")
_FLUSH_FRAMES = 40
"""Silence after the end, so that what was on can end: longer than a caller-ID burst's last pause."""


class FindingKind(StrEnum):
    """What was found."""

    DTMF = "dtmf"
    TONE = "tone"
    CALLER_ID = "callerid"


@dataclass(frozen=True, slots=True)
class FoundCallerId:
    """The content of a caller-ID burst; all empty when it could not be read."""

    number: str
    name: str
    time: str
    """MMDDHHMM, or empty."""
    absence: str
    modulation: CallerIdModulation
    readable: bool
    reliable: bool = True
    """False: digits without the code that begins or ends them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing heard, in seconds from the beginning. `value` is a digit, a tone, or a caller ID."""

    kind: FindingKind
    value: str | FoundCallerId
    start_s: float
    end_s: float


class LineAnalysis:
    """Listens through one recording. Give all of it with `take`, then ask `finish` once."""

    def __init__(self, plan: TonePlan) -> None:
        self._dtmf = DtmfReceiver(1)
        self._tones = CallProgressDetector(1, plan)
        self._fsk = FskCallerIdReceiver(1)
        self._dtmf_callerid = DtmfCallerIdReceiver(1)
        self._armed = np.ones(1, dtype=np.bool_)
        self._rest = np.zeros(0, dtype=np.int16)
        self._samples = 0
        self._findings: list[Finding] = []
        self._open_digit: DtmfEvent | None = None
        self._open_tone: ToneEvent | None = None
        self._start_codes: dict[int, str] = {}

    @property
    def heard_s(self) -> float:
        """Seconds of sound taken so far."""
        return self._samples / SAMPLE_RATE

    def take(self, samples: NDArray[np.float32]) -> None:
        """Listen to the next `samples`, floats in 16-bit units."""
        self._samples += samples.size
        whole = np.clip(np.rint(samples), -32768, 32767).astype(np.int16)
        joined = np.concatenate((self._rest, whole))
        frames = joined.size // FRAME_SAMPLES
        for index in range(frames):
            self._hear(joined[index * FRAME_SAMPLES : (index + 1) * FRAME_SAMPLES][np.newaxis])
        self._rest = joined[frames * FRAME_SAMPLES :].copy()

    def finish(self) -> list[Finding]:
        """All findings in the order in which they began."""
        end = self._samples
        self.take(np.zeros(_FLUSH_FRAMES * FRAME_SAMPLES, dtype=np.float32))
        if self._open_tone:
            self._add(FindingKind.TONE, self._open_tone.tone.value, self._open_tone.start_sample, end)
        limit_s = round(end / SAMPLE_RATE, 3)
        within = [finding for finding in self._findings if finding.start_s <= limit_s]
        clamped = [
            Finding(finding.kind, finding.value, finding.start_s, min(finding.end_s, limit_s)) for finding in within
        ]
        return sorted(clamped, key=lambda finding: (finding.start_s, finding.end_s))

    def _hear(self, frame: NDArray[np.int16]) -> None:
        for digit in self._dtmf.step(frame, self._armed):
            if digit.end_sample is None:
                self._open_digit = digit
                self._start_codes[digit.start_sample] = digit.digit
            elif self._open_digit:
                start_sample = self._open_digit.start_sample
                self._add(FindingKind.DTMF, digit.digit, start_sample, digit.end_sample)
                self._open_digit = None
        for tone in self._tones.step(frame, self._armed):
            if tone.end_sample is None:
                self._open_tone = tone
            elif self._open_tone:
                self._add(FindingKind.TONE, tone.tone.value, tone.start_sample, tone.end_sample)
                self._open_tone = None
        for event in self._fsk.step(frame, self._armed):
            self._add_caller_id(event)
        for event in self._dtmf_callerid.step(frame, self._armed):
            if self._start_codes.get(event.start_sample) in _START_CODES:
                self._add_caller_id(event)

    def _add_caller_id(self, event: CallerIdEvent) -> None:
        value = FoundCallerId(
            event.number, event.name, event.sent_at, event.absence, event.modulation, event.ok, event.reliable
        )
        self._add(FindingKind.CALLER_ID, value, event.start_sample, event.end_sample)

    def _add(self, kind: FindingKind, value: str | FoundCallerId, start: int, end: int) -> None:
        self._findings.append(Finding(kind, value, round(start / SAMPLE_RATE, 3), round(end / SAMPLE_RATE, 3)))


TONE_NAMES = {
    Tone.DIAL: "拨号音",
    Tone.RINGBACK: "回铃音",
    Tone.BUSY: "忙音",
    Tone.CONGESTION: "拥塞音",
    Tone.UNOBTAINABLE: "空号音",
    Tone.SPECIAL_INFORMATION: "特种信息音",
    Tone.HOWLER: "催挂音",
    Tone.FAX_CNG: "传真呼叫音",
    Tone.FAX_CED: "传真应答音",
}
"""What a user of the box reads."""
