"""Senders of caller ID: one burst of samples for a phone (FXS) or for the fake exchange of the simulated card.

What: `fsk_burst` (Bell 202 and V.23, SDMF or MDMF) and `dtmf_burst` (every framing of the receivers).
How: FSK with continuous phase: the phase is piecewise linear between bit edges, so it is interpolated exactly at each
sample, whatever the bit rate. DTMF is two summed sines per digit.
Limits: Bellcore GR-30 / YDN 069: 300 bits of channel seizure (0101...), 180 bits of mark, 1200 ± 1 % Bd; ETSI EN
300 659-1 allows the same with 80 mark bits. Level -13.5 dBm0 for FSK, -11/-9 dBm0 (low/high group) for DTMF.
Cost: about 0.3 ms per burst; done once per call.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from drivers.base import SAMPLE_RATE
from drivers.dsp.callerid_message import CallerIdMessage, encode_mdmf, encode_sdmf
from drivers.dsp.level import amplitude_of
from drivers.dsp.tones import dtmf_pair_hz
from drivers.signals import CallerIdModulation

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class FskModem:
    """Bit rate and the two frequencies (mark is 1, the idle state)."""

    baud: float
    mark_hz: float
    space_hz: float


BELL_202 = FskModem(baud=1200.0, mark_hz=1200.0, space_hz=2200.0)
V23 = FskModem(baud=1200.0, mark_hz=1300.0, space_hz=2100.0)
FSK_MODEMS = {CallerIdModulation.FSK_BELL202: BELL_202, CallerIdModulation.FSK_V23: V23}


@dataclass(frozen=True, slots=True)
class FskShape:
    """How a burst is laid out: preamble, stop bits, level; the defaults are those of GR-30."""

    seizure_bits: int = 300
    mark_bits: int = 180
    stop_bits: int = 1
    """Mark bits after each byte; above 1 the line idles between bytes, which the standard allows up to 10."""
    tail_bits: int = 20
    level_dbm0: float = -13.5
    twist_db: float = 0.0
    """Level of the space tone above the mark tone."""
    single_format: bool = False
    """SDMF in place of MDMF."""


class DtmfFraming(StrEnum):
    """How a DTMF number is framed: start code, end code, each as an exchange somewhere sends it."""

    D_C = "D..C"
    D_HASH = "D..#"
    A_C = "A..C"
    A_HASH = "A..#"
    A_D = "A..D"
    B_C = "B..C"
    A_D_B_C = "A..D..B..C"
    HASH_ONLY = "..#"


_ABSENCE_DIGITS = {DtmfFraming.A_D_B_C: {"O": "00", "P": "10"}}
_DEFAULT_ABSENCE_DIGITS = {"O": "2", "P": "1"}
"""`D1#` restricted, `D2#` unavailable (Nordic DTMF caller ID); with no number, the reason stands in its place."""


def fsk_burst(
    number: str,
    name: str = "",
    when: str = "",
    modulation: CallerIdModulation = CallerIdModulation.FSK_BELL202,
    *,
    absence: str = "",
    shape: FskShape | None = None,
) -> NDArray[np.int16]:
    """Samples of one FSK caller-ID burst. `when` is MMDDHHMM or empty; `absence` is `O` or `P` for no number."""
    message = CallerIdMessage(number=number, name=name, sent_at=when, absence=absence)
    layout = shape or FskShape()
    content = encode_sdmf(message) if layout.single_format else encode_mdmf(message)
    return fsk_samples(content, FSK_MODEMS[modulation], layout)


def fsk_samples(content: bytes, modem: FskModem, shape: FskShape) -> NDArray[np.int16]:
    """Modulate any bytes; the phase is continuous and the bit edges fall between samples where they must."""
    bits = [step & 1 for step in range(shape.seizure_bits)] + [1] * shape.mark_bits
    for byte in content:
        bits += [0, *((byte >> place) & 1 for place in range(8)), *[1] * shape.stop_bits]
    bits += [1] * shape.tail_bits
    is_mark = np.asarray(bits, dtype=bool)
    edges = np.arange(len(bits) + 1) * (SAMPLE_RATE / modem.baud)
    cycles = np.concatenate(([0.0], np.cumsum(np.where(is_mark, modem.mark_hz, modem.space_hz) / modem.baud)))
    at = np.arange(int(edges[-1]))
    phase = 2 * np.pi * np.interp(at, edges, cycles)
    bit_at = np.minimum((at * (modem.baud / SAMPLE_RATE)).astype(np.intp), len(bits) - 1)
    half_twist = shape.twist_db / 2
    mark_peak, space_peak = (amplitude_of(shape.level_dbm0 + part) for part in (-half_twist, half_twist))
    return _to_int16(np.sin(phase) * np.where(is_mark[bit_at], mark_peak, space_peak))


def dtmf_burst(
    number: str,
    framing: DtmfFraming = DtmfFraming.D_C,
    *,
    absence: str = "",
    tone_ms: float = 60.0,
    pause_ms: float = 60.0,
    low_dbm0: float = -11.0,
    high_dbm0: float = -9.0,
    frequency_error: float = 0.0,
) -> NDArray[np.int16]:
    """Samples of one DTMF caller-ID burst, from the start code to the end code; no pause before or after."""
    sent = framed_digits(number, framing, absence)
    pause = np.zeros(round(pause_ms * SAMPLE_RATE / 1000))
    at = np.arange(round(tone_ms * SAMPLE_RATE / 1000)) / SAMPLE_RATE
    parts: list[NDArray[np.float64]] = []
    for digit in sent:
        low_hz, high_hz = dtmf_pair_hz(digit)
        low = np.sin(2 * np.pi * low_hz * (1 + frequency_error) * at) * amplitude_of(low_dbm0)
        high = np.sin(2 * np.pi * high_hz * (1 + frequency_error) * at) * amplitude_of(high_dbm0)
        parts += [low + high, pause]
    return _to_int16(np.concatenate(parts[:-1]))


def framed_digits(number: str, framing: DtmfFraming, absence: str = "") -> str:
    """The DTMF digits on the line for a number (or for its absence) in a framing."""
    if framing is DtmfFraming.A_D_B_C:
        reason = _ABSENCE_DIGITS[framing].get(absence, "")
        return f"A{number}D" + (f"B{reason}C" if reason else "C") if number or not reason else f"B{reason}C"
    start, end = framing.value.split("..")
    return start + (number or _DEFAULT_ABSENCE_DIGITS[absence or "O"]) + end


def _to_int16(samples: NDArray[np.float64]) -> NDArray[np.int16]:
    return np.clip(np.rint(samples), -32768, 32767).astype(np.int16)
