"""Faults of the simulated lines, switched while the card runs."""

from __future__ import annotations

import numpy as np
import pytest

from drivers.base import CardError, PortId
from drivers.dsp.level import level_dbm0
from drivers.signals import PortFault, PortRecovered, RingStarted, RingStopped
from drivers.sim.caller import CallerState
from drivers.sim.card import SimCard
from drivers.sim.placed import EndedBy
from drivers.sim.profile import Fault
from drivers.sim.steps import Voice
from tests.unit.sim_rig import Rig, correlation

LINE = "sim/1"


def test_an_unplugged_line_reports_it_loses_its_call_and_recovers():
    rig = Rig(SimCard(paced=False))
    caller = rig.card.exchange.add_phone("out-1")
    call = caller.call("13905621234")
    rig.seize(LINE)
    rig.run(1)
    rig.card.set_fault(PortId(LINE), Fault.UNPLUGGED, on=True)
    rig.run(1)
    assert rig.of(PortFault, LINE) == [50]
    assert (caller.state, call.ended_by) == (CallerState.HUNG_UP, EndedBy.LINE_FAULT)
    assert not rig.rx[0].any()
    rig.release(LINE)
    rig.run(1)
    rig.card.set_fault(PortId(LINE), Fault.UNPLUGGED, on=False)
    rig.run(0.1)
    assert rig.of(PortRecovered, LINE) == [150]


def test_stuck_ringing_goes_on_without_a_pause():
    rig = Rig(SimCard(paced=False))
    rig.card.set_fault(PortId(LINE), Fault.STUCK_RING, on=True)
    rig.run(20)
    assert (rig.of(RingStarted, LINE), rig.of(RingStopped, LINE)) == ([0], [])
    rig.card.set_fault(PortId(LINE), Fault.STUCK_RING, on=False)
    rig.run(1)
    assert rig.of(RingStopped, LINE) == [1000]


def talking_rig(fault: Fault | None) -> tuple[Rig, np.ndarray]:
    rig = Rig(SimCard(paced=False))
    for number in (1, 2):
        caller = rig.card.exchange.add_phone(f"out-{number}")
        caller.call(f"1390562000{number}")
        rig.seize(f"sim/{number}")
    rig.run(0.1)
    if fault:
        rig.card.set_fault(PortId(LINE), fault, on=True)
    return rig, rig.card.sounds.samples(Voice(3, 1.0))


def test_crosstalk_lets_a_line_hear_its_neighbour_twenty_db_down():
    rig, voice = talking_rig(Fault.CROSSTALK)
    rig.card.exchange.phones[1].say(voice)
    rig.run(1)
    heard = rig.heard(LINE, 5)
    assert correlation(heard, voice) > 0.8
    assert level_dbm0(heard) == pytest.approx(level_dbm0(voice) - 24.0, abs=1.0)


def test_clipped_audio_is_flattened():
    rig, voice = talking_rig(Fault.CLIPPED)
    rig.card.exchange.phones[0].say(voice)
    rig.run(1)
    heard = np.abs(rig.heard(LINE, 5).astype(np.int32))
    assert heard.max() <= 16384
    assert np.mean(heard > 15000) > 0.2


def test_twisted_keys_arrive_with_a_loud_high_tone():
    rig, _ = talking_rig(Fault.TWISTED_DTMF)
    rig.card.exchange.phones[0].press("1", on_ms=200)
    rig.run(0.2)
    spectrum = np.abs(np.fft.rfft(rig.heard(LINE, 6)[:1440] * np.hanning(1440)))
    low, high = spectrum[round(697 * 1440 / 8000)], spectrum[round(1209 * 1440 / 8000)]
    assert 20 * np.log10(high / low) == pytest.approx(7.5, abs=0.8)


def test_faults_belong_to_outside_lines_only():
    with pytest.raises(CardError, match="sim/5"):
        Rig(SimCard(paced=False)).card.set_fault(PortId("sim/5"), Fault.CLIPPED, on=True)
