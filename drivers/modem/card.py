"""A voice modem as a line card with one outside line: to try the box with, or for voicemail.

What: `ModemCard` is the tick's side: frames and signals; `ModemWorker` and its thread talk to the modem.
How: a modem has a clock of its own, so its sound passes a jitter buffer (60 ms), and what it tells (rings, callers,
    keys) becomes signals of the frame in which it is told. When the modem is the only card, frames keep the time of
    the monotonic clock.
Limits: half duplex with most models, no echo cancelling (the delay is not known), a quarter of a second and more from
    mouth to ear. A modem that is silent, mad or gone is a port fault within 5 s, and recovers when the modem does.
"""

from __future__ import annotations

from collections.abc import Sequence

from drivers.base import (
    FRAME_S,
    FRAME_SAMPLES,
    LINE_COMMANDS,
    CardError,
    FlashLine,
    Frames,
    LineCard,
    PortCommand,
    PortId,
    PortInfo,
    PortKind,
    ReleaseLine,
    SeizeLine,
)
from drivers.modem.callertext import CallerText
from drivers.modem.happening import (
    BatteryTurned,
    CallerTold,
    Happening,
    KeyCame,
    LoopBroke,
    ModemFailed,
    ModemReady,
    Rang,
)
from drivers.modem.models import MODELS, ModemModel, model_named
from drivers.modem.worker import ModemWorker
from drivers.pace import FramePace
from drivers.signals import (
    CallerIdModulation,
    CallerIdReceived,
    DigitPressed,
    DigitReleased,
    LoopLost,
    PolarityReversed,
    PortFault,
    PortRecovered,
    RingStarted,
    RingStopped,
    Signal,
)

_RING_FRAMES = round(1.0 / FRAME_S)
"""A modem tells that it rings, not how long: a burst lasts 1 s in China."""
_KEY_MS = 100
"""Nor how long a key was held."""


class ModemCard(LineCard):
    """One voice modem, one line."""

    echo_delay_samples = None

    def __init__(self, name: str, *, device: str = "", model: str = "") -> None:
        """`device`: path, serial number or USB place; '' is the first known modem. Raises `CardError` for `model`."""
        self.name = name
        self._worker = ModemWorker(device, _model_of(model))
        self._info = PortInfo(PortId(f"{name}/1"), PortKind.FXO, "语音猫", for_trial=True)
        self._pace = FramePace()
        self._open = False
        self._off_hook = False
        self._faulty = False
        self._frame = 0
        self._rings_until: int | None = None

    @property
    def ports(self) -> Sequence[PortInfo]:
        """The one line."""
        return (self._info,)

    def open(self) -> None:
        """Take the serial port; see `LineCard.open`. The modem itself is woken and set up afterwards."""
        if self._open:
            return
        self._worker.start()
        self.identity = self._worker.identity
        self._pace.restart()
        self._open = True
        self._off_hook = self._faulty = False
        self._frame = 0
        self._rings_until = None

    def close(self) -> None:
        """Hang up and give the port back."""
        self._open = False
        self._worker.stop()

    def read(self, rx: Frames) -> list[Signal]:
        """One frame; see `LineCard.read`."""
        self._check(rx)
        if self.keeps_time:
            self._pace.wait()
        signals: list[Signal] = []
        if self._rings_until is not None and self._frame >= self._rings_until:
            self._ring_over(signals)
        while self._worker.happenings:
            self._tell(self._worker.happenings.popleft(), signals)
        if self._off_hook:
            self._worker.heard.fill(rx[0])
        else:
            rx[0] = 0
        self._frame += 1
        return signals

    def write(self, tx: Frames) -> None:
        """One frame; see `LineCard.write`."""
        self._check(tx)
        if self._off_hook:
            self._worker.speak(tx[0].copy())

    def command(self, port: PortId, command: PortCommand) -> None:
        """Act on the line; see `LineCard.command`."""
        if port != self._info.port:
            raise CardError(f"板卡 {self.name} 没有端口 {port}。")
        if not isinstance(command, LINE_COMMANDS):
            raise CardError(f"端口 {port} 不能执行 {type(command).__name__}。")
        match command:
            case SeizeLine() if not self._faulty:
                self._worker.heard.clear()
                self._off_hook = True
                self._worker.want_off_hook(off_hook=True)
            case ReleaseLine():
                self._off_hook = False
                self._worker.want_off_hook(off_hook=False)
            case FlashLine(duration_ms):
                self._worker.want_flash(duration_ms)

    def _tell(self, happening: Happening, signals: list[Signal]) -> None:
        port, frame = self._info.port, self._frame
        match happening:
            case Rang() if not self._off_hook and not self._faulty:
                if self._rings_until is None:
                    signals.append(RingStarted(port, frame))
                self._rings_until = frame + _RING_FRAMES
            case CallerTold(caller) if not self._off_hook and not self._faulty:
                signals.append(_caller_id(port, frame, caller))
            case KeyCame(digit) if self._off_hook:
                signals += [DigitPressed(port, frame, digit), DigitReleased(port, frame, digit, _KEY_MS)]
            case LoopBroke() if self._off_hook:
                signals.append(LoopLost(port, frame))
            case BatteryTurned() if self._off_hook:
                signals.append(PolarityReversed(port, frame))
            case ModemFailed(fault, text) if not self._faulty:
                self._ring_over(signals)
                self._faulty, self._off_hook = True, False
                signals.append(PortFault(port, frame, fault, text))
            case ModemReady() if self._faulty:
                self._faulty = False
                signals.append(PortRecovered(port, frame))
            case _:
                pass

    def _ring_over(self, signals: list[Signal]) -> None:
        if self._rings_until is not None:
            self._rings_until = None
            signals.append(RingStopped(self._info.port, self._frame))

    def _check(self, frames: Frames) -> None:
        if not self._open:
            raise CardError("语音猫还没有打开。")
        if frames.shape != (1, FRAME_SAMPLES):
            raise CardError(f"缓冲区形状应为 {(1, FRAME_SAMPLES)}，实际是 {frames.shape}。")


def _model_of(name: str) -> ModemModel | None:
    if not name:
        return None
    model = model_named(name)
    if model is None:
        known = "、".join(each.name for each in MODELS)
        raise CardError(f"没有名为“{name}”的语音猫型号，可用的是：{known}。请修改设置 cards.model，或留空自动识别。")
    return model


def _caller_id(port: PortId, frame: int, caller: CallerText) -> CallerIdReceived:
    return CallerIdReceived(
        port, frame, caller.number, caller.name, CallerIdModulation.BY_DEVICE, caller.sent_at, caller.absence
    )
