"""The serial port of a modem, by its path, its serial number, or as the first known modem that is plugged in."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

import serial

from drivers.base import CardAbsentError, CardBusyError, CardError, CardLostError
from drivers.modem.models import USB_IDS
from drivers.udev import plugged_devices

BAUD = 115_200
"""8000 octets a second and their shielding need 80 kbit/s; USB modems do not care."""
_LUMP = 4096
_WAITING = {errno.EAGAIN, errno.EINTR}


class SerialPort:
    """An open port; nothing here waits."""

    def __init__(self, device: str) -> None:
        """Raises `CardAbsentError`, `CardBusyError` or `CardError`."""
        self._serial, path = _open_first(paths_of(device))
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
            raise _lost() from error
        if not octets:
            raise _lost()
        return octets

    def write(self, octets: bytes) -> int:
        """How many of them were taken. Raises `CardLostError`."""
        try:
            return os.write(self._fd, octets)
        except OSError as error:
            if error.errno in _WAITING:
                return 0
            raise _lost() from error

    def set_dtr(self, *, on: bool) -> None:
        """Data terminal ready; a port without it is left as it is."""
        with suppress(OSError):
            self._serial.dtr = on

    def close(self) -> None:
        """Give it back."""
        with suppress(OSError, serial.SerialException):
            self._serial.close()


def paths_of(device: str) -> tuple[str, ...]:
    """The nodes that a path, serial number or place may mean; '' is every known modem. Raises `CardAbsentError`."""
    if device.startswith("/"):
        return (device,)
    plugged = plugged_devices()
    if device:
        meant = [each.serial_ports for each in plugged if device in {each.serial, each.place}]
    else:
        meant = [each.serial_ports for each in plugged if (each.vendor, each.product) in USB_IDS]
    nodes = tuple(ports[0] for ports in meant if ports)
    if nodes:
        return nodes
    if device:
        raise CardAbsentError(f"没有找到编号为“{device}”的语音猫。请检查是否插好，或修改设置 cards.device。")
    raise CardAbsentError("没有找到语音猫。请检查是否插好，或在设置 cards.device 里写明设备（如 /dev/ttyACM0）。")


def _identity_of(path: str) -> str:
    """Serial number or place of what is behind the node, else the path."""
    node = str(Path(path).resolve())
    return next((device.identity for device in plugged_devices() if node in device.serial_ports), path)


def _open(path: str) -> serial.Serial:
    try:
        return serial.Serial(path, BAUD, timeout=0, rtscts=True, exclusive=True)
    except (serial.SerialException, OSError, ValueError) as error:
        raise _open_error(error, path) from error


def _open_first(paths: tuple[str, ...]) -> tuple[serial.Serial, str]:
    """The first that nobody else holds. Raises `CardError`."""
    *others, last = paths
    for path in others:
        with suppress(CardBusyError):
            return _open(path), path
    return _open(last), last


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


def _lost() -> CardLostError:
    return CardLostError("语音猫已断开。请重新插好，几秒后自动恢复。")
