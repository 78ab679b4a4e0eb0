"""Pauses of the far end: how a voicemail knows that the caller has finished."""

from __future__ import annotations

from drivers.base import FRAME_S


class PauseWatch:
    """One port: tell it of voice, ask it once a frame whether a pause has become long enough. Pure; counts frames."""

    def __init__(self, pause_s: float, at_frame: int) -> None:
        self._pause_frames = round(pause_s / FRAME_S)
        self._quiet_since = at_frame
        self._reported = False

    def voice_heard(self, at_frame: int) -> None:
        self._quiet_since = at_frame
        self._reported = False

    def pause_since(self, at_frame: int) -> int | None:
        """The frame since which it has been quiet, once per pause of `pause_s`; else None."""
        if self._reported or at_frame - self._quiet_since < self._pause_frames:
            return None
        self._reported = True
        return self._quiet_since
