"""What the contract suite needs to know of a driver: how to make its card and how to stir its ports."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from drivers.base import FRAME_SAMPLES, LineCard, PortId, PortInfo, PortKind, SeizeLine
from drivers.sim.card import SimCard
from drivers.sim.profile import Fault
from drivers.sim.steps import Voice
from drivers.trace import TraceCard, TraceWriter


@dataclass(frozen=True)
class CardUnderTest:
    """A card and the world around it. Every driver's test double gives the same stimuli."""

    card: LineCard
    ring_line: Callable[[], PortId] | None
    """A call comes in on a line, rings for a second or more, and stops; None for a card without lines."""
    lift_and_put_down: Callable[[], PortId] | None
    """A handset is lifted, and put down 1 s later; None for a card without phones."""
    speak_on_line: Callable[[], PortId] | None
    """The far end of a seized line begins to speak for 1 s; None for a card without lines."""
    pull_line: Callable[[], PortId] | None
    """A line is unplugged for 1 s; None where that cannot be brought about."""
    clean_up: Callable[[], None] = lambda: None
    """After the card was closed."""


def simulated(_folder: Path) -> CardUnderTest:
    card = SimCard(paced=False)
    return CardUnderTest(card, *_stimuli(card))


def _stimuli(card: SimCard) -> tuple[Callable[[], PortId], ...]:
    line, phone = card.exchange.lines[0], card.phones[0]
    outside = card.exchange.add_phone("out-1")
    later: dict[int, Callable[[], None]] = {}

    def act() -> None:
        if card.clock.frame in later:
            later.pop(card.clock.frame)()

    card.add_people(act)

    def ring_line() -> PortId:
        outside.call("13905621234", line.port)
        later[card.clock.frame + 60] = outside.hang_up
        return line.port

    def lift_and_put_down() -> PortId:
        phone.lift()
        later[card.clock.frame + 50] = phone.hang_up
        return phone.port

    def speak_on_line() -> PortId:
        outside.call("13905621234", line.port)
        card.command(line.port, SeizeLine())
        later[card.clock.frame + 5] = lambda: outside.say(card.sounds.samples(Voice(1, 1.0)))
        return line.port

    def pull_line() -> PortId:
        card.set_fault(line.port, Fault.UNPLUGGED, on=True)
        later[card.clock.frame + 50] = lambda: card.set_fault(line.port, Fault.UNPLUGGED, on=False)
        return line.port

    return ring_line, lift_and_put_down, speak_on_line, pull_line


_STIMULI = ("ring_line", "lift_and_put_down", "speak_on_line", "pull_line")


def replayed(folder: Path) -> CardUnderTest:
    """For every stimulus a recording of it; the card that is under test plays the one that is asked for."""
    cards = {name: _recorded(folder / name, name) for name in _STIMULI}
    card = _Switchable(cards["ring_line"][0])

    def play(name: str) -> Callable[[], PortId]:
        def begin() -> PortId:
            trace, port = cards[name]
            card.switch_to(trace)
            return port

        return begin

    return CardUnderTest(card, *(play(name) for name in _STIMULI))


def _recorded(folder: Path, stimulus: str) -> tuple[TraceCard, PortId]:
    original = SimCard(paced=False)
    port = dict(zip(_STIMULI, _stimuli(original), strict=True))[stimulus]()
    original.open()
    writer = TraceWriter(folder, original.name, original.ports)
    rx = np.zeros((len(original.ports), FRAME_SAMPLES), np.int16)
    for _ in range(200):
        signals = original.read(rx)
        original.write(np.zeros_like(rx))
        writer.frame(rx, np.zeros_like(rx), signals)
    writer.close()
    return TraceCard(folder), port


class _Switchable(TraceCard):
    """A trace card that can be given another trace while it is open."""

    def __init__(self, first: TraceCard) -> None:
        self.__dict__.update(first.__dict__)

    def switch_to(self, other: TraceCard) -> None:
        was_open = self._open
        self.__dict__.update(other.__dict__)
        self._open = was_open


def laboratory_cards() -> dict[str, Callable[[Path], CardUnderTest]]:
    """In a laboratory guest, the real driver that it runs; nothing elsewhere."""
    name = os.environ.get("HOTLINEBOX_LABORATORY", "")
    if not name:
        return {}
    laboratory = importlib.import_module(f"tests.system.lab.{name}")
    return {name: lambda _folder: laboratory.under_test()}


def ports_of(card: LineCard, kind: PortKind) -> list[PortInfo]:
    return [info for info in card.ports if info.kind is kind]
