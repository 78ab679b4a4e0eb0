"""Simulated telephone sets: hook, flash, bell, and audio on an FXS port."""

from __future__ import annotations

import numpy as np

from drivers.base import CutBattery, MessageLamp, PortId, ReverseBattery, RingPhone, StopRinging
from drivers.dsp.callerid_send import fsk_burst
from drivers.dsp.dtmf import DtmfReceiver
from drivers.signals import Flash, OffHook, OnHook
from drivers.sim.card import SimCard
from drivers.sim.steps import Voice
from tests.unit.sim_rig import Rig, through_alaw

PORT = "sim/5"


def make() -> Rig:
    return Rig(SimCard(paced=False))


def test_lifting_and_putting_down_is_reported_the_latter_after_flash_time():
    rig = make()
    phone = rig.card.phones[0]
    phone.lift()
    rig.run(1)
    phone.hang_up()
    rig.run(1)
    assert rig.of(OffHook, PORT) == [0]
    assert rig.of(OnHook, PORT) == [50 + 31]
    assert rig.of(Flash, PORT) == []


def test_a_tap_of_the_hook_is_a_flash_and_a_bounce_is_nothing():
    rig = make()
    phone = rig.card.phones[0]
    phone.lift()
    rig.run(0.2)
    phone.flash(200)
    rig.run(1)
    phone.flash(40)
    rig.run(1)
    assert len(rig.of(Flash, PORT)) == 1
    assert rig.of(OnHook, PORT) == []
    assert phone.off_hook


def test_the_bell_follows_the_cadence_and_lifting_trips_it():
    rig = make()
    phone = rig.card.phones[0]
    rig.card.command(PortId(PORT), RingPhone("13905621234", "王"))
    rig.frame()
    bell = []
    for _ in range(300):
        bell.append(phone.bell_on)
        rig.frame()
    assert bell[:49] == [True] * 49
    assert not any(bell[50:249])
    assert all(bell[250:299])
    phone.lift()
    rig.frame()
    assert phone.ringing is None
    ringing = phone.ringings[0]
    assert (ringing.number, ringing.name, ringing.answered_at_frame) == ("13905621234", "王", 301)


def test_stop_ringing_leaves_an_unanswered_ringing_in_the_books():
    rig = make()
    rig.card.command(PortId(PORT), RingPhone())
    rig.run(2)
    rig.card.command(PortId(PORT), StopRinging())
    rig.run(1)
    ringing = rig.card.phones[0].ringings[0]
    assert (ringing.answered_at_frame, ringing.stopped_at_frame) == (None, 100)


def test_battery_signals_reach_the_phone():
    rig = make()
    rig.card.command(PortId(PORT), ReverseBattery(reversed=True))
    rig.card.command(PortId(PORT), CutBattery())
    rig.frame()
    assert rig.card.phones[0].battery_reversed
    assert rig.card.phones[0].battery_cuts == 1


def test_the_display_reads_caller_id_between_the_rings_only():
    rig = make()
    phone = rig.card.phones[0]
    rig.card.command(PortId(PORT), RingPhone("13905621234", "王"))
    rig.run(0.1)
    burst = fsk_burst("13905621234", "王芳", "11020900")
    rig.send(PORT, burst)
    rig.run(0.8)
    assert phone.ringing.shown is None, "the bell drowns it"
    rig.run(0.6)
    rig.send(PORT, burst)
    rig.run(1.5)
    shown = phone.ringing.shown
    assert (shown.number, shown.name, shown.sent_at) == ("13905621234", "王芳", "11020900")


def test_the_message_lamp_is_lit_and_put_out():
    rig = make()
    for on in (True, False):
        rig.card.command(PortId(PORT), MessageLamp(on))
        rig.frame()
        assert rig.card.phones[0].message_lamp is on


def test_a_lifted_phone_says_and_hears_a_phone_on_hook_does_not():
    rig = make()
    phone = rig.card.phones[0]
    voice = rig.card.sounds.samples(Voice(4, 1.0))
    phone.say(voice)
    rig.run(0.5)
    assert not rig.heard(PORT).any()
    phone.lift()
    phone.ear.capture()
    rig.send(PORT, voice)
    since = rig.card.clock.frame
    rig.run(1)
    assert np.array_equal(rig.heard(PORT, since), through_alaw(voice))
    assert np.array_equal(phone.ear.captured()[: len(voice)], voice)
    spell = phone.spells[0]
    assert spell.said[0].start_frame == since


def test_keys_are_in_band_and_mute_the_voice():
    rig = make()
    phone = rig.card.phones[0]
    phone.lift()
    phone.say(rig.card.sounds.samples(Voice(4, 1.0)))
    rig.run(0.2)
    phone.press("9139")
    rig.run(2)
    receiver, armed = DtmfReceiver(1), np.ones(1, np.bool_)
    frames = rig.heard(PORT).reshape(-1, 1, 160)
    events = [event for frame in frames for event in receiver.step(frame, armed)]
    assert "".join(event.digit for event in events if event.end_sample is None) == "9139"
    assert phone.mouth.pressed[0].at_frame == 10
    rest = rig.heard(PORT, 10 + 40)[: 8000 - 1600]
    assert np.array_equal(rest, through_alaw(rig.card.sounds.samples(Voice(4, 1.0))[1600:]))


def test_keys_work_again_after_hanging_up_in_the_middle_of_one():
    rig = make()
    phone = rig.card.phones[0]
    phone.lift()
    phone.press("1")
    rig.frame()
    phone.hang_up()
    rig.run(1)
    phone.lift()
    phone.press("2")
    rig.frame()
    assert [each.digits for each in phone.mouth.pressed] == ["1", "2"]


def test_live_audio_comes_in_any_pieces_and_goes_out_in_frames():
    rig = make()
    phone = rig.card.phones[0]
    phone.lift()
    phone.listen_live(on=True)
    rig.frame()
    live = (np.arange(160 * 12) % 200).astype(np.int16) * 50
    for start in range(0, len(live), 257):
        phone.push_audio(live[start : start + 257])
    rig.send(PORT, live)
    since = rig.card.clock.frame
    rig.run(0.3)
    assert np.array_equal(rig.heard(PORT, since)[: len(live)], through_alaw(live))
    pulled = []
    while (frame := phone.pull_audio()) is not None:
        pulled.append(frame)
    assert np.array_equal(np.concatenate(pulled)[160:][: len(live)], live)


def test_live_audio_that_nobody_fetches_is_bounded():
    rig = make()
    phone = rig.card.phones[0]
    phone.lift()
    phone.listen_live(on=True)
    for _ in range(100):
        phone.push_audio(np.full(160, 100, np.int16))
    rig.run(3)
    count = 0
    while phone.pull_audio() is not None:
        count += 1
    assert count == 25
    assert np.count_nonzero(rig.heard(PORT)) == 25 * 160
