"""The serial port of a modem, by its path, its serial number, or as the first known modem that is plugged in."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

import serial
from serial.tools import list_ports

from drivers.base import CardAbsentError, CardBusyError, CardError, CardLostError
from drivers.modem.models import USB_IDS

BAUD = 115_200
"""8000 octets a second and their shielding need 80 kbit/s; USB modems do not care."""
_LUMP = 4096
_WAITING = {errno.EAGAIN, errno.EINTR}


class SerialPort:
    """An open port; nothing here waits."""

    def __init__(self, device: str) -> None:
        """Raises `CardAbsentError`, `CardBusyError` or `CardError`."""
        path = path_of(device)
        try:
            self._serial = serial.Serial(path, BAUD, timeout=0, exclusive=True)
        except (serial.SerialException, OSError, ValueError) as error:
            raise _open_error(error, path) from error
        self._fd: int = self._serial.fileno()
        self.identity = _identity_of(path)
        with suppress(OSError):
            self._serial.dtr = True

    def fileno(self) -> int:
        """For `select`."""
        return self._fd

    def read(self) -> bytes:
        """What has come, once `select` says so. Raises `CardLostError`."""
        try:
            octets = os.read(self._fd, _LUMP)
        except OSError as error:
            if error.errno in _WAITING:
                return b""
            raise _lost(error.strerror) from error
        if not octets:
            raise _lost("设备已断开")
        return octets

    def write(self, octets: bytes) -> int:
        """How many of them were taken. Raises `CardLostError`."""
        try:
            return os.write(self._fd, octets)
        except OSError as error:
            if error.errno in _WAITING:
                return 0
            raise _lost(error.strerror) from error

    def set_dtr(self, *, on: bool) -> None:
        """Data terminal ready; a port without it is left as it is."""
        with suppress(OSError):
            self._serial.dtr = on

    def close(self) -> None:
        """Give it back."""
        with suppress(OSError, serial.SerialException):
            self._serial.close()


def path_of(device: str) -> str:
    """The device node of a path, a USB serial number, or ''. Raises `CardAbsentError`."""
    if device.startswith("/"):
        return device
    for port in sorted(list_ports.comports()):
        if device and device in {port.serial_number, port.location}:
            return str(port.device)
        if not device and (port.vid, port.pid) in USB_IDS:
            return str(port.device)
    if device:
        raise CardAbsentError(f"没有找到编号为“{device}”的语音猫。请检查是否插好，或修改设置 cards.device。")
    raise CardAbsentError("没有找到语音猫。请检查是否插好，或在设置 cards.device 里写明设备（如 /dev/ttyACM0）。")


def _identity_of(path: str) -> str:
    """Its USB serial number, or the path."""
    node = str(Path(path).resolve())
    return next(
        (port.serial_number for port in list_ports.comports() if port.device == node and port.serial_number), path
    )


def _open_error(error: Exception, path: str) -> CardError:
    number = getattr(error, "errno", None)
    text = str(error)
    if number in {errno.EBUSY, errno.EAGAIN} or "lock" in text:
        return CardBusyError(f"语音猫 {path} 正被其他程序使用。请停止占用它的程序（如 ModemManager、传真软件）。")
    if number in {errno.EACCES, errno.EPERM}:
        return CardError(f"没有权限使用 {path}。请让运行本程序的用户加入 dialout 组。")
    if number in {errno.ENOENT, errno.ENXIO, errno.ENODEV}:
        return CardAbsentError(f"没有找到语音猫 {path}。请检查是否插好。")
    return CardAbsentError(f"语音猫 {path} 打不开：请检查是否插好，或核对设置 cards.device。")


def _lost(why: str | None) -> CardLostError:
    return CardLostError(f"语音猫已断开（{why or '无应答'}）。请重新插好，几秒后自动恢复。")
