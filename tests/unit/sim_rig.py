"""Drives a simulated card in virtual time and keeps what happened."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from drivers.base import FRAME_S, FRAME_SAMPLES, PortId, ReleaseLine, SeizeLine
from drivers.dsp.g711 import alaw_decode, alaw_encode
from drivers.dsp.tones import dtmf_samples
from drivers.signals import Signal
from drivers.sim.card import SimCard


class Rig:
    """A card, the frames that go to it (`tx`), and all signals and received audio since the start."""

    def __init__(self, card: SimCard) -> None:
        self.card = card
        card.open()
        shape = (len(card.ports), FRAME_SAMPLES)
        self.rx = np.zeros(shape, np.int16)
        self.tx = np.zeros(shape, np.int16)
        self.signals: list[Signal] = []
        self._received: list[NDArray[np.int16]] = []
        self._queued: dict[int, NDArray[np.int16]] = {}
        self.bridged: tuple[int, int] | None = None

    def frame(self) -> list[Signal]:
        signals = self.card.read(self.rx)
        self._received.append(self.rx.copy())
        self.signals += signals
        self.tx[:] = 0
        if self.bridged:
            one, other = self.bridged
            self.tx[one], self.tx[other] = self.rx[other], self.rx[one]
        for row, samples in list(self._queued.items()):
            piece = samples[:FRAME_SAMPLES]
            self.tx[row, : len(piece)] = piece
            self._queued[row] = samples[FRAME_SAMPLES:]
            if not len(self._queued[row]):
                del self._queued[row]
        self.card.write(self.tx)
        return signals

    def run(self, seconds: float) -> list[Signal]:
        found: list[Signal] = []
        for _ in range(round(seconds / FRAME_S)):
            found += self.frame()
        return found

    def run_until(self, come_true: Callable[[], bool], within_s: float) -> None:
        for _ in range(round(within_s / FRAME_S)):
            if come_true():
                return
            self.frame()
        raise AssertionError(f"not within {within_s} s: {come_true}")

    def row(self, port: str) -> int:
        return [info.port for info in self.card.ports].index(PortId(port))

    def heard(self, port: str, since_frame: int = 0) -> NDArray[np.int16]:
        """What the box received on `port` since a frame."""
        return np.concatenate([frame[self.row(port)] for frame in self._received[since_frame:]])

    def send(self, port: str, samples: NDArray[np.int16]) -> None:
        self._queued[self.row(port)] = samples

    def dial(self, port: str, digits: str) -> None:
        self.send(port, dtmf_samples(digits))

    def seize(self, port: str) -> None:
        self.card.command(PortId(port), SeizeLine())

    def release(self, port: str) -> None:
        self.card.command(PortId(port), ReleaseLine())

    def of(self, kind: type[Signal], port: str) -> list[int]:
        """Frames of all signals of a kind on a port."""
        return [signal.at_frame for signal in self.signals if isinstance(signal, kind) and signal.port == port]


def through_alaw(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """What A-law coding leaves of samples; digital silence stays silence."""
    return np.where(samples == 0, 0, alaw_decode(alaw_encode(samples))).astype(np.int16)


def correlation(one: NDArray[np.int16], other: NDArray[np.int16]) -> float:
    a, b = one.astype(np.float64), other.astype(np.float64)
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))
