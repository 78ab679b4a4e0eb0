"""Runs detectors over the DTMF cases and scores them."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.dtmf_cases import Case, Sweep, Trials
from drivers.dsp.dtmf import DtmfReceiver

Detector = Callable[[NDArray[np.int16]], list[str]]
"""Recordings `[trial, n × 160]` to the digits of each."""


def our_digits(audio: NDArray[np.int16]) -> list[str]:
    """Our receiver, one port a recording, fed frame by frame."""
    receiver = DtmfReceiver(audio.shape[0])
    armed = np.ones(audio.shape[0], dtype=np.bool_)
    found = [""] * audio.shape[0]
    for begin in range(0, audio.shape[1], 160):
        for event in receiver.step(audio[:, begin : begin + 160], armed):
            if event.end_sample is None:
                found[event.port] += event.digit
    return found


def _rng(name: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(name.encode()))


@dataclass(frozen=True, slots=True)
class Score:
    """`right` of `digits` expected digits came out in recordings read exactly; `false` recordings gave too much."""

    digits: int
    right: int
    false: int
    recordings: int

    @property
    def share(self) -> float:
        return self.right / self.digits if self.digits else float(self.false)

    def passes(self, case: Case) -> bool | None:
        if case.least is None:
            return None
        return self.false == 0 if self.digits == 0 else self.share >= case.least


def score(trials: Trials, detector: Detector) -> Score:
    digits = right = false = 0
    for heard, expected in zip(detector(trials.audio), trials.expected, strict=True):
        digits += len(expected)
        right += len(expected) if heard == expected else 0
        false += len(heard) > len(expected)
    return Score(digits, right, false, len(trials.expected))


def run_case(case: Case, detector: Detector) -> Score:
    return score(case.make(_rng(case.name)), detector)


def reach(sweep: Sweep, detector: Detector) -> float | None:
    """The last step, from the first on, at which the trials are still whole; None when the first is not."""
    reached = None
    for step in sweep.steps:
        if score(sweep.make(step)(_rng(f"{sweep.name}{step}")), detector).share < sweep.whole:
            break
        reached = step
    return reached
