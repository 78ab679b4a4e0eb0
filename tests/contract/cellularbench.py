"""A cellular card and a simulated module on two pseudo terminals, one for AT and one for voice."""

from __future__ import annotations

import contextlib
import os
import threading
import time
import tty
from collections import deque
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np

from drivers.base import FRAME_S, FRAME_SAMPLES, CardAbsentError, PortId, SeizeLine
from drivers.cellular.card import CellularCard
from drivers.cellular.inventory import ModulePorts
from drivers.cellular.simanswers import QUECTEL_EC20, SimDialect
from drivers.cellular.simmodule import SimModule
from drivers.cellular.simport import SimPort
from tests.contract.card_under_test import CardUnderTest

PATIENCE_S = 20.0


class VoicePort:
    """The module's voice port: what the far end says, 20 ms at a time, and what it hears."""

    def __init__(self) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)
        self.to_say: deque[np.ndarray] = deque()
        self.heard = bytearray()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stopping = True
        self._thread.join()
        os.close(self._master)
        os.close(self._slave)

    def _run(self) -> None:
        silence = np.zeros(FRAME_SAMPLES, np.int16)
        due_s = time.monotonic()
        while not self._stopping:
            frame = self.to_say.popleft() if self.to_say else silence
            with contextlib.suppress(BlockingIOError):  # nobody listens
                os.write(self._master, frame.astype("<i2").tobytes())
            with contextlib.suppress(BlockingIOError):
                self.heard += os.read(self._master, 65536)
            due_s += FRAME_S
            time.sleep(max(0.0, due_s - time.monotonic()))


class CellularBench:
    """Card, module and voice; `close` when done."""

    def __init__(self, dialect: SimDialect = QUECTEL_EC20, rate: int | None = None) -> None:
        self.far = SimPort(SimModule(lambda: datetime.now().astimezone(), dialect=dialect), rate=rate)
        self.voice = VoicePort()
        self.card = CellularCard("cellular", find=self._find)
        self.port = PortId("cellular/1")
        self._timers: list[threading.Timer] = []
        self._rx = np.zeros((1, FRAME_SAMPLES), np.int16)

    def _find(self) -> ModulePorts:
        if not self.far.path:
            raise CardAbsentError("没有找到 4G 模块。")
        return ModulePorts("860000000000001", self.far.path, self.voice.path)

    def close(self) -> None:
        for timer in self._timers:
            timer.join()
        self.card.close()
        self.far.close()
        self.voice.close()

    def ready(self) -> None:
        """Wait until the module can call."""
        until(lambda: self.card.sms.can_call)

    def later(self, delay_s: float, action: Callable[[SimModule], None]) -> None:
        timer = threading.Timer(delay_s, lambda: self.far.act(action))
        self._timers.append(timer)
        timer.start()

    def ring_line(self) -> PortId:
        self.ready()
        self.far.act(lambda module: module.ring("13905621234"))
        self.later(1.4, lambda module: module.far_hangs_up())
        return self.port

    def speak_on_line(self) -> PortId:
        self.ready()
        self.far.act(lambda module: module.ring("13905621234"))
        until(self._answers)
        self.voice.to_say.extend(tone(60))
        return self.port

    def pull_line(self) -> PortId:
        self.ready()
        self.far.act(lambda module: module.set_network(there=False))
        self.later(1.0, lambda module: module.set_network(there=True))
        return self.port

    def _answers(self) -> bool:
        """Take frames until the call was taken."""
        if self.card.read(self._rx):
            self.card.command(self.port, SeizeLine())
        self.card.write(np.zeros_like(self._rx))
        return self.far.module.voice_on


def until(true: Callable[[], bool]) -> None:
    """Wait for something, not for ever."""
    end_s = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end_s, "it did not come about"
        time.sleep(0.005)


def tone(frames: int, amplitude: float = 8000.0) -> list[np.ndarray]:
    """A kilohertz, frame by frame; every sample tells which one it is by its place in the phase."""
    samples = amplitude * np.sin(2 * np.pi * 1000 / 8000 * np.arange(frames * FRAME_SAMPLES))
    return list(samples.astype(np.int16).reshape(frames, FRAME_SAMPLES))


def cellular(_folder: Path) -> CardUnderTest:
    bench = CellularBench()
    return CardUnderTest(bench.card, bench.ring_line, None, bench.speak_on_line, bench.pull_line, clean_up=bench.close)
