"""Prompts by name, from the disk into memory: the bureau's own recording, else the built-in one, else a beep.

A prompt in a language (`welcome.en`) that has no sound falls back to the plain one, and that to the English one.

What: `PromptStore.clip(id)` gives a `Clip` at once; its samples are there now or a moment later.
How: decoded files are kept, least recently used first out, up to `CACHE_BYTES`. A file that was replaced is seen by
    its time stamp at the next use. Loading runs in a thread of its own, so that neither the tick nor the control loop
    waits for a disk; in virtual time it runs at once, in place.
Limits: 8 kHz 16-bit mono WAV (what the prompt import writes), at most `LONGEST_S`; anything else is refused with a
    warning and replaced by a beep. A prompt never raises in a call.
"""

from __future__ import annotations

import logging
import threading
import wave
from collections import OrderedDict
from pathlib import Path
from queue import SimpleQueue

import numpy as np

from appliance.ivr.prompts import stand_ins
from appliance.media.clip import Clip, Samples, beep_samples
from appliance.telephony.ids import PromptId
from drivers.base import SAMPLE_RATE

CACHE_BYTES = 32 * 1024 * 1024
LONGEST_S = 600
_log = logging.getLogger(__name__)


class PromptFileError(Exception):
    """A prompt file cannot be played; the text says why."""


def read_prompt(path: Path) -> Samples:
    """Samples of an 8 kHz 16-bit mono WAV, its first `LONGEST_S` seconds. Raises `PromptFileError`."""
    try:
        with wave.open(str(path), "rb") as file:
            shape = (file.getframerate(), file.getsampwidth(), file.getnchannels())
            if shape != (SAMPLE_RATE, 2, 1):
                raise PromptFileError(f"{path} must be 8000 Hz, 16 bit, mono; it is {shape[0]} Hz, {8 * shape[1]} bit")
            content = file.readframes(min(file.getnframes(), LONGEST_S * SAMPLE_RATE))
    except (OSError, EOFError, wave.Error) as error:
        raise PromptFileError(f"{path} cannot be read as a WAV file: {error}") from error
    return np.frombuffer(content[: len(content) // 2 * 2], dtype="<i2").astype(np.int16)


class PromptStore:
    """Prompts of one box. `clip` and `close` belong to the control loop's thread."""

    def __init__(self, own: Path, built_in: Path, *, beside: bool) -> None:
        """Look in folder `own` first, then in `built_in`. `beside`: load in a thread, else in place."""
        self._folders = (own, built_in)
        self._cache: OrderedDict[tuple[Path, int], Clip] = OrderedDict()
        self._fallback = beep_samples()
        self._missing: set[PromptId] = set()
        self._wanted: SimpleQueue[tuple[Path, Clip] | None] = SimpleQueue()
        self._loader: threading.Thread | None = None
        if beside:
            self._loader = threading.Thread(target=self._load_wanted, name="prompts", daemon=True)
            self._loader.start()

    def clip(self, prompt: PromptId) -> Clip:
        """The clip of `prompt`; a beep when it is missing or broken (with a warning in the log)."""
        found = self._find(prompt)
        if found is None:
            if prompt not in self._missing:
                self._missing.add(prompt)
                _log.warning("prompt %s: no %s.wav in %s; a beep is played in its place", prompt, prompt, self._folders)
            return Clip(self._fallback)
        return self._cached(found)

    def sound(self, path: Path) -> Clip:
        """The clip of a recorded message; a beep when it is missing or broken (with a warning in the log)."""
        try:
            return self._cached((path, path.stat().st_mtime_ns))
        except OSError as error:
            _log.warning("message %s cannot be played: %s; a beep is played in its place", path, error)
            return Clip(self._fallback)

    def _cached(self, found: tuple[Path, int]) -> Clip:
        clip = self._cache.get(found)
        if clip is None:
            clip = self._cache[found] = Clip(None)
            if self._loader:
                self._wanted.put((found[0], clip))
            else:
                self._load(found[0], clip)
            self._evict()
        self._cache.move_to_end(found)
        return clip

    def close(self) -> None:
        """End the loading thread; safe to call twice."""
        if self._loader:
            self._wanted.put(None)
            self._loader.join()
            self._loader = None

    def _find(self, prompt: PromptId) -> tuple[Path, int] | None:
        """The file to play and its time stamp; another language before silence, own before built-in."""
        for path in (folder / f"{name}.wav" for name in stand_ins(prompt) for folder in self._folders):
            try:
                return path, path.stat().st_mtime_ns
            except OSError:
                continue
        return None

    def _evict(self) -> None:
        kept = sum(clip.samples.nbytes for clip in self._cache.values() if clip.samples is not None)
        while kept > CACHE_BYTES and len(self._cache) > 1:
            _, oldest = self._cache.popitem(last=False)
            kept -= oldest.samples.nbytes if oldest.samples is not None else 0

    def _load_wanted(self) -> None:
        while (wanted := self._wanted.get()) is not None:
            self._load(*wanted)

    def _load(self, path: Path, clip: Clip) -> None:
        for file in (path, self._folders[-1] / path.name):
            try:
                clip.samples = read_prompt(file)
            except PromptFileError as error:
                _log.warning("%s; the built-in prompt or a beep is played in its place", error)
            else:
                return
        clip.samples = self._fallback
