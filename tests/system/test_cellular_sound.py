"""A cellular line whose voice goes over the module's USB sound card: real PortAudio on one of PipeWire's null sinks.

A null sink hears what it is given, so that the far end of the call is our own echo.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from drivers.base import FRAME_SAMPLES, ReleaseLine, SeizeLine
from drivers.cellular.inventory import ModulePorts, module_ports
from drivers.dsp.level import level_dbm0
from drivers.signals import RingStarted, Signal
from tests.contract.cellularbench import CellularBench, tone, until
from tests.system.pipewire import missing, sound_room

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(missing()), reason=missing())]


class SoundBench(CellularBench):
    """The module is a sound card as well, and has no voice port."""

    def __init__(self, sound: str) -> None:
        self._sound = sound
        super().__init__()

    def _find(self) -> ModulePorts:
        return ModulePorts("860000000000001", self.far.path, "", self._sound)


def test_a_call_is_heard_over_the_sound_card_and_nothing_of_it_on_hook(tmp_path: Path) -> None:
    with sound_room(tmp_path, 1):
        bench = SoundBench("phone1")
        try:
            bench.card.open()
            speech = tone(50)
            heard: list[np.ndarray] = []
            told: list[Signal] = []
            rx = np.zeros((1, FRAME_SAMPLES), np.int16)

            def frame() -> None:
                told.extend(bench.card.read(rx))
                heard.append(rx[0].copy())
                bench.card.write(speech[len(heard) % len(speech)][np.newaxis])

            def rings() -> bool:
                frame()
                return any(isinstance(signal, RingStarted) for signal in told)

            def hears() -> bool:
                frame()
                return level_dbm0(np.concatenate(heard[-25:])) > -20

            def rests() -> bool:
                frame()
                return len(heard) > 50 and bench.card.sms.can_call

            until(rests)
            assert level_dbm0(np.concatenate(heard)) < -60, "on hook nothing is said and nothing heard"
            bench.far.act(lambda module: module.ring("13905621234"))
            until(rings)
            bench.card.command(bench.port, SeizeLine())
            until(hears)
            assert bench.far.module.voice_on
            bench.card.command(bench.port, ReleaseLine())
            frame()
            assert not heard[-1].any()
            until(lambda: not bench.far.module.voice_on)
        finally:
            bench.close()


def test_a_sound_card_that_is_not_there_leaves_the_messages(tmp_path: Path) -> None:
    with sound_room(tmp_path, 1):
        bench = SoundBench("nosuchcard")
        try:
            bench.card.open()
            bench.ready()
            rx = np.zeros((1, FRAME_SAMPLES), np.int16)
            until(lambda: any("声卡打不开" in getattr(signal, "text", "") for signal in bench.card.read(rx)))
            assert bench.card.sms.status().works
        finally:
            bench.close()


def test_the_settings_name_a_port_or_a_sound_card_for_the_voice() -> None:
    assert module_ports("/dev/ttyUSB2,/dev/ttyUSB1").pcm == "/dev/ttyUSB1"
    assert module_ports("/dev/ttyUSB2,Android") == ModulePorts("/dev/ttyUSB2,Android", "/dev/ttyUSB2", "", "Android")
