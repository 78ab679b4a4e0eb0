"""The card of a voice modem in real time, where virtual time cannot show it: threads, ports, plugs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from drivers.base import FRAME_S, FRAME_SAMPLES, CardAbsentError, CardBusyError, CardError, SeizeLine
from drivers.modem.card import ModemCard
from drivers.signals import CallerIdModulation, CallerIdReceived, FaultKind, PortFault, PortRecovered, Signal
from tests.peers.exchangeline import ExchangeLine
from tests.peers.ptymodem import PtyModem
from tests.peers.voicemodem import DeadLine

PROMISED_FRAMES = round(5.0 / FRAME_S)


@pytest.fixture
def modem(tmp_path: Path) -> Iterator[PtyModem]:
    made = PtyModem(tmp_path / "ttyModem", DeadLine())
    made.plug_in()
    yield made
    made.unplug()


def read(card: ModemCard, frames: int) -> list[Signal]:
    rx = np.zeros((1, FRAME_SAMPLES), np.int16)
    signals: list[Signal] = []
    for _ in range(frames):
        signals += card.read(rx)
        card.write(np.zeros_like(rx))
    return signals


def test_a_modem_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(CardAbsentError, match="没有找到"):
        ModemCard("modem", device=str(tmp_path / "nothing")).open()
    with pytest.raises(CardAbsentError, match="NOBODY-1"):
        ModemCard("modem", device="NOBODY-1").open()


def test_what_is_no_serial_port_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("text")
    with pytest.raises(CardAbsentError):
        ModemCard("modem", device=str(file)).open()


def test_a_model_that_does_not_exist_is_refused() -> None:
    with pytest.raises(CardError, match="USR5637"):
        ModemCard("modem", model="Hayes")


def test_two_cards_do_not_share_a_modem(modem: PtyModem) -> None:
    first, second = (ModemCard(name, device=str(modem.node)) for name in ("a", "b"))
    first.open()
    try:
        with pytest.raises(CardBusyError):
            second.open()
    finally:
        first.close()
    second.open()
    second.close()


@pytest.mark.slow
@pytest.mark.parametrize("illness", ["silent", "garbage"])
def test_an_ill_modem_is_a_named_fault_in_time_and_comes_back(modem: PtyModem, illness: str) -> None:
    card = ModemCard("modem", device=str(modem.node))
    card.open()
    try:
        read(card, 50)
        setattr(modem, illness, True)
        [fault] = read(card, PROMISED_FRAMES)
        assert isinstance(fault, PortFault)
        assert fault.fault is FaultKind.NOT_ANSWERING
        card.command(fault.port, SeizeLine())
        setattr(modem, illness, False)
        [back] = read(card, PROMISED_FRAMES)
        assert isinstance(back, PortRecovered)
        assert not modem.firmware.off_hook, "a wish of the time of the fault is forgotten"
    finally:
        card.close()


@pytest.mark.slow
def test_the_caller_is_told(tmp_path: Path) -> None:
    line = ExchangeLine()
    modem = PtyModem(tmp_path / "ttyModem", line)
    modem.plug_in()
    card = ModemCard("modem", device=str(modem.node))
    card.open()
    try:
        read(card, 40)
        person = line.card.exchange.add_phone("out-1")
        line.card.post(lambda: person.call("13905621234", line.port))
        told = [signal for signal in read(card, 200) if isinstance(signal, CallerIdReceived)]
    finally:
        card.close()
        modem.unplug()
    [caller] = told
    assert (caller.number, caller.modulation) == ("13905621234", CallerIdModulation.BY_DEVICE)
