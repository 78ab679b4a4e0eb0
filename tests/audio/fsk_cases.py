"""The FSK caller-ID cases: one message each, impaired as a line would (levels in dBm0, A-law at the end)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from drivers.dsp.callerid_message import CallerIdMessage, encode_mdmf, encode_sdmf
from drivers.dsp.callerid_send import BELL_202, V23, FskModem, FskShape, fsk_samples
from drivers.dsp.g711 import alaw_decode, alaw_encode
from drivers.dsp.level import amplitude_of, power_of

RATE = 8000


@dataclass(frozen=True)
class FskCase:
    """A burst and what the line does to it."""

    name: str
    shape: FskShape = field(default_factory=FskShape)
    modem: FskModem = BELL_202
    snr_db: float | None = None
    tilt_db_per_khz: float = 0.0
    caller_name: str = ""
    hum_dbm0: float | None = None
    ring_tail: bool = False
    echo: bool = False
    graded: bool = True


def _shape(**changes: object) -> FskShape:
    return replace(FskShape(), **changes)  # type: ignore[arg-type]


def _modem(modem: FskModem, baud: float = 1.0, frequency: float = 1.0) -> FskModem:
    return FskModem(modem.baud * baud, modem.mark_hz * frequency, modem.space_hz * frequency)


FSK_CASES = (
    FskCase("level -9", _shape(level_dbm0=-9.0)),
    FskCase("level -20", _shape(level_dbm0=-20.0)),
    FskCase("level -30", _shape(level_dbm0=-30.0)),
    FskCase("level -38", _shape(level_dbm0=-38.0)),
    FskCase("SNR 25", snr_db=25.0),
    FskCase("SNR 20", snr_db=20.0),
    FskCase("SNR 15", snr_db=15.0),
    FskCase("SNR 12", snr_db=12.0, graded=False),
    FskCase("SNR 10", snr_db=10.0, graded=False),
    FskCase("SNR 8", snr_db=8.0, graded=False),
    FskCase("twist +6", _shape(twist_db=6.0)),
    FskCase("twist -6", _shape(twist_db=-6.0)),
    FskCase("twist +10", _shape(twist_db=10.0)),
    FskCase("twist -10", _shape(twist_db=-10.0)),
    FskCase("tilt 8 dB/kHz", tilt_db_per_khz=8.0),
    FskCase("baud +1 %", modem=_modem(BELL_202, baud=1.01)),
    FskCase("baud -1 %", modem=_modem(BELL_202, baud=0.99)),
    FskCase("frequency +1 %", modem=_modem(BELL_202, frequency=1.01)),
    FskCase("frequency -1 %", modem=_modem(BELL_202, frequency=0.99)),
    FskCase("both +1.5 %", modem=_modem(BELL_202, 1.015, 1.015), graded=False),
    FskCase("both -1.5 %", modem=_modem(BELL_202, 0.985, 0.985), graded=False),
    FskCase("V.23", modem=V23),
    FskCase("V.23 SNR 15", modem=V23, snr_db=15.0, graded=False),
    FskCase("SDMF", _shape(single_format=True)),
    FskCase("MDMF with GBK name", caller_name="蒙城县广电局"),
    FskCase("seizure 80, mark 30", _shape(seizure_bits=80, mark_bits=30)),
    FskCase("no seizure", _shape(seizure_bits=0)),
    FskCase("2 stop bits", _shape(stop_bits=2)),
    FskCase("8 extra marks", _shape(stop_bits=9)),
    FskCase("hum -15 and DC", hum_dbm0=-15.0),
    FskCase("ring tail", ring_tail=True),
    FskCase("echo 3 ms -8 dB", echo=True),
)


def random_message(rng: np.random.Generator, name: str) -> CallerIdMessage:
    """A number of 7 to 12 digits at a random time."""
    number = "".join(str(digit) for digit in rng.integers(0, 10, int(rng.integers(7, 13))))
    sent_at = f"{rng.integers(1, 13):02}{rng.integers(1, 29):02}{rng.integers(0, 24):02}{rng.integers(0, 60):02}"
    return CallerIdMessage(number=number, name=name, sent_at=sent_at)


def fsk_case_samples(case: FskCase, seed: int) -> tuple[CallerIdMessage, NDArray[np.int16]]:
    """The message that was sent and what arrives."""
    rng = np.random.default_rng((seed, len(case.name)))
    message = random_message(rng, case.caller_name)
    content = encode_sdmf(message) if case.shape.single_format else encode_mdmf(message)
    burst = fsk_samples(content, case.modem, case.shape).astype(np.float64)
    lead = int(rng.integers(3000, 5000))
    total = np.concatenate((np.zeros(lead), burst, np.zeros(5000)))
    at = np.arange(total.size) / RATE
    if case.echo:
        total[24:] += 10 ** (-8 / 20) * total[:-24]
    if case.tilt_db_per_khz:
        hz = np.fft.rfftfreq(total.size, 1 / RATE)
        total = np.fft.irfft(np.fft.rfft(total) * 10 ** (-case.tilt_db_per_khz * (hz - 1700) / 20000), total.size)
    if case.hum_dbm0 is not None:
        total += amplitude_of(case.hum_dbm0) * np.sin(2 * np.pi * 50 * at) + 1000
    if case.ring_tail:
        decay = np.exp(-np.maximum(at - (lead / RATE - 0.2), 0) / 0.05)
        total += 20000 * np.clip(decay, 0, 1) * np.sin(2 * np.pi * 25 * at)
    if case.snr_db is not None:
        noise_power = power_of(case.shape.level_dbm0 - case.snr_db)
        total += rng.normal(0, np.sqrt(noise_power), total.size)
    clipped = np.clip(np.rint(total), -32768, 32767).astype(np.int16)
    return message, alaw_decode(alaw_encode(clipped))
