"""What only real analog hardware's driver brings: battery, polarity, power denial, unplugging. Runs in the guest."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from drivers.bank import Listen
from drivers.base import FlashLine, PortId, ReleaseLine, RingPhone, SeizeLine
from drivers.dahdi.card import DahdiCard
from drivers.dsp.callerid_send import dtmf_burst, fsk_burst
from drivers.dsp.tones import ToneGenerator, dtmf_samples
from drivers.hangup import HangUpProfile
from drivers.signals import (
    CallerIdReceived,
    DigitPressed,
    FarEndHungUp,
    FaultKind,
    Flash,
    HangUpEvidence,
    OffHook,
    OnHook,
    PolarityReversed,
    PortFault,
    PortRecovered,
    RingStarted,
    RingStopped,
)
from tests.contract.test_traces import check_call_to_a_phone, heard_again
from tests.system.lab.bankbox import BankBox
from tests.system.lab.mailbox import IN_GUEST
from tests.system.lab.tape import Tape, keys_in, pack_trace
from tests.system.lab.xorcom import (
    IDENTITY,
    LINE,
    PHONE,
    heard_on_line,
    mailbox,
    plug,
    say_on_line,
    say_on_phone,
    xorcom_card,
)

LONG_S = 20.0
PAUSE = np.zeros(4000, np.int16)


@pytest.fixture(scope="module", autouse=True)
def _plugged() -> None:
    plug()


@pytest.fixture
def box() -> Iterator[BankBox]:
    with BankBox(xorcom_card()) as opened:
        wait_for_frames(opened, 115)  # the kernel is deaf to ringing for 2 s
        mailbox.forget()
        yield opened
    mailbox.put("down", 0)


def wait_for_frames(box: BankBox, count: int) -> None:
    """By the card's own time."""
    until = box.bank.frame + count
    while box.bank.frame < until:
        assert box.broke is None, box.broke
        time.sleep(0.01)


def seized(box: BankBox) -> None:
    """The line is ours, and its supervision has settled."""
    box.command(LINE, SeizeLine())
    assert mailbox.waits_for("line 1 taken", LONG_S)
    wait_for_frames(box, 50)
    box.bank.watch_hang_up(LINE, HangUpProfile(by_tone=False))


def hung_up_by(box: BankBox) -> HangUpEvidence:
    gone = box.tells(FarEndHungUp, LINE, LONG_S)
    assert isinstance(gone, FarEndHungUp)
    return gone.evidence


def test_a_call_with_caller_id_between_the_rings(box: BankBox) -> None:
    mailbox.put("ring", 0, 1000)
    assert box.tells(RingStarted, LINE, LONG_S)
    assert box.tells(RingStopped, LINE, LONG_S)
    say_on_line(0, np.concatenate([PAUSE, fsk_burst("13905621234", "WANG", "11020900"), PAUSE]))
    known = box.tells(CallerIdReceived, LINE, LONG_S)
    assert isinstance(known, CallerIdReceived)
    assert (known.number, known.name) == ("13905621234", "WANG")
    seized(box)
    box.bank.listen_for(LINE, Listen.DTMF)
    wait_for_frames(box, 5)
    say_on_line(0, np.concatenate([PAUSE, dtmf_samples("1470*#", on_ms=70, off_ms=70), PAUSE]))
    keys = [box.tells(DigitPressed, LINE, LONG_S) for _ in range(6)]
    assert "".join(key.digit for key in keys if isinstance(key, DigitPressed)) == "1470*#"
    heard_on_line(0, LONG_S)
    box.say(LINE, np.concatenate([dtmf_samples("159D", on_ms=80, off_ms=80), PAUSE]))
    wait_for_frames(box, 100)
    assert keys_in(heard_on_line(0, LONG_S)) == "159D"
    box.command(LINE, ReleaseLine())
    assert mailbox.waits_for("line 1 released", LONG_S)


def test_caller_id_by_keys_before_the_first_ring(box: BankBox) -> None:
    say_on_line(0, np.concatenate([PAUSE, dtmf_burst("05628896599"), PAUSE]))
    known = box.tells(CallerIdReceived, LINE, LONG_S)
    assert isinstance(known, CallerIdReceived), (box.told, box.card.late, box.bank.frame)
    assert known.number == "05628896599"


def test_polarity_reversal_hangs_up(box: BankBox) -> None:
    seized(box)
    wait_for_frames(box, 50)  # one that comes with the answer is none
    mailbox.put("reverse", 0)
    assert box.tells(PolarityReversed, LINE, LONG_S)
    assert hung_up_by(box) is HangUpEvidence.POLARITY


def test_power_denial_hangs_up(box: BankBox) -> None:
    mailbox.put("current", 0, 30)
    seized(box)
    mailbox.put("current", 0, 0)
    assert hung_up_by(box) is HangUpEvidence.LOOP_BREAK
    mailbox.put("current", 0, 30)


def test_busy_tone_hangs_up(box: BankBox) -> None:
    seized(box)
    box.bank.watch_hang_up(LINE, HangUpProfile())
    say_on_line(0, ToneGenerator((450,), -10.0, (0.35, 0.35)).frame(8000 * 5))
    assert hung_up_by(box) is HangUpEvidence.BUSY_TONE


def test_a_flash_reaches_the_exchange_and_is_no_hang_up(box: BankBox) -> None:
    seized(box)
    mailbox.forget()
    box.command(LINE, FlashLine(300))
    assert mailbox.waits_for("line 1 released", LONG_S)
    assert mailbox.waits_for("line 1 taken", LONG_S)
    wait_for_frames(box, 50)
    assert box.tells(FarEndHungUp, LINE, 0.1) is None


def test_a_phone_is_rung_answered_keyed_tapped_and_put_down(box: BankBox) -> None:
    box.command(PHONE, RingPhone())
    assert mailbox.waits_for("phone 1 RINGING", LONG_S)
    assert mailbox.waits_for("phone 1 ON_HOOK_TRANSFER", LONG_S), "caller ID is heard between the rings"
    mailbox.put("lift", 0)
    assert box.tells(OffHook, PHONE, LONG_S)
    box.bank.listen_for(PHONE, Listen.DTMF)
    wait_for_frames(box, 50)
    say_on_phone(0, np.concatenate([dtmf_samples("96", on_ms=80, off_ms=80), PAUSE]))
    keys = [box.tells(DigitPressed, PHONE, LONG_S) for _ in range(2)]
    assert "".join(key.digit for key in keys if isinstance(key, DigitPressed)) == "96"
    mailbox.put("tap", 0, 350)
    assert box.tells(Flash, PHONE, LONG_S)
    wait_for_frames(box, 50)
    mailbox.put("down", 0)
    assert box.tells(OnHook, PHONE, LONG_S)


def test_a_recorded_call_is_heard_again_as_it_was(tmp_path: Path) -> None:
    """Rung, told by FSK, answered, put through to a phone, busy tone; the archive is regression data."""
    folder = tmp_path / "trace"
    card = DahdiCard("dahdi", lines=1, stations=1, device=IDENTITY)
    handset = card.ports[1].port
    with Tape(card, folder) as tape:
        mailbox.put("ring", 0, 1000)  # all orders beforehand: files take time
        say_on_line(0, np.concatenate([PAUSE, fsk_burst("13905621231", "", "11220830"), PAUSE]), 2000)
        mailbox.put("after", 6500, "lift", 0)
        say_on_line(0, dtmf_samples("59#", on_ms=100), 8000)
        say_on_phone(0, dtmf_samples("1", on_ms=100), 8000)
        mailbox.put("after", 9500, "tap", 0, 300)
        mailbox.put("after", 11000, "down", 0)
        say_on_line(0, ToneGenerator((450,), -10.0, (0.35, 0.35)).frame(8000 * 4), 12500)
        tape.run(225)
        tape.command(LINE, SeizeLine())
        tape.command(handset, RingPhone())
        tape.run(600)
    pack_trace(folder, IN_GUEST / "dahdi-astribank.zip")
    check_call_to_a_phone(heard_again(folder), "13905621231")


def test_a_pulled_card_is_told_on_every_port_and_comes_back(box: BankBox) -> None:
    seized(box)
    mailbox.put("unplug")
    faults = [box.tells(PortFault, PortId(f"dahdi/{n}"), LONG_S) for n in range(1, 9)]
    assert [fault.fault for fault in faults if isinstance(fault, PortFault)] == [FaultKind.CARD_LOST] * 8
    frame = box.bank.frame
    time.sleep(3)
    assert 100 <= box.bank.frame - frame <= 160  # time goes on at its pace without the card
    plug()
    for number in range(1, 9):
        assert box.tells(PortRecovered, PortId(f"dahdi/{number}"), LONG_S), number
    wait_for_frames(box, 115)
    mailbox.put("ring", 0, 1000)
    assert box.tells(RingStarted, LINE, LONG_S)
