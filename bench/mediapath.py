"""The whole media path, read to record, at 8 to 512 ports: ours beside the same path with libspandsp's detectors."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from ctypes.util import find_library
from pathlib import Path
from typing import Any

import numpy as np
from cffi import FFI
from numpy.typing import NDArray

from appliance.media.events import RecordingToken
from appliance.media.recorder import Recorder
from appliance.media.recordingfile import RecordingRing
from appliance.media.tick import TickEngine
from drivers.bank import Listen, PortBank
from drivers.base import FRAME_S, Frames, LineCard, PortCommand, PortId, PortInfo, PortKind, SeizeLine
from drivers.dsp.callprogress import CallProgressDetector
from drivers.dsp.dtmf import DtmfReceiver
from drivers.dsp.level import LevelMeter
from drivers.dsp.toneplan import load_tone_plan
from drivers.signals import Signal
from tests.audio.tone_cells import CADENCES, speech_like

PORTS = (8, 32, 128, 512)
_PLAN = load_tone_plan("cn")
_VOICE = speech_like(4.0, np.random.default_rng(1), -18.0).astype(np.int16).reshape(-1, 160)
_TICKS = 200
_ROUNDS = 3
_DECLARATIONS = """
    void *dtmf_rx_init(void *s, void *callback, void *user);
    int dtmf_rx(void *s, const int16_t *amp, int samples);
    size_t dtmf_rx_get(void *s, char *digits, int max);
    void *super_tone_rx_make_descriptor(void *desc);
    int super_tone_rx_add_tone(void *desc);
    int super_tone_rx_add_element(void *desc, int tone, int f1, int f2, int min, int max);
    void *super_tone_rx_init(void *s, void *desc, void (*callback)(void *, int, int, int), void *user);
    int super_tone_rx(void *s, const int16_t *amp, int samples);
"""


def voices(ports: int) -> list[Frames]:
    """Four seconds of everybody talking, each at another place."""
    rows = np.arange(ports) * 7
    return [np.ascontiguousarray(_VOICE[(index + rows) % len(_VOICE)]) for index in range(_TICKS)]


class TalkingCard(LineCard):
    """Half lines, half phones, all of them talking."""

    name = "talking"

    def __init__(self, ports: int) -> None:
        kinds = [PortKind.FXO] * (ports // 2) + [PortKind.FXS] * (ports // 2)
        self._ports = [PortInfo(PortId(f"talking/{n}"), kind, "") for n, kind in enumerate(kinds, 1)]
        self._voices = voices(ports)
        self._frame = 0

    @property
    def ports(self) -> Sequence[PortInfo]:
        return self._ports

    def open(self) -> None: ...

    def close(self) -> None: ...

    def read(self, rx: Frames) -> list[Signal]:
        rx[...] = self._voices[self._frame % _TICKS]
        self._frame += 1
        return []

    def write(self, tx: Frames) -> None: ...

    def command(self, port: PortId, command: PortCommand) -> None: ...


class SpandspDetectors:
    """libspandsp's DTMF and super-tone receivers, one of each a port, called one after the other."""

    def __init__(self, lib: Any, ffi: FFI, frames: Frames) -> None:
        self._lib = lib
        self._heard: list[int] = []
        self._callback = ffi.callback("void(void *, int, int, int)", lambda _user, code, _l, _d: self._told(code))
        descriptor = lib.super_tone_rx_make_descriptor(ffi.NULL)
        for cadence_s in CADENCES.values():
            tone = lib.super_tone_rx_add_tone(descriptor)
            for part, length_s in enumerate(cadence_s or (1.35,)):
                longest = round(length_s * 1150 + 25) if cadence_s else 0
                lib.super_tone_rx_add_element(
                    descriptor, tone, 0 if part % 2 else 450, 0, round(length_s * 850), longest
                )
        self._digits = ffi.new("char[]", 128)
        self._rows = [
            (
                lib.dtmf_rx_init(ffi.NULL, ffi.NULL, ffi.NULL),
                lib.super_tone_rx_init(ffi.NULL, descriptor, self._callback, ffi.NULL),
                ffi.from_buffer("int16_t[]", row),
            )
            for row in frames
        ]

    def _told(self, code: int) -> None:
        self._heard.append(code)

    def listen(self) -> None:
        """Hear the frames given at the beginning, whatever is in them now."""
        for dtmf, tones, samples in self._rows:
            self._lib.dtmf_rx(dtmf, samples, 160)
            self._lib.dtmf_rx_get(dtmf, self._digits, 127)
            self._lib.super_tone_rx(tones, samples, 160)


class SpandspBank(PortBank):
    """The bank with libspandsp in place of our detectors; its echo canceller is left out."""

    def __init__(self, cards: Sequence[LineCard], lib: Any, ffi: FFI) -> None:
        super().__init__(cards, _PLAN)
        self._own = np.zeros((len(self.ports), 160), np.int16)
        self._peer = SpandspDetectors(lib, ffi, self._own)

    def listen(self, rx: Frames) -> list[Signal]:
        self._own[...] = rx
        self._peer.listen()
        return []


def spandsp() -> tuple[Any, FFI] | None:
    """The library; None where it is not installed."""
    name = find_library("spandsp")
    if name is None:
        return None
    ffi = FFI()
    ffi.cdef(_DECLARATIONS)
    return ffi.dlopen(name), ffi


def engine_over(bank: PortBank, folder: Path, *, echo: bool) -> TickEngine:
    """Everybody bridged in pairs, digits, tones and hang-up listened for, every pair recorded in stereo."""
    bank.open()
    engine = TickEngine(bank, Recorder(disk_reserve_mb=0, durable=False), drains=True)
    half = len(bank.ports) // 2
    for row in range(half):
        line = bank.ports[row].port
        bank.command(line, SeizeLine())
        bank.cancel_echo(line, echo)
        bank.listen_for(line, Listen.DTMF | Listen.TONES)
        bank.listen_for(bank.ports[row + half].port, Listen.DTMF | Listen.TONES)
        engine.mixer.connect((row, row + half))
        ring = RecordingRing(RecordingToken(row + 1), folder / f"{row}.wav", ((row,), (row + half,)))
        engine.recorder.start(ring)
    return engine


def tick_cost_s(tick: Callable[[], object]) -> float:
    """Processor time of a tick, the best of some rounds of many."""
    best = float("inf")
    for _ in range(_ROUNDS):
        began = time.thread_time()
        for _ in range(_TICKS):
            tick()
        best = min(best, (time.thread_time() - began) / _TICKS)
    return best


def path_cost_s(ports: int, *, echo: bool = False, peer: bool = False) -> float | None:
    """Processor seconds of a whole tick; None without the peer's library."""
    card = TalkingCard(ports)
    found = spandsp() if peer else None
    if peer and found is None:
        return None
    bank = SpandspBank([card], *found) if found else PortBank([card], _PLAN)
    with tempfile.TemporaryDirectory() as folder:
        engine = engine_over(bank, Path(folder), echo=echo)

        def tick() -> None:
            engine.wait()
            engine.work()

        cost_s = tick_cost_s(tick)
        engine.finish()
        engine.recorder.drain()
    return cost_s


def detector_cost_s(ports: int, *, peer: bool = False) -> float | None:
    """Processor seconds of DTMF, tones and levels alone, everybody talking; libspandsp has no level meter."""
    frames = voices(ports)
    at = 0
    if peer:
        found = spandsp()
        if found is None:
            return None
        own = np.zeros((ports, 160), np.int16)
        detectors = SpandspDetectors(*found, own)

        def hear() -> None:
            nonlocal at
            own[...] = frames[at % _TICKS]
            at += 1
            detectors.listen()

        return tick_cost_s(hear)
    dtmf, tones, levels = DtmfReceiver(ports), CallProgressDetector(ports, _PLAN), LevelMeter(ports)
    armed: NDArray[np.bool_] = np.ones(ports, np.bool_)

    def step() -> None:
        nonlocal at
        frame = frames[at % _TICKS]
        at += 1
        dtmf.step(frame, armed)
        tones.step(frame, armed)
        levels.step(frame)

    return tick_cost_s(step)


def print_costs() -> None:
    """The tables of cost: detectors alone, then the whole path."""
    print(f"{'ports':>6}  {'DTMF + tones + levels, µs a tick (µs a port)':^60}")
    print(f"{'':>6}  {'ours':>20}{'libspandsp, per port':>26}")
    for ports in PORTS:
        cells = [detector_cost_s(ports), detector_cost_s(ports, peer=True)]
        print(
            f"{ports:>6}  "
            + "".join(_cell(cost_s, ports, width) for cost_s, width in zip(cells, (20, 26), strict=True))
        )
    print()
    print(f"{'':>6}  read, detect, bridge, write, record: ports a core carries")
    print(f"{'ports':>6}  {'ours':>12}{'with echo':>12}{'libspandsp':>12}{'ratio':>8}")
    for ports in PORTS:
        own, echo, peer = (
            path_cost_s(ports),
            path_cost_s(ports, echo=True),
            path_cost_s(ports, peer=True),
        )
        carried = [f"{ports * FRAME_S / cost_s:.0f}" if cost_s else "-" for cost_s in (own, echo, peer)]
        ratio = f"{peer / own:.2f}" if own and peer else "-"
        print(f"{ports:>6}  " + "".join(f"{cell:>12}" for cell in carried) + f"{ratio:>8}")


def _cell(cost_s: float | None, ports: int, width: int) -> str:
    return f"{f'{cost_s * 1e6:.0f} ({cost_s * 1e6 / ports:.1f})' if cost_s else '-':>{width}}"
