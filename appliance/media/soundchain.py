"""The hash chain of one recording: a link for every second of sound, each made of the sound and the link before it.

What: `SoundChain` takes the samples as they are written and gives a link for each full second; `head` is the last
    link, the unfinished second included. Who changes, moves, adds or takes away a byte anywhere gets another head.
How: `link = SHA-256(link before, 32 bytes ‖ samples of the second as they lie in the file)`. The first link before is
    the one that the ledger gave the recording at its beginning (`ledger.py`), so that it follows all earlier ones.
Cost: 0.2 s of CPU per recorded hour of stereo where the processor has instructions for SHA-256
    (`bench/soundchain.py`); in the writer thread, beside the tick.
"""

from __future__ import annotations

import hashlib

from appliance.media.wav import SAMPLE_BYTES
from drivers.base import SAMPLE_RATE

BLOCK_S = 1.0


def block_bytes_of(channels: int) -> int:
    """Bytes of sound in one link."""
    return round(BLOCK_S * SAMPLE_RATE) * channels * SAMPLE_BYTES


class SoundChain:
    """Feed it every byte of sound once, in order, in pieces of any size."""

    def __init__(self, before: str, channels: int) -> None:
        """`before`: the link (64 hexadecimal digits) that the first second is chained to."""
        self._block_bytes = block_bytes_of(channels)
        self._link = before
        self._block = hashlib.sha256(bytes.fromhex(before))
        self._in_block = 0
        self._whole = hashlib.sha256()
        self.bytes = 0
        """How much sound was taken."""

    def take(self, piece: bytes | memoryview) -> list[str]:
        """The links of the seconds that `piece` completes."""
        self._whole.update(piece)
        self.bytes += len(piece)
        links = []
        while piece:
            part = piece[: self._block_bytes - self._in_block]
            self._block.update(part)
            self._in_block += len(part)
            piece = piece[len(part) :]
            if self._in_block == self._block_bytes:
                self._link = self._block.hexdigest()
                self._block, self._in_block = hashlib.sha256(bytes.fromhex(self._link)), 0
                links.append(self._link)
        return links

    @property
    def head(self) -> str:
        """The link after everything taken so far."""
        return self._block.hexdigest() if self._in_block else self._link

    @property
    def sha256(self) -> str:
        """Of all the sound so far, without the chain."""
        return self._whole.hexdigest()
