"""The fake exchange, heard and seen from the box's side of the line."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from drivers.base import CardError, FlashLine, PortId
from drivers.dsp.dtmf import DtmfReceiver
from drivers.dsp.level import level_dbm0
from drivers.dsp.tones import dtmf_samples
from drivers.signals import (
    LoopBack,
    LoopLost,
    PolarityReversed,
    RingStarted,
    RingStopped,
)
from drivers.sim.actor import is_tone
from drivers.sim.caller import CallerState
from drivers.sim.card import SimCard
from drivers.sim.directory import Directory, DirectoryEntry, FarOutcome, number_matches
from drivers.sim.placed import EndedBy, Outcome
from drivers.sim.profile import CallerIdSending, Fault, HangUpShown, LineProfile
from drivers.sim.steps import HangUp, Say, Voice, Wait
from tests.unit.sim_rig import Rig, correlation

LINE = "sim/1"


def rig_with(*profiles: LineProfile, directory: tuple[DirectoryEntry, ...] = ()) -> Rig:
    return Rig(SimCard(paced=False, lines=list(profiles) or 4, directory=directory))


def tone_bursts(rig: Rig, port: str, since_frame: int) -> list[tuple[int, int]]:
    """Start and length in frames of every stretch of pure 450 Hz."""
    frames = rig.heard(port, since_frame).reshape(-1, 160)
    bursts: list[tuple[int, int]] = []
    for index, frame in enumerate(frames):
        if is_tone(frame):
            if bursts and sum(bursts[-1]) == index:
                bursts[-1] = (bursts[-1][0], bursts[-1][1] + 1)
            else:
                bursts.append((index, 1))
    return bursts


def digits_in(samples: np.ndarray) -> str:
    receiver, armed = DtmfReceiver(1), np.ones(1, np.bool_)
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 1, 160)
    events = [event for frame in frames for event in receiver.step(frame, armed)]
    return "".join(event.digit for event in events if event.end_sample is None)


def test_a_line_rings_one_second_on_four_off_until_the_caller_gives_up():
    rig = rig_with()
    caller = rig.card.exchange.add_phone("out-1")
    call = caller.call("13905621234")
    rig.run(11)
    caller.hang_up()
    rig.run(10)
    assert rig.of(RingStarted, LINE) == [0, 250, 500]
    assert rig.of(RingStopped, LINE) == [50, 300, 550]
    assert call.outcome is Outcome.ABANDONED
    assert call.ended_by is EndedBy.OUTSIDE


def test_a_caller_who_gives_up_during_a_burst_ends_it():
    rig = rig_with()
    caller = rig.card.exchange.add_phone("out-1")
    caller.call("13905621234")
    rig.run(0.4)
    caller.hang_up()
    rig.run(5)
    assert rig.of(RingStopped, LINE) == [20]
    assert rig.of(RingStarted, LINE) == [0]


@pytest.mark.parametrize(
    ("sending", "first_ring", "burst"),
    [
        (CallerIdSending.DTMF_BEFORE_RING, 80, (0, 1.7)),
        (CallerIdSending.DTMF_AFTER_RING, 0, (1.0, 5.0)),
    ],
)
def test_dtmf_caller_id_comes_before_or_after_the_first_ring(sending, first_ring, burst):
    rig = rig_with(LineProfile(caller_id=sending))
    rig.card.exchange.add_phone("out-1").call("05628896599")
    rig.run(8)
    heard = rig.heard(LINE)[round(burst[0] * 8000) : round((burst[1] + 1.0) * 8000)]
    assert digits_in(heard) == "D05628896599C"
    rings = rig.of(RingStarted, LINE)
    assert (rings[0] > first_ring) if first_ring else rings[0] == 0


def test_fsk_caller_id_lies_between_the_first_and_the_second_ring():
    rig = rig_with(LineProfile(caller_id=CallerIdSending.FSK))
    rig.card.exchange.add_phone("out-1").call("05628896599")
    rig.run(6)
    loud = [index for index, frame in enumerate(rig.heard(LINE).reshape(-1, 160)) if level_dbm0(frame) > -25]
    assert 70 <= loud[0] <= 80
    assert loud[-1] < 200


def test_without_caller_id_the_line_is_quiet_between_rings():
    rig = rig_with(LineProfile(caller_id=CallerIdSending.NONE))
    rig.card.exchange.add_phone("out-1").call("05628896599")
    rig.run(5)
    assert level_dbm0(rig.heard(LINE)) < -45


def test_talking_carries_both_voices_with_loss_and_keeps_them_apart():
    rig = rig_with()
    caller = rig.card.exchange.add_phone("out-1")
    call = caller.call("13905621234")
    rig.run(1.2)
    rig.seize(LINE)
    rig.run(0.1)
    assert caller.state is CallerState.TALKING
    assert call.answered_at_frame == 60
    said = rig.card.sounds.samples(Voice(1, 2.0))
    ours = rig.card.sounds.samples(Voice(2, 2.0))
    caller.ear.capture()
    rig.send(LINE, ours)
    caller.say(said)
    rig.run(2.0)
    utterance = call.said[0]
    received = rig.heard(LINE, utterance.start_frame)[: len(said)]
    assert correlation(received, said) > 0.95
    assert level_dbm0(received) == pytest.approx(level_dbm0(said) - 4.0, abs=0.6)
    assert correlation(caller.ear.captured()[: len(ours)], ours) > 0.99


@pytest.mark.parametrize(
    ("how", "on_off"),
    [
        (HangUpShown.BUSY_TONE, (17, 35)),
        (HangUpShown.CONGESTION_TONE, (35, 70)),
        (HangUpShown.POLARITY, (17, 35)),
        (HangUpShown.LOOP_BREAK, (17, 35)),
    ],
)
def test_far_end_hang_up_shows_as_the_line_does_it(how, on_off):
    rig = rig_with(LineProfile(hang_up=how))
    caller = rig.card.exchange.add_phone("out-1")
    call = caller.call("13905621234")
    rig.seize(LINE)
    rig.run(1)
    caller.hang_up()
    gone = rig.card.clock.frame
    rig.run(4)
    bursts = tone_bursts(rig, LINE, gone)[1:-1]
    assert {length for _, length in bursts} <= {on_off[0], on_off[0] + 1}
    assert {later[0] - earlier[0] for earlier, later in pairwise(bursts)} <= {
        on_off[1],
        on_off[1] + 1,
    }
    assert bool(rig.of(PolarityReversed, LINE)) is (how is HangUpShown.POLARITY)
    assert rig.of(LoopLost, LINE) == ([gone] if how is HangUpShown.LOOP_BREAK else [])
    assert rig.of(LoopBack, LINE) == ([gone + 30] if how is HangUpShown.LOOP_BREAK else [])
    assert call.shown is how
    assert call.released_at_frame is None
    rig.release(LINE)
    rig.run(1)
    assert call.released_at_frame is not None
    assert rig.card.exchange.lines[0].free


def test_a_caller_can_vanish_without_a_sign():
    rig = rig_with()
    caller = rig.card.exchange.add_phone("out-1")
    caller.call("13905621234")
    rig.seize(LINE)
    rig.run(1)
    rig.card.set_fault(PortId(LINE), Fault.NO_HANG_UP, on=True)
    caller.hang_up()
    gone = rig.card.clock.frame
    rig.run(20)
    assert level_dbm0(rig.heard(LINE, gone)) < -45
    assert not rig.card.exchange.lines[0].free


def test_when_the_box_hangs_up_the_caller_hears_busy_tone_and_the_line_is_free():
    rig = rig_with()
    caller = rig.card.exchange.add_phone("out-1")
    call = caller.call("13905621234")
    rig.seize(LINE)
    rig.run(1)
    rig.release(LINE)
    rig.run(0.6)
    assert (caller.state, call.ended_by) == (CallerState.HUNG_UP, EndedBy.BOX)
    assert rig.card.exchange.lines[0].free
    assert is_tone(caller.ear.recent()[-3 * 160 :][:160]) or is_tone(caller.ear.recent()[-20 * 160 :][:160])
    caller.hang_up()
    assert caller.state is CallerState.IDLE


DIRECTORY = (
    DirectoryEntry("1390562xxxx", after_s=3.0, steps=(Wait(0.5), Say(Voice(9, 1.0)), HangUp())),
    DirectoryEntry("13800000001", FarOutcome.BUSY),
    DirectoryEntry("13800000002", FarOutcome.NO_ANSWER),
    DirectoryEntry("13800000003", FarOutcome.ANNOUNCEMENT, steps=(Say(Voice(5, 2.0)),)),
    DirectoryEntry("13800000004", FarOutcome.CONGESTION),
)


def dial_out(rig: Rig, number: str) -> None:
    rig.seize(LINE)
    rig.run(1)
    assert is_tone(rig.rx[0]), "dial tone"
    rig.dial(LINE, number)
    rig.run(len(number) * 0.14 + 0.1)


def test_an_outgoing_call_is_dialled_rings_answers_speaks_and_hangs_up():
    rig = rig_with(LineProfile(polarity_on_answer=True), directory=DIRECTORY)
    dial_out(rig, "13905629876")
    call = rig.card.exchange.placed_calls[-1]
    assert call.number == "13905629876"
    ringing_from = rig.card.clock.frame
    rig.run_until(lambda: call.answered_at_frame is not None, 6)
    assert tone_bursts(rig, LINE, ringing_from)[0][1] == 50
    assert call.answered_at_frame in rig.of(PolarityReversed, LINE)
    rig.run_until(lambda: call.ended, 3)
    said = call.said[0]
    assert correlation(rig.heard(LINE, said.start_frame)[: len(said.samples)], said.samples) > 0.95
    assert (call.outcome, call.ended_by) == (Outcome.ANSWERED, EndedBy.OUTSIDE)


@pytest.mark.parametrize(
    ("number", "outcome", "bursts"),
    [
        ("13800000001", Outcome.BUSY, {17, 18}),
        ("13800000002", Outcome.NO_ANSWER, {50}),
        ("13800000004", Outcome.CONGESTION, {35}),
        ("777", Outcome.UNOBTAINABLE, {5, 20}),
    ],
)
def test_refused_outgoing_calls_sound_like_what_they_are(number, outcome, bursts):
    rig = rig_with(directory=DIRECTORY)
    dial_out(rig, number)
    rig.run(6)
    since = rig.card.clock.frame
    rig.run(11)
    assert rig.card.exchange.placed_calls[-1].outcome is outcome
    found = tone_bursts(rig, LINE, since)[1:-1]
    assert {length for _, length in found} <= bursts
    assert found
    rig.release(LINE)
    rig.run(0.1)
    assert rig.card.exchange.placed_calls[-1].ended_by is EndedBy.BOX


def test_an_announcement_is_played_without_an_answer_then_busy_tone():
    rig = rig_with(directory=DIRECTORY)
    dial_out(rig, "13800000003")
    since = rig.card.clock.frame
    rig.run(8)
    call = rig.card.exchange.placed_calls[-1]
    assert (call.outcome, call.answered_at_frame) == (Outcome.ANNOUNCEMENT, None)
    spoken = rig.card.sounds.samples(Voice(5, 2.0))
    heard = rig.heard(LINE, since)
    at = max(range(0, 16000, 160), key=lambda start: correlation(heard[start : start + len(spoken)], spoken))
    assert correlation(heard[at : at + len(spoken)], spoken) > 0.95
    assert tone_bursts(rig, LINE, since)


def test_the_box_can_call_an_outside_phone_that_a_person_answers():
    rig = rig_with()
    phone = rig.card.exchange.add_phone("out-1", "13700000000")
    dial_out(rig, "13700000000")
    rig.run(5)
    assert phone.state is CallerState.RINGING
    phone.answer()
    rig.run(0.1)
    call = rig.card.exchange.placed_calls[-1]
    assert (phone.state, call.outcome) == (CallerState.TALKING, Outcome.ANSWERED)
    rig.release(LINE)
    rig.run(0.1)
    assert phone.state is CallerState.HUNG_UP


def test_a_full_house_gives_the_next_caller_busy_tone():
    rig = rig_with()
    phones = [rig.card.exchange.add_phone(f"out-{number}") for number in range(5)]
    calls = [phone.call(f"1390562000{number}") for number, phone in enumerate(phones)]
    assert [call.line for call in calls] == ["sim/1", "sim/2", "sim/3", "sim/4", None]
    assert calls[-1].outcome is Outcome.LINE_BUSY
    assert phones[-1].state is CallerState.BUSY


def test_a_short_flash_does_not_end_the_call():
    rig = rig_with()
    caller = rig.card.exchange.add_phone("out-1")
    call = caller.call("13905621234")
    rig.seize(LINE)
    rig.run(1)
    rig.card.command(PortId(LINE), FlashLine(100))
    rig.run(1)
    assert (call.flashes, caller.state) == (1, CallerState.TALKING)
    caller.press("5")
    rig.run(0.5)
    assert digits_in(rig.heard(LINE, 60)) == "5"


def test_a_phone_in_use_cannot_call_again():
    caller = rig_with().card.exchange.add_phone("out-1")
    caller.call("13905621234")
    with pytest.raises(CardError, match="out-1"):
        caller.call("13905621234")


def test_the_exchange_takes_digits_only_after_seizure_and_only_keypad_digits():
    rig = rig_with(directory=DIRECTORY)
    rig.send(LINE, dtmf_samples("13905629876"))
    rig.run(3)
    assert not rig.card.exchange.placed_calls


@pytest.mark.parametrize(
    ("pattern", "number", "fits"),
    [
        ("114", "114", True),
        ("114", "1140", False),
        ("1390562xxxx", "13905621234", True),
        ("1390562xxxx", "1390562123", False),
        ("0562*", "0562", True),
        ("0562*", "05628896599", True),
        ("0562*", "056", False),
    ],
)
def test_number_patterns(pattern, number, fits):
    assert number_matches(pattern, number) is fits


def test_a_number_is_complete_when_nothing_longer_fits():
    directory = Directory([DirectoryEntry("114"), DirectoryEntry("1143"), DirectoryEntry("0562*")])
    assert [directory.is_complete(digits) for digits in ("11", "114", "1143", "0562", "05621")] == [
        False,
        False,
        True,
        False,
        False,
    ]
