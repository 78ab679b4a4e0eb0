"""What is kept of a line between runs, and what is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.engine.linelesson import (
    FILE_NAME,
    MOST_LINES,
    LineLesson,
    Measured,
    health_of,
    load_lessons,
    save_lessons,
)
from appliance.telephony.call import LineTrouble
from appliance.telephony.ids import LineId
from drivers.dsp.tonelearning import ENOUGH, LearntTones, Observation
from drivers.dsp.toneplan import load_tone_plan

CHINA = load_tone_plan("cn")
USUAL = Observation(450.0, 0.35, 0.35, -14.0)


def measured(
    *,
    noise_dbm0: float = -60.0,
    hum_dbm0: float = -57.0,
    clicks_per_minute: float = 0.0,
    listened_s: float = 60.0,
) -> Measured:
    return Measured(
        level_dbm0=-30.0,
        loudest_dbm0=-18.0,
        noise_dbm0=noise_dbm0,
        hum_dbm0=(hum_dbm0, -80.0, -80.0),
        clicks_per_minute=clicks_per_minute,
        listened_s=listened_s,
        at="2026-11-02T09:00:00+08:00",
    )


def lesson(*observations: Observation, heard: Measured | None = None) -> LineLesson:
    return LineLesson(line=LineId(3), tones=LearntTones(busy=observations), first_busy_dbm0=-14.0, measured=heard)


def test_what_was_learnt_is_there_after_a_restart(tmp_path: Path) -> None:
    lessons = [lesson(*[USUAL] * ENOUGH, heard=measured()), LineLesson(line=LineId(1), caller_id="dtmf")]
    save_lessons(tmp_path, lessons)
    assert load_lessons(tmp_path) == {each.line: each for each in lessons}
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME], "nothing is left beside it"


def test_no_more_lines_are_kept_than_a_box_can_have(tmp_path: Path) -> None:
    save_lessons(tmp_path, [LineLesson(line=LineId(number)) for number in range(MOST_LINES + 50)])
    assert len(load_lessons(tmp_path)) == MOST_LINES


@pytest.mark.parametrize("content", [b"", b"{", b'{"lines": [{"line": "one"}]}', b'{"lines": 7}', b"\xff\xfe"])
def test_a_broken_file_teaches_nothing_and_is_told_of(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    assert load_lessons(tmp_path) == {}
    assert FILE_NAME in caplog.text


def test_no_file_is_no_news(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert load_lessons(tmp_path) == {}
    assert not caplog.text


@pytest.mark.parametrize(
    ("seen", "drift"),
    [
        (USUAL, ""),
        (Observation(453.0, 0.36, 0.34, -16.0), ""),
        (Observation(440.0, 0.35, 0.35, -20.0), "第3线忙音由450变为440赫兹，电平低6 dB"),
        (Observation(450.0, 0.25, 0.25, -14.0), "第3线忙音节拍由0.35/0.35秒变为0.25/0.25秒"),
        (Observation(450.0, 0.35, 0.35, -10.0), "第3线忙音电平高4 dB"),
    ],
)
def test_drift_is_told_in_words(seen: Observation, drift: str) -> None:
    health = health_of(lesson(*[seen] * ENOUGH), CHINA)
    assert health.drift == drift
    assert (LineTrouble.DRIFT in health.troubles) == bool(drift)


def test_too_few_calls_tell_nothing() -> None:
    health = health_of(lesson(*[Observation(440.0, 0.35, 0.35, -20.0)] * (ENOUGH - 1)), CHINA)
    assert (health.busy, health.drift) == (None, "")


@pytest.mark.parametrize(
    ("heard", "troubles"),
    [
        (measured(), ()),
        (measured(hum_dbm0=-35.0), (LineTrouble.HUM,)),
        (measured(noise_dbm0=-40.0), (LineTrouble.NOISE,)),
        (measured(clicks_per_minute=20.0), (LineTrouble.CLICKS,)),
        (measured(hum_dbm0=-35.0, listened_s=2.0), ()),
        (None, ()),
    ],
)
def test_a_trouble_is_told_when_enough_was_heard(heard: Measured | None, troubles: tuple[LineTrouble, ...]) -> None:
    assert health_of(lesson(heard=heard), CHINA).troubles == troubles
