"""One tick of 20 ms: everything that happens to every port, in one order.

What: `TickEngine` reads a frame of all ports, lets the detectors hear it, carries out what the control loop asked,
    mixes, plays, writes and records, and gives back what there is to tell.
How: `wait` blocks on the card's clock, `work` is the rest. Commands are small calls in a deque, drained once a tick.
Limits: no I/O, no lock, no log here; one thread (or one virtual clock) runs it.
Cost: 14 µs for 8 ports with 4 bridges and 4 recordings; 52 µs with DTMF on 8 ports and a hang-up watch on 4 besides;
    10 µs idle with caller ID armed on 4 lines. All without the card (`bench/media.py`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np

from appliance.media.events import Batch, CommandRefused, HangUpHeard, MediaEvent
from appliance.media.mixer import Mixer
from appliance.media.player import Player
from appliance.media.recorder import DRAIN_S, Recorder
from drivers.bank import PortBank
from drivers.base import FRAME_S, FRAME_SAMPLES, CardError, PortCommand, PortId
from drivers.signals import FarEndHungUp

_DRAIN_FRAMES = round(DRAIN_S / FRAME_S)


class TickEngine:
    """The parts of the tick, and their order."""

    def __init__(self, bank: PortBank, recorder: Recorder, *, drains: bool) -> None:
        """`drains`: the tick also writes the recordings (virtual time), instead of a thread."""
        ports = len(bank.ports)
        self.bank = bank
        self.recorder = recorder
        self.mixer = Mixer(ports)
        self.player = Player([info.port for info in bank.ports])
        self._drains = drains
        self._commands: deque[Callable[[], None]] = deque()
        self._refused: list[MediaEvent] = []
        self._rx = np.zeros((ports, FRAME_SAMPLES), dtype=np.int16)
        self._tx = np.zeros((ports, FRAME_SAMPLES), dtype=np.int16)

    def ask(self, command: Callable[[], None]) -> None:
        """Have `command` carried out in the next tick; from any thread."""
        self._commands.append(command)

    def wait(self) -> None:
        """Block until the next frame is there."""
        self.bank.read(self._rx)

    def work(self) -> Batch | None:
        """Do the tick for the frame that came; None when there is nothing to tell."""
        rx, tx, bank = self._rx, self._tx, self.bank
        signals = bank.listen(rx)
        learnt = [
            HangUpHeard(signal.port, bank.frame, signal.evidence, bank.heard_before(signal).tobytes())
            for signal in signals
            if isinstance(signal, FarEndHungUp)
        ]
        while self._commands:
            self._commands.popleft()()
        self.mixer.correct_rx(rx)
        if not self.mixer.mix(rx, tx):
            tx.fill(0)
        events: list[MediaEvent] = [*self._refused, *learnt, *self.player.add_to(tx, bank.frame)]
        self.mixer.correct_tx(tx)
        bank.write(tx)
        self.recorder.tap(rx)
        if self._drains and bank.frame % _DRAIN_FRAMES == 0:
            self.recorder.drain()
        events += self.recorder.finished()
        self._refused.clear()
        if not signals and not events:
            return None
        return Batch(bank.frame, tuple(signals), tuple(events))

    def connect(self, rows: tuple[int, ...]) -> None:
        """Bridge `rows`; what they were playing stops."""
        self.mixer.connect(rows)
        for row in rows:
            self.player.stop(row)

    def command(self, port: PortId, command: PortCommand) -> None:
        """Pass `command` to the card; a refusal is told, not raised."""
        try:
            self.bank.command(port, command)
        except CardError as error:
            self._refused.append(CommandRefused(port, self.bank.frame, str(error)))

    def finish(self) -> None:
        """After the last tick: carry out what was still asked, end the recordings, put every line on hook."""
        while self._commands:
            self._commands.popleft()()
        self.recorder.stop_all()
        self.bank.close()
