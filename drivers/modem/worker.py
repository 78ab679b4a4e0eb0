"""The thread of one modem: moves octets between the serial port and the dialogue, and keeps its time."""

from __future__ import annotations

import logging
import os
import select
import time
from collections import deque
from contextlib import suppress
from threading import Event, Thread

import numpy as np
from numpy.typing import NDArray

from drivers.base import CardBusyError, CardError, CardLostError
from drivers.modem.arriving import ArrivingSound
from drivers.modem.coding import decode, encode
from drivers.modem.dialogue import Dialogue
from drivers.modem.happening import DropDtr, Happening, ModemFailed, Reopen, SoundCame
from drivers.modem.models import ModemModel
from drivers.modem.outgoing import OutgoingSound
from drivers.modem.script import SILENT_TEXT, ModemScript
from drivers.modem.serialport import SerialPort
from drivers.modem.shielding import shield
from drivers.signals import FaultKind

log = logging.getLogger(__name__)

_TURN_S = 0.01
_AUDIBLE = 100
"""Peak of a frame, of 32767: about -47 dBm0."""
_DTR_OFF_S = 0.15
_TRY_AGAIN_S = 0.5
_MOST_HAPPENINGS = 1000
"""A modem that talks nonsense to a card that nobody reads does not fill the memory."""
_HANG_UP_S = 1.5
"""How long closing waits for the modem to hang up."""


class ModemWorker:
    """Runs from `start` to `stop`. Wishes and frames go in; `happenings` and the sound of the line come out."""

    def __init__(self, device: str, model: ModemModel | None) -> None:
        self.happenings: deque[Happening] = deque(maxlen=_MOST_HAPPENINGS)
        self.heard = ArrivingSound()
        self.identity = ""
        """Serial number or path of the modem that is (or was last) there."""
        self._device = device
        self._model = model
        self._script = ModemScript(model)
        self._wishes: deque[bool | int] = deque()
        self._frames: deque[NDArray[np.int16]] = deque()
        self._port: SerialPort | None = None
        self._unwritten = b""
        self._stopping = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Open the port. Raises `CardAbsentError`, `CardBusyError` or `CardError`."""
        self._port = SerialPort(self._device)
        self.identity = self._port.identity
        self._script = ModemScript(self._model)
        self._stopping.clear()
        for leftover in (self.happenings, self._wishes, self._frames):
            leftover.clear()
        self._thread = Thread(target=self._run, name="modem", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Hang up and give the port back; safe to call twice."""
        if self._thread is not None:
            self._stopping.set()
            self._thread.join()
            self._thread = None

    def want_off_hook(self, *, off_hook: bool) -> None:
        """Take the line, or leave it."""
        self._wishes.append(off_hook)

    def want_flash(self, duration_ms: int) -> None:
        """Break the loop for so long."""
        self._wishes.append(duration_ms)

    def speak(self, frame: NDArray[np.int16]) -> None:
        """20 ms of sound; the array is the worker's from now on."""
        self._frames.append(frame)

    def _run(self) -> None:
        with suppress(OSError):  # started from the tick's thread, but not as urgent
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        while not self._stopping.is_set():
            try:
                self._live()
            except Exception:
                log.exception("the conversation with the modem broke off; it begins again")
                self.happenings.append(ModemFailed(FaultKind.NOT_ANSWERING, SILENT_TEXT))
                self._script = ModemScript(self._model)
                self._stopping.wait(_TRY_AGAIN_S)

    def _live(self) -> None:
        """Until it is told to stop."""
        script = self._script
        dialogue = script.lead(time.monotonic())
        until_s = None
        try:
            while until_s is None or (time.monotonic() < until_s and not self._hung_up()):
                if self._stopping.is_set() and until_s is None:
                    until_s = time.monotonic() + _HANG_UP_S
                    script.off_hook = False
                self._turn(dialogue)
        finally:
            self._close()

    def _hung_up(self) -> bool:
        return self._port is None or (self._script.resting and not self._unwritten)

    def _turn(self, dialogue: Dialogue) -> None:
        if self._port is None:
            self._open_again(dialogue)
            return
        try:
            self._exchange(self._port, dialogue)
        except CardLostError as lost:
            self._lose(dialogue, FaultKind.CARD_LOST, str(lost))
        self._pass_on(dialogue)

    def _exchange(self, port: SerialPort, dialogue: Dialogue) -> None:
        """One turn: what has come, what is wished, what is to be sent."""
        script = self._script
        readable, _, _ = select.select([port], [port] if self._unwritten else [], [], _TURN_S)
        octets = port.read() if readable else b""
        now_s = time.monotonic()
        dialogue.receive(octets, now_s)
        self._take_wishes(dialogue, now_s)
        dialogue.advance(now_s)
        self._send(port, dialogue, script.sound, now_s)

    def _take_wishes(self, dialogue: Dialogue, now_s: float) -> None:
        script = self._script
        while self._wishes:
            wish = self._wishes.popleft()
            if isinstance(wish, bool):
                script.off_hook = wish and not self._stopping.is_set()
                self._frames.clear()
            elif script.off_hook:
                script.flash_ms = wish
            dialogue.stir(now_s)
        while self._frames:
            frame = self._frames.popleft()
            if script.off_hook:
                audible = int(np.abs(frame.astype(np.int32)).max()) > _AUDIBLE
                script.sound.add(encode(frame, script.coding), audible=audible)

    def _send(self, port: SerialPort, dialogue: Dialogue, sound: OutgoingSound, now_s: float) -> None:
        if dialogue.ran_dry:
            dialogue.ran_dry = False
            sound.ran_dry()
        if not self._unwritten:
            self._unwritten = bytes(dialogue.outgoing)
            dialogue.outgoing.clear()
        if not self._unwritten and sound.flows and dialogue.takes_sound(now_s):
            self._unwritten = shield(sound.take(self._script.coding))
        if self._unwritten:
            self._unwritten = self._unwritten[port.write(self._unwritten) :]

    def _pass_on(self, dialogue: Dialogue) -> None:
        while dialogue.happenings:
            happening = dialogue.happenings.popleft()
            match happening:
                case DropDtr():
                    self._drop_dtr()
                case Reopen():
                    self._close()
                case SoundCame(octets, coding):
                    self.heard.add(decode(octets, coding))
                case _:
                    self.happenings.append(happening)

    def _drop_dtr(self) -> None:
        if self._port is not None:
            self._port.set_dtr(on=False)
            time.sleep(_DTR_OFF_S)
            self._port.set_dtr(on=True)

    def _lose(self, dialogue: Dialogue, fault: FaultKind, text: str) -> None:
        self._close()
        self.happenings.append(ModemFailed(fault, text))
        dialogue.lost(time.monotonic())

    def _open_again(self, dialogue: Dialogue) -> None:
        try:
            self._port = SerialPort(self._device)
            self.identity = self._port.identity
        except CardBusyError as busy:
            self.happenings.append(ModemFailed(FaultKind.BUSY_ELSEWHERE, str(busy)))
        except CardError as error:
            self.happenings.append(ModemFailed(FaultKind.CARD_LOST, str(error)))
        else:
            dialogue.lost(time.monotonic())
            return
        self._stopping.wait(_TRY_AGAIN_S)

    def _close(self) -> None:
        self._unwritten = b""
        if self._port is not None:
            self._port.close()
            self._port = None
