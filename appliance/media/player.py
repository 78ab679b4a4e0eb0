"""Prompts, tones and music on the ports: one playlist per port, a frame of it per tick.

What: `Player.play` starts a playlist of clips on a row; `Player.add_to` writes the next frame of every playing row
    into what goes out, instead of the bridge or over it, and says which playlists ended.
How: every clip is an array that is repeated up to its length, so tones, prompts, digits and music are one case; the
    parts of a playlist follow each other without a gap, in mid-frame if need be.
Limits: a prompt that is still being loaded is silence for at most 2 s, then it is skipped. Tick thread only.
Cost: 1.2 µs a tick and playing row (`bench/media.py`), nothing otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from appliance.media.clip import Clip, Samples
from appliance.media.events import PlaybackFinished, PlaybackToken
from drivers.base import FRAME_S, FRAME_SAMPLES, Frames, PortId

_PATIENCE_FRAMES = round(2.0 / FRAME_S)


@dataclass(slots=True)
class _Playlist:
    token: PlaybackToken
    clips: Sequence[Clip]
    loop: bool
    over: bool
    index: int = 0
    position: int = 0
    waited_frames: int = 0
    played_this_round: bool = False

    def fill(self, out: Samples) -> bool:
        """Write the next frame to `out`; False when the playlist ends in it."""
        filled = 0
        while filled < FRAME_SAMPLES and not self._ended():
            clip = self.clips[self.index]
            if clip.samples is None and self.waited_frames < _PATIENCE_FRAMES:
                self.waited_frames += 1
                out[filled:] = 0
                return True
            filled += self._copy(clip, out, filled)
        out[filled:] = 0
        return not self._ended()

    def _ended(self) -> bool:
        """Whether nothing is left; a looping playlist starts again, unless it has nothing to say."""
        if self.index < len(self.clips):
            return False
        if self.loop and self.played_this_round:
            self.index, self.played_this_round = 0, False
            return False
        return True

    def _copy(self, clip: Clip, out: Samples, filled: int) -> int:
        """Take what fits of `clip`, step to the next one at its end; how many samples were taken."""
        samples = clip.samples
        if samples is None or samples.size == 0:
            self._step()
            return 0
        length = samples.size if clip.length is None else clip.length
        begin = self.position % samples.size
        count = min(FRAME_SAMPLES - filled, length - self.position, samples.size - begin)
        out[filled : filled + count] = samples[begin : begin + count]
        self.position += count
        self.played_this_round |= count > 0
        if self.position >= length:
            self._step()
        return count

    def _step(self) -> None:
        self.index += 1
        self.position = 0
        self.waited_frames = 0


class Player:
    """Playlists of all ports."""

    def __init__(self, ports: Sequence[PortId]) -> None:
        self._ports = tuple(ports)
        self._playing: dict[int, _Playlist] = {}
        self._stopped: list[tuple[int, PlaybackToken]] = []
        self._frame = np.zeros(FRAME_SAMPLES, dtype=np.int16)
        self._sum = np.zeros(FRAME_SAMPLES, dtype=np.int32)

    def play(self, row: int, token: PlaybackToken, clips: Sequence[Clip], *, loop: bool, over: bool) -> None:
        """Play on `row` from the next frame, instead of what it was playing."""
        self.stop(row)
        self._playing[row] = _Playlist(token, clips, loop, over)

    def stop(self, row: int) -> None:
        """Stop what `row` plays; reported as stopped with the next frame."""
        playlist = self._playing.pop(row, None)
        if playlist:
            self._stopped.append((row, playlist.token))

    def add_to(self, tx: Frames, at_frame: int) -> list[PlaybackFinished]:
        """Write the playing rows into `tx`, `[ports, 160]`; what ended."""
        if not self._playing and not self._stopped:
            return []
        ended = [PlaybackFinished(self._ports[row], at_frame, token, stopped=True) for row, token in self._stopped]
        self._stopped.clear()
        rows_done: list[int] = []
        for row, playlist in self._playing.items():
            if playlist.over:
                going_on = playlist.fill(self._frame)
                np.add(tx[row], self._frame, out=self._sum, dtype=np.int32)
                np.clip(self._sum, -32768, 32767, out=self._sum)
                tx[row] = self._sum
            else:
                going_on = playlist.fill(tx[row])
            if not going_on:
                rows_done.append(row)
        for row in rows_done:
            token = self._playing.pop(row).token
            ended.append(PlaybackFinished(self._ports[row], at_frame, token, stopped=False))
        return ended
