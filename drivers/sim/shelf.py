"""The sounds that scripted people say: WAV files and made-up voices, each loaded once."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from drivers.sim.party import Samples
from drivers.sim.speech import speech
from drivers.sim.steps import Voice
from drivers.wavefile import read_telephone_sound

_VOICES_KEPT = 64


class SoundShelf:
    """Sounds by name; files are relative to `folder`."""

    def __init__(self, folder: Path = Path()) -> None:
        self._folder = folder
        self._files: dict[str, Samples] = {}
        self._voices: OrderedDict[Voice, Samples] = OrderedDict()

    def samples(self, sound: str | Voice) -> Samples:
        """The sound at 8 kHz; do not write to it. Raises `WavError` for a file that cannot be read."""
        if isinstance(sound, str):
            if sound not in self._files:
                self._files[sound] = read_telephone_sound(self._folder / sound)
            return self._files[sound]
        if sound not in self._voices:
            self._voices[sound] = speech(sound)
            if len(self._voices) > _VOICES_KEPT:
                self._voices.popitem(last=False)
        return self._voices[sound]
