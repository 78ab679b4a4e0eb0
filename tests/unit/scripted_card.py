"""A line card that reads prepared samples and signals: for tests of everything above a card."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from drivers.base import (
    FRAME_SAMPLES,
    CardBusyError,
    CardError,
    Frames,
    LineCard,
    PortCommand,
    PortId,
    PortInfo,
    PortKind,
)
from drivers.signals import Signal


class ScriptedCard(LineCard):
    """`said[row]` is what comes in on a row, then silence; `happens[frame]` the hardware signals of a frame."""

    def __init__(self, name: str = "card", *, lines: int = 1, phones: int = 1) -> None:
        self.name = name
        kinds = [PortKind.FXO] * lines + [PortKind.FXS] * phones
        self._ports = tuple(PortInfo(PortId(f"{name}/{n}"), kind, "") for n, kind in enumerate(kinds, 1))
        self.said: dict[int, NDArray[np.int16]] = {}
        self.happens: dict[int, list[Signal]] = {}
        self.commands: list[tuple[PortId, PortCommand]] = []
        self.written: list[NDArray[np.int16]] = []
        self.frame = 0
        self.open_count = 0
        self.busy = False
        self.refuses = ""
        self.breaks: Exception | None = None

    @property
    def ports(self) -> Sequence[PortInfo]:
        return self._ports

    def open(self) -> None:
        if self.busy:
            raise CardBusyError("the card is in use by another program; stop it")
        self.open_count += 1

    def close(self) -> None:
        self.open_count = 0

    def read(self, rx: Frames) -> list[Signal]:
        if self.breaks:
            raise self.breaks
        begin = self.frame * FRAME_SAMPLES
        for row in range(len(self._ports)):
            piece = self.said.get(row, np.zeros(0, np.int16))[begin : begin + FRAME_SAMPLES]
            rx[row, : piece.size] = piece
            rx[row, piece.size :] = 0
        signals = self.happens.get(self.frame, [])
        self.frame += 1
        return signals

    def write(self, tx: Frames) -> None:
        self.written.append(tx.copy())

    def command(self, port: PortId, command: PortCommand) -> None:
        if self.refuses:
            raise CardError(self.refuses)
        self.commands.append((port, command))

    def sent(self, row: int) -> NDArray[np.int16]:
        """All that was written to a row."""
        return np.concatenate([frame[row] for frame in self.written])
