"""One DAHDI channel held open: hook, ringer, frames of 160 samples in the law of its card, events.

What: thin around the kernel's requests; every refusal becomes a `CardError` with what to do, except `EINPROGRESS`,
    which is how a non-blocking hook request says that it was begun.
Limits: `open` and `close` hang the channel up, and for 2 s after either the kernel is deaf to ringing: it stays open
    all day. `read_frame` and `write_frame` are refused by the kernel while an event waits; they say so.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from contextlib import suppress
from fcntl import ioctl
from pathlib import Path

from drivers.base import FRAME_SAMPLES, CardAbsentError, CardBusyError, CardError, CardLostError, PortKind
from drivers.dahdi import abi
from drivers.dahdi.abi import Hook, ParamsField, Signalling

CHANNEL_NODE = Path("/dev/dahdi/channel")
CONTROL_NODE = Path("/dev/dahdi/ctl")
BUFFERS = 4
"""Buffers of one frame each way: 80 ms of patience with this process, 40–60 ms of delay as it is written."""
PRIMED_FRAMES = 2
"""Frames of silence ahead of ours, so that a late write leaves no gap."""
FLASH_WINDOW_MS = 600
"""A handset down for less is a flash: beyond what people do (90–600 ms), below a re-dial."""
RING_CADENCE_MS = (1000, 4000)
"""China's (GB/T 3380): 1 s on, 4 s off."""
_CADENCE_MS = (*RING_CADENCE_MS, *(0,) * 14)
_ZONE = 86
"""Our tone zone's number, beyond those that `dahdi_cfg` loads."""
_ECHO_TAPS = 256
"""32 ms: the box stands near its exchange. Hardware takes its own length."""
_HARDWARE_CANCELLER = b"hwec"
"""How DAHDI calls the one on a card, whoever made it."""
ALAW_SILENCE, MU_LAW_SILENCE = 0xD5, 0xFF


class EventWaitsError(Exception):
    """The kernel gives and takes no frame before its events are taken (`next_event`)."""


class Channel:
    """An open channel. `mu_law`: its card codes so (G.711), else by A-law."""

    def __init__(self, number: int, kind: PortKind) -> None:
        """Raises `CardAbsentError`, `CardBusyError` or `CardError`."""
        self.number = number
        self.kind = kind
        try:
            self._fd = os.open(CHANNEL_NODE, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise _open_error(error, number) from error
        try:
            self._set(abi.SPECIFY, number)
            self._prepare()
        except OSError as error:
            os.close(self._fd)
            raise _open_error(error, number) from error
        except CardError:
            os.close(self._fd)
            raise

    def close(self) -> None:
        """Hang up and give the channel back."""
        with suppress(OSError):
            os.close(self._fd)

    def hook(self, hook: Hook) -> bool:
        """Begin a change of hook or ringer; False while the kernel still settles the one before. Raises `CardError`."""
        try:
            self._set(abi.HOOK, hook)
        except OSError as error:
            if error.errno == errno.EBUSY:
                return False
            if error.errno != errno.EINPROGRESS:
                raise self._lost_or(error, f"不接受操作 {hook.name}") from error
        return True

    def set_flash_ms(self, duration_ms: int) -> None:
        """How long `Hook.FLASH` breaks the loop. Raises `CardError`."""
        self._change_params({ParamsField.FLASH_MS: duration_ms})

    def reverse(self, *, reversed_battery: bool) -> bool:
        """Turn the battery towards the phone; False when the card cannot."""
        return self._try(abi.SET_POLARITY, int(reversed_battery))

    def transfer_on_hook(self, duration_ms: int) -> bool:
        """Let sound through to a phone on hook for so long (caller ID); False when the card cannot."""
        return self._try(abi.ON_HOOK_TRANSFER, duration_ms)

    def cancel_echo(self, *, on: bool) -> bool:
        """Let the attached canceller work; False when it cannot. Without one the kernel says yes all the same."""
        return self._try(abi.ECHO_CANCEL, _ECHO_TAPS if on else 0)

    def light_lamp(self, *, on: bool) -> bool:
        """The message-waiting lamp; False when the card cannot."""
        return self._try(abi.MESSAGE_WAITING, int(on))

    def has_alarm(self) -> bool:
        """No battery on the line, or the span is gone. Raises `CardError`."""
        return bool(self._params()[ParamsField.ALARMS])

    def read_frame(self) -> bytes | None:
        """The next 160 codes, None when they have not come yet. Raises `EventWaitsError`, `CardLostError`."""
        try:
            frame = os.read(self._fd, FRAME_SAMPLES)
        except BlockingIOError:
            return None
        except OSError as error:
            raise self._waits_or_lost(error) from error
        return frame if len(frame) == FRAME_SAMPLES else None

    def write_frame(self, frame: bytes) -> bool:
        """Send 160 codes; False when the kernel has enough. Raises `EventWaitsError`, `CardLostError`."""
        try:
            return os.write(self._fd, frame) == FRAME_SAMPLES
        except BlockingIOError:
            return False
        except OSError as error:
            raise self._waits_or_lost(error) from error

    def prime(self) -> None:
        """Put silence ahead of what will be written."""
        with suppress(EventWaitsError, CardLostError):
            for _ in range(PRIMED_FRAMES):
                self.write_frame(bytes([MU_LAW_SILENCE if self.mu_law else ALAW_SILENCE]) * FRAME_SAMPLES)

    def next_event(self) -> int:
        """The oldest event that waits, `Event.NONE` when none does. Raises `CardLostError`."""
        try:
            return int.from_bytes(ioctl(self._fd, abi.GET_EVENT, bytes(4)), "little")
        except OSError as error:
            raise self._lost_or(error, "读不到事件") from error

    def fileno(self) -> int:
        """For `poll`."""
        return self._fd

    def _prepare(self) -> None:
        ioctl(self._fd, abi.SET_BUFFERS, abi.BUFFERS.pack(0, 0, BUFFERS, FRAME_SAMPLES, 0, 0))
        self._set(abi.SET_LINEAR, 0)
        self.mu_law = self._params()[ParamsField.LAW] == abi.MU_LAW
        if self.kind is PortKind.FXS:
            self._change_params({ParamsField.RX_FLASH_MS: FLASH_WINDOW_MS})
            if not self._try(abi.SET_ZONE, _ZONE):
                _load_zone()
                self._set(abi.SET_ZONE, _ZONE)
            with suppress(OSError):  # a driver with a cadence of its own keeps it
                ioctl(self._fd, abi.SET_CADENCE, abi.CADENCE.pack(*_CADENCE_MS))
        self._set(abi.BUFFER_EVENTS, 1)
        self._set(abi.FLUSH, abi.FLUSH_EVERYTHING)
        self.prime()

    def _params(self) -> Sequence[int | bytes]:
        try:
            return abi.PARAMS.unpack(ioctl(self._fd, abi.GET_PARAMS, bytes(abi.PARAMS.size)))
        except OSError as error:
            raise self._lost_or(error, "读不到参数") from error

    def _change_params(self, changes: dict[ParamsField, int]) -> None:
        params = list(self._params())
        for field, value in changes.items():
            params[field] = value
        try:
            ioctl(self._fd, abi.SET_PARAMS, abi.PARAMS.pack(*params))
        except OSError as error:
            raise self._lost_or(error, "不接受参数") from error

    def _set(self, request: int, value: int) -> None:
        ioctl(self._fd, request, value.to_bytes(4, "little", signed=True))

    def _try(self, request: int, value: int) -> bool:
        try:
            self._set(request, value)
        except OSError:
            return False
        return True

    def _waits_or_lost(self, error: OSError) -> Exception:
        if error.errno == abi.ELAST:
            return EventWaitsError()
        return self._lost_or(error, "不能收发声音")

    def _lost_or(self, error: OSError, what: str) -> CardError:
        """What an error of a working channel means; anything unexpected counts as lost, so that it is opened anew."""
        if error.errno in {errno.EBUSY, errno.EINVAL, errno.ENOTTY, errno.EOPNOTSUPP}:
            return CardError(f"DAHDI 通道 {self.number} {what}：{error.strerror}。")
        return CardLostError(f"DAHDI 通道 {self.number} {what}：板卡已拔出或驱动已卸载（{error.strerror}）。")


def configure_channels(channels: Sequence[tuple[int, PortKind]]) -> None:
    """Give channels that have none the signalling of their kind. Raises `CardError`."""
    for number, kind in channels:
        wanted = Signalling.FXS_KEWLSTART if kind is PortKind.FXO else Signalling.FXO_KEWLSTART
        config = abi.CHANNEL_CONFIG.pack(number, b"", wanted, abi.DEFAULT_LAW, number, 0, b"")
        _control(abi.CONFIGURE_CHANNEL, config, f"通道 {number} 不能设为模拟线路")


def start_span(span: int) -> None:
    """Let a span whose channels were configured run. Raises `CardError`."""
    _control(abi.START_SPAN, span.to_bytes(4, "little"), f"第 {span} 组通道不能启动")


def attach_card_canceller(number: int) -> bool:
    """Give a channel the echo canceller on its card; False when the card has none."""
    try:
        _control(abi.ATTACH_ECHO_CANCELLER, abi.ECHO_CANCELLER.pack(number, _HARDWARE_CANCELLER), "没有回波抵消器")
    except CardError:
        return False
    return True


def _load_zone() -> None:
    """A zone without tones. The kernel rings no phone of a channel without a zone, and nobody may have loaded one."""
    _control(abi.LOAD_ZONE, abi.ZONE.pack(0, _ZONE, *_CADENCE_MS, b"hotlinebox"), "振铃不能设定")


def _control(request: int, argument: bytes, failure: str) -> None:
    try:
        control = os.open(CONTROL_NODE, os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        raise _open_error(error, 0) from error
    try:
        ioctl(control, request, argument)
    except OSError as error:
        raise CardError(f"DAHDI {failure}：{error.strerror}。请检查板卡模块。") from error
    finally:
        os.close(control)


def _open_error(error: OSError, number: int) -> CardError:
    match error.errno:
        case errno.ENOENT:
            return CardAbsentError(
                "没有 /dev/dahdi：DAHDI 驱动没有加载。请安装 dahdi-dkms 并重启，再检查板卡是否插好。"
            )
        case errno.EACCES | errno.EPERM:
            return CardError("没有权限使用 /dev/dahdi。请让运行本程序的用户加入 dialout 组。")
        case errno.EBUSY:
            return CardBusyError(f"DAHDI 通道 {number} 正被其他程序使用。请停止 Asterisk 等占用板卡的程序。")
        case _:
            return CardAbsentError(f"DAHDI 通道 {number} 打不开：{error.strerror}。请检查板卡和模块是否插好。")
