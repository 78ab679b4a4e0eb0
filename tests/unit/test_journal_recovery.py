"""After a crash the journal alone tells which calls were open and what became of them."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from appliance.journal import Journal, OpenCall, open_calls, recover_record
from appliance.journal.reader import journal_files
from appliance.telephony.call import (
    CallerIdKind,
    CallResult,
    CallState,
    Direction,
    HangUpCause,
    NoRecordingReason,
    Side,
)
from appliance.telephony.ids import AgentId, BoxId, CallId, LineId, StationId
from appliance.wire.facts import CallEnded, CallProgressed, CallStarted, RecordingStarted, Step, VoicemailStarted

START = datetime.fromisoformat("2026-11-02T09:00:00.000+08:00")


def _at(second: float) -> str:
    return (START + timedelta(seconds=second)).isoformat(timespec="milliseconds")


class _Story:
    """Writes one call's facts."""

    def __init__(self, journal: Journal, call_id: str, direction: Direction = Direction.INBOUND) -> None:
        self._journal = journal
        self.call_id = CallId(call_id)
        journal.append(
            CallStarted(
                id=journal.next_id(),
                at=_at(0),
                call_id=self.call_id,
                direction=direction,
                line=LineId(2),
                hotline="0562-96599",
            )
        )

    def step(self, at_s: float, state: CallState, kind: str, **details: str) -> None:
        self._journal.append(
            CallProgressed(
                id=self._journal.next_id(),
                at=_at(at_s),
                call_id=self.call_id,
                state=state,
                step=Step(at_s=at_s, kind=kind, **details),
                peer_number="056228123456",
                peer_number_raw="28123456",
                caller_id=CallerIdKind.FSK,
            )
        )

    def recording(self, at_s: float) -> None:
        self._journal.append(
            RecordingStarted(
                id=self._journal.next_id(), at=_at(at_s), call_id=self.call_id, path="recordings/a.wav", start_s=at_s
            )
        )

    def voicemail(self, at_s: float) -> None:
        self._journal.append(
            VoicemailStarted(
                id=self._journal.next_id(),
                at=_at(at_s),
                call_id=self.call_id,
                path="voicemail/a.wav",
                box=BoxId("public"),
            )
        )

    def ended(self) -> None:
        record = recover_record(OpenCall(started=self._started()), START, lambda _path: 0.0)
        self._journal.append(CallEnded(id=self._journal.next_id(), at=_at(1), record=record))

    def _started(self) -> CallStarted:
        return CallStarted(id="x", at=_at(0), call_id=self.call_id, direction=Direction.INBOUND)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path, "b1", synchronous=True)


def test_only_calls_without_an_end_are_open(tmp_path: Path, journal: Journal) -> None:
    _Story(journal, "one").ended()
    _Story(journal, "two")
    three = _Story(journal, "three")
    three.step(2, CallState.IN_FLOW, "answered")
    assert [call.started.call_id for call in open_calls(tmp_path)] == ["two", "three"]
    assert open_calls(tmp_path / "missing") == []


def test_calls_are_found_across_files_but_not_in_old_ones(tmp_path: Path, journal: Journal) -> None:
    _Story(journal, "old")
    journal.close()
    os.utime(journal_files(tmp_path)[0], (1_000_000, 1_000_000))
    second = Journal(tmp_path, "b2", synchronous=True)
    _Story(second, "recent")
    second.close()
    third = Journal(tmp_path, "b3", synchronous=True)
    third.append(CallStarted(id="b3-1", at=_at(9), call_id=CallId("new"), direction=Direction.OUTBOUND))
    assert [call.started.call_id for call in open_calls(tmp_path)] == ["recent", "new"]


def test_a_talked_call_ends_where_its_recording_ends(tmp_path: Path, journal: Journal) -> None:
    story = _Story(journal, "one")
    story.step(1, CallState.IN_FLOW, "answered")
    story.step(6, CallState.QUEUED, "queued", queue="repair")
    story.step(7, CallState.ALERTING, "offered", agent="1001", station="801")
    story.step(10, CallState.CONNECTED, "connected", agent="1001", station="801")
    story.recording(10)
    record = recover_record(open_calls(tmp_path)[0], START + timedelta(hours=1), {"recordings/a.wav": 32.5}.__getitem__)
    assert record.result is CallResult.TALKED
    assert (record.hang_up_side, record.hang_up_cause) == (Side.SYSTEM, HangUpCause.ENGINE_RESTART)
    assert record.ended_at == _at(42.5)
    assert (record.ring_s, record.wait_s, record.talk_s, record.total_s) == (1, 4, 32.5, 42.5)
    assert (record.agent, record.agents, record.station) == (AgentId("1001"), (AgentId("1001"),), StationId("801"))
    assert (record.answered_at, record.connected_at) == (_at(1), _at(10))
    assert (record.peer_number, record.caller_id, record.queue) == ("056228123456", CallerIdKind.FSK, "repair")
    assert record.recording is not None
    assert record.recording.length_s == 32.5
    assert [step.kind for step in record.steps] == ["answered", "queued", "offered", "connected", "hung_up"]


def test_an_end_never_lies_in_the_future(tmp_path: Path, journal: Journal) -> None:
    story = _Story(journal, "one")
    story.step(10, CallState.CONNECTED, "connected", agent="1001")
    story.recording(10)
    record = recover_record(open_calls(tmp_path)[0], START + timedelta(seconds=20), lambda _path: 500.0)
    assert record.total_s == 20
    assert record.talk_s == 10


@pytest.mark.parametrize(
    ("state", "result"),
    [
        (CallState.OFFERED, CallResult.HUNG_UP_BEFORE_ANSWER),
        (CallState.IN_FLOW, CallResult.HUNG_UP_IN_FLOW),
        (CallState.QUEUED, CallResult.ABANDONED_IN_QUEUE),
        (CallState.ALERTING, CallResult.ABANDONED_IN_QUEUE),
        (CallState.IN_VOICEMAIL, CallResult.VOICEMAIL),
    ],
)
def test_result_of_a_call_without_talk(tmp_path: Path, journal: Journal, state: CallState, result: CallResult) -> None:
    _Story(journal, "one").step(3, state, "node")
    record = recover_record(open_calls(tmp_path)[0], START + timedelta(hours=1), lambda _path: 0.0)
    assert record.result is result
    assert record.talk_s == 0
    assert record.no_recording is NoRecordingReason.NOT_TALKED


def test_an_outgoing_call_that_was_not_answered(tmp_path: Path, journal: Journal) -> None:
    _Story(journal, "one", Direction.OUTBOUND).step(3, CallState.DIALING, "dialled", number="13905621234")
    record = recover_record(open_calls(tmp_path)[0], START + timedelta(hours=1), lambda _path: 0.0)
    assert record.result is CallResult.PEER_NO_ANSWER


def test_a_voicemail_keeps_what_was_said(tmp_path: Path, journal: Journal) -> None:
    story = _Story(journal, "one")
    story.step(2, CallState.IN_FLOW, "answered")
    story.step(5, CallState.IN_VOICEMAIL, "voicemail")
    story.voicemail(5.5)
    record = recover_record(open_calls(tmp_path)[0], START + timedelta(hours=1), lambda _path: 12.0)
    assert record.voicemail is not None
    assert (record.voicemail.length_s, record.voicemail.box) == (12.0, "public")
    assert record.total_s == 17.5


def test_a_recording_that_never_reached_the_disk(tmp_path: Path, journal: Journal) -> None:
    story = _Story(journal, "one")
    story.step(2, CallState.CONNECTED, "connected", agent="1001")
    story.recording(2)
    record = recover_record(open_calls(tmp_path)[0], START + timedelta(hours=1), lambda _path: 0.0)
    assert record.recording is None
    assert record.no_recording is NoRecordingReason.FAILED


def test_transfers_are_told_apart(tmp_path: Path, journal: Journal) -> None:
    story = _Story(journal, "one")
    story.step(2, CallState.CONNECTED, "connected", agent="1001")
    story.step(9, CallState.CONNECTED, "transferred", agent="1002")
    story.step(20, CallState.CONNECTED, "transferred", number="13905621234")
    record = recover_record(open_calls(tmp_path)[0], START + timedelta(hours=1), lambda _path: 0.0)
    assert record.transfers == ("agent:1002", "external:13905621234")
