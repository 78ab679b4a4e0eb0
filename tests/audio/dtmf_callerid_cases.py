"""The DTMF caller-ID cases: one number each, impaired as a line would (levels in dBm0, A-law at the end)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.dsp.callerid_send import DtmfFraming, dtmf_burst
from drivers.dsp.g711 import alaw_decode, alaw_encode
from drivers.dsp.level import amplitude_of, power_of

RATE = 8000


@dataclass(frozen=True)
class DtmfCallerIdCase:
    """A burst and what the line does to it. `twist_db` is the high group's level above the low group's."""

    name: str
    on_ms: float = 60.0
    off_ms: float = 60.0
    level_dbm0: float = -12.0
    twist_db: float = 0.0
    snr_db: float | None = None
    frequency_error: float = 0.0
    hum_dbm0: float | None = None
    ring_tail: bool = False
    clicks: bool = False


DTMF_CALLER_ID_CASES = (
    DtmfCallerIdCase("50/50 -12", on_ms=50, off_ms=50),
    DtmfCallerIdCase("40/40 -20", on_ms=40, off_ms=40, level_dbm0=-20),
    DtmfCallerIdCase("70/70 -25 SNR 20", on_ms=70, off_ms=70, level_dbm0=-25, snr_db=20),
    DtmfCallerIdCase("twist +6", twist_db=6),
    DtmfCallerIdCase("twist -8", twist_db=-8),
    DtmfCallerIdCase("SNR 12", snr_db=12),
    DtmfCallerIdCase("SNR 8", snr_db=8),
    DtmfCallerIdCase("frequency +1.5 %", frequency_error=0.015),
    DtmfCallerIdCase("frequency -1.5 %", frequency_error=-0.015),
    DtmfCallerIdCase("hum -15 and DC", hum_dbm0=-15),
    DtmfCallerIdCase("ring tail", ring_tail=True),
    DtmfCallerIdCase("hook clicks", clicks=True),
)


def dtmf_case_samples(
    case: DtmfCallerIdCase, seed: int, framing: DtmfFraming = DtmfFraming.D_C
) -> tuple[str, NDArray[np.int16]]:
    """The number that was sent and what arrives."""
    rng = np.random.default_rng((seed, len(case.name)))
    number = "".join(str(digit) for digit in rng.integers(0, 10, int(rng.integers(7, 13))))
    low_dbm0 = case.level_dbm0 - case.twist_db / 2
    burst = dtmf_burst(
        number,
        framing,
        tone_ms=case.on_ms,
        pause_ms=case.off_ms,
        low_dbm0=low_dbm0,
        high_dbm0=low_dbm0 + case.twist_db,
        frequency_error=case.frequency_error,
    )
    lead = int(rng.integers(3000, 5000))
    total = np.concatenate((np.zeros(lead), burst.astype(np.float64), np.zeros(8000)))
    at = np.arange(total.size) / RATE
    if case.hum_dbm0 is not None:
        total += amplitude_of(case.hum_dbm0) * np.sin(2 * np.pi * 50 * at) + 1000
    if case.ring_tail:
        decay = np.exp(-np.maximum(at - (lead / RATE - 0.2), 0) / 0.05)
        total += 20000 * np.clip(decay, 0, 1) * np.sin(2 * np.pi * 25 * at)
    if case.clicks:
        for begin in rng.integers(lead, lead + burst.size, 4):
            total[begin : begin + int(rng.integers(8, 24))] += rng.choice((-1, 1)) * 12000
    if case.snr_db is not None:
        total += rng.normal(0, np.sqrt(power_of(case.level_dbm0 + 3 - case.snr_db)), total.size)
    clipped = np.clip(np.rint(total), -32768, 32767).astype(np.int16)
    return number, alaw_decode(alaw_encode(clipped))
