"""Playlists, frame by frame."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.media.clip import Clip, ToneClips, digits_clip, silence_clip
from appliance.media.events import PlaybackFinished, PlaybackToken
from appliance.media.items import Digits, PlayedTone, Silence
from appliance.media.player import Player
from drivers.base import PortId
from drivers.dsp.level import level_dbm0
from drivers.dsp.toneplan import COUNTRIES, load_tone_plan

PORTS = [PortId("a/1"), PortId("a/2")]
TOKEN = PlaybackToken(1)


def ramp(count: int, first: int = 1) -> NDArray[np.int16]:
    return np.arange(first, first + count, dtype=np.int16)


def run(player: Player, frames: int, under: int = 0) -> tuple[NDArray[np.int16], list[PlaybackFinished]]:
    out: list[NDArray[np.int16]] = []
    ended: list[PlaybackFinished] = []
    for frame in range(frames):
        tx = np.full((2, 160), under, np.int16)
        ended += player.add_to(tx, frame)
        out.append(tx[0].copy())
    return np.concatenate(out), ended


def test_clips_follow_each_other_without_a_gap_and_the_end_is_told_once() -> None:
    player = Player(PORTS)
    player.play(0, TOKEN, [Clip(ramp(100)), Clip(ramp(250, 1000))], loop=False, over=False)
    heard, ended = run(player, 5, under=9)
    expected = np.concatenate((ramp(100), ramp(250, 1000), np.zeros(130, np.int16), np.full(320, 9, np.int16)))
    assert (heard == expected).all()
    assert ended == [PlaybackFinished(PORTS[0], 2, TOKEN, stopped=False)]


def test_a_clip_that_fills_its_frame_ends_in_it() -> None:
    player = Player(PORTS)
    player.play(0, TOKEN, [Clip(ramp(320))], loop=False, over=False)
    assert run(player, 4)[1] == [PlaybackFinished(PORTS[0], 1, TOKEN, stopped=False)]


def test_length_repeats_and_cuts() -> None:
    player = Player(PORTS)
    player.play(0, TOKEN, [Clip(ramp(90), 200)], loop=False, over=False)
    heard, _ = run(player, 2)
    assert (heard[:200] == np.concatenate((ramp(90), ramp(90), ramp(20)))).all()
    assert not heard[200:].any()


def test_a_loop_goes_round_until_stopped() -> None:
    player = Player(PORTS)
    player.play(0, TOKEN, [Clip(ramp(100)), Clip(ramp(7, 500))], loop=True, over=False)
    heard, ended = run(player, 20)
    assert ended == []
    assert (heard == np.resize(np.concatenate((ramp(100), ramp(7, 500))), heard.size)).all()
    player.stop(0)
    assert run(player, 2)[1] == [PlaybackFinished(PORTS[0], 0, TOKEN, stopped=True)]


def test_an_empty_loop_ends_instead_of_going_round_for_ever() -> None:
    player = Player(PORTS)
    player.play(0, TOKEN, [Clip(ramp(0)), silence_clip(Silence(0))], loop=True, over=False)
    assert run(player, 2)[1] == [PlaybackFinished(PORTS[0], 0, TOKEN, stopped=False)]
    player.play(0, TOKEN, [], loop=True, over=False)
    assert len(run(player, 2)[1]) == 1


def test_a_newer_playlist_replaces_the_older() -> None:
    player = Player(PORTS)
    player.play(0, TOKEN, [Clip(ramp(1000))], loop=False, over=False)
    run(player, 1)
    player.play(0, PlaybackToken(2), [Clip(ramp(160, 2000))], loop=False, over=False)
    heard, ended = run(player, 2)
    assert (heard[:160] == ramp(160, 2000)).all()
    assert [(event.token, event.stopped) for event in ended] == [(1, True), (2, False)]


def test_over_adds_to_the_bridge_and_instead_replaces_it() -> None:
    player = Player(PORTS)
    player.play(0, TOKEN, [Clip(np.full(160, 32000, np.int16))], loop=False, over=True)
    assert (run(player, 1, under=5)[0] == 32005).all()
    player.play(0, TOKEN, [Clip(np.full(160, 32000, np.int16))], loop=False, over=True)
    assert (run(player, 1, under=5000)[0] == 32767).all()
    player.play(0, TOKEN, [Clip(np.full(160, 32000, np.int16))], loop=False, over=False)
    assert (run(player, 1, under=5000)[0] == 32000).all()


def test_a_prompt_still_loading_is_waited_for_but_not_for_ever() -> None:
    player = Player(PORTS)
    late, never = Clip(None), Clip(None)
    player.play(0, TOKEN, [late, never, Clip(ramp(160))], loop=False, over=False)
    assert not run(player, 10)[0].any()
    late.samples = ramp(160, 700)
    heard, ended = run(player, 120)
    assert (heard[:160] == ramp(160, 700)).all()
    assert (heard[101 * 160 : 102 * 160] == ramp(160)).all()
    assert len(ended) == 1


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_country_has_every_tone(country: str) -> None:
    tones = ToneClips(load_tone_plan(country))
    for tone in PlayedTone:
        samples = tones.clip(tone, None).samples
        assert samples is not None
        assert level_dbm0(samples) > -25


def test_china_busy_tone_beats_at_its_cadence_and_level() -> None:
    player = Player(PORTS)
    player.play(0, TOKEN, [ToneClips(load_tone_plan("cn")).clip(PlayedTone.BUSY, 7.0)], loop=False, over=False)
    heard, _ = run(player, 350)
    cycles = heard.reshape(10, 5600)
    assert not cycles[:, 2800:].any()
    assert abs(level_dbm0(cycles[:, :2800].reshape(-1)) + 10.0) < 0.1


def test_digits_pause_at_a_comma_and_refuse_letters() -> None:
    samples = digits_clip(Digits("0,1", on_ms=100, off_ms=100)).samples
    assert samples is not None
    assert samples.size == 2 * 1600 + 8000
    assert not samples[800 : 1600 + 8000].any()
    with pytest.raises(ValueError, match="DTMF"):
        digits_clip(Digits("12x"))
