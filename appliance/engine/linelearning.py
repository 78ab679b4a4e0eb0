"""The engine's ear for its lines: what calls teach about each, kept between runs, and put to use.

What: `LineLearning` is shown every signal of a line and every sound of a hang-up; `health` is what people are told.
    A plan learnt from a line is given to that line's tone detector at once and at every start.
How: one `LineLesson` per line (`linelesson.py`). `save` writes them if something is new; call it beside the loop.
Limits: a tone is learnt from calls that the far end ended, four that agree; a learnt pitch that the country's plan does
    not watch for is only reported as drift, a learnt beat is listened for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec
import numpy as np

from appliance.engine.linelesson import LineLesson, health_of, load_lessons, measured_of, save_lessons
from appliance.media.events import HangUpHeard
from appliance.media.media import Media
from appliance.telephony.ids import LineId
from appliance.wire.linehealth import LineHealth
from appliance.wire.linetest import LineTest
from drivers.base import FRAME_S, PortId
from drivers.dsp.tonelearning import ToneLearning, settled
from drivers.signals import (
    CallerIdReceived,
    FarEndAnswered,
    HangUpEvidence,
    RingStarted,
    RingStopped,
    Signal,
    Tone,
)

log = logging.getLogger(__name__)

RING_PAUSE_S = 6.0
"""Longer between two bursts is another call's ring (GB/T 3380: 4 s off)."""
_TONE_OF = {HangUpEvidence.BUSY_TONE: Tone.BUSY, HangUpEvidence.CONGESTION_TONE: Tone.CONGESTION}


class LineLearning:
    """What the lines have taught. Call all but `save` on the control loop."""

    def __init__(self, media: Media, data: Path, now: Callable[[], datetime]) -> None:
        self._media = media
        self._data = data
        self._now = now
        self._lessons = load_lessons(data)
        self._learning: dict[LineId, ToneLearning] = {}
        self._bell_at: dict[PortId, int] = {}
        """Frame at which the ringing voltage last came on or went off."""
        self._saved: tuple[LineLesson, ...] = tuple(self._lessons.values())

    def begin(self, line: LineId, port: PortId) -> None:
        """A line is in service: listen to it by what it taught before."""
        self._learning[line] = ToneLearning(self._media.tone_plan, self._lesson(line).tones)
        self._media.listen_by(port, self._learning[line].plan())

    def take(self, line: LineId, signal: Signal) -> None:
        """Look at one fact from the line."""
        lesson = self._lesson(line)
        match signal:
            case RingStarted():
                pause_s = self._bell_turned(signal)
                if 0 < pause_s < RING_PAUSE_S:
                    self._keep(lesson, ring_off_s=round(pause_s, 1))
            case RingStopped():
                self._keep(lesson, ring_on_s=round(self._bell_turned(signal), 1))
            case CallerIdReceived():
                self._keep(lesson, caller_id=signal.modulation.value)
            case FarEndAnswered(certain=True):
                self._keep(lesson, answers_reversed=lesson.answers_reversed + 1)
            case FarEndAnswered():
                self._keep(lesson, answers_inferred=lesson.answers_inferred + 1)
            case _:
                pass

    def hung_up(self, line: LineId, heard: HangUpHeard) -> None:
        """Learn the tone by which a call ended; about 1 ms."""
        learning, lesson = self._learning[line], self._lesson(line)
        before = learning.plan()
        if learning.heard(np.frombuffer(heard.pcm, np.int16), _TONE_OF.get(heard.evidence)) is None:
            return
        busy, congestion = settled(learning.state.busy), settled(learning.state.congestion)
        first_busy, first_congestion = lesson.first_busy_dbm0, lesson.first_congestion_dbm0
        if first_busy is None and busy:
            first_busy = busy.level_dbm0
        if first_congestion is None and congestion:
            first_congestion = congestion.level_dbm0
        self._keep(lesson, tones=learning.state, first_busy_dbm0=first_busy, first_congestion_dbm0=first_congestion)
        if learning.plan() != before:
            self._media.listen_by(heard.port, learning.plan())

    def tested(self, test: LineTest) -> None:
        """A test of the line is over."""
        self._keep(self._lesson(test.line), test=test)

    def measure(self, ports: dict[PortId, LineId]) -> None:
        """Take over what the lines sounded like in the last minute."""
        for port, findings in self._media.line_checks().items():
            line = ports.get(port)
            if line is None:
                continue
            lesson = self._lesson(line)
            at = self._now().isoformat(timespec="seconds")
            if lesson.measured is None or lesson.measured.listened_s != round(findings.listened_s, 1):
                self._keep(lesson, measured=measured_of(findings, at))

    def health(self, line: LineId) -> LineHealth:
        """What is known of the line."""
        return health_of(self._lesson(line), self._media.tone_plan)

    def to_save(self) -> tuple[LineLesson, ...] | None:
        """The lessons, if something is new since they were asked for last."""
        lessons = tuple(self._lessons.values())
        if lessons == self._saved:
            return None
        self._saved = lessons
        return lessons

    def save(self, lessons: tuple[LineLesson, ...]) -> None:
        """Write them; a disk that refuses is logged, and they are written again when something is new. Any thread."""
        try:
            save_lessons(self._data, lessons)
        except OSError as error:
            log.warning("what was learnt of the lines cannot be kept: %s", error)

    def _bell_turned(self, signal: RingStarted | RingStopped) -> float:
        """Seconds since the bell last came on or went off; 0 for the first time."""
        before, self._bell_at[signal.port] = self._bell_at.get(signal.port, signal.at_frame), signal.at_frame
        return (signal.at_frame - before) * FRAME_S

    def _lesson(self, line: LineId) -> LineLesson:
        return self._lessons.get(line) or LineLesson(line=line)

    def _keep(self, lesson: LineLesson, **changes: object) -> None:
        self._lessons[lesson.line] = msgspec.structs.replace(lesson, **changes)
