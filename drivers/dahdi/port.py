"""What a DAHDI channel's events mean for a port, and what a port's commands mean for a channel.

Traps of the kernel interface that are handled here: after an answer a stale RINGOFFHOOK of the ring burst comes; a
phone that answers between two bursts is rung on unless told to stop; its hang-up is known only after the flash window.
"""

from __future__ import annotations

from drivers.base import (
    CardError,
    CutBattery,
    FlashLine,
    MessageLamp,
    PortCommand,
    PortInfo,
    PortKind,
    ReleaseLine,
    ReverseBattery,
    RingPhone,
    SeizeLine,
    StopRinging,
)
from drivers.dahdi.abi import PULSE_DIGIT, Event, Hook
from drivers.dahdi.channel import RING_CADENCE_MS, Channel
from drivers.signals import (
    DigitPressed,
    DigitReleased,
    FaultKind,
    Flash,
    LoopBack,
    LoopLost,
    OffHook,
    OnHook,
    PolarityReversed,
    PortFault,
    PortRecovered,
    RingStarted,
    RingStopped,
    Signal,
)

_PULSES_MS = 600
_RINGER_PAUSE_MS = RING_CADENCE_MS[1] - 500
_SETTLING_FRAMES = 75
"""The kernel debounces a seizure for 0.6 s and a release for 0.8 s before it takes the next change."""
_ALARM_FRAMES = 10
"""A card that is pulled out says first that its lines have no voltage: whether it is gone is awaited so long."""
_FRAME_MS = 20


class DahdiPort:
    """State of one port over a channel that may come and go."""

    def __init__(self, info: PortInfo) -> None:
        self.info = info
        self.channel: Channel | None = None
        self.off_hook = False
        """FXO: we hold the line. FXS: the handset is up."""
        self.fault: FaultKind | None = None
        self.overruns = 0
        """How often the kernel had a frame for us and no room, because we came too late."""
        self.underruns = 0
        """How often it had none of ours left to send."""
        self._cancels_echo = False
        self._rung = False
        """FXO: ringing voltage is on. FXS: we ring the phone."""
        self._loop_lost = False
        self._alarm_frame: int | None = None
        """Since when the line has had no voltage, while it is not told yet."""
        self._battery_back_frame: int | None = None
        self._waiting_hook: tuple[Hook, int] | None = None
        """What the kernel could not do yet, and the frame at which we no longer ask."""

    def attach(self, channel: Channel, at_frame: int, *, cancels_echo: bool = False) -> list[Signal]:
        """The channel was opened (anew). `cancels_echo`: it has a canceller of its own."""
        self.channel = channel
        self._alarm_frame = None
        self._cancels_echo = cancels_echo
        self.off_hook = self._rung = self._loop_lost = False
        if self.info.kind is PortKind.FXO and channel.has_alarm():
            return self._broken(FaultKind.UNPLUGGED, "线路上没有电压：请检查电话线是否插好。", at_frame)
        return self._mended(at_frame)

    def detach(self, fault: FaultKind, text: str, at_frame: int) -> list[Signal]:
        """The channel is gone, or somebody else's."""
        if self.channel is not None:
            self.channel.close()
            self.channel = None
        self._alarm_frame = None
        return self._broken(fault, text, at_frame)

    def event(self, event: int, at_frame: int) -> list[Signal]:
        """What an event means. `REMOVED` is the card's business."""
        if event & PULSE_DIGIT:
            digit = chr(event & 0xFF)
            port = self.info.port
            return [DigitPressed(port, at_frame, digit), DigitReleased(port, at_frame, digit, _PULSES_MS)]
        if event == Event.READ_OVERRUN:
            self.overruns += 1
        if event == Event.WRITE_UNDERRUN:
            self.underruns += 1
        if event == Event.ALARM:
            self._alarm_frame = at_frame if self._alarm_frame is None else self._alarm_frame
            return []
        if event == Event.NO_ALARM:
            self._alarm_frame = None
            return self._mended(at_frame)
        return (
            self._line_event(event, at_frame) if self.info.kind is PortKind.FXO else self._phone_event(event, at_frame)
        )

    def tick(self, at_frame: int) -> list[Signal]:
        """End what was to last for a while, ask again for what could not be done at once; what time has proved."""
        if self._waiting_hook is not None:
            hook, until_frame = self._waiting_hook
            if self.channel is None or self.channel.hook(hook) or at_frame >= until_frame:
                self._waiting_hook = None
        if self._battery_back_frame is not None and at_frame >= self._battery_back_frame:
            self._battery_back_frame = None
            if self.off_hook:
                self._hook(Hook.OFF, at_frame)
        if self._alarm_frame is None or at_frame < self._alarm_frame + _ALARM_FRAMES:
            return []
        self._alarm_frame = None
        return self._broken(FaultKind.UNPLUGGED, "线路断开：请检查电话线是否插好。", at_frame)

    def carry_out(self, command: PortCommand, at_frame: int) -> None:
        """Raises `CardError`; a command to a port whose card is away is forgotten, its fault has been told."""
        channel = self.channel
        if channel is None:
            return
        match command:
            case SeizeLine():
                self._hook(Hook.OFF, at_frame)
                self.off_hook, self._rung, self._loop_lost = True, False, False
            case ReleaseLine():
                self._hook(Hook.ON, at_frame)
                self.off_hook = self._loop_lost = False
            case FlashLine(duration_ms=duration_ms):
                channel.set_flash_ms(duration_ms)
                self._hook(Hook.FLASH, at_frame)
            case RingPhone():
                if not self.off_hook:
                    self._hook(Hook.RING, at_frame)
                    self._rung = True
            case StopRinging():
                if self._rung:
                    self._hook(Hook.ON, at_frame)
                    self._rung = False
            case MessageLamp(on=on):
                channel.light_lamp(on=on)
            case ReverseBattery(reversed=reversed_battery):
                channel.reverse(reversed_battery=reversed_battery)
            case CutBattery(duration_ms=duration_ms):
                self._hook(Hook.ON, at_frame)
                self._battery_back_frame = at_frame + duration_ms // _FRAME_MS
            case _:
                raise CardError(f"端口 {self.info.port} 不能执行 {type(command).__name__}。")

    def cancel_echo(self, *, on: bool) -> bool:
        """See `LineCard.cancel_echo`."""
        return self._cancels_echo and self.channel is not None and self.channel.cancel_echo(on=on)

    def _hook(self, hook: Hook, at_frame: int) -> None:
        """Now, or as soon as the kernel has settled what came before. Raises `CardError`."""
        done = self.channel is None or self.channel.hook(hook)
        self._waiting_hook = None if done else (hook, at_frame + _SETTLING_FRAMES)

    def _line_event(self, event: int, at_frame: int) -> list[Signal]:
        port = self.info.port
        match event:
            case Event.RING_BEGIN if not self.off_hook and not self._rung:
                self._rung = True
                return [RingStarted(port, at_frame)]
            case Event.RING_OFF_HOOK if not self.off_hook and self._rung:
                self._rung = False
                return [RingStopped(port, at_frame)]
            case Event.RING_OFF_HOOK if self._loop_lost:
                self._loop_lost = False
                return [LoopBack(port, at_frame)]
            case Event.ON_HOOK if self.off_hook and not self._loop_lost:
                self._loop_lost = True
                return [LoopLost(port, at_frame)]
            case Event.POLARITY:
                return [PolarityReversed(port, at_frame)]
            case _:
                return []

    def _phone_event(self, event: int, at_frame: int) -> list[Signal]:
        port = self.info.port
        match event:
            case Event.RING_OFF_HOOK if not self.off_hook:
                self.off_hook, self._rung = True, False
                self._hook(Hook.OFF, at_frame)
                return [OffHook(port, at_frame)]
            case Event.ON_HOOK if self.off_hook:
                self.off_hook = False
                self._hook(Hook.ON, at_frame)
                return [OnHook(port, at_frame)]
            case Event.RINGER_OFF if self._rung and self.channel is not None:
                self.channel.transfer_on_hook(_RINGER_PAUSE_MS)  # caller ID goes out between the bursts
                return []
            case Event.WINK_FLASH if self.off_hook:
                return [Flash(port, at_frame)]
            case _:
                return []

    def _broken(self, fault: FaultKind, text: str, at_frame: int) -> list[Signal]:
        if self.fault is fault:
            return []
        self.fault = fault
        return [PortFault(self.info.port, at_frame, fault, text)]

    def _mended(self, at_frame: int) -> list[Signal]:
        if self.fault is None:
            return []
        self.fault = None
        return [PortRecovered(self.info.port, at_frame)]
