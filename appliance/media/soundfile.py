"""The sound of a closed recording, read again and chained as it was when it was written."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from appliance.media.soundchain import SoundChain
from appliance.media.wav import HEADER_BYTES, wav_header

_PIECE_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class ChainedSound:
    """What a file holds now."""

    bytes: int
    """Of sound: what its header promises, or less when the file is shorter."""
    head: str
    sha256: str
    links: tuple[str, ...]
    """One for each full second."""
    header_true: bool
    """The header is the one that belongs to just these bytes, and nothing follows them."""


def chain_of(path: Path, before: str, channels: int, *, limit: int | None = None) -> ChainedSound:
    """Chain the sound of a file to the link `before`; at most `limit` bytes of it. Raises `OSError`."""
    chain = SoundChain(before, channels)
    links: list[str] = []
    with path.open("rb") as file:
        header = file.read(HEADER_BYTES)
        size = max(0, os.fstat(file.fileno()).st_size - HEADER_BYTES)
        left = size if limit is None else min(size, limit)
        while left and (piece := file.read(min(left, _PIECE_BYTES))):
            links += chain.take(piece)
            left -= len(piece)
    header_true = size == chain.bytes and header == wav_header(channels, chain.bytes)
    return ChainedSound(chain.bytes, chain.head, chain.sha256, tuple(links), header_true)
