"""Calls through our driver and DAHDI's real kernel modules, over crossed local spans. Runs inside the guest."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from drivers.bank import Listen
from drivers.base import FlashLine, PortId, ReleaseLine, RingPhone, SeizeLine, StopRinging
from drivers.dahdi.abi import Event, Hook
from drivers.dahdi.card import DahdiCard
from drivers.dsp.callerid_send import dtmf_burst, fsk_burst
from drivers.dsp.tones import ToneGenerator, dtmf_samples
from drivers.hangup import HangUpProfile
from drivers.signals import (
    CallerIdReceived,
    DigitPressed,
    FarEndHungUp,
    Flash,
    HangUpEvidence,
    OffHook,
    OnHook,
    PortFault,
    RingStarted,
    RingStopped,
)
from tests.contract.test_traces import check_call_to_a_phone, heard_again
from tests.system.lab.bankbox import BankBox
from tests.system.lab.local_spans import DEAF_S, LINES, STATIONS, exchange, local_card, phone
from tests.system.lab.mailbox import IN_GUEST
from tests.system.lab.tape import Tape, keys_in, pack_trace

LINE, PHONE = PortId("dahdi/1"), PortId("dahdi/5")
SILENCE = np.zeros(1600, np.int16)


def digits_heard(box: BankBox, count: int, within_s: float) -> str:
    return "".join(signal.digit for _ in range(count) if (signal := box.tells(DigitPressed, LINE, within_s)))


def test_a_call_comes_in_is_answered_keyed_through_and_hung_up_by_busy_tone():
    with exchange(1) as far, BankBox(local_card()) as box:
        time.sleep(DEAF_S)
        far.hook(Hook.RING)
        assert box.tells(RingStarted, LINE, 3)
        assert box.tells(RingStopped, LINE, 3)
        far.say(np.concatenate([SILENCE, fsk_burst("13905621234", "WANG", "11020900"), SILENCE]))
        known = box.tells(CallerIdReceived, LINE, 5)
        assert isinstance(known, CallerIdReceived)
        assert (known.number, known.name) == ("13905621234", "WANG")
        assert box.tells(RingStarted, LINE, 6)
        box.command(LINE, SeizeLine())
        assert far.saw(Event.RING_OFF_HOOK, 3)
        far.hook(Hook.OFF)
        box.bank.listen_for(LINE, Listen.DTMF)
        box.bank.watch_hang_up(LINE, HangUpProfile())
        time.sleep(0.5)
        far.say(dtmf_samples("0123456789*#", on_ms=65, off_ms=65))
        assert digits_heard(box, 12, 4) == "0123456789*#"
        box.say(LINE, np.concatenate([dtmf_samples("159D", on_ms=80, off_ms=80), SILENCE]))
        time.sleep(1.5)
        assert keys_in(far.heard) == "159D"
        began = time.monotonic()
        busy = ToneGenerator((450,), -10.0, (0.35, 0.35))
        far.say(busy.frame(8000 * 4))
        gone = box.tells(FarEndHungUp, LINE, 5)
        assert isinstance(gone, FarEndHungUp)
        assert gone.evidence is HangUpEvidence.BUSY_TONE
        assert time.monotonic() - began < 3.5
        box.command(LINE, ReleaseLine())
        assert far.saw(Event.ON_HOOK, 3)


def test_caller_id_by_keys_before_the_first_ring():
    with exchange(1) as far, BankBox(local_card()) as box:
        time.sleep(DEAF_S)
        far.say(np.concatenate([SILENCE, dtmf_burst("05628896599"), SILENCE]))
        known = box.tells(CallerIdReceived, LINE, 5)
        assert isinstance(known, CallerIdReceived)
        assert known.number == "05628896599"
        far.hook(Hook.RING)
        assert box.tells(RingStarted, LINE, 3)


def test_the_exchange_takes_the_current_away():
    with exchange(1) as far, BankBox(local_card()) as box:
        time.sleep(DEAF_S)
        far.hook(Hook.RING)
        assert box.tells(RingStarted, LINE, 3)
        box.command(LINE, SeizeLine())
        assert far.saw(Event.RING_OFF_HOOK, 3)
        far.hook(Hook.OFF)
        time.sleep(1)
        box.bank.watch_hang_up(LINE, HangUpProfile())
        time.sleep(0.2)
        far.hook(Hook.ON)
        gone = box.tells(FarEndHungUp, LINE, 2)
        assert isinstance(gone, FarEndHungUp)
        assert gone.evidence is HangUpEvidence.LOOP_BREAK


def test_a_flash_reaches_the_exchange_and_one_from_a_phone_reaches_us():
    with exchange(1) as far, phone(1) as handset, BankBox(local_card()) as box:
        time.sleep(DEAF_S)
        box.command(LINE, SeizeLine())
        assert far.saw(Event.RING_OFF_HOOK, 3)
        box.command(LINE, FlashLine(300))
        assert far.saw(Event.WINK_FLASH, 4)
        handset.hook(Hook.OFF)
        assert box.tells(OffHook, PHONE, 2)
        time.sleep(0.8)
        handset.hook(Hook.ON)
        time.sleep(0.3)
        handset.hook(Hook.OFF)
        assert box.tells(Flash, PHONE, 3)
        time.sleep(1)
        handset.hook(Hook.ON)
        assert box.tells(OnHook, PHONE, 3)


def test_a_phone_rings_answers_in_the_pause_and_is_not_rung_on():
    with phone(1) as handset, BankBox(local_card()) as box:
        time.sleep(DEAF_S)
        box.command(PHONE, RingPhone("13905621234"))
        assert handset.saw(Event.RING_BEGIN, 3)
        assert handset.saw(Event.RING_OFF_HOOK, 3)  # the burst is over
        time.sleep(1)
        handset.hook(Hook.OFF)
        assert box.tells(OffHook, PHONE, 2)
        assert not handset.saw(Event.RING_BEGIN, 6)


def test_ringing_stops_when_told():
    with phone(1) as handset, BankBox(local_card()) as box:
        time.sleep(DEAF_S)
        box.command(PHONE, RingPhone())
        assert handset.saw(Event.RING_BEGIN, 3)
        box.command(PHONE, StopRinging())
        assert handset.saw(Event.RING_OFF_HOOK, 3)
        assert not handset.saw(Event.RING_BEGIN, 6)


def test_a_channel_that_another_program_holds_is_told_and_had_when_free():
    with exchange(1):
        holder = DahdiCard("other", lines=1, stations=0, channels=(1,))
        holder.open()
        card = local_card()
        with BankBox(card) as box:
            fault = box.tells(PortFault, LINE, 1)
            assert isinstance(fault, PortFault)
            assert "其他程序" in fault.text
            holder.close()
            deadline = time.monotonic() + 3
            while card._by_name[LINE].channel is None and time.monotonic() < deadline:
                time.sleep(0.05)
            assert card._by_name[LINE].channel is not None


def test_nothing_is_left_open_and_no_thread_runs_on():
    before = (len(list(Path("/proc/self/fd").iterdir())), threading.active_count())
    for _ in range(5):
        with BankBox(local_card()) as box:
            box.tells(RingStarted, LINE, 0.1)
    assert (len(list(Path("/proc/self/fd").iterdir())), threading.active_count()) == before


def test_a_recorded_call_is_heard_again_as_it_was(tmp_path: Path) -> None:
    """Rung, told by FSK, answered, put through to a phone, busy tone; the archive is regression data."""
    folder = tmp_path / "trace"
    card = DahdiCard("dahdi", lines=1, stations=1, channels=(LINES[0], STATIONS[0]))
    handset_port = card.ports[1].port
    with exchange(1) as far, phone(1) as handset, Tape(card, folder) as tape:
        far.hook(Hook.RING)
        tape.run(75)
        far.say(np.concatenate([SILENCE, fsk_burst("13905621231", "", "11220830"), SILENCE]))
        tape.run(100)
        tape.command(LINE, SeizeLine())
        tape.command(handset_port, RingPhone())
        tape.run(10)
        far.hook(Hook.OFF)
        tape.run(90)
        handset.hook(Hook.OFF)
        tape.run(50)
        far.say(dtmf_samples("59#", on_ms=100))
        handset.say(dtmf_samples("1", on_ms=100))
        tape.run(50)
        handset.hook(Hook.ON)
        tape.run(15)
        handset.hook(Hook.OFF)
        tape.run(60)
        handset.hook(Hook.ON)
        tape.run(60)
        far.say(ToneGenerator((450,), -10.0, (0.35, 0.35)).frame(8000 * 4))
        tape.run(200)
    check_call_to_a_phone(heard_again(folder), "13905621231")
    pack_trace(folder, IN_GUEST / "dahdi-local-spans.zip")


def test_no_channel_at_all_is_a_clear_error():
    with pytest.raises(Exception, match="没有找到"):
        DahdiCard("none", lines=1, stations=0, device="usb:NOWHERE").open()
