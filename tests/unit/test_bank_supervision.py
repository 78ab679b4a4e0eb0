"""Every way an exchange shows a hang-up, on the simulated card: found, named rightly, and not when nobody hung up."""

from __future__ import annotations

import numpy as np
import pytest

from drivers.bank import Listen, PortBank
from drivers.base import FRAME_SAMPLES, PortId, SeizeLine
from drivers.dsp.toneplan import load_tone_plan
from drivers.hangup import HangUpProfile
from drivers.signals import FarEndHungUp, HangUpEvidence, Signal
from drivers.sim.card import SimCard
from drivers.sim.profile import HangUpShown, LineProfile
from drivers.sim.steps import Voice

LINE = PortId("sim/1")


class Call:
    """A caller whom the box has answered, on a watched line."""

    def __init__(self, shown: HangUpShown) -> None:
        self.card = SimCard(lines=[LineProfile(hang_up=shown)], stations=1, paced=False)
        self.bank = PortBank([self.card], load_tone_plan("cn"))
        self.bank.open()
        self.rx = np.zeros((2, FRAME_SAMPLES), np.int16)
        self.caller = self.card.exchange.add_phone("out-1")
        self.caller.call("13905620001", LINE)
        self.run(6.0)
        self.bank.command(LINE, SeizeLine())
        self.bank.watch_hang_up(LINE, HangUpProfile(silence_s=20.0))
        self.bank.listen_for(LINE, Listen.DTMF)
        self.run(1.0)

    def run(self, seconds: float) -> list[Signal]:
        signals: list[Signal] = []
        for _ in range(round(seconds * 50)):
            self.bank.read(self.rx)
            signals += self.bank.listen(self.rx)
            self.bank.write(np.zeros_like(self.rx))
        return signals


@pytest.mark.parametrize(
    ("shown", "evidence", "within_s"),
    [
        (HangUpShown.BUSY_TONE, HangUpEvidence.BUSY_TONE, 2.6),
        (HangUpShown.CONGESTION_TONE, HangUpEvidence.CONGESTION_TONE, 4.8),
        (HangUpShown.DIAL_TONE, HangUpEvidence.DIAL_TONE, 3.6),
        (HangUpShown.POLARITY, HangUpEvidence.POLARITY, 0.1),
        (HangUpShown.LOOP_BREAK, HangUpEvidence.LOOP_BREAK, 0.4),
        (HangUpShown.NEVER, HangUpEvidence.SILENCE, 20.3),
    ],
)
def test_every_sign_is_found_once_and_in_time(shown: HangUpShown, evidence: HangUpEvidence, within_s: float) -> None:
    call = Call(shown)
    call.caller.say(call.card.sounds.samples(Voice(1, 2.0)))
    assert [signal for signal in call.run(3.0) if isinstance(signal, FarEndHungUp)] == []
    hung_up_at = call.bank.frame
    call.caller.hang_up()
    (verdict,) = [signal for signal in call.run(25.0) if isinstance(signal, FarEndHungUp)]
    assert verdict.evidence is evidence
    assert (verdict.at_frame - hung_up_at) * 0.02 <= within_s
    assert abs(verdict.since_frame - hung_up_at) <= (60 if shown is HangUpShown.NEVER else 20)


def test_a_minute_of_talk_and_keys_is_no_hang_up() -> None:
    call = Call(HangUpShown.BUSY_TONE)
    for seed in range(6):
        call.caller.say(call.card.sounds.samples(Voice(seed, 9.0)))
        call.caller.press("1#", on_ms=350, off_ms=350)
    assert [signal for signal in call.run(62.0) if isinstance(signal, FarEndHungUp)] == []
