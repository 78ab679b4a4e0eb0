"""DTMF: a receiver for all ports at once, and a sender.

What: `DtmfReceiver` reports a digit as soon as it is sure of it (about 40 ms after the tone began) and once more when
    it ends, so that a prompt can stop at once and a held key is one digit. `DtmfSender` plays digits with the levels,
    twist and timing a country asks for.
How (the compiled half is `kernel/dtmf*.c`): high-pass at 250 Hz against DC and hum; every 5 ms a Kaiser window of 22 ms
    gives the complex amplitudes of the eight tones; the strongest pair is followed backwards through the hops that
    held its level. Its phase advance measures both frequencies to about 1 Hz and how steady they are; what the pair
    leaves unexplained, what was there just before, twist, level and harmonic ratios add up to the odds that it is a
    digit and no voice. Power below 600 Hz is the speech guard, but the part that has stood still for 120 ms is dial
    tone and hardly counts. A digit ends by a dip of power only, so clicks, breaks of 10 ms and slipped samples do not
    double it.
Limits: ITU-T Q.23 and Q.24 tables (China, AT&T, Europe), ETSI ES 201 235-3 §4.2, the CM7291 procedure. Accepts
    ±(1.5 % + 2 Hz) and rejects 3 % (Q.24 §3.1), twist −8…+8 dB (§3.3), 40 ms accepted and 30 ms rejected (§3.4), a
    pause of 15 ms told apart and a break of 10 ms bridged (§3.5, §3.6), levels 0…−40 dBm0 (§3.2), dial tone 10 dB
    above the digits. `bench/dtmf.py` prints every case beside its peers; `tests/audio/corpus.md` says how quiet the
    receiver is on speech. Digits over a prompt's echo at less than 6 dB are lost now and then (80 ms: 3 %).
Cost: on an idle core about 2.5 µs a frame and port with sound on it, 0.2 µs in silence, nothing when not armed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.dsp.kernel.dtmf import DtmfKernel
from drivers.dsp.tones import DTMF_DIGITS, dtmf_samples

_STEP_SAMPLES = 160


@dataclass(frozen=True, slots=True)
class DtmfEvent:
    """A digit was recognised (`end_sample` is None) or, in a second event, has ended.

    Samples count from the receiver's construction, over all frames given, armed or not.
    """

    port: int
    digit: str
    start_sample: int
    end_sample: int | None


class DtmfReceiver:
    """Listens for digits on every armed port."""

    def __init__(self, ports: int) -> None:
        self._kernel = DtmfKernel(ports)

    def step(self, frames: NDArray[np.int16], armed: NDArray[np.bool_]) -> list[DtmfEvent]:
        """Take `frames`, `[ports, n × 160]`, and say what was found, in the order of ports.

        A port that is not armed forgets what it heard; a digit that was on is not reported as ended. Raises
        `ValueError` for another shape.
        """
        ports, samples = frames.shape
        if ports != self._kernel.ports or armed.shape != (ports,) or samples % _STEP_SAMPLES:
            raise ValueError(
                f"frames {frames.shape} and armed {armed.shape} do not fit a receiver of {self._kernel.ports} ports; "
                f"give [{self._kernel.ports}, n × {_STEP_SAMPLES}] and [{self._kernel.ports}]"
            )
        return [
            DtmfEvent(found.port, DTMF_DIGITS[found.digit], found.start, None if found.end < 0 else found.end)
            for found in self._kernel.step(np.ascontiguousarray(frames), np.ascontiguousarray(armed))
        ]

    def reset(self, port: int) -> None:
        """Forget what `port` has heard, as after a hang-up."""
        self._kernel.reset(port)


@dataclass(frozen=True, slots=True)
class DtmfSending:
    """How a country's phones send: `twist_db` is how much louder the high-group tone is than the low."""

    low_dbm0: float
    twist_db: float
    on_ms: float
    off_ms: float


DTMF_SENDING = {
    "cn": DtmfSending(-9.0, 2.0, 80.0, 80.0),
    "us": DtmfSending(-8.0, 2.0, 70.0, 70.0),
    "eu": DtmfSending(-11.0, 2.0, 70.0, 70.0),
    "uk": DtmfSending(-11.0, 2.0, 70.0, 70.0),
}
"""By country: GB/T 15279 (−9 ± 3 and −7 ± 3 dBm), ANSI TIA-464, ETSI ES 201 235-2 §4.2; times above each minimum."""


class DtmfSender:
    """Plays a string of digits frame by frame, silence once it is through."""

    def __init__(self, digits: str, sending: DtmfSending = DTMF_SENDING["cn"]) -> None:
        """Raises `ValueError` for a character that is no DTMF digit."""
        self._samples = dtmf_samples(digits, sending.on_ms, sending.off_ms, sending.low_dbm0, sending.twist_db)
        self._position = 0

    @property
    def done(self) -> bool:
        """Whether the last pause is over."""
        return self._position >= self._samples.size

    def frame(self, count: int) -> NDArray[np.int16]:
        """The next `count` samples."""
        part = self._samples[self._position : self._position + count]
        self._position += count
        return np.pad(part, (0, count - part.size))
