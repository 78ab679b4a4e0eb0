"""Calls recorded with `drivers/trace.py`, heard by the bank again: what they told then they must tell for ever."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from drivers.bank import Listen, PortBank
from drivers.base import FRAME_SAMPLES, SeizeLine
from drivers.dsp.toneplan import load_tone_plan
from drivers.hangup import HangUpProfile
from drivers.signals import (
    CallerIdReceived,
    DigitPressed,
    FarEndHungUp,
    HangUpEvidence,
    RingStarted,
    RingStopped,
    Signal,
)
from drivers.trace import TraceCard

TRACES = Path(__file__).parent / "traces"


def heard_again(folder: Path) -> list[Signal]:
    """Everything that the bank says of an incoming call, which is answered when the caller is known."""
    card = TraceCard(folder)
    bank = PortBank([card], load_tone_plan("cn"), virtual=True)
    bank.open()
    port = card.ports[0].port
    rx = np.zeros((1, FRAME_SAMPLES), np.int16)
    said: list[Signal] = []
    while not card.finished:
        bank.read(rx)
        signals = bank.listen(rx)
        bank.write(np.zeros_like(rx))
        if any(isinstance(signal, CallerIdReceived) for signal in signals):
            bank.command(port, SeizeLine())
            bank.listen_for(port, Listen.DTMF)
            bank.watch_hang_up(port, HangUpProfile())
        said += signals
    return said


def check_call(said: list[Signal], number: str) -> None:
    """Rung, the caller told after the first ring, answered, keys 5 9 #, busy tone."""
    assert [type(signal) for signal in said[:3]] == [RingStarted, RingStopped, CallerIdReceived]
    assert [signal.number for signal in said if isinstance(signal, CallerIdReceived)] == [number]
    assert "".join(signal.digit for signal in said if isinstance(signal, DigitPressed)) == "59#"
    assert [signal.evidence for signal in said if isinstance(signal, FarEndHungUp)] == [HangUpEvidence.BUSY_TONE]


def test_a_call_over_a_voice_modem() -> None:
    """The modem's coding is µ-law; recorded with two keys of 100 ms and a # from the caller, who hung up then."""
    check_call(heard_again(TRACES / "modem"), "13905621234")
