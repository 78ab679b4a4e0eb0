"""Recordings in the database: kept, cleaned, deleted, lost, locked; their notes; and ingest again of it all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from appliance.store import call_list, calls, recordings, storage_runs
from appliance.store.call_search import CallSearch, RecordingChoice, RecordingIs
from appliance.store.call_write import save_call
from appliance.store.connection import fetch_value
from appliance.store.database import Database, Source
from appliance.store.errors import InvalidError, NotFoundError
from appliance.store.scope import EVERYTHING
from appliance.store.storage_runs import RunKind
from appliance.telephony.call import CallResult, Direction, NoRecordingReason
from appliance.telephony.ids import CallId
from appliance.wire.facts import CallRecord, Recording

NOW = datetime.fromisoformat("2026-11-02T10:00:00+08:00")
CLEANED, DELETED, LOST = NoRecordingReason.CLEANED, NoRecordingReason.DELETED, NoRecordingReason.LOST


def record(number: int, *, evidence: str = "", recorded: bool = True) -> CallRecord:
    call_id = CallId(f"20261102-0900{number:02}-{number}")
    path = f"recordings/2026/11/02/{call_id}.wav"
    return CallRecord(
        call_id=call_id,
        direction=Direction.INBOUND,
        result=CallResult.TALKED,
        started_at=f"2026-11-02T09:00:{number:02}.250+08:00",
        ended_at="2026-11-02T09:05:00+08:00",
        recording=Recording(path=path, start_s=1.0, length_s=60.0, sha256="5a", chain="c4") if recorded else None,
        no_recording=None if recorded else NoRecordingReason.RULE,
        evidence=evidence,
    )


@pytest.fixture
def database(store: Source) -> Iterator[Database]:
    opened = Database(store)
    yield opened
    opened.close()


def saved(database: Database, *records: CallRecord) -> list[int]:
    return [database.write_now(save_call, each) for each in records]


def found(database: Database, *values: RecordingChoice) -> list[str]:
    search = CallSearch(recording=RecordingIs(values=values))
    return [row.call_id for row in database.read_now(call_list.list_calls, search, EVERYTHING).rows]


def one(database: Database, call_id: CallId) -> recordings.StoredRecording:
    row = database.read_now(recordings.recording_of, call_id)
    assert row is not None
    return row


def test_a_record_brings_its_proof_and_its_evidence(database: Database) -> None:
    call = record(1, evidence="evidence/2026/11/02/x.wav")
    saved(database, call)
    row = one(database, call.call_id)
    assert (row.sha256, row.chain, row.evidence, row.fate) == ("5a", "c4", "evidence/2026/11/02/x.wav", "")
    assert database.read_now(recordings.recording_of, CallId("nobody")) is None


def test_only_evidence_is_no_recording(database: Database) -> None:
    call = record(1, evidence="evidence/x.wav", recorded=False)
    keys = saved(database, call, record(2, recorded=False))
    assert database.read_now(recordings.oldest_to_clean, 9) == []
    assert database.write_now(recordings.settle_fate, keys, CLEANED, at=NOW, by="") == []
    assert database.read_now(recordings.recording_of, record(2).call_id) is None
    row = database.read_now(call_list.call_row, keys[0])
    assert row is not None
    assert row.no_recording is NoRecordingReason.RULE


def test_the_oldest_go_first_and_locked_ones_never(database: Database) -> None:
    keys = saved(database, *(record(number) for number in (3, 1, 2, 4)))
    database.write_now(calls.lock_recording, record(1).call_id, locked=True)
    oldest = database.read_now(recordings.oldest_to_clean, 2)
    assert [row.call_id for row in oldest] == [record(2).call_id, record(3).call_id]
    gone = database.write_now(recordings.settle_fate, keys, CLEANED, at=NOW, by="清理")
    assert [row.call_id for row in gone] == [record(number).call_id for number in (3, 2, 4)]
    assert database.read_now(recordings.oldest_to_clean, 9) == []
    assert [row.call_id for row in database.read_now(recordings.locked_recordings)] == [record(1).call_id]


def test_a_lock_that_came_in_between_wins(database: Database) -> None:
    saved(database, record(1))
    (row,) = database.read_now(recordings.oldest_to_clean, 1)
    database.write_now(calls.lock_recording, row.call_id, locked=True)
    assert database.write_now(recordings.settle_fate, [row.key], CLEANED, at=NOW, by="") == []
    assert one(database, row.call_id).fate == ""


def test_the_log_says_what_became_of_it_and_the_hash_stays(database: Database) -> None:
    call = record(1)
    (key,) = saved(database, call)
    database.write_now(recordings.settle_fate, [key], CLEANED, at=NOW, by="空间清理")
    row = database.read_now(call_list.call_row, key)
    assert row is not None
    assert (row.has_recording, row.no_recording) == (False, CLEANED)
    assert found(database, RecordingChoice.YES) == []
    assert found(database, RecordingChoice.NO) == [call.call_id]
    kept = one(database, call.call_id)
    assert (kept.fate, kept.fate_by, kept.sha256, kept.chain) == ("cleaned", "空间清理", "5a", "c4")
    assert kept.fate_at == "2026-11-02T10:00:00+08:00"


def test_the_journal_read_again_does_not_bring_it_back(database: Database) -> None:
    call = record(1)
    (key,) = saved(database, call)
    database.write_now(recordings.settle_fate, [key], DELETED, at=NOW, by="某人")
    saved(database, call)
    row = database.read_now(call_list.call_row, key)
    assert row is not None
    assert (row.has_recording, row.no_recording) == (False, DELETED)
    assert one(database, call.call_id).fate == "deleted"


def test_a_person_deletes_one_but_not_a_locked_one(database: Database) -> None:
    call = record(1)
    saved(database, call)
    database.write_now(calls.lock_recording, call.call_id, locked=True)
    with pytest.raises(InvalidError, match="锁定"):
        database.write_now(recordings.delete_recording, call.call_id, at=NOW, by="某人")
    database.write_now(calls.lock_recording, call.call_id, locked=False)
    assert database.write_now(recordings.delete_recording, call.call_id, at=NOW, by="某人").path.endswith(".wav")
    with pytest.raises(NotFoundError):
        database.write_now(recordings.delete_recording, call.call_id, at=NOW, by="某人")
    with pytest.raises(InvalidError):
        database.write_now(calls.lock_recording, call.call_id, locked=True)


def test_a_lost_one_may_come_back_a_cleaned_one_not(database: Database) -> None:
    first, second = saved(database, record(1), record(2))
    database.write_now(calls.lock_recording, record(1).call_id, locked=True)
    database.write_now(recordings.settle_fate, [first], LOST, at=NOW, by="检查")
    database.write_now(recordings.settle_fate, [second], CLEANED, at=NOW, by="清理")
    assert found(database, RecordingChoice.YES) == []
    for key in (first, second):
        database.write_now(recordings.found_again, key)
    assert found(database, RecordingChoice.YES) == [record(1).call_id]


def test_all_rows_come_in_order_and_portions(database: Database) -> None:
    saved(database, *(record(number) for number in range(1, 8)))

    first = database.read_now(recordings.recordings_after, 0, 3)
    rest = database.read_now(recordings.recordings_after, first[-1].key, 9)
    assert [row.call_id for row in first + rest] == [record(number).call_id for number in range(1, 8)]
    assert database.read_now(recordings.count_recordings) == 7


def test_evidence_goes_by_age_and_stays_with_a_lock(database: Database) -> None:
    keys = saved(database, *(record(number, evidence=f"evidence/{number}.wav") for number in (1, 2, 3)))
    database.write_now(calls.lock_recording, record(1).call_id, locked=True)
    old = database.read_now(recordings.evidence_before, keys[2], 9)
    assert [row.evidence for row in old] == ["evidence/2.wav"]
    database.write_now(recordings.forget_evidence, [row.key for row in old])
    assert database.read_now(recordings.evidence_before, keys[2], 9) == []
    assert one(database, record(2).call_id).path


def test_notes_are_in_the_order_of_the_recording(database: Database) -> None:
    call = record(1)
    saved(database, call)

    def note(text: str, at_s: float, user: int = 1) -> tuple[recordings.RecordingNote, ...]:
        return database.write_now(
            recordings.add_note, call.call_id, at_s=at_s, text=text, user_id=user, user_name="质检", at=NOW
        )

    note("第二", 30.5)
    notes = note(" 第一 ", 2.0, user=2)
    assert [(each.at_s, each.text) for each in notes] == [(2.0, "第一"), (30.5, "第二")]
    for text, at_s in (("", 1.0), ("长" * 501, 1.0), ("晚", 62.0), ("早", -1.0)):
        with pytest.raises(InvalidError):
            note(text, at_s)
    with pytest.raises(NotFoundError):
        database.write_now(recordings.delete_note, call.call_id, notes[0].id, 1)
    left = database.write_now(recordings.delete_note, call.call_id, notes[0].id, 2)
    assert [each.text for each in left] == ["第二"]
    with pytest.raises(NotFoundError):
        database.write_now(recordings.add_note, CallId("nobody"), at_s=0.0, text="x", user_id=1, user_name="", at=NOW)


def test_runs_are_remembered_the_newest_first(database: Database) -> None:
    for number in range(storage_runs.KEPT_RUNS + 5):
        database.write_now(storage_runs.add_run, RunKind.CHECK, NOW, NOW, f'{{"n":{number}}}'.encode())
    database.write_now(storage_runs.add_run, RunKind.CLEAN, NOW, NOW, b"{}")
    newest = database.read_now(storage_runs.last_runs, RunKind.CHECK, 2)
    assert [run.outcome for run in newest] == ['{"n":104}', '{"n":103}']
    assert database.read_now(lambda db: fetch_value(db, "SELECT count(*) FROM storage_runs")) == 101
