"""A cellular line at work, over pseudo terminals: what the contract of all cards does not ask."""

from __future__ import annotations

import termios
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from drivers.bank import Listen, PortBank
from drivers.base import FRAME_SAMPLES, CardAbsentError, DialDigits, ReleaseLine, SeizeLine
from drivers.cellular.simanswers import QUECTEL_EC20, SIMCOM_SIM7600, SimDialect
from drivers.dsp.toneplan import load_tone_plan
from drivers.signals import (
    CallerIdReceived,
    DigitPressed,
    FarEndAnswered,
    FarEndHungUp,
    HangUpEvidence,
    PortFault,
    PortRecovered,
    RingStarted,
    Signal,
    Tone,
    ToneHeard,
)
from tests.contract.cellularbench import CellularBench, tone, until

pytestmark = pytest.mark.slow
_ATTEMPTS = 3
"""On a machine that has no time a thread may come too late for the buffers."""


class Line:
    """A bank with the one card, read as the tick does."""

    def __init__(self, dialect: SimDialect = QUECTEL_EC20) -> None:
        self.bench = CellularBench(dialect)
        self.bank = PortBank([self.bench.card], load_tone_plan("cn"))
        self.bank.open()
        self.bench.ready()
        self.signals: list[Signal] = []
        self.heard: list[np.ndarray] = []
        self.rx = np.zeros((1, FRAME_SAMPLES), np.int16)

    def run(self, frames: int, tx: list[np.ndarray] | None = None) -> Line:
        for frame in range(frames):
            self.bank.read(self.rx)
            self.signals += self.bank.listen(self.rx)
            self.heard.append(self.rx[0].copy())
            said = tx[frame] if tx and frame < len(tx) else np.zeros(FRAME_SAMPLES, np.int16)
            self.bank.write(said[np.newaxis])
        return self

    def wait_for(self, kind: type[Signal]) -> Signal:
        until(lambda: bool(self.run(1).of(kind)))
        return self.of(kind)[0]

    def of(self, kind: type[Signal]) -> list:
        return [signal for signal in self.signals if type(signal) is kind]

    def command(self, command: object) -> None:
        self.bank.command(self.bench.port, command)


@pytest.fixture(params=[QUECTEL_EC20, SIMCOM_SIM7600], ids=lambda dialect: dialect.maker)
def line(request: pytest.FixtureRequest) -> Iterator[Line]:
    made = Line(request.param)
    yield made
    made.bank.close()
    made.bench.close()


def test_a_call_comes_is_answered_keys_go_both_ways_and_the_caller_hangs_up(line):
    line.bench.far.act(lambda module: module.ring("+8613905621234"))
    line.wait_for(RingStarted)
    assert line.of(CallerIdReceived)[0].number == "+8613905621234"
    line.command(SeizeLine())
    line.bank.listen_for(line.bench.port, Listen.DTMF)
    until(lambda: line.run(1).bench.far.module.voice_on)
    for digit in "159":
        line.bench.far.act(lambda module, digit=digit: module.far_presses(digit))
    line.command(DialDigits("7#"))
    until(lambda: len(line.run(1).of(DigitPressed)) == 3 and line.bench.far.module.keys_sent == "7#")
    assert [signal.digit for signal in line.of(DigitPressed)] == ["1", "5", "9"]
    line.bench.far.act(lambda module: module.far_hangs_up())
    assert line.wait_for(FarEndHungUp).evidence is HangUpEvidence.HOOK


def test_sound_goes_both_ways_without_a_lost_sample(line):
    line.bench.far.act(lambda module: module.ring("13905621234"))
    line.wait_for(RingStarted)
    line.command(SeizeLine())
    until(lambda: line.run(1).bench.far.module.voice_on)
    line.run(20)
    assert any(unharmed_both_ways(line) for _ in range(_ATTEMPTS))


def unharmed_both_ways(line: Line) -> bool:
    """Two seconds of speech each way, sample for sample; what lies in the buffers is over before the next time."""
    speech = tone(100)
    whole = np.concatenate(speech)
    line.bench.voice.to_say.extend(speech)
    line.bench.voice.heard.clear()
    line.heard.clear()
    line.run(140, tx=speech)
    heard = np.concatenate(line.heard)
    begins = np.flatnonzero(heard[: len(heard) - len(whole)] == whole[1]) - 1
    came = any((heard[begin : begin + len(whole)] == whole).all() for begin in begins[:5])
    return came and whole.astype("<i2").tobytes() in bytes(line.bench.voice.heard)


def test_an_outgoing_call_dials_by_itself_and_its_answer_is_certain(line):
    line.command(SeizeLine())
    assert line.wait_for(ToneHeard).tone is Tone.DIAL
    line.command(DialDigits("05622812345"))
    until(lambda: line.run(1).bench.far.module.call is not None)
    assert line.bench.far.module.call[2] == "05622812345"
    line.bench.far.act(lambda module: module.far_answers())
    assert line.wait_for(FarEndAnswered).certain
    line.command(ReleaseLine())
    until(lambda: line.run(1).bench.far.module.call is None)
    line.command(SeizeLine())
    line.signals.clear()
    assert line.wait_for(ToneHeard).tone is Tone.DIAL


def test_busy_is_told_as_busy(line):
    line.command(SeizeLine())
    line.wait_for(ToneHeard)
    line.command(DialDigits("05622812345"))
    until(lambda: line.run(1).bench.far.module.call is not None)
    line.bench.far.act(lambda module: module.far_hangs_up(busy=True))
    assert line.wait_for(FarEndHungUp).evidence is HangUpEvidence.BUSY_TONE


def test_whoever_answers_a_caller_who_gave_up_is_told_at_once(line):
    line.bench.far.act(lambda module: module.ring("13905621234"))
    line.wait_for(RingStarted)
    line.bench.far.act(lambda module: module.far_hangs_up())
    line.run(25)
    line.command(SeizeLine())
    assert line.wait_for(FarEndHungUp)
    assert not line.of(ToneHeard)


def test_unplugged_in_mid_call_and_plugged_in_again(line):
    line.bench.far.act(lambda module: module.ring("13905621234"))
    line.wait_for(RingStarted)
    line.command(SeizeLine())
    until(lambda: line.run(1).bench.far.module.voice_on)
    line.bench.far.unplug()
    assert "断开" in line.wait_for(PortFault).text
    line.run(30)
    line.bench.far.act(lambda module: module.restart())
    line.bench.far.plug()
    line.wait_for(PortRecovered)
    line.signals.clear()
    line.command(ReleaseLine())
    line.bench.ready()
    line.bench.far.act(lambda module: module.ring("10086"))
    line.wait_for(RingStarted)
    assert line.of(CallerIdReceived)[0].number == "10086"


def test_nothing_is_left_behind():
    def held() -> tuple[int, int]:
        return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()

    before = held()
    for _ in range(3):
        made = Line()
        made.run(5)
        made.bank.close()
        made.bench.close()
    assert held() == before


def test_a_module_that_is_not_there_is_absent():
    bench = CellularBench()
    bench.far.unplug()
    with pytest.raises(CardAbsentError):
        bench.card.open()
    bench.close()


def test_a_module_at_another_baud_rate_is_a_fault_by_name_and_then_found():
    bench = CellularBench(rate=termios.B9600)
    began_s = time.monotonic()
    bench.card.open()
    until(lambda: bench.card.sms.status().fault)
    assert "乱码" in bench.card.sms.status().fault
    assert time.monotonic() - began_s < 15
    bench.ready()
    assert not bench.card.sms.status().fault
    bench.close()
