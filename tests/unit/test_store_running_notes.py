"""What is written during a call is in its record, whoever died in between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from appliance.journal import Journal
from appliance.store import calls, customers
from appliance.store.connection import fetch_value
from appliance.store.customers import CustomerDraft
from appliance.store.database import Database
from appliance.store.errors import InvalidError, NotFoundError
from appliance.store.ingest import ingest
from appliance.store.reasons import reason_labels
from appliance.store.running_notes import NOTHING_WRITTEN, RunningNote, Writer, read_note, write_note
from appliance.telephony.call import CallResult, Direction
from appliance.telephony.ids import AgentId, CallId
from appliance.wire.facts import CallEnded, CallRecord

NOW = datetime.fromisoformat("2026-11-02T09:00:00+08:00")
CALL = CallId("20261102-090001-1")
ZHANG = Writer(user_id=1, name="张先生", address="10.0.0.5")


class _Box:
    def __init__(self, folder: Path) -> None:
        self.folder = folder / "journal"
        self.database = Database(folder / "a.db")
        self.journal = Journal(self.folder, "b1", synchronous=True)

    def write(self, note: RunningNote) -> RunningNote:
        return self.database.write_now(write_note, CALL, note, ZHANG, NOW)

    def end(self) -> None:
        record = CallRecord(
            call_id=CALL, direction=Direction.INBOUND, result=CallResult.TALKED,
            started_at="2026-11-02T09:00:01+08:00", ended_at="2026-11-02T09:05:00+08:00",
            peer_number="05622812345", agents=(AgentId("1001"),), agent=AgentId("1001"),
        )  # fmt: skip
        self.journal.append(CallEnded(id=self.journal.next_id(), at=record.ended_at, record=record))
        self.database.write_now(ingest, self.folder)

    def row(self) -> calls.CallRow:
        return self.database.read_now(calls.get_call, CALL).row


@pytest.fixture
def box(tmp_path: Path) -> Iterator[_Box]:
    made = _Box(tmp_path)
    yield made
    made.database.close()
    made.journal.close()


def test_words_written_one_after_the_other_are_in_the_record(box: _Box) -> None:
    reason = next(iter(box.database.read_now(reason_labels)))
    whose = box.database.write_now(customers.add_customer, CustomerDraft(name="赵老师"), NOW)
    box.write(RunningNote(reason=reason))
    box.write(RunningNote(summary="机顶盒"))
    kept = box.write(RunningNote(summary="机顶盒没有信号", customer=whose.id))
    assert kept == RunningNote(reason=reason, summary="机顶盒没有信号", customer=whose.id)
    box.end()
    row = box.row()
    assert (row.reason, row.summary, row.customer_name) == (reason, "机顶盒没有信号", "赵老师")
    assert box.database.read_now(read_note, CALL) == NOTHING_WRITTEN


def test_a_record_that_is_there_is_changed_at_once(box: _Box) -> None:
    box.end()
    box.write(RunningNote(summary="补记"))
    assert box.row().summary == "补记"
    assert box.database.read_now(fetch_value, "SELECT COUNT(*) FROM running_notes") == 0


def test_who_wrote_stands_in_the_operation_log(box: _Box) -> None:
    box.write(RunningNote(summary="报修"))
    box.end()
    logged = box.database.read_now(fetch_value, "SELECT user_name FROM audit_entries WHERE action = 'call.edit'")
    assert logged == "张先生"


def test_a_customer_deleted_meanwhile_takes_no_words_with_it(box: _Box) -> None:
    whose = box.database.write_now(customers.add_customer, CustomerDraft(name="赵老师"), NOW)
    box.write(RunningNote(summary="报修", customer=whose.id))
    box.database.write_now(customers.delete_customer, whose.id, NOW)
    box.end()
    assert (box.row().summary, box.row().customer_id) == ("报修", None)


@pytest.mark.parametrize(
    ("note", "error"),
    [
        (RunningNote(reason=999_999), InvalidError),
        (RunningNote(summary="长" * 2001), InvalidError),
        (RunningNote(customer=999_999), NotFoundError),
        (NOTHING_WRITTEN, InvalidError),
    ],
)
def test_what_no_record_can_hold_is_refused_while_the_call_runs(
    box: _Box, note: RunningNote, error: type[Exception]
) -> None:
    with pytest.raises(error):
        box.write(note)
    assert msgspec.json.encode(box.database.read_now(read_note, CALL)) == b"{}"
