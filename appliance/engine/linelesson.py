"""What each outside line has taught the box, kept in `lines.json` of the data folder: tones, caller ID, ring, health.

What: `LineLesson` is all that is kept of a line; `load_lessons` and `save_lessons` are the file. `health_of` is what a
    person is told of it, and what is wrong.
How: the file is replaced whole (`appliance/atomicfile.py`); a broken one teaches nothing and is overwritten in time.
Limits: at most `MOST_LINES` lines, and of each the last few observations of a tone. A busy tone is compared in pitch
    and beat with the country's plan, in level with what this line's first calls were like.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

import msgspec

from appliance.atomicfile import replace_file
from appliance.telephony.call import LineTrouble
from appliance.telephony.ids import LineId
from appliance.wire.linehealth import LearntTone, LineHealth
from appliance.wire.linetest import LineTest
from drivers.dsp.linecheck import LineFindings
from drivers.dsp.tonelearning import LearntTones, Observation, settled
from drivers.dsp.toneplan import TonePlan
from drivers.signals import Tone

log = logging.getLogger(__name__)

FILE_NAME = "lines.json"
MOST_LINES = 128
HUM_DBM0 = -45.0
"""Hum louder than this is heard under a conversation."""
NOISE_DBM0 = -50.0
CLICKS_PER_MINUTE = 6.0
LISTENED_S = 5.0
"""Before that nothing is said to be wrong."""
DRIFT_HZ = 5.0
DRIFT_SHARE = 0.08
"""Of a tone's on or off time."""
DRIFT_DB = 3.0
_TONE_WORDS = {Tone.BUSY: "忙音", Tone.CONGESTION: "拥塞音"}


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """How the line sounded last; as `LineFindings`, levels in dBm0."""

    level_dbm0: float
    loudest_dbm0: float
    noise_dbm0: float
    hum_dbm0: tuple[float, float, float]
    clicks_per_minute: float
    listened_s: float
    at: str


class LineLesson(msgspec.Struct, frozen=True, kw_only=True):
    """All that is kept of one line."""

    line: LineId
    tones: LearntTones = LearntTones()
    first_busy_dbm0: float | None = None
    """Level of busy tone when enough calls had first agreed on it."""
    first_congestion_dbm0: float | None = None
    caller_id: str = ""
    """Modulation of the last caller ID, empty: none was ever read."""
    answers_reversed: int = 0
    """Outgoing calls whose answer showed by a reversal."""
    answers_inferred: int = 0
    ring_on_s: float = 0.0
    ring_off_s: float = 0.0
    measured: Measured | None = None
    test: LineTest | None = None


class _File(msgspec.Struct, frozen=True, kw_only=True):
    lines: tuple[LineLesson, ...] = ()


def load_lessons(data: Path) -> dict[LineId, LineLesson]:
    """What was learnt before. A file that cannot be read is left out with a warning; none is no news."""
    path = data / FILE_NAME
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=_File).lines
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError) as error:
        log.warning("%s cannot be used (%s): lines are learnt afresh", path, error)
        return {}
    return {lesson.line: lesson for lesson in kept[:MOST_LINES]}


def save_lessons(data: Path, lessons: Iterable[LineLesson]) -> None:
    """Replace the file. Raises `OSError`."""
    kept = tuple(sorted(lessons, key=lambda lesson: lesson.line))[:MOST_LINES]
    replace_file(data / FILE_NAME, msgspec.json.format(msgspec.json.encode(_File(lines=kept)), indent=1))


def measured_of(findings: LineFindings, at: str) -> Measured:
    """`findings` to be kept, rounded to what can be told apart."""
    fifty, hundred, hundred_fifty = (round(level, 1) for level in findings.hum_dbm0)
    return Measured(
        level_dbm0=round(findings.level_dbm0, 1),
        loudest_dbm0=round(findings.loudest_dbm0, 1),
        noise_dbm0=round(findings.noise_dbm0, 1),
        hum_dbm0=(fifty, hundred, hundred_fifty),
        clicks_per_minute=round(findings.clicks_per_minute, 1),
        listened_s=round(findings.listened_s, 1),
        at=at,
    )


def health_of(lesson: LineLesson, plan: TonePlan) -> LineHealth:
    """What is told of a line; `plan` is the country's."""
    seen, busy, congestion = lesson.measured, settled(lesson.tones.busy), settled(lesson.tones.congestion)
    drifts = [
        text
        for tone, learnt, first_dbm0 in (
            (Tone.BUSY, busy, lesson.first_busy_dbm0),
            (Tone.CONGESTION, congestion, lesson.first_congestion_dbm0),
        )
        if (text := _drift(tone, learnt, first_dbm0, plan))
    ]
    drift = f"第{lesson.line}线" + "；".join(drifts) if drifts else ""
    return LineHealth(
        line=lesson.line,
        measured_at=seen.at if seen else "",
        listened_s=seen.listened_s if seen else 0.0,
        level_dbm0=seen.level_dbm0 if seen else None,
        loudest_dbm0=seen.loudest_dbm0 if seen else None,
        noise_dbm0=seen.noise_dbm0 if seen else None,
        hum_dbm0=seen.hum_dbm0 if seen else None,
        clicks_per_minute=seen.clicks_per_minute if seen else None,
        busy=_shown(busy, len(lesson.tones.busy)),
        congestion=_shown(congestion, len(lesson.tones.congestion)),
        caller_id=lesson.caller_id,
        answers_reversed=lesson.answers_reversed,
        answers_inferred=lesson.answers_inferred,
        ring_on_s=lesson.ring_on_s,
        ring_off_s=lesson.ring_off_s,
        drift=drift,
        troubles=(*_troubles(seen), *((LineTrouble.DRIFT,) if drift else ())),
        test=lesson.test,
    )


def _troubles(seen: Measured | None) -> list[LineTrouble]:
    if seen is None or seen.listened_s < LISTENED_S:
        return []
    signs = {
        LineTrouble.HUM: max(seen.hum_dbm0) > HUM_DBM0,
        LineTrouble.NOISE: seen.noise_dbm0 > NOISE_DBM0,
        LineTrouble.CLICKS: seen.clicks_per_minute > CLICKS_PER_MINUTE,
    }
    return [trouble for trouble, there in signs.items() if there]


def _shown(learnt: Observation | None, calls: int) -> LearntTone | None:
    if learnt is None:
        return None
    return LearntTone(
        pitch_hz=learnt.pitch_hz,
        on_s=learnt.on_s,
        off_s=learnt.off_s,
        level_dbm0=round(learnt.level_dbm0, 1),
        calls=calls,
    )


def _drift(tone: Tone, learnt: Observation | None, first_dbm0: float | None, plan: TonePlan) -> str:
    """How the tone is not as it should be or was, in Chinese; nothing when it is."""
    planned = next((each for each in plan.tone if each.tone is tone), None)
    if learnt is None or planned is None or len(planned.frequencies_hz) != 1 or len(planned.cadence_s) != 2:
        return ""
    (usual_hz,), (on_s, off_s) = planned.frequencies_hz, planned.cadence_s
    parts = []
    if abs(learnt.pitch_hz - usual_hz) >= DRIFT_HZ:
        parts.append(f"由{usual_hz:.0f}变为{learnt.pitch_hz:.0f}赫兹")
    if any(abs(seen - usual) > DRIFT_SHARE * usual for seen, usual in ((learnt.on_s, on_s), (learnt.off_s, off_s))):
        parts.append(f"节拍由{on_s:g}/{off_s:g}秒变为{learnt.on_s:.2f}/{learnt.off_s:.2f}秒")
    if first_dbm0 is not None and abs(learnt.level_dbm0 - first_dbm0) >= DRIFT_DB:
        word = "低" if learnt.level_dbm0 < first_dbm0 else "高"
        parts.append(f"电平{word}{abs(learnt.level_dbm0 - first_dbm0):.0f} dB")
    return _TONE_WORDS[tone] + "，".join(parts) if parts else ""
