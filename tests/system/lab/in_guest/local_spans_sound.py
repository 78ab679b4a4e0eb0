"""Is every sample there? Sound both ways through our driver and DAHDI's real kernel modules. Runs inside the guest.

The guest goes by its own time (`run_in_guest(own_time=True)`): nothing that the host does can lose a frame here.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import replace
from fcntl import ioctl
from pathlib import Path
from typing import Self

import numpy as np

from drivers.base import FRAME_SAMPLES, PortKind, SeizeLine
from drivers.dahdi import abi
from drivers.dahdi.card import DahdiCard
from drivers.dahdi.channel import Channel, EventWaitsError
from drivers.dsp.callerid_send import fsk_burst
from drivers.dsp.g711 import alaw_decode, alaw_encode
from drivers.dsp.level import level_dbm0
from drivers.dsp.tones import ToneGenerator, dtmf_samples
from drivers.trace import TraceWriter
from tests.contract.test_traces import check_call, heard_again
from tests.system.lab.local_spans import LINES, STATIONS, local_card
from tests.system.lab.mailbox import IN_GUEST

_DEEP = 32
"""Buffers of the far ends: 640 ms, so that only the box's own side can be late."""
_ROUND_S = 0.1


class FarEnds:
    """The other sides of some channels, all in one thread: each says what it was given, and keeps what it hears."""

    def __init__(self, sayings: dict[int, bytes]) -> None:
        """Channel numbers, as `local_spans` crosses them, and codes."""
        kinds = {number: PortKind.FXS if number < STATIONS[0] else PortKind.FXO for number in sayings}
        self._channels = {number: Channel(number, kind) for number, kind in kinds.items()}
        self._to_say = {
            number: deque(codes[at : at + FRAME_SAMPLES] for at in range(0, len(codes), FRAME_SAMPLES))
            for number, codes in sayings.items()
        }
        self.heard = {number: bytearray() for number in sayings}
        self.lost = 0
        """Over- and underruns on this side while it had something to say."""
        for channel in self._channels.values():
            ioctl(channel, abi.SET_BUFFERS, abi.BUFFERS.pack(0, 0, _DEEP, FRAME_SAMPLES, 0, 0))
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="far-ends", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join(10)
        for channel in self._channels.values():
            channel.close()

    def _run(self) -> None:
        while not self._stopped.is_set():
            for number, channel in self._channels.items():
                self._serve(number, channel)
            time.sleep(_ROUND_S)

    def _serve(self, number: int, channel: Channel) -> None:
        to_say, heard = self._to_say[number], self.heard[number]
        while True:
            try:
                frame = channel.read_frame()
                if frame is not None:
                    heard += frame
                sent = bool(to_say) and channel.write_frame(to_say[0])
            except EventWaitsError:
                event = channel.next_event()
                self.lost += event in {abi.Event.READ_OVERRUN, abi.Event.WRITE_UNDERRUN} and bool(to_say)
                continue
            if sent:
                to_say.popleft()
            if frame is None and not sent:
                return


def random_codes(seconds: float, seed: int) -> bytes:
    """A-law codes, each value as likely."""
    return np.random.default_rng(seed).integers(0, 256, round(seconds * 50) * FRAME_SAMPLES, np.uint8).tobytes()


def both_ways(ports: int, seconds: float) -> tuple[list[str], tuple[int, int]]:
    """Random codes both ways on `ports` of the box's eight at once, the card as the clock.

    The ways on which they did not arrive whole and in order, and what the kernel counted as lost on our side.
    """
    far_of = {row: (LINES + STATIONS)[row] + 4 for row in range(ports)}
    to_far = {row: random_codes(seconds, row) for row in far_of}
    to_box = {number: random_codes(seconds, 100 + row) for row, number in far_of.items()}
    card = local_card()
    card.open()
    try:
        for row in range(min(ports, len(LINES))):
            card.command(card.ports[row].port, SeizeLine())
        rx = np.zeros((len(card.ports), FRAME_SAMPLES), np.int16)
        frames = round(seconds * 50)
        tx = np.zeros((frames, len(card.ports), FRAME_SAMPLES), np.int16)
        for row, codes in to_far.items():
            tx[:, row] = alaw_decode(np.frombuffer(codes, np.uint8)).reshape(frames, FRAME_SAMPLES)
        heard = np.zeros((frames + 150, len(card.ports), FRAME_SAMPLES), np.int16)
        silence = np.zeros_like(rx)
        with FarEnds(to_box) as far:
            for _ in range(50):  # openings and hook changes settle; nothing that counts is said yet by us
                card.read(rx)
                card.write(silence)
            before, far.lost = card.late, 0
            for frame in range(frames + 100):
                card.read(heard[frame])
                card.write(tx[frame] if frame < frames else silence)
            late = tuple(after - at for after, at in zip(card.late, before, strict=True))
            time.sleep(3 * _ROUND_S)
    finally:
        card.close()
    lost = [f"{row} sent" for row, number in far_of.items() if to_far[row] not in far.heard[number]]
    for row, number in far_of.items():
        came = alaw_encode(heard[:, row].reshape(-1)).tobytes()
        if to_box[number][FRAME_SAMPLES * 100 :] not in came:  # the first of it went by while things settled
            lost.append(f"{row} received")
    assert far.lost == 0
    return lost, (late[0], late[1])


def test_half_a_minute_both_ways_at_once_is_bit_exact() -> None:
    assert both_ways(1, 30) == ([], (0, 0))


def test_eight_channels_for_a_minute_lose_nothing() -> None:
    """Every port plays and hears all the time; a lost or doubled frame on any would break its pattern."""
    assert both_ways(8, 60) == ([], (0, 0))


def test_a_late_box_is_told_of_by_the_kernel() -> None:
    """That the two numbers above can be other than 0."""
    card = local_card()
    card.open()
    rx = np.zeros((len(card.ports), FRAME_SAMPLES), np.int16)
    card.read(rx)
    time.sleep(0.5)
    for _ in range(10):
        card.read(rx)
        card.write(rx)
    card.close()
    assert min(card.late) >= 1
    assert level_dbm0(rx[0]) < -60


def test_a_recorded_call_is_heard_again_as_it_was(tmp_path: Path) -> None:
    """Rung, told by FSK, answered, keyed through, busy: `tests/contract/traces/dahdi` is such a one."""
    card = DahdiCard("dahdi", lines=1, stations=0, channels=LINES[:1])
    card.open()
    folder = (IN_GUEST if IN_GUEST.is_dir() else tmp_path) / "trace"
    trace = TraceWriter(folder, card.name, card.ports, first_frame=0)
    far = Channel(LINES[0] + 4, PortKind.FXS)
    silence = np.zeros(4 * FRAME_SAMPLES, np.int16)
    busy = ToneGenerator((450,), -10.0, (0.35, 0.35)).frame(8000 * 4)
    sayings = {80: fsk_burst("13905621231", "", "11220830"), 225: dtmf_samples("59#", on_ms=100), 300: busy}
    to_say: deque[bytes] = deque()
    rx, tx = np.zeros((1, FRAME_SAMPLES), np.int16), np.zeros((1, FRAME_SAMPLES), np.int16)
    for frame in range(-115, 480):  # a channel that was just opened is deaf to ringing
        signals = card.read(rx)
        if frame >= 0:
            trace.frame(rx, tx, [replace(signal, at_frame=frame) for signal in signals])
        card.write(tx)
        with suppress(EventWaitsError):
            far.read_frame()
            if to_say and far.write_frame(to_say[0]):
                to_say.popleft()
        while (event := far.next_event()) != abi.Event.NONE:
            if event == abi.Event.RING_OFF_HOOK:
                far.hook(abi.Hook.OFF)
        if frame == 0:
            far.hook(abi.Hook.RING)
        if frame == 200:
            card.command(card.ports[0].port, SeizeLine())
        if frame in sayings:
            codes = alaw_encode(np.concatenate((silence, sayings[frame], silence))).tobytes()
            to_say += [codes[at : at + FRAME_SAMPLES] for at in range(0, len(codes) - 159, FRAME_SAMPLES)]
    trace.close()
    far.close()
    card.close()
    check_call(heard_again(folder), "13905621231")
