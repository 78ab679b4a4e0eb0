"""Our dialogue and a simulated modem in virtual time: octets go to and fro every 10 ms, nothing waits."""

from __future__ import annotations

from drivers.base import FRAME_S
from drivers.modem.happening import Happening, Reopen
from drivers.modem.models import ModemModel
from drivers.modem.script import ModemScript
from drivers.modem.shielding import shield
from tests.peers.voicemodem import VoiceModem

_TURN_S = 0.01
_TURNS_A_FRAME = round(FRAME_S / _TURN_S)


class ModemBench:
    """`happened`: what the dialogue told, with the time of each."""

    def __init__(self, modem: VoiceModem, model: ModemModel | None = None) -> None:
        self.modem = modem
        self.modem.power_on()
        self.now_s = 0.0
        self.script = ModemScript(model)
        self.dialogue = self.script.lead(self.now_s)
        self.happened: list[tuple[float, Happening]] = []
        self._turns = 0

    def run(self, duration_s: float) -> list[Happening]:
        """What was told meanwhile."""
        before = len(self.happened)
        for _ in range(round(duration_s / _TURN_S)):
            self._turns += 1
            self.now_s = self._turns * _TURN_S
            self._turn()
        return [happening for _, happening in self.happened[before:]]

    def wish(self, *, off_hook: bool) -> None:
        self.script.off_hook = off_hook
        self.dialogue.stir(self.now_s)

    def told_at(self, kind: type[Happening]) -> list[float]:
        return [at_s for at_s, happening in self.happened if isinstance(happening, kind)]

    def _turn(self) -> None:
        if self._turns % _TURNS_A_FRAME == 0:
            self.modem.step()
        self.dialogue.receive(self.modem.send(), self.now_s)
        self.dialogue.advance(self.now_s)
        octets, self.dialogue.outgoing[:] = bytes(self.dialogue.outgoing), b""
        sound = self.script.sound
        if not octets and sound.flows and self.dialogue.takes_sound(self.now_s):
            octets = shield(sound.take(self.script.coding))
        self.modem.receive(octets)
        while self.dialogue.happenings:
            happening = self.dialogue.happenings.popleft()
            self.happened.append((self.now_s, happening))
            if isinstance(happening, Reopen):
                self.dialogue.lost(self.now_s)
