"""Our simulated voice modem before programs, and our AT layer before a modem, that none of us wrote."""

from __future__ import annotations

import getpass
import grp
import os
import re
import select
import shutil
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.base import FRAME_SAMPLES, SAMPLE_RATE
from drivers.modem.callertext import CallerText
from drivers.modem.dialogue import Ask, Dialogue, Script, Stir, command
from drivers.modem.happening import CallerTold, Happening, ModemFailed, Rang
from drivers.modem.serialport import SerialPort
from drivers.modem.worker import ModemWorker
from drivers.signals import FaultKind
from drivers.sim.steps import Voice
from tests.peers.exchangeline import ExchangeLine
from tests.peers.iaxcaller import IaxCaller
from tests.peers.ptymodem import PtyModem

needs_mgetty = pytest.mark.skipif(
    not shutil.which("vm") or not shutil.which("vgetty") or os.geteuid() != 0,
    reason="needs Debian's mgetty-voice, and root for its lock, log and message files",
)
needs_iaxmodem = pytest.mark.skipif(not shutil.which("iaxmodem"), reason="needs Debian's iaxmodem")
pytestmark = pytest.mark.slow

MESSAGES = Path("/var/spool/voice/messages")
INCOMING = Path("/var/spool/voice/incoming")
HappeningT = TypeVar("HappeningT")
HEADER = struct.Struct(">4s16sHHB7x")
"""Of mgetty's raw modem data files: magic, modem, compression, rate, bits."""


class Sawtooth:
    """A loud line: every octet there is, 0x10 too."""

    def step(self, _said: NDArray[np.int16] | None, *, off_hook: bool) -> tuple[NDArray[np.int16], list[bytes]]:  # noqa: ARG002
        return (np.arange(FRAME_SAMPLES) * 400 - 32000).astype(np.int16), []


@pytest.fixture
def node(tmp_path: Path) -> Path:
    return tmp_path / "ttyPeer"


def device_of(node: Path) -> str:
    """As mgetty wants it: behind /dev/."""
    return f"..{node}"


def vm(*words: str) -> str:
    done = subprocess.run(["vm", *words], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def until(true: Callable[[], bool], timeout_s: float = 30.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline_s, "it did not come"
        time.sleep(0.05)


@needs_mgetty
def test_vm_finds_every_device_of_the_modem(node: Path) -> None:
    modem = PtyModem(node, Sawtooth())
    modem.plug_in()
    said = vm("devicetest", "-l", device_of(node))
    modem.unplug()
    tests = re.findall(r"^Test (.+): (\w+)$", said, re.MULTILINE)
    assert len(tests) == 12
    assert {verdict for _, verdict in tests} == {"OK"}


@needs_mgetty
def test_vm_records_and_plays_bit_by_bit(node: Path, tmp_path: Path) -> None:
    modem = PtyModem(node, Sawtooth())
    modem.plug_in()
    file = tmp_path / "said.rmd"
    vm("record", "-l", device_of(node), "-d", "2", "-c", "1", "-L", "2", str(file))
    recorded = file.read_bytes()[HEADER.size :]
    assert recorded == bytes(modem.recorded)
    assert recorded.count(b"\x10") > 50
    vm("play", "-l", device_of(node), "-d", "2", str(file))
    assert bytes(modem.played) == recorded
    modem.unplug()


@pytest.fixture
def greeting() -> Iterator[Path]:
    """What vgetty says to callers; taken away again."""
    if any(MESSAGES.iterdir()):
        pytest.skip(f"{MESSAGES} holds somebody's messages")
    file = MESSAGES / "standard.rmd"
    file.write_bytes(HEADER.pack(b"RMD1", b"V253modem", 1, SAMPLE_RATE, 8) + bytes(range(256)) * 20)
    yield file
    file.unlink()


@needs_mgetty
def test_vgetty_takes_a_call(node: Path, greeting: Path) -> None:
    line = ExchangeLine()
    modem = PtyModem(node, line)
    modem.plug_in()
    person = line.card.exchange.add_phone("out-1")
    before = set(INCOMING.iterdir())
    vgetty = subprocess.Popen(["vgetty", "-n", "1", device_of(node)])
    try:
        until(lambda: modem.firmware.said[-2:] == ["AT+FCLASS=0", "AT"])
        time.sleep(1.0)  # it wants the line quiet before it waits for a ring
        line.card.post(lambda: person.call("13905621234", line.port))
        until(lambda: "AT+VRX" in modem.firmware.said)
        assert bytes(modem.played) == greeting.read_bytes()[HEADER.size :], "the caller heard all of the greeting"
        line.card.post(lambda: person.say(line.card.sounds.samples(Voice(1, 2.0))))
        time.sleep(3.0)
        line.card.post(person.hang_up)
        until(lambda: not modem.firmware.off_hook)
        vgetty.wait(20)
    finally:
        vgetty.kill()
        vgetty.wait()
        modem.unplug()
        kept = [file for file in INCOMING.iterdir() if file not in before]
        messages = [(file.name, file.read_bytes()) for file in kept]
        for file in kept:
            file.unlink()
    [(name, message)] = messages
    assert "13905621234" in name, "vgetty read the caller ID"
    assert message[HEADER.size :] == bytes(modem.recorded)


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """iaxmodem cuts long paths."""
    with tempfile.TemporaryDirectory(prefix="iax", dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture
def iaxmodem(short_folder: Path) -> Iterator[tuple[Path, int]]:
    """Its serial port and its UDP port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    node = short_folder / "tty"
    lines = {
        "device": node,
        "owner": f"{getpass.getuser()}:{grp.getgrgid(os.getgid()).gr_name}",
        "mode": "600",
        "port": port,
        "refresh": 0,
        "server": "127.0.0.1",
        "peername": "box",
        "secret": "x",
        "cidname": "x",
        "cidnumber": "1",
        "codec": "alaw",
    }
    config = short_folder / "modem"
    config.write_text("".join(f"{key} {value}\n" for key, value in lines.items()))
    process = subprocess.Popen(["iaxmodem", f"../..{config}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(node.exists, 10)
        time.sleep(0.5)
        yield node, port
    finally:
        process.terminate()
        process.wait(10)


def of(kind: type[HappeningT], happenings: Iterable[Happening]) -> list[HappeningT]:
    return [each for each in happenings if isinstance(each, kind)]


@needs_iaxmodem
def test_a_fax_modem_is_named_as_one_without_voice(iaxmodem: tuple[Path, int]) -> None:
    node, _ = iaxmodem
    worker = ModemWorker(str(node), None)
    worker.start()
    try:
        until(lambda: bool(worker.happenings), 8)
    finally:
        worker.stop()
    failed, *_ = of(ModemFailed, worker.happenings)
    assert failed.fault is FaultKind.UNFIT


def listening() -> Script:
    """Only what lets a modem tell of callers."""
    for text in ("ATE0", "ATS0=0", "AT+VCID=1"):
        answer = yield Ask(command(text), 3.0)
        assert answer.result == "OK", text
    while True:
        yield Stir(60.0)


@needs_iaxmodem
def test_ring_and_caller_of_a_modem_none_of_us_wrote(iaxmodem: tuple[Path, int]) -> None:
    node, udp_port = iaxmodem
    port = SerialPort(str(node))
    dialogue = Dialogue(listening(), time.monotonic())
    happened: list[Happening] = []

    def turn() -> bool:
        if select.select([port], [], [], 0)[0]:
            dialogue.receive(port.read(), time.monotonic())
        dialogue.advance(time.monotonic())
        del dialogue.outgoing[: port.write(bytes(dialogue.outgoing))]
        happened.extend(dialogue.happenings)
        dialogue.happenings.clear()
        return len(of(Rang, happened)) >= 2

    settled_s = time.monotonic() + 1.5
    until(lambda: (turn(), time.monotonic() > settled_s)[1])
    with IaxCaller(udp_port, "05628896599", "WANG"):
        until(turn)
    port.close()
    [told] = of(CallerTold, happened)
    assert told.caller == CallerText("05628896599", "WANG", told.caller.date, told.caller.time)
    assert len(told.caller.sent_at) == 8
