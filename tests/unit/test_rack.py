"""Cards that are absent, go away and come back, and who is the clock meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np

from drivers.base import CardLostError, Frames, LineCard, PortId, ReleaseLine, SeizeLine
from drivers.rack import CardRack
from drivers.signals import FaultKind, PortFault, PortRecovered, Signal
from tests.unit.scripted_card import ScriptedCard


class Readings:
    """Reads a rack frame by frame."""

    def __init__(self, *cards: LineCard, beside: bool = False) -> None:
        self.rack = CardRack(cards, beside=beside)
        self.rx = np.zeros((sum(len(card.ports) for card in cards), 160), np.int16)
        self.frame = -1

    def read(self, frames: int = 1) -> list[Signal]:
        told = []
        for _ in range(frames):
            self.frame += 1
            told += self.rack.read(self.rx, self.frame)
            self.rack.write(np.zeros_like(self.rx), self.frame)
        return told

    def until(self, condition: Callable[[list[Signal]], object], within_s: float = 10.0) -> list[Signal]:
        """In real time."""
        told: list[Signal] = []
        deadline = time.monotonic() + within_s
        while not condition(told):
            assert time.monotonic() < deadline, told
            told += self.read()
        return told


def faults(told: list[Signal]) -> list[tuple[str, FaultKind, str]]:
    return [(signal.port, signal.fault, signal.text) for signal in told if isinstance(signal, PortFault)]


def recovered(told: list[Signal]) -> list[PortId]:
    return [signal.port for signal in told if isinstance(signal, PortRecovered)]


def absent_and_present() -> tuple[ScriptedCard, ScriptedCard]:
    absent, present = ScriptedCard("absent"), ScriptedCard("present")
    absent.busy = True
    present.said[0] = np.full(160 * 500, 700, np.int16)
    return absent, present


def test_a_card_that_is_absent_at_start_is_a_fault_of_its_ports_and_the_others_work() -> None:
    absent, present = absent_and_present()
    readings = Readings(absent, present)
    readings.rack.open()
    told = readings.read()
    sentence = "the card is in use by another program; stop it"
    assert faults(told) == [(f"absent/{n}", FaultKind.BUSY_ELSEWHERE, sentence) for n in (1, 2)]
    assert readings.rx[:, 0].tolist() == [0, 0, 700, 0]
    assert (absent.keeps_time, present.keeps_time) == (True, True)
    assert readings.read(49) == []  # told once


def test_it_is_opened_when_it_comes_and_is_the_clock_then() -> None:
    absent, present = absent_and_present()
    readings = Readings(absent, present)
    readings.rack.open()
    readings.read(10)
    absent.busy = False
    assert recovered(readings.read(60)) == ["absent/1", "absent/2"]
    assert (absent.keeps_time, present.keeps_time) == (True, False)
    assert [state.there for state in readings.rack.states()] == [True, True]


def test_a_card_lost_in_mid_call_is_told_with_its_own_words_and_commands_to_it_are_forgotten() -> None:
    one, two = ScriptedCard("a"), ScriptedCard("b")
    readings = Readings(one, two)
    readings.rack.open()
    assert readings.read(5) == []
    readings.rack.command(0, PortId("a/1"), SeizeLine(), readings.frame)
    one.breaks, one.busy = CardLostError("the card was pulled out"), True
    told = readings.read(2)
    assert faults(told) == [(f"a/{n}", FaultKind.CARD_LOST, "the card was pulled out") for n in (1, 2)]
    readings.rack.command(0, PortId("a/1"), ReleaseLine(), readings.frame)
    assert one.commands == [(PortId("a/1"), SeizeLine())]
    assert (len(one.written), two.frame) == (5, 7)
    assert two.keeps_time
    states = {state.name: state for state in readings.rack.states()}
    assert (states["a"].there, states["b"].there) == (False, True)
    assert [port.fault.text for port in states["a"].ports if port.fault] == ["the card was pulled out"] * 2


def test_a_card_whose_driver_stumbles_over_the_system_is_lost_too() -> None:
    card = ScriptedCard("a")
    readings = Readings(card)
    readings.rack.open()
    card.breaks = OSError(5, "Input/output error")
    (_, kind, text), _ = faults(readings.read(2))
    assert kind is FaultKind.CARD_LOST
    assert "Input/output error" in text


def test_a_changed_reason_is_told_again() -> None:
    card = ScriptedCard("a")
    readings = Readings(card)
    readings.rack.open()
    card.breaks, card.busy = CardLostError("gone"), True
    assert [kind for _, kind, _ in faults(readings.read(55))] == [FaultKind.CARD_LOST] * 2 + [
        FaultKind.BUSY_ELSEWHERE
    ] * 2


class SlowCard(ScriptedCard):
    """Takes a while to open, as real devices do."""

    opened_by = ""

    def open(self) -> None:
        if self.open_count == 0 and self.breaks is not None:
            time.sleep(0.4)
        self.opened_by = threading.current_thread().name
        self.breaks = None
        super().open()

    def read(self, rx: Frames) -> list[Signal]:
        if self.keeps_time:
            time.sleep(0.02)
        return super().read(rx)


def test_opening_takes_no_time_from_the_tick() -> None:
    """In real time: a card that takes 0.4 s to open again, and another that goes on meanwhile."""
    slow, other = SlowCard("slow"), SlowCard("other")
    readings = Readings(slow, other, beside=True)
    readings.rack.open()
    readings.read(3)
    slow.breaks = CardLostError("gone")
    longest_s, began = 0.0, time.monotonic()
    told: list[Signal] = []
    while not recovered(told):
        before = time.monotonic()
        told += readings.read()
        longest_s = max(longest_s, time.monotonic() - before)
        assert time.monotonic() - began < 10
    assert longest_s < 0.3
    assert slow.opened_by == "cards"
    threads = [thread for thread in threading.enumerate() if thread.name == "cards"]
    readings.rack.wake()
    for thread in threads:
        thread.join(5)
    assert not [thread for thread in threading.enumerate() if thread.name == "cards"]
    readings.rack.close()


def test_without_any_card_time_goes_on_and_waking_opens_at_once() -> None:
    card = ScriptedCard("a")
    card.busy = True
    readings = Readings(card, beside=True)
    readings.rack.open()
    began = time.monotonic()
    readings.read(60)
    assert time.monotonic() - began >= 59 * 0.02
    card.busy = False
    readings.rack.wake()
    readings.until(recovered)
    readings.rack.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "cards"]


def test_closing_while_a_card_is_away_leaves_no_thread() -> None:
    card = ScriptedCard("a")
    card.busy = True
    readings = Readings(card, beside=True)
    readings.rack.open()
    readings.until(lambda _: [thread for thread in threading.enumerate() if thread.name == "cards"])
    readings.rack.close()
    readings.rack.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "cards"]


def test_a_driver_that_fails_in_opening_is_told_like_an_absent_card(caplog) -> None:
    class Bad(ScriptedCard):
        def open(self) -> None:
            raise ZeroDivisionError

    readings = Readings(Bad("a"), ScriptedCard("b"))
    readings.rack.open()
    assert [port for port, _, _ in faults(readings.read())] == ["a/1", "a/2"]
    assert "could not be opened" in caplog.text
