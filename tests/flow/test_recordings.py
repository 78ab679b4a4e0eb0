"""Recordings: the rules (S040–S046), files that play everywhere, evidence of hang-ups, and proof of it all."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest

from appliance.callplan import CallPlan, RecordingRules, Span
from appliance.defaults.plan import default_plan
from appliance.jobs.inspection import Inspection
from appliance.jobs.ledgerbook import read_book
from appliance.media.ledger import Dropped, read_ledger
from appliance.store.database import Database
from appliance.store.ingest import ingest
from appliance.telephony.call import CallResult, HangUpCause, NoRecordingReason, StepKind
from appliance.telephony.ids import AgentId, LineId, SeatId
from appliance.wire.softkeys import PauseRecording
from drivers.dsp.callprogress import CallProgressDetector
from drivers.dsp.level import level_dbm0
from drivers.dsp.toneplan import load_tone_plan
from drivers.signals import Tone
from drivers.sim.card import SimCard
from drivers.sim.directory import DirectoryEntry, FarOutcome
from drivers.sim.profile import HangUpShown, LineProfile
from drivers.sim.speech import speech
from drivers.sim.steps import Voice

from .box import MONDAY_MORNING, Box, conversation, correlation

PLAN = default_plan("铜陵广电", "0562-96599", "0562")
BUSY_NUMBER = DirectoryEntry("13900000002", FarOutcome.BUSY)


def by(rules: RecordingRules) -> CallPlan:
    return msgspec.structs.replace(PLAN, recording=rules)


def card(hang_up: HangUpShown = HangUpShown.POLARITY) -> SimCard:
    return SimCard(lines=[LineProfile(hang_up=hang_up)] * 4, directory=[BUSY_NUMBER], paced=False)


def one_talk(
    tmp_path: Path, rules: RecordingRules, *, talk_s: float = 3.0, start_later: timedelta = timedelta(0)
) -> Box:
    """A caller talks so long with agent 1001 and hangs up."""

    async def script(box: Box) -> None:
        caller, _phone = await box.talking(number="13905620001")
        await box.passes(talk_s)
        caller.hang_up()
        record = await box.record()
        assert record.result is CallResult.TALKED
        assert record.talk_s >= talk_s, "the conversation itself never depends on the rules"

    return conversation(tmp_path, script, card=card, plan=by(rules), start=MONDAY_MORNING + start_later)


def recorded(box: Box) -> bool:
    """Record and disk agree."""
    (record,) = box.records
    files = [path for path in (box.data / "recordings").rglob("*") if path.is_file()]
    if record.recording is None:
        assert files == [], "no file stays behind"
        return False
    assert sorted(path.suffix for path in files) == [".chain", ".wav"]
    return True


def test_a_conversation_is_recorded_both_sides(tmp_path: Path) -> None:
    """S040: the customer left, the seat right, from the first word to the last."""
    hello, answer = speech(Voice(3, 2.0)), speech(Voice(4, 2.0))

    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        caller.say(hello)
        phone.say(answer)
        await box.passes(3)
        phone.hang_up()
        record = await box.record()
        left, right = box.recording(record).T
        assert correlation(left, hello) > 0.9
        assert correlation(right, answer) > 0.9

    conversation(tmp_path, script, card=card)


def test_it_plays_in_ordinary_software(tmp_path: Path) -> None:
    """S041: what others make of the file: ffprobe its kind, sox its sound."""
    box = one_talk(tmp_path, RecordingRules())
    (record,) = box.records
    assert record.recording is not None
    path = box.data / record.recording.path
    if not shutil.which("ffprobe") or not shutil.which("sox"):
        pytest.skip("neither ffprobe nor sox on this machine")
    probe = ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", str(path)]
    told = json.loads(subprocess.run(probe, capture_output=True, check=True).stdout)
    (stream,) = told["streams"]
    assert (stream["codec_name"], stream["sample_rate"], stream["channels"]) == ("pcm_s16le", "8000", 2)
    assert told["format"]["format_name"] == "wav"
    assert float(told["format"]["duration"]) == pytest.approx(record.recording.length_s)
    play = ["sox", str(path), "-t", "raw", "-e", "signed", "-b", "16", "-L", "-"]
    decoded = subprocess.run(play, capture_output=True, check=True)
    assert decoded.stderr == b"", "no warning about the file"
    assert (np.frombuffer(decoded.stdout, "<i2").reshape(-1, 2) == box.recording(record)).all()


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (timedelta(hours=-2), False),
        (timedelta(0), True),
        (timedelta(hours=3), False),
        (timedelta(hours=5, minutes=59), False),
        (timedelta(hours=6), True),
        (timedelta(days=1), True),
        (timedelta(days=5), False),
    ],
)
def test_several_time_windows(tmp_path: Path, later: timedelta, expected: bool) -> None:
    """S042: mornings 8–12 on Monday, 15–18 every working day, Tuesday all day; whatever begins in one is recorded."""
    windows = (
        Span(days=(1,), since="08:00", until="12:00"),
        Span(days=(1, 2, 3, 4, 5), since="15:00", until="18:00"),
        Span(days=(2,), since="00:00", until="24:00"),
    )
    plan = RecordingRules(windows=windows)
    spans = tuple(
        msgspec.structs.replace(hours, spans=(Span(days=(1, 2, 3, 4, 5, 6, 7), since="00:00", until="24:00"),))
        for hours in PLAN.hours
    )

    async def script(box: Box) -> None:
        caller, _phone = await box.talking()
        await box.passes(2)
        caller.hang_up()
        await box.record()

    always = msgspec.structs.replace(by(plan), hours=spans)
    box = conversation(tmp_path, script, card=card, plan=always, start=MONDAY_MORNING + later)
    assert recorded(box) is expected
    assert box.records[0].no_recording is (None if expected else NoRecordingReason.RULE)


def test_shorter_than_the_minimum_is_thrown_away(tmp_path: Path) -> None:
    """S043: it was recorded, and is gone at the end; the ledger knows of it."""
    box = one_talk(tmp_path, RecordingRules(min_s=6.0), talk_s=4.0)
    assert not recorded(box)
    assert box.records[0].no_recording is NoRecordingReason.TOO_SHORT
    assert any(isinstance(line.entry, Dropped) for line in read_ledger(box.data))


def test_as_long_as_the_minimum_stays(tmp_path: Path) -> None:
    """S043: just long enough."""
    assert recorded(one_talk(tmp_path, RecordingRules(min_s=3.0), talk_s=4.0))


def test_longer_than_the_maximum_is_cut(tmp_path: Path) -> None:
    """S043: the recording ends, the conversation goes on."""
    box = one_talk(tmp_path, RecordingRules(max_s=2.0, min_s=1.0), talk_s=5.0)
    assert recorded(box)
    recording = box.records[0].recording
    assert recording is not None
    assert recording.length_s == pytest.approx(2.0, abs=0.1)
    assert len(box.recording(box.records[0])) / 8000 == pytest.approx(recording.length_s)


@pytest.mark.parametrize(
    ("exempt", "expected"),
    [(tuple(AgentId(str(number)) for number in range(1001, 1501)), False), ((AgentId("1002"),), True)],
)
def test_people_who_are_not_recorded(tmp_path: Path, exempt: tuple[AgentId, ...], expected: bool) -> None:
    """S044: any number of them; 500 here."""
    assert recorded(one_talk(tmp_path, RecordingRules(exempt_agents=exempt))) is expected


@pytest.mark.parametrize(
    ("exempt", "expected"), [(tuple(LineId(number) for number in range(1, 33)), False), ((LineId(2), LineId(3)), True)]
)
def test_lines_that_are_not_recorded(tmp_path: Path, exempt: tuple[LineId, ...], expected: bool) -> None:
    """S045: any number of channels."""
    assert recorded(one_talk(tmp_path, RecordingRules(exempt_lines=exempt))) is expected


@pytest.mark.parametrize(("first", "expected"), [(13905619500, False), (13905620002, True)])
def test_numbers_that_are_not_recorded(tmp_path: Path, first: int, expected: bool) -> None:
    """S046: any number of them; 1,000 here."""
    numbers = tuple(str(number) for number in range(first, first + 1000))
    assert recorded(one_talk(tmp_path, RecordingRules(exempt_numbers=numbers))) is expected


def tones_in(samples: np.ndarray) -> set[Tone]:
    detector = CallProgressDetector(1, load_tone_plan("cn"))
    found = set()
    for at in range(0, len(samples) - 159, 160):
        found |= {event.tone for event in detector.step(samples[None, at : at + 160, 0], np.ones(1, bool))}
    return found


@pytest.mark.parametrize(
    ("shown", "cause", "tone"),
    [
        (HangUpShown.BUSY_TONE, HangUpCause.BUSY_TONE, Tone.BUSY),
        (HangUpShown.CONGESTION_TONE, HangUpCause.CONGESTION_TONE, Tone.CONGESTION),
        (HangUpShown.POLARITY, HangUpCause.POLARITY, None),
        (HangUpShown.LOOP_BREAK, HangUpCause.LOOP_BREAK, None),
    ],
)
def test_the_last_seconds_before_an_automatic_hang_up_are_kept(
    tmp_path: Path, shown: HangUpShown, cause: HangUpCause, tone: Tone | None
) -> None:
    said = speech(Voice(5, 1.5))

    async def script(box: Box) -> None:
        caller, _phone = await box.talking()
        await box.passes(4)
        caller.say(said)
        await box.until(lambda: not caller.mouth.speaking)
        caller.hang_up()
        record = await box.record()
        assert record.hang_up_cause is cause
        assert record.evidence == f"evidence/2026/11/02/{record.call_id}.wav"
        heard = box.sound(record.evidence)
        assert heard.shape == (5 * 8000, 1)
        if tone is None:
            assert correlation(heard[:, 0], said) > 0.8, "what was said last is on it"
        else:
            assert tone in tones_in(heard), "the tone that told of it is on it"

    conversation(tmp_path, script, card=lambda: card(shown))


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"silence_hang_up_s": 20.0}, HangUpCause.SILENCE),
        ({"max_call_s": 25.0}, HangUpCause.MAX_DURATION),
    ],
)
def test_a_long_silence_and_the_longest_call_leave_evidence_too(
    tmp_path: Path, change: dict[str, float], cause: HangUpCause
) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        record = await box.record(within_s=90)
        assert record.hang_up_cause is cause
        assert level_dbm0(box.sound(record.evidence)[:, 0]) < -30
        caller.hang_up()
        phone.hang_up()

    plan = msgspec.structs.replace(PLAN, **change)
    conversation(tmp_path, script, card=lambda: card(HangUpShown.NEVER), plan=plan)


def test_a_busy_number_leaves_its_busy_tone(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        phone = box.phone("801")
        phone.lift()
        await box.passes(1)
        phone.press("913900000002")
        record = await box.record(within_s=60)
        assert record.hang_up_cause is HangUpCause.PEER_BUSY
        assert Tone.BUSY in tones_in(box.sound(record.evidence))
        assert record.recording is None
        phone.hang_up()

    conversation(tmp_path, script, card=card)


def test_people_who_hang_up_leave_no_evidence(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        await box.passes(1)
        phone.hang_up()
        record = await box.record()
        assert record.hang_up_cause is HangUpCause.HOOK
        assert record.evidence == ""
        caller.hang_up()

    box = conversation(tmp_path, script, card=card)
    assert not list((box.data / "evidence").rglob("*.wav"))


def test_everything_that_was_recorded_proves_itself(tmp_path: Path) -> None:
    """Two calls at once, one held and handed over: ledger, records and files agree to the last byte."""

    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        colleague = box.phone("802")
        caller.say(speech(Voice(3, 5.0)))
        await box.passes(2)
        phone.flash()
        await box.passes(1)
        phone.press("802")
        await box.rings(colleague)
        colleague.lift()
        await box.passes(2)
        phone.hang_up()
        await box.until(
            lambda: any(step.kind is StepKind.TRANSFERRED for call in box.engine.switch.book for step in call.steps)
        )
        await box.passes(3)
        second = box.outside("13905620009")
        second.call("13905620009")
        await box.answered(second)
        await box.passes(1)
        second.hang_up()
        caller.hang_up()
        await box.record(2)
        colleague.hang_up()

    box = conversation(tmp_path, script, card=card)
    database = Database(tmp_path / "check.db")
    database.write_now(ingest, box.data / "journal")
    outcome = Inspection(box.data, database, MONDAY_MORNING, repair=False, everything=True).run()
    assert outcome.findings == ()
    assert outcome.verified == 1
    (proven,) = [each for each in read_book(box.data).recordings.values() if each.has_file]
    (recording,) = [record.recording for record in box.records if record.recording]
    assert proven.ended is not None
    assert (proven.ended.head, proven.ended.sha256) == (recording.chain, recording.sha256)
    database.close()


def test_what_comes_after_the_conversation_is_no_gap(tmp_path: Path) -> None:
    """The agent hangs up, the caller hears goodbye and is gone: what is not recorded at the end is no gap."""
    box = one_talk(tmp_path, RecordingRules())
    (proven,) = read_book(box.data).recordings.values()
    assert proven.ended is not None
    assert proven.ended.gaps == ()


def test_a_pause_by_the_agent_is_listed_with_place_and_length(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, _phone = await box.talking()
        await box.passes(3)
        await box.command(PauseRecording(seat=SeatId("1"), on=True))
        await box.passes(4)
        await box.command(PauseRecording(seat=SeatId("1"), on=False))
        await box.passes(2)
        caller.hang_up()
        await box.record()

    box = conversation(tmp_path, script, card=card)
    (proven,) = read_book(box.data).recordings.values()
    assert proven.ended is not None
    (gap,) = proven.ended.gaps
    assert gap.at_s == pytest.approx(3.0, abs=0.3)
    assert gap.length_s == pytest.approx(4.0, abs=0.2)
    recording = box.records[0].recording
    assert recording is not None
    assert recording.length_s == pytest.approx(5.5, abs=0.8)


def test_two_runs_of_one_day_give_the_same_ledger(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        one_talk(tmp_path / folder, RecordingRules())
    first, second = ([line.text for line in read_ledger(tmp_path / folder)] for folder in ("a", "b"))
    assert first == second
