"""The simulated lines through the detectors of the product: what the exchange shows is what the bank reports."""

from __future__ import annotations

import numpy as np
import pytest

from drivers.bank import Listen, PortBank
from drivers.base import PortId, ReleaseLine, SeizeLine
from drivers.dsp.toneplan import load_tone_plan
from drivers.dsp.tones import dtmf_samples
from drivers.hangup import HangUpProfile
from drivers.signals import (
    CallerIdModulation,
    CallerIdReceived,
    DigitPressed,
    FarEndAnswered,
    FarEndHungUp,
    HangUpEvidence,
    Signal,
    Tone,
    ToneHeard,
)
from drivers.sim.card import SimCard
from drivers.sim.directory import DirectoryEntry, FarOutcome
from drivers.sim.profile import CallerIdSending, Fault, HangUpShown, LineProfile
from drivers.sim.speech import speech
from drivers.sim.steps import Say, Voice, Wait

LINE = PortId("sim/1")
PLAN = load_tone_plan("cn")


class BankRig:
    """One simulated line behind a bank."""

    def __init__(self, profile: LineProfile, directory: tuple[DirectoryEntry, ...] = ()) -> None:
        self.card = SimCard(paced=False, lines=[profile], stations=0, directory=directory)
        self.bank = PortBank([self.card], PLAN)
        self.bank.open()
        self.signals: list[Signal] = []
        self.to_send = np.zeros(0, np.int16)

    def run(self, seconds: float) -> None:
        rx = np.zeros((1, 160), np.int16)
        for _ in range(round(seconds * 50)):
            self.bank.read(rx)
            self.signals += self.bank.listen(rx)
            tx = np.zeros((1, 160), np.int16)
            piece, self.to_send = self.to_send[:160], self.to_send[160:]
            tx[0, : len(piece)] = piece
            self.bank.write(tx)

    def of(self, kind: type[Signal]) -> list[Signal]:
        return [signal for signal in self.signals if type(signal) is kind]


@pytest.mark.parametrize(
    ("sending", "modulation"),
    [
        (CallerIdSending.FSK, CallerIdModulation.FSK_BELL202),
        (CallerIdSending.FSK_V23, CallerIdModulation.FSK_V23),
        (CallerIdSending.DTMF_BEFORE_RING, CallerIdModulation.DTMF),
        (CallerIdSending.DTMF_AFTER_RING, CallerIdModulation.DTMF),
    ],
)
def test_the_callers_number_is_received_however_it_is_sent(sending, modulation):
    rig = BankRig(LineProfile(caller_id=sending))
    rig.card.exchange.add_phone("out-1").call("05628896599", name="张三")
    rig.run(6)
    (received,) = rig.of(CallerIdReceived)
    assert (received.number, received.modulation) == ("05628896599", modulation)


def test_a_withheld_number_is_told_as_withheld():
    rig = BankRig(LineProfile())
    rig.card.exchange.add_phone("out-1").call("")
    rig.run(6)
    (received,) = rig.of(CallerIdReceived)
    assert (received.number, received.absence) == ("", "P")


@pytest.mark.parametrize(
    ("shown", "evidence", "within_s"),
    [
        (HangUpShown.BUSY_TONE, HangUpEvidence.BUSY_TONE, 6),
        (HangUpShown.CONGESTION_TONE, HangUpEvidence.CONGESTION_TONE, 8),
        (HangUpShown.DIAL_TONE, HangUpEvidence.DIAL_TONE, 6),
        (HangUpShown.POLARITY, HangUpEvidence.POLARITY, 2),
        (HangUpShown.LOOP_BREAK, HangUpEvidence.LOOP_BREAK, 2),
    ],
)
def test_every_shown_hang_up_is_believed_and_talk_before_it_is_not(shown, evidence, within_s):
    rig = BankRig(LineProfile(hang_up=shown))
    caller = rig.card.exchange.add_phone("out-1")
    caller.call("13905621234")
    rig.run(3)
    rig.bank.command(LINE, SeizeLine())
    rig.bank.watch_hang_up(LINE, HangUpProfile())
    caller.say(rig.card.sounds.samples(Voice(8, 20.0)))
    rig.to_send = rig.card.sounds.samples(Voice(9, 20.0))
    rig.run(20)
    assert rig.of(FarEndHungUp) == []
    caller.hang_up()
    rig.run(within_s)
    assert [signal.evidence for signal in rig.of(FarEndHungUp)] == [evidence]


@pytest.mark.parametrize("fault", [None, Fault.TWISTED_DTMF, Fault.CROSSTALK])
def test_keys_come_through_also_over_a_faulty_line(fault):
    rig = BankRig(LineProfile())
    caller = rig.card.exchange.add_phone("out-1")
    caller.call("13905621234")
    rig.bank.command(LINE, SeizeLine())
    rig.bank.listen_for(LINE, Listen.DTMF)
    rig.run(0.5)
    if fault:
        rig.card.set_fault(LINE, fault, on=True)
    caller.press("1234567890*#")
    rig.run(3)
    assert "".join(signal.digit for signal in rig.of(DigitPressed)) == "1234567890*#"


@pytest.mark.parametrize(
    ("outcome", "tone"),
    [
        (FarOutcome.BUSY, Tone.BUSY),
        (FarOutcome.CONGESTION, Tone.CONGESTION),
        (FarOutcome.UNOBTAINABLE, Tone.UNOBTAINABLE),
        (FarOutcome.NO_ANSWER, Tone.RINGBACK),
    ],
)
def test_the_exchanges_tones_are_recognised(outcome, tone):
    rig = BankRig(LineProfile(), (DirectoryEntry("114", outcome),))
    rig.bank.command(LINE, SeizeLine())
    rig.bank.listen_for(LINE, Listen.TONES)
    rig.run(3)
    rig.to_send = dtmf_samples("114")
    rig.run(15)
    assert [signal.tone for signal in rig.of(ToneHeard)][:2] == [Tone.DIAL, tone]
    rig.bank.command(LINE, ReleaseLine())
    rig.run(0.1)


def test_a_certain_answer_comes_by_polarity():
    entry = DirectoryEntry("114", after_s=5.0, steps=(Wait(1.0), Say(Voice(3, 2.0))))
    rig = BankRig(LineProfile(polarity_on_answer=True), (entry,))
    rig.bank.command(LINE, SeizeLine())
    rig.run(2)
    rig.bank.listen_for(LINE, Listen.ANSWER_BY_POLARITY)
    rig.to_send = dtmf_samples("114")
    rig.run(12)
    assert [signal.certain for signal in rig.of(FarEndAnswered)] == [True]
    assert rig.of(FarEndAnswered)[0].at_frame == rig.card.exchange.placed_calls[0].answered_at_frame


def test_made_up_voices_are_no_tone_no_digit_and_no_caller_id_to_the_whole_bank():
    rig = BankRig(LineProfile(caller_id=CallerIdSending.NONE))
    caller = rig.card.exchange.add_phone("out-1")
    caller.call("13905621234")
    rig.bank.command(LINE, SeizeLine())
    rig.bank.listen_for(LINE, Listen.DTMF | Listen.TONES)
    for seed in range(20):
        caller.say(speech(Voice(seed, 5.0)))
    rig.run(100)
    assert not [signal for signal in rig.signals if isinstance(signal, DigitPressed | ToneHeard | CallerIdReceived)]
