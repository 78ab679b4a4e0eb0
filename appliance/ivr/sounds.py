"""Sounds that are no speech: the beep before a message and the music of the queue, composed and rendered here.

The music is a pentatonic tune of plucked strings over a slow accompaniment, 25.6 s that join end to start. Its tonic
puts the widest step of the scale across the 450 Hz that tone detectors listen to (no string between 411 and 489 Hz) and
no fundamental within 11 % of a DTMF tone; plucked notes die away, so nothing holds still for a detector in any case.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drivers.base import SAMPLE_RATE

MUSIC_DBFS = -20.0
_BEEP_HZ = 1000.0
_BEEP_S = 0.4
_EDGE_S = 0.01

_STEP_S = 0.4
_TONIC_HZ = 244.5
_SEMITONES = (0, 2, 4, 7, 9)
# One digit a step of 0.4 s: degree of the scale, 0 the tonic, 5 the tonic an octave up; `.` lets the string ring.
_TUNE = "2.345.43 2.123... 4.565.43 4.321... 234.5.6. 7.654.3. 2.343.21 0.120..."
# One letter a bar's half: the accompaniment's root, plucked low and echoed a fifth or so above a step later.
_ROOTS = "aa ca cc bb aa bc ab aa"
_ACCOMPANIMENT = {"a": (-5, -2, 0), "b": (-2, 0, 1), "c": (-1, 0, 2)}
_HARMONICS = ((1, 1.0), (2, 0.45), (3, 0.22), (4, 0.1), (5, 0.05))


def beep() -> NDArray[np.float64]:
    """1 kHz for 0.4 s with soft edges, full scale 1."""
    at_s = np.arange(round(_BEEP_S * SAMPLE_RATE)) / SAMPLE_RATE
    edge = np.minimum(1.0, np.minimum(at_s, at_s[::-1]) / _EDGE_S)
    tone: NDArray[np.float64] = 0.5 * np.sin(2 * np.pi * _BEEP_HZ * at_s) * np.sin(np.pi / 2 * edge) ** 2
    return tone


def music() -> NDArray[np.float64]:
    """The queue's music, one round; the last strings ring on into its beginning."""
    steps = _TUNE.replace(" ", "")
    out = np.zeros(round(len(steps) * _STEP_S * SAMPLE_RATE))
    for step, degree in enumerate(steps):
        if degree != ".":
            _pluck(out, step * _STEP_S, int(degree), 1.0)
    for half_bar, root in enumerate(_ROOTS.replace(" ", "")):
        for step, degree_below in enumerate(_ACCOMPANIMENT[root]):
            _pluck(out, (half_bar * 4 + step) * _STEP_S, degree_below, 0.5 if step == 0 else 0.3)
    out /= np.max(np.abs(out))
    return out


def _pluck(out: NDArray[np.float64], at_s: float, degree: int, loudness: float) -> None:
    """Add a string to `out`, wrapping round its end; overtones die sooner than the fundamental."""
    octave, step = divmod(degree, len(_SEMITONES))
    hz = _TONIC_HZ * 2 ** (octave + _SEMITONES[step] / 12)
    ring_s = np.arange(round(2.4 * SAMPLE_RATE)) / SAMPLE_RATE
    string = np.zeros(ring_s.size)
    for number, strength in _HARMONICS:
        string += strength * np.exp(-ring_s * number**0.7 / 0.55) * np.sin(2 * np.pi * hz * number * ring_s)
    string *= loudness * np.minimum(1.0, ring_s / 0.004)
    begin = round(at_s * SAMPLE_RATE)
    np.add.at(out, (begin + np.arange(string.size)) % out.size, string)
