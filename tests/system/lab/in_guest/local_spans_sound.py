"""Is every sample there? Sound both ways through our driver and DAHDI's real kernel modules. Runs inside the guest.

The guest goes by its own time (`run_in_guest(own_time=True)`): nothing that the host does can lose a frame here.
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections import deque
from fcntl import ioctl
from typing import Self

import numpy as np

from drivers.base import FRAME_SAMPLES, PortKind, SeizeLine
from drivers.dahdi import abi
from drivers.dahdi.card import DahdiCard
from drivers.dahdi.channel import CONTROL_NODE, Channel, EventWaitsError
from drivers.dahdi.diagnosis import WantedPorts, dahdi_troubles
from drivers.dahdi.inventory import dahdi_devices
from drivers.dsp.g711 import alaw_decode, alaw_encode
from drivers.dsp.level import level_dbm0
from tests.system.lab.local_spans import LINES, STATIONS, local_card

_DEEP = 32
"""Buffers of the far ends: 640 ms, so that only the box's own side can be late."""
_ROUND_S = 0.1
_LOOPBACK = abi.request(abi.WRITE, 58)
_SET_GAINS = abi.request(abi.WRITE, 16, 4 + 256 + 256)


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


def echo_dbm0(line: int, *, cancelled: bool) -> tuple[bool, float]:
    """Whether the card says that it cancels on a line whose far end sends all back 12 dB down, and what then comes."""
    card = DahdiCard("dahdi", lines=1, stations=0, channels=(line,))
    card.open()
    far = Channel(line + 4, PortKind.FXS)
    codes = np.arange(256, dtype=np.uint8)
    quieter = alaw_encode((alaw_decode(codes) // 4).astype(np.int16)).tobytes()
    ioctl(far, _SET_GAINS, bytes(4) + codes.tobytes() + quieter)
    ioctl(far, _LOOPBACK, (1).to_bytes(4, "little"))
    try:
        port = card.ports[0].port
        card.command(port, SeizeLine())
        works = card.cancel_echo(port, on=True) if cancelled else False
        said = np.random.default_rng(7).normal(0, 3000, (400, 1, FRAME_SAMPLES)).astype(np.int16)
        heard = np.zeros_like(said)
        for frame in range(len(said)):
            card.read(heard[frame])
            card.write(said[frame])
        return works, level_dbm0(heard[-100:].reshape(-1))
    finally:
        card.close()
        far.close()


def test_the_kernels_echo_canceller_works_where_there_is_one() -> None:
    _, left_in = echo_dbm0(4, cancelled=False)
    works, taken_out = echo_dbm0(4, cancelled=True)
    assert works
    assert taken_out < left_in - 20
    assert -40 < left_in < -20
    works, without_one = echo_dbm0(3, cancelled=True)
    assert not works, "the box has to do it"
    assert abs(without_one - left_in) < 1


def test_wrong_signalling_is_set_right_when_a_channel_is_opened() -> None:
    loop_start = abi.CHANNEL_CONFIG.pack(2, b"", 0x2001, abi.DEFAULT_LAW, 2, 0, b"")
    with CONTROL_NODE.open("r+b", buffering=0) as control:
        ioctl(control, abi.CONFIGURE_CHANNEL, loop_start)
    assert signalling_of(2) == "FXSLS"
    card = DahdiCard("dahdi", lines=1, stations=0, channels=(2,))
    card.open()
    card.close()
    assert signalling_of(2) == "FXSKS"


def signalling_of(number: int) -> str:
    return next(each.signalling for device in dahdi_devices() for each in device.channels if each.number == number)


def test_doctor_finds_nothing_wrong_here_and_names_what_is_missing() -> None:
    assert dahdi_troubles(WantedPorts(4, 4, channels=(*LINES, *STATIONS))) == []
    (missing,) = dahdi_troubles(WantedPorts(5, 4, channels=(*LINES, *STATIONS)))
    assert missing.text == "设置里要 5 个外线口，板卡上只有 4 个"


def test_doctor_names_the_program_that_holds_the_channels() -> None:
    program = "import fcntl, os; fd = os.open('/dev/dahdi/channel', os.O_RDWR); "
    program += f"fcntl.ioctl(fd, {abi.SPECIFY}, (1).to_bytes(4, 'little')); print('held', flush=True); input()"
    with subprocess.Popen(["/usr/bin/python3", "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        (trouble,) = dahdi_troubles(WantedPorts(4, 4, channels=(*LINES, *STATIONS)))
        holder.kill()
    assert "通道 1 正在使用" in trouble.text
    assert f"（进程 {holder.pid}）" in trouble.text
