"""A voice modem under the contract of line cards: a simulated one, on a line of the simulated exchange."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from drivers.base import PortId, SeizeLine
from drivers.modem.card import ModemCard
from drivers.sim.steps import Voice
from tests.contract.card_under_test import CardUnderTest
from tests.peers.exchangeline import ExchangeLine
from tests.peers.ptymodem import PtyModem


def voice_modem(folder: Path) -> CardUnderTest:
    line = ExchangeLine()
    modem = PtyModem(folder / "ttyModem", line)
    modem.plug_in()
    card = ModemCard("modem", device=str(modem.node))
    port = card.ports[0].port
    outside = line.card.exchange.add_phone("out-1")
    later: dict[int, Callable[[], None]] = {}

    def act() -> None:
        later.pop(line.card.clock.frame, lambda: None)()

    line.card.add_people(act)

    def in_frames(frames: int, do: Callable[[], None]) -> None:
        later[line.card.clock.frame + frames] = do

    def ring_line() -> PortId:
        in_frames(5, lambda: outside.call("13905621234", line.port))
        in_frames(65, outside.hang_up)
        return port

    def speak_on_line() -> PortId:
        in_frames(2, lambda: outside.call("13905621234", line.port))
        in_frames(30, lambda: outside.say(line.card.sounds.samples(Voice(1, 1.0))))
        card.command(port, SeizeLine())
        return port

    def pull_line() -> PortId:
        modem.unplug()
        modem.when(1.0, modem.plug_in)
        return port

    return CardUnderTest(card, ring_line, None, speak_on_line, pull_line, modem.unplug)
