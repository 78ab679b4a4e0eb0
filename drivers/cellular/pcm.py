"""The voice port of a module: 16-bit samples at 8 kHz over a second serial port, in lumps and by the module's clock.

How: what comes lies in a buffer until three frames are there; more than twelve, and the oldest go. Neither way waits:
    it runs in the tick. A frame that the port does not take is lost.
"""

from __future__ import annotations

import contextlib
import os
import termios
import tty

import numpy as np
from numpy.typing import NDArray

from drivers.base import FRAME_SAMPLES, CardAbsentError, CardLostError

_FRAME_OCTETS = 2 * FRAME_SAMPLES
_READY_OCTETS = 3 * _FRAME_OCTETS
_MOST_OCTETS = 12 * _FRAME_OCTETS


class PcmPort:
    """An open voice port."""

    all_day = False

    def __init__(self, path: str) -> None:
        """Raises `CardAbsentError`."""
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise CardAbsentError(f"打不开模块的语音口 {path}：{error.strerror}。") from error
        try:
            tty.setraw(self._fd, termios.TCSANOW)
        except (termios.error, OSError) as error:
            os.close(self._fd)
            raise CardAbsentError(f"模块的语音口 {path} 不是串口。") from error
        self._came = bytearray()
        self._flows = False

    def close(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self._fd)

    def clear(self) -> None:
        """A call begins: what came before is not of it."""
        with contextlib.suppress(CardLostError):
            self._take()
        self._came.clear()
        self._flows = False

    def fill(self, row: NDArray[np.int16]) -> None:
        """The next frame, silence while too little has come. Raises `CardLostError`."""
        self._take()
        if len(self._came) > _MOST_OCTETS:
            del self._came[: (len(self._came) - _READY_OCTETS) // 2 * 2]
        self._flows = len(self._came) >= (_FRAME_OCTETS if self._flows else _READY_OCTETS)
        if self._flows:
            row[:] = np.frombuffer(self._came[:_FRAME_OCTETS], "<i2")
            del self._came[:_FRAME_OCTETS]
        else:
            row[:] = 0

    def say(self, row: NDArray[np.int16]) -> None:
        """Send a frame. Raises `CardLostError`."""
        try:
            os.write(self._fd, row.astype("<i2").tobytes())
        except BlockingIOError:
            pass
        except OSError as error:
            raise CardLostError(f"模块的语音口断开了：{error.strerror}。") from error

    def _take(self) -> None:
        try:
            self._came += os.read(self._fd, _MOST_OCTETS + _FRAME_OCTETS)
        except BlockingIOError:
            pass
        except OSError as error:
            raise CardLostError(f"模块的语音口断开了：{error.strerror}。") from error
