"""The DTMF acceptance cases T1…T13, built from Q.24, ES 201 235 and the CM7291 procedure's limits.

A `Case` is a set of recordings with the digits each must give; an accept case is passed when every digit comes out,
a reject case (nothing expected) when nothing does. A `Sweep` asks how far one quantity can go.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from bench.dtmf_signals import (
    Digit,
    Rng,
    Signal,
    at_active_level,
    carried,
    keyed,
    noise,
    samples_of,
    sine,
    spoken,
)
from drivers.dsp.tones import DTMF_DIGITS, dtmf_pair_hz

CORNERS = tuple(product((-1, 1), (-1, 1)))


@dataclass(frozen=True, slots=True)
class Trials:
    """Recordings `[trial, sample]` and what each says."""

    audio: NDArray[np.int16]
    expected: list[str]


@dataclass(frozen=True, slots=True)
class Case:
    """`least` is the share of digits that must come out right; `None` when it is only measured.

    For a reject case (`expected` all empty) the score is the number of trials that gave a digit and must be 0.
    """

    name: str
    text: str
    least: float | None
    make: Callable[[Rng], Trials]


def _trials(made: list[tuple[Signal, str]]) -> Trials:
    return Trials(carried([signal for signal, _ in made]), [expected for _, expected in made])


def _each(
    rng: Rng, times: int, digit: Callable[[str], list[Digit]], pause_ms: float = 60.0
) -> list[tuple[Signal, str]]:
    """`times` recordings per digit, each of the key presses that `digit` gives."""
    made = []
    for name in DTMF_DIGITS * times:
        pressed = digit(name)
        made.append((keyed(rng, pressed, pause_ms), "".join(press.digit for press in pressed)))
    return made


def _t1(rng: Rng) -> Trials:
    orders = [rng.permutation(list(DTMF_DIGITS)) for _ in range(10)]
    return _trials([(keyed(rng, [Digit(name) for name in order], 50.0), "".join(order)) for order in orders])


def _corners(share: float, extra_hz: float, on_ms: float) -> Callable[[Rng], Trials]:
    def make(rng: Rng) -> Trials:
        made = []
        for low, high in CORNERS * 3:
            made += _each(rng, 1, lambda d: [Digit(d, on_ms, -20.0).off_by(low * share, high * share, extra_hz)])  # noqa: B023
        return _trials(made)

    return make


def _one_off(share: float) -> Callable[[Rng], Trials]:
    def make(rng: Rng) -> Trials:
        made = []
        for low, high in ((-share, 0), (share, 0), (0, -share), (0, share)) * 2:
            made += _each(rng, 1, lambda d: [Digit(d, 100.0, -10.0).off_by(low, high)])  # noqa: B023
        return Trials(_trials(made).audio, [""] * len(made))

    return make


def _digits(
    times: int = 5, on_ms: float = 50.0, level_dbm0: float = -7.0, twist_db: float = 0.0
) -> Callable[[Rng], Trials]:
    return lambda rng: _trials(_each(rng, times, lambda d: [Digit(d, on_ms, level_dbm0, twist_db)]))


def _rejected(make: Callable[[Rng], Trials]) -> Callable[[Rng], Trials]:
    def emptied(rng: Rng) -> Trials:
        trials = make(rng)
        return Trials(trials.audio, [""] * len(trials.expected))

    return emptied


def _combined(rng: Rng) -> Trials:
    made = []
    for low, high in CORNERS * 2:
        for twist_db in (-4.0, 4.0):
            made += _each(
                rng,
                1,
                lambda d: [Digit(d, 40.0, -23.0, twist_db).off_by(low * 0.015, high * 0.015)] * 2,  # noqa: B023
                40.0,
            )
    return _trials(made)


def _repeated(on_ms: float, off_ms: float) -> Callable[[Rng], Trials]:
    return lambda rng: _trials(_each(rng, 2, lambda d: [Digit(d, on_ms, -10.0)] * 5, off_ms))


def _broken(break_ms: float) -> Callable[[Rng], Trials]:
    def make(rng: Rng) -> Trials:
        made = []
        for signal, expected in _each(rng, 4, lambda d: [Digit(d, 100.0, -10.0)]):
            begin = int(np.flatnonzero(signal)[0]) + samples_of(rng.uniform(25, 75 - break_ms))
            signal[begin : begin + samples_of(break_ms)] = 0.0
            made.append((signal, expected))
        return _trials(made)

    return make


def _stepped(rng: Rng) -> Trials:
    made = []
    for signal, expected in _each(rng, 1, lambda d: [Digit(d, 5000.0, -12.0)]):
        for begin in range(0, signal.size, samples_of(400)):
            signal[begin : begin + samples_of(400)] *= 10 ** (rng.choice([-3.0, 0.0, 3.0]) / 20)
        made.append((signal, expected))
    return _trials(made)


def _noisy(times: int, on_ms: float, snr_db: float, level_dbm0: float = -10.0) -> Callable[[Rng], Trials]:
    """White noise in the telephone band, `snr_db` below the power of the pair."""

    def make(rng: Rng) -> Trials:
        made = _each(rng, times, lambda d: [Digit(d, on_ms, level_dbm0)])
        return _trials([(s + noise(rng, level_dbm0 + 3.01 - snr_db, s.size), e) for s, e in made])

    return make


def _clicks(rng: Rng) -> Trials:
    made = []
    for signal, expected in _each(rng, 10, lambda d: [Digit(d, 50.0, -12.0)] * 3, 50.0):
        for _ in range(rng.poisson(5 * signal.size / 8000)):
            begin, width = int(rng.integers(0, signal.size)), samples_of(rng.uniform(1, 3))
            burst = noise(rng, -12.0 + 3.01 + 6.0, width)
            signal[begin : begin + width] += burst[: signal.size - begin]
        made.append((signal, expected))
    return _trials(made)


def _over_tone(freqs_hz: tuple[float, ...], above_db: float) -> Callable[[Rng], Trials]:
    """Dial tone of the exchange all the while, `above_db` above each tone of the digits."""

    def make(rng: Rng) -> Trials:
        made = []
        for signal, expected in _each(rng, 3, lambda d: [Digit(d, 60.0, -18.0)] * 2, 60.0):
            heard = np.concatenate([np.zeros(samples_of(300)), signal])
            for freq_hz in freqs_hz:
                heard += sine(freq_hz, -18.0 + above_db, heard.size, rng.uniform(0, 6.28))
            made.append((heard, expected))
        return _trials(made)

    return make


PROMPTS = (
    "nin2 hao3 huan1 ying2 zhi4 dian4 you3 xian4 dian4 shi4 ke4 fu2 zhong1 xin1",
    "bao4 xiu1 qing3 an4 yi1 yi4 wu4 zi1 xun2 qing3 an4 er4 ren2 gong1 fu2 wu4 qing3 an4 ling2",
    "qing3 shu1 ru4 nin2 de5 zhi4 neng2 ka3 hao4 yi3 jing3 hao4 jian4 jie2 shu4",
    "zuo4 xi2 quan2 mang2 qing3 shao1 hou4 nin2 qian2 mian4 hai2 you3 san1 wei4 yong4 hu4",
)


DIVIDED = {
    697: 0.0031,
    770: -0.0049,
    852: -0.0054,
    941: 0.0074,
    1209: 0.0057,
    1336: -0.0032,
    1477: -0.0035,
    1633: 0.0073,
}
"""Frequency errors of the dialler chips that divide a 3.58 MHz crystal (MK5087 and its kin), by nominal frequency."""


def _divided(digit: Digit) -> Digit:
    low_hz, high_hz = dtmf_pair_hz(digit.digit)
    return digit.off_by(DIVIDED[low_hz], DIVIDED[high_hz])


def barge_in(on_ms: float, snr_db: float, times: int = 6, *, divided: bool = False) -> Callable[[Rng], Trials]:
    """Digits over the echo of a spoken prompt, whose active level is `snr_db` below the pair."""

    def make(rng: Rng) -> Trials:
        made = []
        voices = [spoken(text, pitch=pitch) for text in PROMPTS for pitch in (30, 60)]
        exact = [Digit(name, on_ms, -12.0) for name in DTMF_DIGITS * times]
        for index, pressed in enumerate(_divided(digit) if divided else digit for digit in exact):
            signal = keyed(rng, [pressed])
            speech = at_active_level(voices[index % len(voices)], -12.0 + 3.01 - snr_db)
            begin = int(rng.integers(0, speech.size - signal.size))
            made.append((signal + speech[begin : begin + signal.size], pressed.digit))
        return _trials(made)

    return make


def _echoed(rng: Rng) -> Trials:
    made = []
    for signal, expected in _each(rng, 3, lambda d: [Digit(d, 50.0, -10.0)] * 3, 50.0):
        late = np.concatenate([np.zeros(samples_of(20)), signal[: -samples_of(20)]])
        made.append((signal + late * 10 ** (-10 / 20), expected))
    return _trials(made)


def _hum(rng: Rng) -> Trials:
    made = []
    for signal, expected in _each(rng, 5, lambda d: [Digit(d, 50.0, -15.0)]):
        phase = rng.uniform(0, 6.28)
        hum = sine(50, -20.0, signal.size, phase) + sine(150, -30.0, signal.size, 2 * phase)
        made.append((signal + hum + 1000.0, expected))
    return _trials(made)


def _slipped(rng: Rng) -> Trials:
    made = []
    for signal, expected in _each(rng, 6, lambda d: [Digit(d, 60.0, -10.0)]):
        at = int(np.flatnonzero(signal)[0]) + samples_of(rng.uniform(5, 55))
        slipped = np.delete(signal, at) if rng.random() < 0.5 else np.insert(signal, at, signal[at])
        made.append((slipped, expected))
    return _trials(made)


def _gapped(rng: Rng) -> Trials:
    made = []
    for signal, expected in _each(rng, 6, lambda d: [Digit(d, 60.0, -10.0)]):
        at = int(np.flatnonzero(signal)[0]) + samples_of(rng.uniform(0, 50))
        signal[at : at + samples_of(10)] = 0.0
        made.append((signal, expected))
    return _trials(made)


def _one_tone(rng: Rng) -> Trials:
    made = []
    for name in DTMF_DIGITS * 2:
        for freq_hz in dtmf_pair_hz(name):
            lead = np.zeros(samples_of(60) + int(rng.integers(0, 160)))
            made.append((np.concatenate([lead, sine(freq_hz, -7.0, samples_of(100)), np.zeros(800)]), ""))
    return _trials(made)


def _three_tones(rng: Rng) -> Trials:
    """A third tone as loud as the others: of either group, and off the DTMF frequencies."""
    made = []
    for name in DTMF_DIGITS:
        low_hz, high_hz = dtmf_pair_hz(name)
        for third_hz in (697, 770, 852, 941, 1209, 1336, 1477, 1633, 1070, 2100):
            if third_hz in (low_hz, high_hz):
                continue
            lead = np.zeros(samples_of(60) + int(rng.integers(0, 160)))
            tones = sum(sine(hz, -12.0, samples_of(100), rng.uniform(0, 6.28)) for hz in (low_hz, high_hz, third_hz))
            made.append((np.concatenate([lead, tones, np.zeros(800)]), ""))
    return _trials(made)


CASES = (
    Case("T1", "16 digits x 10, 50/50 ms, -7", 1.0, _t1),
    Case("T2a", "both tones off by 1.5 % + 2 Hz, all corners, 50 ms, -20", 1.0, _corners(0.015, 2.0, 50.0)),
    Case("T2f", "1.5 % corners", 1.0, _corners(0.015, 0.0, 50.0)),
    Case("T2b", "2 % corners", None, _corners(0.02, 0.0, 50.0)),
    Case("T2c", "one tone off by 3.5 %, 100 ms: reject", 0.0, _one_off(0.035)),
    Case("T2d", "one tone off by 3.0 %, 100 ms: reject", None, _rejected(_one_off(0.03))),
    Case("T3a-", "twist -8 dB", 1.0, _digits(twist_db=-8.0, level_dbm0=-12.0)),
    Case("T3a+", "twist +4 dB", 1.0, _digits(twist_db=4.0, level_dbm0=-12.0)),
    Case("T3b-", "twist -6 dB", 1.0, _digits(twist_db=-6.0, level_dbm0=-12.0)),
    Case("T3b+", "twist +6 dB", 1.0, _digits(twist_db=6.0, level_dbm0=-12.0)),
    *(
        Case(f"T4a{level_dbm0:+.0f}", f"level {level_dbm0:.0f} dBm0", 1.0, _digits(level_dbm0=level_dbm0))
        for level_dbm0 in (0.0, -3.0, -10.0, -23.0, -25.0)
    ),
    Case("T4c", "level -55, 100 ms: reject", 0.0, _rejected(_digits(on_ms=100.0, level_dbm0=-55.0))),
    Case("T4d", "-23, 40/40 ms, 1.5 %, 4 dB twist together", 1.0, _combined),
    Case("T5a", "40/40 ms", 1.0, _digits(on_ms=40.0, level_dbm0=-10.0)),
    Case("T5b1", "same digit repeated 40/40", 1.0, _repeated(40.0, 40.0)),
    Case("T5b2", "same digit repeated 45/48", 1.0, _repeated(45.0, 48.0)),
    Case("T5b3", "same digit repeated 50/40", 1.0, _repeated(50.0, 40.0)),
    Case("T5c1", "23 ms tone: reject", 0.0, _rejected(_digits(6, on_ms=23.0, level_dbm0=-10.0))),
    Case("T5c2", "20 ms tone: reject", 0.0, _rejected(_digits(6, on_ms=20.0, level_dbm0=-10.0))),
    Case("T5e1", "break of 10 ms not split", 1.0, _broken(10.0)),
    Case("T5e2", "break of 15 ms", None, _broken(15.0)),
    Case("T5e3", "break of 20 ms", None, _broken(20.0)),
    Case("T5g", "5 s tone with 3 dB steps: one digit", 1.0, _stepped),
    Case("T6a", "SNR 15 dB, 1,008 tones", 1.0, _noisy(63, 50.0, 15.0)),
    Case("T6c", "clicks 1-3 ms, +6 dB, 5 a second", 0.99, _clicks),
    Case("T7a", "450 Hz dial tone as loud as each tone", 1.0, _over_tone((450,), 0.0)),
    Case("T7b", "350 + 440 Hz each as loud as each tone", 1.0, _over_tone((350, 440), 0.0)),
    Case("T8a15", "80 ms over prompt echo, SNR 15", 1.0, barge_in(80.0, 15.0)),
    Case("T8a6", "80 ms over prompt echo, SNR 6", None, barge_in(80.0, 6.0)),
    Case("T8a3", "80 ms over prompt echo, SNR 3", None, barge_in(80.0, 3.0)),
    Case("T8a0", "80 ms over prompt echo, SNR 0", None, barge_in(80.0, 0.0)),
    Case("T8b6", "150 ms over prompt echo, SNR 6", 0.99, barge_in(150.0, 6.0)),
    Case("T8b3", "150 ms over prompt echo, SNR 3", None, barge_in(150.0, 3.0)),
    Case("T8b0", "150 ms over prompt echo, SNR 0", None, barge_in(150.0, 0.0)),
    Case("T8c6", "as T8a6, tones of a chip with a divided crystal", None, barge_in(80.0, 6.0, divided=True)),
    Case("T8d6", "as T8b6, tones of a chip with a divided crystal", None, barge_in(150.0, 6.0, divided=True)),
    Case("T9", "echo 20 ms late at -10 dB", 1.0, _echoed),
    Case("T10", "DC 1000 + 50 Hz at -20 + 150 Hz at -30", 1.0, _hum),
    Case("T11+3", "overload +3 dBm0, clipped", 1.0, _digits(level_dbm0=3.0)),
    Case("T11+6", "overload +6 dBm0, clipped", 1.0, _digits(level_dbm0=6.0)),
    Case("T12s", "one-sample slip", 1.0, _slipped),
    Case("T12z", "10 ms of zeros", 1.0, _gapped),
    Case("T13a", "one tone of the pair: reject", 0.0, _one_tone),
    Case("T13b", "three tones: reject", 0.0, _three_tones),
)


@dataclass(frozen=True, slots=True)
class Sweep:
    """How far `steps` can go before a trial set of `make(step)` is no longer whole (`whole` of its digits)."""

    name: str
    text: str
    steps: tuple[float, ...]
    make: Callable[[float], Callable[[Rng], Trials]]
    whole: float = 1.0


def _range(first: float, last: float, step: float) -> tuple[float, ...]:
    return tuple(np.arange(first, last + step / 2, step).round(4).tolist())


SWEEPS = (
    Sweep("T2e", "recognition bandwidth, %", _range(1.0, 4.5, 0.1), lambda share: _both_off(share / 100)),
    Sweep("T4b-", "lowest level, dBm0 per tone", _range(-30, -56, -1), lambda level: _digits(1, level_dbm0=level)),
    Sweep("T4b+", "highest level, dBm0 per tone", _range(-3, 12, 1), lambda level: _digits(1, level_dbm0=level)),
    Sweep("T5d", "shortest tone always found, ms", _range(44, 20, -1), lambda on_ms: _digits(3, on_ms, -10.0)),
    Sweep("T5f", "shortest pause between the same digit, ms", _range(40, 8, -1), lambda off: _repeated(50.0, off)),
    Sweep("T6b1", "lowest SNR, 50 ms all found", _range(14, -4, -1), lambda snr: _noisy(8, 50.0, snr)),
    Sweep("T6b2", "lowest SNR, 99 % of 100 ms", _range(14, -4, -1), lambda snr: _noisy(8, 100.0, snr), 0.99),
    Sweep("T7a", "450 Hz above the digits, dB", _range(-12, 16, 1), lambda above: _over_tone((450,), above)),
    Sweep("T7b", "350 + 440 Hz above the digits, dB", _range(-12, 16, 1), lambda above: _over_tone((350, 440), above)),
    Sweep("T3n", "twist, high below low, dB", _range(-2, -16, -1), lambda db: _digits(2, 50.0, -14.0, db)),
    Sweep("T3r", "twist, high above low, dB", _range(2, 16, 1), lambda db: _digits(2, 50.0, -14.0, db)),
)


def _both_off(share: float) -> Callable[[Rng], Trials]:
    def make(rng: Rng) -> Trials:
        made = []
        for sign in (-1, 1):
            made += _each(rng, 1, lambda d: [Digit(d, 100.0, -10.0).off_by(sign * share, sign * share)])  # noqa: B023
        return _trials(made)

    return make
