"""A cellular module as a line card with one outside line that dials by itself; its messages go beside (`sms`).

What: `CellularCard` is the tick's side: frames, signals, commands. `CellularDevice` and its thread talk to the module.
How: an incoming call rings in bursts of 1 s every 5 s, as a line does, until it is taken or gone. Off hook without a
    call the line has "dial tone" as soon as the module can call. Answer and hang-up of the far end are certain: the
    network tells. Sound passes a jitter buffer, because the module has a clock of its own.
Limits: one call at a time, no flash. Missing SIM, no network, a module that does not answer are port faults; one that
    is unplugged is a lost card, opened anew by whoever owns it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from drivers.base import (
    FRAME_S,
    FRAME_SAMPLES,
    LINE_COMMANDS,
    CardError,
    CardLostError,
    DialDigits,
    Frames,
    LineCard,
    PortCommand,
    PortId,
    PortInfo,
    PortKind,
    ReleaseLine,
    SeizeLine,
)
from drivers.cellular.device import CellularDevice
from drivers.cellular.happening import CallComes, CallConnected, CallGone, CallRings, FarKey, Happening
from drivers.cellular.inventory import ModulePorts, module_ports
from drivers.cellular.voice import UsbVoice, Voice, voice_of
from drivers.pace import FramePace
from drivers.signals import (
    CallerIdModulation,
    CallerIdReceived,
    DigitPressed,
    DigitReleased,
    FarEndAnswered,
    FarEndHungUp,
    FaultKind,
    HangUpEvidence,
    PortFault,
    PortRecovered,
    RingStarted,
    RingStopped,
    Signal,
    Tone,
    ToneHeard,
)
from drivers.smsmodule import SimState

_BURST_FRAMES, _CADENCE_FRAMES = round(1.0 / FRAME_S), round(5.0 / FRAME_S)
_SILENCE = np.zeros(FRAME_SAMPLES, np.int16)
_KEY_MS = 100
"""Nobody tells how long a key was held."""
_NO_VOICE = "模块的语音口或声卡打不开，不能通话，短信不受影响。请检查模块型号和固件。"


class CellularCard(LineCard):
    """One module. `sms` is its other half: messages and state, for whoever looks after them."""

    echo_delay_samples = None

    def __init__(
        self, name: str, *, device: str = "", pin: str = "", find: Callable[[], ModulePorts] | None = None
    ) -> None:
        """`device`: identity, USB place or device node of the module, '' any. `find`: who looks it up, else udev."""
        self.name = name
        self._find = find or (lambda: module_ports(device))
        self._info = PortInfo(PortId(f"{name}/1"), PortKind.CELLULAR, "4G 模块", dials=True)
        self.sms = CellularDevice(self._info.port, self._find_at, pin=pin)
        self._voice: Voice | None = None
        self._pace = FramePace()
        self._open = False
        self._frame = 0
        self._fault = ""
        self._off_hook = self._talking = self._wants_dial_tone = False
        self._rings_since: int | None = None
        """Frame at which an incoming call began to ring."""
        self._burst_on = False
        self._missed = False
        """A caller gave up and whoever answers now comes too late."""

    @property
    def ports(self) -> Sequence[PortInfo]:
        """The one line."""
        return (self._info,)

    def open(self) -> None:
        """Take the module's ports; see `LineCard.open`."""
        if self._open:
            return
        ports = self._find()
        self.sms.start()
        self.identity = ports.identity
        self._voice = voice_of(ports)
        self.sms.use_usb_sound(yes=isinstance(self._voice, UsbVoice))
        self._pace.restart()
        self._open = True
        self._frame, self._fault = 0, ""
        self._hang_up()
        self._rings_since, self._burst_on, self._missed = None, False, False

    def close(self) -> None:
        """Hang up and give the ports back."""
        self._open = False
        self.sms.stop()
        if self._voice is not None:
            self._voice.close()
            self._voice = None

    def read(self, rx: Frames) -> list[Signal]:
        """One frame; see `LineCard.read`."""
        self._check(rx)
        if self.keeps_time:
            self._pace.wait()
        if not self.sms.connected:
            raise CardLostError(self.sms.status().fault)
        signals: list[Signal] = []
        for happening in self.sms.take():
            self._happens(happening, signals)
        self._ring(signals)
        self._tell_fault(signals)
        if self._wants_dial_tone and self.sms.can_call and not self._fault:
            self._wants_dial_tone = False
            signals.append(ToneHeard(self._info.port, self._frame, Tone.DIAL))
        if self._voice is not None and (self._off_hook or self._voice.all_day):
            self._voice.fill(rx[0])
        if self._voice is None or not self._off_hook:
            rx[0] = 0
        self._frame += 1
        return signals

    def write(self, tx: Frames) -> None:
        """One frame; see `LineCard.write`."""
        self._check(tx)
        if self._voice is None:
            return
        if self._talking:
            self._voice.say(tx[0])
        elif self._voice.all_day:
            self._voice.say(_SILENCE)

    def command(self, port: PortId, command: PortCommand) -> None:
        """Act on the line; see `LineCard.command`. There is no flash towards a mobile network."""
        if port != self._info.port:
            raise CardError(f"板卡 {self.name} 没有端口 {port}。")
        if not isinstance(command, (*LINE_COMMANDS, DialDigits)):
            raise CardError(f"端口 {port} 不能执行 {type(command).__name__}。")
        match command:
            case SeizeLine() if not self._off_hook:
                self._seize()
            case ReleaseLine():
                self._hang_up()
                self.sms.hang_up()
            case DialDigits(digits) if self._off_hook:
                if self._talking:
                    self.sms.keys(digits)
                else:
                    self._wants_dial_tone = False
                    self._begin_talking()
                    self.sms.dial(digits)

    def _seize(self) -> None:
        self._off_hook = True
        if self._rings_since is not None:
            self._begin_talking()
            self.sms.answer()
        elif not self._missed:
            self._wants_dial_tone = True

    def _begin_talking(self) -> None:
        self._talking = True
        if self._voice is not None:
            self._voice.clear()

    def _hang_up(self) -> None:
        self._off_hook = self._talking = self._wants_dial_tone = False
        self._missed = False

    def _happens(self, happening: Happening, signals: list[Signal]) -> None:
        port, frame = self._info.port, self._frame
        match happening:
            case CallComes(number):
                self._rings_since, self._missed = frame, False
                absence = "" if number else "P"
                signals.append(CallerIdReceived(port, frame, number, "", CallerIdModulation.BY_DEVICE, absence=absence))
            case CallRings():
                signals.append(ToneHeard(port, frame, Tone.RINGBACK))
            case CallConnected(outgoing):
                self._rings_since = None
                if outgoing:
                    signals.append(FarEndAnswered(port, frame, certain=True))
            case CallGone(busy):
                self._missed = self._rings_since is not None and not self._off_hook
                self._rings_since = None
                if self._off_hook:
                    evidence = HangUpEvidence.BUSY_TONE if busy else HangUpEvidence.HOOK
                    signals.append(FarEndHungUp(port, frame, evidence, frame))
            case FarKey(digit):
                signals += [DigitPressed(port, frame, digit), DigitReleased(port, frame, digit, _KEY_MS)]

    def _ring(self, signals: list[Signal]) -> None:
        """Bursts while it rings; the one that is on ends when the call is taken or gone."""
        since = self._rings_since
        on = since is not None and not self._off_hook and (self._frame - since) % _CADENCE_FRAMES < _BURST_FRAMES
        if on is not self._burst_on:
            self._burst_on = on
            burst = RingStarted if on else RingStopped
            signals.append(burst(self._info.port, self._frame))
        if self._missed and self._off_hook:
            self._missed = False
            signals.append(FarEndHungUp(self._info.port, self._frame, HangUpEvidence.HOOK, self._frame))

    def _tell_fault(self, signals: list[Signal]) -> None:
        status = self.sms.status()
        fault = status.fault or (_NO_VOICE if self._voice is None else "")
        if fault == self._fault:
            return
        self._fault = fault
        port, frame = self._info.port, self._frame
        if not fault:
            signals.append(PortRecovered(port, frame))
        elif not status.fault:
            signals.append(PortFault(port, frame, FaultKind.UNFIT, fault))
        else:
            kind = FaultKind.NOT_ANSWERING if status.sim is SimState.UNKNOWN else FaultKind.UNPLUGGED
            signals.append(PortFault(port, frame, kind, fault))

    def _find_at(self) -> str:
        return self._find().at

    def _check(self, frames: Frames) -> None:
        if not self._open:
            raise CardError("4G 模块还没有打开。")
        if frames.shape != (1, FRAME_SAMPLES):
            raise CardError(f"缓冲区形状应为 {(1, FRAME_SAMPLES)}，实际是 {frames.shape}。")
