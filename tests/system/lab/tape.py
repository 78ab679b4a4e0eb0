"""Records a call on a DAHDI card frame by frame, as regression data, and tells the keys in a sound."""

from __future__ import annotations

from pathlib import Path
from typing import Self
from zipfile import ZIP_LZMA, ZipFile

import numpy as np
from numpy.typing import NDArray

from drivers.base import FRAME_SAMPLES, PortCommand, PortId
from drivers.dahdi.card import DahdiCard
from drivers.dahdi.port import DahdiPort
from drivers.dsp.dtmf import DtmfReceiver
from drivers.signals import Signal
from drivers.trace import TraceWriter

EVENTS = "events"
"""File of what the kernel told: frame, port and event in each line."""
_DEAF_FRAMES = 115
"""The kernel hears no ringing for 2 s after a channel was opened."""


class Tape:
    """Opens the card and keeps all that comes from it in a trace; in a `with` block, by the card's own time.

    What the kernel told the driver is kept beside it.
    """

    def __init__(self, card: DahdiCard, folder: Path) -> None:
        self._card = card
        self._folder = folder
        self._events: list[str] = []
        for port in card._port_list:
            self._listen_to(port)
        self._rx = np.zeros((len(card.ports), FRAME_SAMPLES), np.int16)
        self._writer: TraceWriter | None = None

    def __enter__(self) -> Self:
        self._card.open()
        self.run(_DEAF_FRAMES)
        self._writer = TraceWriter(self._folder, self._card.name, self._card.ports, first_frame=_DEAF_FRAMES)
        return self

    def __exit__(self, *_: object) -> None:
        self._card.close()
        if self._writer is not None:
            self._writer.close()
            (self._folder / EVENTS).write_text("".join(self._events), encoding="ascii")

    def _listen_to(self, port: DahdiPort) -> None:
        means = port.event

        def noted(event: int, at_frame: int) -> list[Signal]:
            if self._writer is not None:
                self._events.append(f"{at_frame} {port.info.port} {event}\n")
            return means(event, at_frame)

        port.event = noted

    def run(self, frames: int) -> None:
        silence = np.zeros_like(self._rx)
        for _ in range(frames):
            signals = self._card.read(self._rx)
            self._card.write(silence)
            if self._writer is not None:
                self._writer.frame(self._rx, silence, signals)

    def command(self, port: PortId, command: PortCommand) -> None:
        self._card.command(port, command)
        if self._writer is not None:
            self._writer.command(port, command)


def pack_trace(folder: Path, archive: Path) -> None:
    """Its files in an archive, as `tests/contract/traces` keeps them."""
    with ZipFile(archive, "w", ZIP_LZMA) as packed:
        for file in sorted(folder.iterdir()):
            packed.write(file, file.name)


def keys_in(samples: NDArray[np.int16]) -> str:
    """The digits that are keyed in a sound."""
    whole = samples[: len(samples) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(1, -1)
    heard = DtmfReceiver(1).step(whole, np.ones(1, np.bool_))
    return "".join(event.digit for event in heard if event.end_sample is None)
