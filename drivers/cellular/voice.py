"""Where a module's voice comes from and goes to: its voice port, or its USB sound card."""

from __future__ import annotations

import contextlib
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from drivers.base import CardAbsentError, CardError
from drivers.cellular.inventory import ModulePorts
from drivers.cellular.pcm import PcmPort
from drivers.soundlink import SoundLink


class Voice(Protocol):
    """Nothing here waits: it runs in the tick. All raise `CardLostError` when the way is gone."""

    @property
    def all_day(self) -> bool:
        """`fill` and `say` want every frame, call or not."""

    def close(self) -> None: ...

    def clear(self) -> None:
        """A call begins: what came before is not of it."""

    def fill(self, row: NDArray[np.int16]) -> None:
        """The next frame that was heard."""

    def say(self, row: NDArray[np.int16]) -> None:
        """Send a frame."""


class UsbVoice:
    """The module as a sound card (`AT+QPCMV=1,2`), followed all day, so that its clock is known when a call comes."""

    all_day = True

    def __init__(self, sound_card: str) -> None:
        """Raises `CardAbsentError`, `CardBusyError`; may take seconds."""
        self._link = SoundLink(sound_card)

    def close(self) -> None:
        self._link.close()

    def clear(self) -> None:
        """Nothing is kept over: every frame was taken."""

    def fill(self, row: NDArray[np.int16]) -> None:
        self._link.read_frame(row)

    def say(self, row: NDArray[np.int16]) -> None:
        self._link.write_frame(row)


def voice_of(ports: ModulePorts) -> Voice | None:
    """The sound card where there is one, else the voice port; None when neither can be had. May take seconds."""
    if ports.sound:
        with contextlib.suppress(CardError):
            return UsbVoice(ports.sound)
    if ports.pcm:
        with contextlib.suppress(CardAbsentError):
            return PcmPort(ports.pcm)
    return None
