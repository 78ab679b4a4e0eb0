"""Sound of a voice modem on its way to and from frames: in lumps, by another clock."""

from __future__ import annotations

import numpy as np
import pytest

from drivers.base import FRAME_SAMPLES, SAMPLE_RATE
from drivers.modem.arriving import WAIT_SAMPLES, ArrivingSound
from drivers.modem.coding import Coding
from drivers.modem.outgoing import LEAD_FRAMES, OutgoingSound

LATEST_S = 0.26
"""Twelve frames, and the one that is just coming."""


def arrived(lump: int, every_samples: float, frames: int) -> np.ndarray:
    """What `fill` gives when `lump` counted samples come each time so many of ours went by."""
    sound = ArrivingSound()
    row = np.zeros(FRAME_SAMPLES, np.int16)
    said, due, out = 1, 0.0, []
    for frame in range(frames):
        while due <= frame * FRAME_SAMPLES:
            sound.add(np.arange(said, said + lump).astype(np.int16))
            said, due = said + lump, due + every_samples
        sound.fill(row)
        out.append(row.copy())
    return np.concatenate(out)


@pytest.mark.parametrize("lump", [17, 64, 160, 320, 480])
def test_lumps_become_sound_without_a_gap(lump: int) -> None:
    out = arrived(lump, lump, 150)
    begins = int(np.flatnonzero(out)[0])
    assert begins <= WAIT_SAMPLES + lump
    assert (np.diff(out[begins:]) == 1).all()


def test_a_faster_clock_costs_a_jump_now_and_then_but_never_grows_late() -> None:
    out = arrived(160, 150, 190)
    jumps = np.flatnonzero(np.diff(out[np.flatnonzero(out)[0] :]) != 1)
    assert 1 <= len(jumps) <= 2
    said = 190 * FRAME_SAMPLES * 160 / 150
    assert (said - out[-1]) / SAMPLE_RATE < LATEST_S


def test_a_slower_clock_costs_a_short_silence_now_and_then() -> None:
    out = arrived(160, 166, 190)
    heard = out[np.flatnonzero(out)[0] :]
    silences = np.flatnonzero((heard[1:] == 0) & (heard[:-1] != 0))
    assert 1 <= len(silences) <= 3
    told = heard[heard != 0]
    assert (np.diff(told) == 1).all(), "nothing is lost"


def test_what_waits_of_a_held_modem_is_the_latest_and_only_what_can_be_heard() -> None:
    sound = OutgoingSound()
    for _ in range(20):
        sound.add(b"q" * FRAME_SAMPLES, audible=False)
    for number in range(80):
        sound.add(bytes([number]) * FRAME_SAMPLES, audible=True)
    assert sound.stuck_s == 0.0
    sound.begin()
    octets = sound.take(Coding.UNSIGNED_8)
    assert octets[: LEAD_FRAMES * FRAME_SAMPLES] == b"\x80" * (LEAD_FRAMES * FRAME_SAMPLES)
    assert octets[LEAD_FRAMES * FRAME_SAMPLES :: FRAME_SAMPLES] == bytes(range(30, 80))


def test_a_modem_that_should_take_sound_and_does_not_is_noticed() -> None:
    sound = OutgoingSound()
    sound.begin()
    for _ in range(150):
        sound.add(bytes(FRAME_SAMPLES), audible=False)
    assert sound.stuck_s == pytest.approx(2.0)
    sound.take(Coding.MU_LAW)
    assert sound.stuck_s == 0.0
