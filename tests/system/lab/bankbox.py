"""A bank of ports on a real card, run by a thread as the engine's tick runs it; tests look at what it told."""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from typing import Self

import numpy as np

from drivers.bank import PortBank
from drivers.base import FRAME_SAMPLES, LineCard, PortCommand, PortId
from drivers.dsp.toneplan import load_tone_plan
from drivers.signals import Signal


class BankBox:
    """Open it in a `with` block."""

    def __init__(self, card: LineCard) -> None:
        self.card = card
        self.bank = PortBank([card], load_tone_plan("cn"))
        self.told: list[tuple[float, Signal]] = []
        self.raw: dict[PortId, list[np.ndarray]] = defaultdict(list)
        """Frames as the card gave them, before the echo canceller, of ports in `keep`."""
        self.keep: set[PortId] = set()
        self.to_say: dict[PortId, deque[np.ndarray]] = defaultdict(deque)
        self.frame_times: list[float] = []
        self._asked: deque[tuple[PortId, PortCommand]] = deque()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="bank", daemon=True)
        self.broke: BaseException | None = None

    def __enter__(self) -> Self:
        self.bank.open()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join(5)
        self.bank.close()

    def command(self, port: PortId, command: PortCommand) -> None:
        self._asked.append((port, command))

    def say(self, port: PortId, samples: np.ndarray) -> None:
        whole = len(samples) // FRAME_SAMPLES * FRAME_SAMPLES
        self.to_say[port].extend(np.array_split(samples[:whole].astype(np.int16), whole // FRAME_SAMPLES))

    def heard(self, port: PortId) -> np.ndarray:
        return np.concatenate(self.raw[port]) if self.raw[port] else np.zeros(0, np.int16)

    def tells(self, kind: type[Signal], port: PortId, within_s: float) -> Signal | None:
        """Waits for the next such signal of the port, and takes it."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline and self.broke is None:
            for moment in self.told:
                if isinstance(moment[1], kind) and moment[1].port == port:
                    self.told.remove(moment)
                    return moment[1]
            time.sleep(0.01)
        assert self.broke is None, self.broke
        return None

    def _run(self) -> None:
        try:
            while not self._stopped.is_set():
                self._tick()
        except BaseException as error:  # noqa: BLE001 - told to the test
            self.broke = error

    def _tick(self) -> None:
        rx = np.zeros((len(self.bank.ports), FRAME_SAMPLES), np.int16)
        self.bank.read(rx)
        now = time.monotonic()
        self.frame_times.append(now)
        for port in self.keep:
            self.raw[port].append(rx[self.bank.row(port)].copy())
        self.told += [(now, signal) for signal in self.bank.listen(rx)]
        while self._asked:
            self.bank.command(*self._asked.popleft())
        tx = np.zeros_like(rx)
        for port, frames in self.to_say.items():
            if frames:
                tx[self.bank.row(port)] = frames.popleft()
        self.bank.write(tx)
