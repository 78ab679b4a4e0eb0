"""A sound card as a phone: a headset at the box, a monitor loudspeaker, the microphone for prompts.

What: `SoundCard` is one FXS port whose hook, keys and lamp are in somebody's browser (`lift`, `hang_up`, `flash`,
    `press`) and whose sound is the card's. It rings through the loudspeaker. With `auto_answer` it lifts by itself, so
    that a loudspeaker can be called.
How: the card is held by a process (`drivers/soundlink.py`); every frame goes both ways all day, so that its clock is
    always known.
Limits: about 100 ms each way; a loudspeaker and a microphone in one room howl: use a headset where both are wanted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from drivers.base import (
    FRAME_S,
    FRAME_SAMPLES,
    STATION_COMMANDS,
    CardError,
    Frames,
    LineCard,
    MessageLamp,
    PortCommand,
    PortId,
    PortInfo,
    PortKind,
    RingPhone,
    StopRinging,
)
from drivers.dsp.tones import ToneGenerator, dtmf_samples
from drivers.pace import FramePace
from drivers.signals import Flash, OffHook, OnHook, Signal
from drivers.soundlink import LinkCounts, SoundLink
from drivers.udev import plugged_devices

_ANSWERS_AFTER_FRAMES = round(1.0 / FRAME_S)
_KEY_MS = 100
_RING_HZ = (660.0, 880.0)
_RING_DBM0 = -18.0


class SoundCard(LineCard):
    """One sound card, one station. People act from any thread, the box from the tick."""

    echo_delay_samples = None

    def __init__(self, name: str, *, device: str = "", auto_answer: bool = False) -> None:
        """`device`: ALSA id, serial number or place of the card, or part of its name; empty: the machine's default."""
        self.name = name
        self.auto_answer = auto_answer
        self.off_hook = False
        self.answered_itself = False
        """It is off hook because it lifted by itself."""
        self.ringing: RingPhone | None = None
        self.message_lamp = False
        self._device = device
        self._info = PortInfo(PortId(f"{name}/1"), PortKind.FXS, "声卡话机")
        self._link: SoundLink | None = None
        self._pace = FramePace()
        self._acts: deque[Callable[[], None]] = deque()
        self._signals: list[Signal] = []
        self._keyed = np.zeros(0, np.int16)
        self._bell = ToneGenerator(_RING_HZ, _RING_DBM0, (1.0, 4.0))
        self._rung_frames = 0
        self._frame = 0

    @property
    def port(self) -> PortId:
        """The only one."""
        return self._info.port

    @property
    def counts(self) -> LinkCounts:
        """What went wrong with the sound since the card was opened."""
        return self._link.counts if self._link is not None else LinkCounts()

    @property
    def drift_ppm(self) -> float:
        """By how much the card's clock is faster than ours."""
        return self._link.drift_ppm if self._link is not None else 0.0

    @property
    def ports(self) -> Sequence[PortInfo]:
        return (self._info,)

    def open(self) -> None:
        """Start the process that holds the card; up to seconds. Raises `CardAbsentError`, `CardBusyError`."""
        if self._link is not None:
            return
        self._link = SoundLink(_alsa_id(self._device))
        self.identity = self._device or self._link.hello.name
        self.off_hook, self.answered_itself, self.ringing = False, False, None
        self._frame = 0
        self._signals.clear()
        self._pace.restart()

    def close(self) -> None:
        """Let the card go."""
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def read(self, rx: Frames) -> list[Signal]:
        """One frame of the microphone, or of the keys; see `LineCard.read`."""
        link = self._opened(rx)
        if self.keeps_time:
            self._pace.wait()
        with suppress(IndexError):
            while True:
                self._acts.popleft()()
        if self.ringing is not None:
            self._rung_frames += 1
            if self.auto_answer and self._rung_frames >= _ANSWERS_AFTER_FRAMES:
                self._lift()
                self.answered_itself = True
        link.read_frame(rx[0])
        if self._keyed.size:
            rx[0] = 0
            rx[0, : self._keyed.size] = self._keyed[:FRAME_SAMPLES]
            self._keyed = self._keyed[FRAME_SAMPLES:]
        if not self.off_hook:
            rx[0] = 0
        signals, self._signals = self._signals, []
        self._frame += 1
        return signals

    def write(self, tx: Frames) -> None:
        """One frame for the loudspeaker: what is said, or the bell."""
        self._opened(tx).write_frame(self._heard(tx[0]))

    def command(self, port: PortId, command: PortCommand) -> None:
        """Ring, or light the lamp; see `LineCard.command`."""
        if port != self._info.port:
            raise CardError(f"板卡 {self.name} 没有端口 {port}。")
        match command:
            case RingPhone() if not self.off_hook and self.ringing is None:
                self.ringing, self._rung_frames = command, 0
                self._bell.reset()
            case StopRinging():
                self.ringing = None
            case MessageLamp(on=on):
                self.message_lamp = on
            case _ if not isinstance(command, STATION_COMMANDS):
                raise CardError(f"端口 {port} 不能执行 {type(command).__name__}。")
            case _:
                pass  # battery and polarity are of no use to a headset

    # --- people, from any thread ----------------------------------------------------------------------------------

    def lift(self) -> None:
        """Answer, or begin to dial."""
        self._acts.append(self._lift)

    def hang_up(self) -> None:
        self._acts.append(self._hang_up)

    def flash(self) -> None:
        """Tap the hook; does nothing on hook."""
        self._acts.append(lambda: self._signals.append(Flash(self.port, self._frame)) if self.off_hook else None)

    def press(self, digit: str) -> None:
        """Key one digit; does nothing on hook."""
        self._acts.append(lambda: self._press(digit))

    def _lift(self) -> None:
        if not self.off_hook:
            self.off_hook, self.ringing, self.answered_itself = True, None, False
            self._keyed = np.zeros(0, np.int16)
            self._signals.append(OffHook(self.port, self._frame))

    def _hang_up(self) -> None:
        if self.off_hook:
            self.off_hook = self.answered_itself = False
            self._signals.append(OnHook(self.port, self._frame))

    def _press(self, digit: str) -> None:
        if self.off_hook:
            self._keyed = np.concatenate((self._keyed, dtmf_samples(digit, on_ms=_KEY_MS, off_ms=_KEY_MS)))

    def _heard(self, row: NDArray[np.int16]) -> NDArray[np.int16]:
        if self.off_hook:
            return row
        return self._bell.frame(FRAME_SAMPLES) if self.ringing is not None else np.zeros(FRAME_SAMPLES, np.int16)

    def _opened(self, frames: Frames) -> SoundLink:
        if self._link is None:
            raise CardError("声卡还没有打开。")
        if frames.shape != (1, FRAME_SAMPLES):
            raise CardError(f"缓冲区形状应为 {(1, FRAME_SAMPLES)}，实际是 {frames.shape}。")
        return self._link


def _alsa_id(device: str) -> str:
    """The ALSA id of the sound card with this serial number or at this place; anything else means itself."""
    if not device:
        return ""
    for plugged in plugged_devices():
        if plugged.sound_cards and device in {plugged.serial, plugged.place}:
            return plugged.sound_cards[0]
    return device
