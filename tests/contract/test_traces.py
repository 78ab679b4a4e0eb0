"""Calls recorded with `drivers/trace.py`, heard by the bank again: what they told then they must tell for ever."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from drivers.bank import Listen, PortBank
from drivers.base import FRAME_SAMPLES, SeizeLine
from drivers.dsp.toneplan import load_tone_plan
from drivers.hangup import HangUpProfile
from drivers.signals import (
    CallerIdReceived,
    DigitPressed,
    FarEndHungUp,
    Flash,
    HangUpEvidence,
    OffHook,
    OnHook,
    RingStarted,
    RingStopped,
    Signal,
)
from drivers.trace import TraceCard

TRACES = Path(__file__).parent / "traces"


def heard_again(folder: Path) -> list[Signal]:
    """Everything that the bank says of a recorded call, told to do what the box did then."""
    card = TraceCard(folder)
    bank = PortBank([card], load_tone_plan("cn"), virtual=True)
    bank.open()
    rx = np.zeros((len(card.ports), FRAME_SAMPLES), np.int16)
    said: list[Signal] = []
    commands = deque(card.trace.commands())
    while not card.finished:
        bank.read(rx)
        signals = bank.listen(rx)
        bank.write(np.zeros_like(rx))
        for signal in signals:
            if isinstance(signal, OffHook):
                bank.listen_for(signal.port, Listen.DTMF)
        next_frame = card.trace.opening.first_frame + bank.frame + 1
        while commands and commands[0][0] <= next_frame:
            _, port, command = commands.popleft()
            bank.command(port, command)
            if isinstance(command, SeizeLine):
                bank.listen_for(port, Listen.DTMF)
                bank.watch_hang_up(port, HangUpProfile())
        said += signals
    return said


def check_call(said: list[Signal], number: str) -> None:
    """Rung, the caller told after the first ring, answered, keys 5 9 #, busy tone."""
    line = next(signal.port for signal in said if isinstance(signal, RingStarted))
    of_line = [signal for signal in said if signal.port == line]
    assert [type(signal) for signal in of_line[:3]] == [RingStarted, RingStopped, CallerIdReceived]
    assert [signal.number for signal in of_line if isinstance(signal, CallerIdReceived)] == [number]
    assert keys(of_line) == "59#"
    assert [signal.evidence for signal in of_line if isinstance(signal, FarEndHungUp)] == [HangUpEvidence.BUSY_TONE]


def check_call_to_a_phone(said: list[Signal], number: str) -> None:
    """The same, and a phone that was rung, lifted, keyed 1, flashed and put down meanwhile."""
    check_call(said, number)
    phone = next(signal.port for signal in said if isinstance(signal, OffHook))
    of_phone = [signal for signal in said if signal.port == phone]
    assert keys(of_phone) == "1"
    hooks = [type(signal) for signal in of_phone if isinstance(signal, OffHook | Flash | OnHook)]
    assert hooks == [OffHook, Flash, OnHook]


def keys(said: list[Signal]) -> str:
    return "".join(signal.digit for signal in said if isinstance(signal, DigitPressed))


def test_a_call_over_a_voice_modem() -> None:
    """The modem's coding is µ-law; recorded with two keys of 100 ms and a # from the caller, who hung up then."""
    check_call(heard_again(TRACES / "modem"), "13905621234")


@pytest.mark.parametrize("rig", ["local-spans", "astribank"])
def test_a_call_over_dahdi(rig: str, tmp_path: Path) -> None:
    """Taken in the laboratory (`tests/system/test_laboratory.py`), from the kernel's real drivers."""
    ZipFile(TRACES / f"dahdi-{rig}.zip").extractall(tmp_path)
    check_call_to_a_phone(heard_again(tmp_path), "13905621231")
