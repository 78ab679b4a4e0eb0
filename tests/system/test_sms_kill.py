"""The engine as a process of its own, a module on a pseudo terminal: killed while messages come, and called."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from appliance.engine.smsinbox import sms_facts
from appliance.journal import recent_facts
from appliance.telephony.call import HangUpCause
from appliance.wire.facts import CallEnded, CallRecord, SmsReceived
from drivers.cellular.simmodule import SimModule
from drivers.cellular.simport import SimPort
from tests.system.livebox import Process

LIVES = 4
EACH = 5
PATIENCE_S = 60.0


def until(true: Callable[[], bool]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end_s, "it did not come about"
        time.sleep(0.05)


def received(data: Path) -> Counter[str]:
    return Counter(fact.text for fact in sms_facts(data / "journal") if isinstance(fact, SmsReceived))


def ended(data: Path) -> list[CallRecord]:
    return [fact.record for fact in recent_facts(data / "journal") if isinstance(fact, CallEnded)]


def with_module(folder: Path, port: SimPort, voice: int) -> Path:
    """Settings of a box with the simulated card and the module as its fifth line."""
    settings = folder / "settings.toml"
    device = f"{port.path},{os.ttyname(voice)}"
    settings.write_text(f'[[cards]]\nfamily = "sim"\n[[cards]]\nfamily = "cellular"\ndevice = "{device}"\n')
    return settings


@pytest.mark.slow
def test_every_message_is_there_once_however_often_the_engine_is_killed(tmp_path: Path) -> None:
    port = SimPort(SimModule(lambda: datetime.now().astimezone()))
    voice = os.openpty()
    data, settings = tmp_path / "data", with_module(tmp_path, port, voice[1])
    wanted: Counter[str] = Counter()
    try:
        for life in range(LIVES):
            engine = Process("engine", "--data", str(data), "--config", str(settings), log=tmp_path / "engine.log")
            before = received(data).total()
            for number in range(EACH):
                text = f"第{life}次{number}号：" + "电视没有信号，请尽快派人来修。" * (1 + 5 * (number % 2))
                wanted[text] += 1
                port.act(lambda module, text=text: module.deliver("13905620001", text))
            until(lambda before=before, life=life: received(data).total() > before + life % 3)
            engine.kill()  # some are in the journal and still on the card, some on the card only
        engine = Process("engine", "--data", str(data), "--config", str(settings), log=tmp_path / "engine.log")
        until(lambda: received(data).total() >= wanted.total() and not port.module.kept["SM"])
        time.sleep(1.0)
        engine.kill()
        assert received(data) == wanted
    finally:
        port.close()
        for each in voice:
            os.close(each)


@pytest.mark.slow
def test_a_call_over_the_module_is_answered_and_ends_with_its_record(tmp_path: Path) -> None:
    port = SimPort(SimModule(lambda: datetime.now().astimezone()))
    voice = os.openpty()
    data, settings = tmp_path / "data", with_module(tmp_path, port, voice[1])
    engine = Process("engine", "--data", str(data), "--config", str(settings), log=tmp_path / "engine.log")
    try:
        until(lambda: port.module.prepared)
        port.act(lambda module: module.ring("13905620001"))
        until(lambda: port.module.call is not None and port.module.call[1] == 0 and port.module.voice_on)
        time.sleep(1.0)
        port.act(lambda module: module.far_hangs_up())
        until(lambda: bool(ended(data)))
        (record,) = ended(data)
        assert (record.peer_number, record.line) == ("13905620001", 5)
        assert record.hang_up_cause is HangUpCause.HOOK
    finally:
        engine.kill()
        port.close()
        for each in voice:
            os.close(each)
