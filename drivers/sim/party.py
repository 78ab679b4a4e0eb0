"""A telephone set's mouth and ear, the same for outside callers and for our own phones.

Audio goes in three ways: whole sounds (`say`), keys (`press`), and live PCM from another thread (`push_audio`). It
comes out as a bounded memory of what was heard, as live frames for another thread (`pull_audio`), and as an unbounded
capture when a test asks for one. One frame is 20 ms; every sound starts on a frame boundary.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.base import FRAME_SAMPLES
from drivers.dsp.level import SILENCE_DBM0, level_of_power
from drivers.dsp.tones import dtmf_samples

Samples = NDArray[np.int16]

_RECALL_FRAMES = 500
"""What an ear keeps: the last 10 s."""
_LIVE_FRAMES = 25
"""Live audio older than 0.5 s is thrown away."""
_PREFILL_FRAMES = 2
"""Live audio starts when this much is there: a browser's packets do not come evenly."""
_SILENT_FRAME: Samples = np.zeros(FRAME_SAMPLES, np.int16)
_SILENT_FRAME.setflags(write=False)


@dataclass(frozen=True, slots=True)
class Utterance:
    """A sound that was said, and the frame of the card in which it began."""

    start_frame: int
    samples: Samples


@dataclass(frozen=True, slots=True)
class KeyPress:
    """Keys that were pressed, and the frame in which the first tone began."""

    at_frame: int
    digits: str


class Mouth:
    """What a set sends: keys first (they mute the microphone), then sounds, then live audio."""

    def __init__(self) -> None:
        self.said: list[Utterance] = []
        self.pressed: list[KeyPress] = []
        self.twist_db = 2.0
        """Level of the high tone of a key above the low one."""
        self._sounds: deque[Samples] = deque()
        self._keys: deque[tuple[str, Samples]] = deque()
        self._current: Samples | None = None
        self._current_is_keys = False
        self._paused: tuple[Samples, int] | None = None
        self._at = 0
        self._live: deque[Samples] = deque(maxlen=_LIVE_FRAMES)
        self._live_rest: Samples = np.zeros(0, np.int16)
        self._live_flows = False

    def say(self, samples: Samples) -> None:
        """Say a sound after those that wait already."""
        if len(samples):
            self._sounds.append(samples)

    def press(self, digits: str, on_ms: float = 100.0, off_ms: float = 100.0) -> None:
        """Press keys one after the other. Raises `ValueError` for what is not on a keypad."""
        level_dbm0 = -9.0 - max(0.0, self.twist_db - 2.0)
        self._keys.append((digits, dtmf_samples(digits, on_ms, off_ms, level_dbm0, self.twist_db)))

    def push(self, samples: Samples) -> None:
        """Live audio from any one thread, any number of samples; what is not sent within 0.5 s is dropped."""
        joined = np.concatenate((self._live_rest, samples))
        whole = len(joined) // FRAME_SAMPLES * FRAME_SAMPLES
        for start in range(0, whole, FRAME_SAMPLES):
            self._live.append(joined[start : start + FRAME_SAMPLES])
        self._live_rest = joined[whole:]

    @property
    def speaking(self) -> bool:
        """Keys or a sound are being sent or wait to be sent; live audio does not count."""
        return self._current is not None or bool(self._keys) or bool(self._sounds)

    def stop(self) -> None:
        """Forget what waits to be sent: the set was put down."""
        self._sounds.clear()
        self._keys.clear()
        self._live.clear()
        self._current = self._paused = None
        self._current_is_keys = self._live_flows = False

    def next_frame(self, frame: int) -> Samples | None:
        """The next 20 ms, at most `FRAME_SAMPLES` long, or None for silence; `frame` is the card's frame number."""
        if self._keys and not self._current_is_keys:
            self._begin_keys(frame)
        elif self._current is None:
            self._begin_sound(frame)
        current = self._current
        if current is None:
            return self._next_live()
        piece = current[self._at : self._at + FRAME_SAMPLES]
        self._at += FRAME_SAMPLES
        if self._at >= len(current):
            self._current, self._current_is_keys = None, False
            if self._paused is not None:
                self._current, self._at = self._paused
                self._paused = None
        return piece

    def _begin_keys(self, frame: int) -> None:
        if self._current is not None:
            self._paused = (self._current, self._at)
        digits, self._current = self._keys.popleft()
        self._current_is_keys, self._at = True, 0
        self.pressed.append(KeyPress(frame, digits))

    def _begin_sound(self, frame: int) -> None:
        if self._sounds:
            self._current, self._at = self._sounds.popleft(), 0
            self.said.append(Utterance(frame, self._current))

    def _next_live(self) -> Samples | None:
        if not self._live_flows and len(self._live) < _PREFILL_FRAMES:
            return None
        self._live_flows = bool(self._live)
        return self._live.popleft() if self._live else None


class Ear:
    """What a set hears: the last 10 s always, live frames and everything on request."""

    def __init__(self) -> None:
        self._recent: deque[Samples] = deque(maxlen=_RECALL_FRAMES)
        self._live: deque[Samples] | None = None
        self._captured: list[Samples] | None = None
        self.latest: Samples = _SILENT_FRAME

    def hear(self, frame: Samples) -> None:
        """Take 20 ms; the array is kept and must not change afterwards."""
        self.latest = frame
        self._recent.append(frame)
        if self._live is not None:
            self._live.append(frame)
        if self._captured is not None:
            self._captured.append(frame)

    def hear_nothing(self) -> None:
        """The set is on hook."""
        self.latest = _SILENT_FRAME

    def level_dbm0(self) -> float:
        """Level of the latest 20 ms."""
        latest = self.latest
        if latest is _SILENT_FRAME:
            return SILENCE_DBM0
        wide = latest.astype(np.float32)
        return level_of_power(float(wide @ wide) / FRAME_SAMPLES)

    def recent(self) -> Samples:
        """The last 10 s at most, oldest first."""
        return np.concatenate(self._recent) if self._recent else np.zeros(0, np.int16)

    def listen_live(self, on: bool) -> None:
        """Keep frames for `pull`, or stop keeping them."""
        self._live = deque(maxlen=_LIVE_FRAMES) if on else None

    def pull(self) -> Samples | None:
        """The oldest live frame not yet pulled, or None; may be called from another thread."""
        live = self._live
        try:
            return live.popleft() if live is not None else None
        except IndexError:
            return None

    def capture(self) -> None:
        """Keep everything heard from now on (tests only: it grows without bound)."""
        self._captured = []

    def captured(self) -> Samples:
        """All that was heard since `capture`."""
        return np.concatenate(self._captured) if self._captured else np.zeros(0, np.int16)


class Party:
    """A person with a telephone set: `press`, `say`, live audio, and what is heard.

    Methods act at once and belong to the thread that reads the card; another thread wraps them in `SimCard.post`.
    Only `push_audio` and `pull_audio` may be called from one other thread directly.
    """

    def __init__(self) -> None:
        self.mouth = Mouth()
        self.ear = Ear()

    def press(self, digits: str, on_ms: float = 100.0, off_ms: float = 100.0) -> None:
        """Press keys (in-band DTMF). Raises `ValueError` for what is not on a keypad."""
        self.mouth.press(digits, on_ms, off_ms)

    def say(self, samples: Samples) -> None:
        """Say a sound, 16-bit at 8 kHz; sounds queue up."""
        self.mouth.say(samples)

    def push_audio(self, samples: Samples) -> None:
        """Live microphone: any number of 16-bit samples at 8 kHz."""
        self.mouth.push(samples)

    def listen_live(self, on: bool) -> None:
        """Switch the live loudspeaker on or off."""
        self.ear.listen_live(on)

    def pull_audio(self) -> Samples | None:
        """Live loudspeaker: the next 20 ms, or None when there is none yet."""
        return self.ear.pull()
