"""What a tick of media costs: 8 ports, 4 bridges, 4 stereo recordings; µs per tick, median of many.

Run: `python bench/media.py`. The card is a stand-in that gives the same frame again and again, so the sum is that of
detectors and media alone; the budget without detectors and card is 100 µs.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from appliance.media.clip import Clip
from appliance.media.events import PlaybackToken, RecordingToken
from appliance.media.recorder import Recorder
from appliance.media.recordingfile import RecordingRing
from appliance.media.tick import TickEngine
from drivers.bank import Listen, PortBank
from drivers.base import FRAME_SAMPLES, Frames, LineCard, PortCommand, PortId, PortInfo, PortKind, SeizeLine
from drivers.dsp.toneplan import load_tone_plan
from drivers.hangup import HangUpProfile
from drivers.signals import Signal

LINES = 4
ROUNDS = 3000


class LoopCard(LineCard):
    """Four lines and four phones that all say the same."""

    name = "loop"

    def __init__(self, said: Frames) -> None:
        self._said = said
        kinds = [PortKind.FXO] * LINES + [PortKind.FXS] * LINES
        self._ports = [PortInfo(PortId(f"loop/{n}"), kind, "") for n, kind in enumerate(kinds, 1)]

    @property
    def ports(self) -> Sequence[PortInfo]:
        return self._ports

    def open(self) -> None: ...

    def close(self) -> None: ...

    def read(self, rx: Frames) -> list[Signal]:
        rx[...] = self._said
        return []

    def write(self, tx: Frames) -> None: ...

    def command(self, port: PortId, command: PortCommand) -> None: ...


def median_us(action: Callable[[], object]) -> float:
    times = np.empty(ROUNDS)
    for index in range(ROUNDS):
        began = time.perf_counter()
        action()
        times[index] = time.perf_counter() - began
    return float(np.median(times) * 1e6)


def report(name: str, action: Callable[[], object]) -> None:
    print(f"{name:52} {median_us(action):7.1f} µs")


def engine_over(said: Frames) -> TickEngine:
    bank = PortBank([LoopCard(said)], load_tone_plan("cn"))
    bank.open()
    return TickEngine(bank, Recorder(disk_reserve_mb=0, durable=False), drains=True)


def main() -> None:
    rng = np.random.default_rng(1)
    speech = (rng.standard_normal((2 * LINES, FRAME_SAMPLES)) * 2000).astype(np.int16)
    quiet = np.zeros_like(speech)
    ports = [PortId(f"loop/{n}") for n in range(1, 2 * LINES + 1)]
    rx, tx = speech.copy(), np.zeros_like(speech)

    engine = engine_over(quiet)
    engine.wait()
    report("whole tick, idle (caller ID armed on 4 lines)", lambda: (engine.wait(), engine.work()))

    engine = engine_over(speech)
    for row in range(LINES):
        engine.bank.command(ports[row], SeizeLine())
    report("whole tick, 4 lines off hook, nothing armed", lambda: (engine.wait(), engine.work()))
    for row in range(LINES):
        engine.mixer.connect((row, row + LINES))
    report("mixer, 4 bridges", lambda: engine.mixer.mix(rx, tx))
    clip = Clip(rng.integers(-3000, 3000, 80_000).astype(np.int16))
    for row in range(LINES):
        engine.player.play(row, PlaybackToken(row + 1), [clip], loop=True, over=False)
    report("player, 4 prompts", lambda: engine.player.add_to(tx, 0))
    for row in range(LINES):
        engine.player.stop(row)
    engine.player.add_to(tx, 0)
    with tempfile.TemporaryDirectory() as folder:
        for row in range(LINES):
            ring = RecordingRing(RecordingToken(row + 1), Path(folder) / f"{row}.wav", ((row,), (row + LINES,)))
            engine.recorder.start(ring)
        report("recorder, tap of 4 stereo (drained every 10th)", tap_and_drain(engine, rx))
        report("whole tick, 4 bridges, 4 recordings", lambda: (engine.wait(), engine.work()))
        for row, port in enumerate(ports):
            engine.bank.listen_for(port, Listen.DTMF)
            if row < LINES:
                engine.bank.watch_hang_up(port, HangUpProfile(silence_s=600))
        report("  the same, DTMF on 8, hang-up watch on 4", lambda: (engine.wait(), engine.work()))
        report("  of which detectors and verdicts", lambda: engine.bank.listen(rx))
        engine.finish()


def tap_and_drain(engine: TickEngine, rx: Frames) -> Callable[[], object]:
    ticks = 0

    def action() -> None:
        nonlocal ticks
        ticks += 1
        engine.recorder.tap(rx)
        if ticks % 10 == 0:
            engine.recorder.drain()

    return action


if __name__ == "__main__":
    main()
