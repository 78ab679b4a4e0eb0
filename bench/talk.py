"""Hours of telephone conversation, made up: people of both languages, music, keys, laughter, singing, quiet.

What: `Sounds` makes what is needed once; a `Talker` says it in random order, a frame at a time, and remembers what it
    says just now. Voices come from espeak-ng; without it the simulator's made-up voices do.
Limits: about ten minutes of different voices are mixed anew at random levels; nothing in it is the exchange's own tone.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.ivr.prompts import BUILTIN_DIR
from drivers.base import FRAME_SAMPLES, SAMPLE_RATE
from drivers.dsp.level import power_of
from drivers.dsp.tones import dtmf_samples
from drivers.sim.speech import speech
from drivers.sim.steps import Voice
from drivers.wavefile import read_telephone_sound

Sound = NDArray[np.float32]
_ZH = (
    "您好，这里是铜陵广电客服热线，请问有什么可以帮您？我家的电视从昨天晚上开始就没有信号了，屏幕上一直是雪花。",
    "请您先把机顶盒的电源拔掉，等一分钟再插上。嗯，我试过了，还是不行，遥控器也没有反应。那我给您登记一下，师傅明天上午去。",
    "哈哈，好的好的，谢谢啊。对，就是二单元三零一，电话是幺三九零五六二幺二三四。啊？喂，听得见吗？喂喂？",
    "我上个月已经交过费了，怎么又说欠费呢？您别着急，我帮您查一下。一百二十八块五，十二月三号交的，对不对？",
    "网速特别慢，晚上八点以后根本打不开，孩子上网课老是断。你们能不能换一根线？都说了三遍了，到底什么时候来人？",
)
_EN = (
    "Good morning, I would like to ask about the international channels; nobody could tell me which box I need.",
    "Well, I moved last week. The old contract is under my wife's name, number two four zero, one one seven, five.",
    "Hold on please, let me find a pen. Ha ha ha, no, the other one. Okay, go ahead, I am listening, yes, yes, I see.",
)
_VARIANTS = ("", "+m1", "+m3", "+m5", "+m7", "+f1", "+f2", "+f3", "+f4", "+f5", "+croak", "+whisper")


class Sounds:
    """The stock that talkers draw from: sounds of about unit power while they last."""

    def __init__(self, seed: int, voices: int = 48) -> None:
        """Make it; about a tenth of a second a voice."""
        rng = np.random.default_rng(seed)
        self.voices = [_voice(number, rng) for number in range(voices)]
        self.music = [_unit(read_telephone_sound(BUILTIN_DIR / "music.wav").astype(np.float32))]
        self.music += [_tune(rng) for _ in range(12)]
        self.songs = [_song(rng) for _ in range(16)]
        self.laughs = [_laugh(rng) for _ in range(16)]


class Talker:
    """One end of a conversation. `next_frame` is float, on the scale of 16-bit samples."""

    def __init__(self, sounds: Sounds, rng: np.random.Generator, level_dbm0: float) -> None:
        self.kind = "quiet"
        self._sounds = sounds
        self._rng = rng
        self._gain = float(np.sqrt(power_of(level_dbm0)))
        self._now: Sound = np.zeros(0, np.float32)
        self._at = 0
        self.frames_left: int | None = None
        """Falls silent after so many; None: talks for ever."""

    def next_frame(self) -> Sound:
        """20 ms of what this end says."""
        if self.frames_left is not None:
            self.frames_left -= 1
            if self.frames_left < 0:
                self.kind = "silent"
                return np.zeros(FRAME_SAMPLES, np.float32)
        piece = self._now[self._at : self._at + FRAME_SAMPLES]
        while len(piece) < FRAME_SAMPLES:
            self._next_sound()
            piece = np.concatenate((piece, self._now[: FRAME_SAMPLES - len(piece)]))
            self._at = len(piece) if len(self._now) >= FRAME_SAMPLES else len(self._now)
            if len(piece) == FRAME_SAMPLES:
                return piece
        self._at += FRAME_SAMPLES
        return piece

    def _next_sound(self) -> None:
        rng, sounds = self._rng, self._sounds
        choices: list[tuple[float, str, Callable[[], Sound]]] = [
            (0.52, "voice", lambda: self._cut(_pick(rng, sounds.voices), 1.0, 12.0)),
            (0.20, "quiet", lambda: np.zeros(int(rng.uniform(0.2, 6.0) * SAMPLE_RATE), np.float32)),
            (0.07, "music", lambda: self._cut(_pick(rng, sounds.music), 2.0, 20.0)),
            (0.07, "song", lambda: self._cut(_pick(rng, sounds.songs), 1.0, 8.0)),
            (0.06, "laugh", lambda: _pick(rng, sounds.laughs)),
            (0.05, "keys", self._keys),
            (0.03, "two voices", self._two_voices),
        ]
        at = int(rng.choice(len(choices), p=[share for share, _, _ in choices]))
        self.kind = choices[at][1]
        loud = 10.0 ** (rng.uniform(-8.0, 4.0) / 20.0)
        self._now, self._at = (choices[at][2]() * np.float32(self._gain * loud)).astype(np.float32), 0

    def _cut(self, sound: Sound, shortest_s: float, longest_s: float) -> Sound:
        length = min(len(sound), int(self._rng.uniform(shortest_s, longest_s) * SAMPLE_RATE))
        begin = int(self._rng.integers(0, len(sound) - length + 1))
        return sound[begin : begin + length]

    def _keys(self) -> Sound:
        digits = "".join(self._rng.choice(list("0123456789*#"), int(self._rng.integers(1, 12))))
        on_ms, off_ms = self._rng.uniform(50.0, 400.0), self._rng.uniform(60.0, 500.0)
        return _unit(dtmf_samples(digits, on_ms, off_ms, -9.0, 2.0).astype(np.float32))

    def _two_voices(self) -> Sound:
        one, two = (self._cut(_pick(self._rng, self._sounds.voices), 3.0, 8.0) for _ in range(2))
        both = min(len(one), len(two))
        return one[:both] + 0.7 * two[:both]


def _pick(rng: np.random.Generator, sounds: list[Sound]) -> Sound:
    return sounds[int(rng.integers(0, len(sounds)))]


def _unit(sound: Sound) -> Sound:
    frames = sound[: len(sound) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    powers = (frames**2).mean(axis=1)
    active = powers[powers > powers.max() / 300.0].mean() if len(powers) else 1.0
    return (sound / np.float32(np.sqrt(active))).astype(np.float32)


def _voice(number: int, rng: np.random.Generator) -> Sound:
    """A speaker: language, timbre, pitch and rate of its own."""
    texts, language = ((_ZH, "cmn-latn-pinyin"), (_EN, "en"), (_ZH, "cmn-latn-pinyin"))[number % 3]
    text = texts[number % len(texts)]
    program = shutil.which("espeak-ng")
    if program is None:
        return _unit(speech(Voice(1000 + number, 12.0)).astype(np.float32))
    variant = _VARIANTS[number % len(_VARIANTS)]
    pitch, rate = int(rng.integers(10, 90)), int(rng.integers(110, 230))
    with tempfile.TemporaryDirectory(prefix="talk-") as folder:
        path = Path(folder) / "voice.wav"
        command = [program, "-v", f"{language}{variant}", "-p", f"{pitch}", "-s", f"{rate}", "-w", str(path), text]
        subprocess.run(command, check=True, capture_output=True)
        return _unit(read_telephone_sound(path).astype(np.float32))


def _tune(rng: np.random.Generator) -> Sound:
    """Half a minute of plucked and blown notes of the well-tempered scale, some of them chords, in a steady beat."""
    beat = int(rng.uniform(0.12, 0.5) * SAMPLE_RATE)
    decay_s = float(rng.choice([0.08, 0.3, 1.5, 10.0]))
    tune = np.zeros(30 * SAMPLE_RATE, np.float32)
    at = 0
    while at < len(tune) - 4 * beat:
        length = beat * int(rng.choice([1, 1, 2, 2, 4]))
        for _ in range(int(rng.choice([1, 1, 2, 3]))):
            pitch_hz = 440.0 * 2.0 ** (int(rng.integers(-14, 22)) / 12.0)
            tune[at : at + length] += _note(pitch_hz, length, decay_s, rng)
        at += length
    return _unit(tune)


def _note(pitch_hz: float, length: int, decay_s: float, rng: np.random.Generator) -> Sound:
    time_s = np.arange(length) / SAMPLE_RATE
    overtones = rng.uniform(0.0, 0.8, 5) * np.array([1.0, 0.6, 0.4, 0.25, 0.15])
    wave = np.sin(2 * np.pi * pitch_hz * time_s)
    for number, strength in enumerate(overtones, 2):
        if number * pitch_hz < 3400:
            wave += strength * np.sin(2 * np.pi * number * pitch_hz * time_s)
    attack = np.minimum(1.0, time_s / 0.01) * np.minimum(1.0, (time_s[-1] - time_s) / 0.02 + 1e-3)
    note: Sound = (wave * attack * np.exp(-time_s / decay_s)).astype(np.float32)
    return note


def _song(rng: np.random.Generator) -> Sound:
    """Somebody sings or hums around 450 Hz: held notes with vibrato, and slides between them."""
    parts: list[Sound] = []
    for _ in range(14):
        length = int(rng.uniform(0.25, 1.8) * SAMPLE_RATE)
        time_s = np.arange(length) / SAMPLE_RATE
        centre_hz = float(rng.uniform(220.0, 620.0))
        depth = float(rng.uniform(0.008, 0.04))
        slide = float(rng.uniform(-0.04, 0.04)) * time_s / time_s[-1]
        instant_hz = centre_hz * (1.0 + depth * np.sin(2 * np.pi * rng.uniform(4.5, 7.0) * time_s) + slide)
        phase = 2 * np.pi * np.cumsum(instant_hz) / SAMPLE_RATE
        wave = np.sin(phase) + rng.uniform(0.05, 0.5) * np.sin(2 * phase) + rng.uniform(0.0, 0.3) * np.sin(3 * phase)
        parts.append((wave * np.minimum(1.0, time_s / 0.04)).astype(np.float32))
        parts.append(np.zeros(int(rng.uniform(0.02, 0.5) * SAMPLE_RATE), np.float32))
    return _unit(np.concatenate(parts))


def _laugh(rng: np.random.Generator) -> Sound:
    """Ha-ha-ha: bursts of breath over a falling voice, three to seven a second."""
    pitch_hz, rate_hz = float(rng.uniform(160.0, 480.0)), float(rng.uniform(2.5, 7.0))
    length = int(rng.uniform(0.8, 4.0) * SAMPLE_RATE)
    time_s = np.arange(length) / SAMPLE_RATE
    glide = pitch_hz * (1.15 - 0.3 * time_s / time_s[-1])
    voice = np.sin(2 * np.pi * np.cumsum(glide) / SAMPLE_RATE)
    breath = rng.standard_normal(length)
    burst = np.clip(np.sin(2 * np.pi * rate_hz * time_s), 0.0, 1.0) ** 0.7
    return _unit(((rng.uniform(0.3, 1.5) * voice + breath) * burst).astype(np.float32))
