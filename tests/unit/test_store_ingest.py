"""Every call comes into the log exactly once, whoever was killed when; what people wrote on it stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from appliance.journal import Journal
from appliance.journal.reader import journal_files
from appliance.store import call_list, calls, customers
from appliance.store.call_search import CallSearch, CustClass, Summary, VoicemailChoice, VoicemailIs
from appliance.store.call_write import save_call
from appliance.store.calls import CallEdit
from appliance.store.connection import Connection, execute, fetch_value, is_postgres
from appliance.store.customers import CustomerDraft
from appliance.store.database import Database, Source
from appliance.store.errors import InvalidError, NotFoundError
from appliance.store.ingest import IngestReport, ingest, unread_bytes
from appliance.store.scope import EVERYTHING, Scope
from appliance.telephony.call import CallResult, Direction
from appliance.telephony.ids import AgentId, BoxId, CallId, LineId
from appliance.wire.facts import CallEnded, CallRecord, EngineStarted, Recording, Step, Voicemail

NOW = datetime.fromisoformat("2026-11-02T09:00:00+08:00")


def _record(number: int, **more: object) -> CallRecord:
    return CallRecord(
        **{
            "call_id": CallId(f"20261102-0900{number:02}-{number}"),
            "direction": Direction.INBOUND,
            "result": CallResult.TALKED,
            "started_at": f"2026-11-02T09:00:{number:02}.250+08:00",
            "ended_at": "2026-11-02T09:05:00+08:00",
            "line": LineId(1),
            "peer_number": "05622812345",
            "peer_number_raw": "2812345",
            "agents": (AgentId("1001"),),
            "agent": AgentId("1001"),
            "steps": (Step(at_s=1.0, kind="node", flow="main", node="menu", digits="1"),),
            **more,
        }
    )


class _Box:
    def __init__(self, folder: Path, store: Source) -> None:
        self.folder = folder / "journal"
        self.database = Database(store)
        self.journal = Journal(self.folder, "b1", synchronous=True)

    def end(self, record: CallRecord) -> None:
        self.journal.append(CallEnded(id=self.journal.next_id(), at=record.ended_at, record=record))

    def ingest(self, **how: int) -> IngestReport:
        return self.database.write_now(ingest, self.folder, **how)

    def call_ids(self, search: CallSearch = CallSearch()) -> list[str]:  # noqa: B008 immutable
        return [row.call_id for row in self.database.read_now(call_list.list_calls, search, EVERYTHING).rows]


@pytest.fixture
def box(tmp_path: Path, store: Source) -> Iterator[_Box]:
    box = _Box(tmp_path, store)
    yield box
    box.journal.close()
    box.database.close()


def test_newest_first_and_nothing_twice(box: _Box) -> None:
    for number in (1, 3, 2):
        box.end(_record(number))
    assert len(box.ingest().call_ids) == 3
    assert box.ingest() == IngestReport()
    box.end(_record(4))
    assert box.ingest().facts == 1
    assert box.call_ids() == [_record(number).call_id for number in (4, 3, 2, 1)]
    assert box.database.read_now(unread_bytes, box.folder) == 0


def test_calls_of_one_millisecond_are_all_there(box: _Box) -> None:
    for number in (1, 2, 3):
        box.end(_record(number, started_at="2026-11-02T09:00:00.100+08:00"))
    box.ingest()
    assert len(box.call_ids()) == 3


def test_a_failed_ingest_is_done_again(box: _Box, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after some calls: neither calls nor position are kept, the next ingest has them all."""
    for number in range(5):
        box.end(_record(number))

    def dies(db: Connection, record: CallRecord) -> int:
        if record.call_id.endswith("-3"):
            raise KeyboardInterrupt
        return save_call(db, record)

    with monkeypatch.context() as patch:
        patch.setattr("appliance.store.ingest.save_call", dies)
        with pytest.raises(KeyboardInterrupt):
            box.ingest()
    assert box.call_ids() == []
    assert len(box.ingest().call_ids) == 5


def test_in_portions(box: _Box) -> None:
    for number in range(7):
        box.end(_record(number))
    reports = [box.ingest(max_lines=3) for _ in range(3)]
    assert [(report.facts, report.more) for report in reports] == [(3, True), (3, True), (1, False)]
    assert len(box.call_ids()) == 7


def test_garbage_and_other_facts_are_passed(box: _Box) -> None:
    box.journal.append(EngineStarted(id=box.journal.next_id(), at=NOW.isoformat(), boot="b1", version="1"))
    box.end(_record(1))
    box.end(_record(2, started_at="yesterday"))
    path = journal_files(box.folder)[0]
    path.write_bytes(b"\xff\xfe\n{}\n" + path.read_bytes())
    report = box.ingest()
    assert (report.facts, report.garbage, len(report.call_ids)) == (2, 3, 1)


def test_a_second_record_replaces_the_first_and_keeps_what_people_wrote(box: _Box) -> None:
    box.end(_record(1, result=CallResult.ABANDONED_IN_QUEUE, voicemail=_voicemail()))
    box.ingest()
    call_id = _record(1).call_id
    box.database.write_now(calls.edit_call, call_id, CallEdit(reason=2, summary="已派单"))
    box.database.write_now(calls.set_voicemail_state, call_id, "heard")
    box.end(_record(1, voicemail=_voicemail(), talk_s=30.0))
    box.ingest()
    detail = box.database.read_now(calls.get_call, call_id)
    assert box.call_ids() == [call_id]
    assert (detail.row.result, detail.row.talk_s) == (CallResult.TALKED, 30.0)
    assert (detail.row.reason, detail.row.summary, detail.row.voicemail_state) == (2, "已派单", "heard")
    assert box.call_ids(CallSearch(summary=Summary(words="派单"))) == [call_id]
    heard = CallSearch(voicemail=VoicemailIs(values=(VoicemailChoice.HEARD,)))
    assert box.call_ids(heard) == [call_id]


def _voicemail() -> Voicemail:
    return Voicemail(path="voicemail/a.wav", length_s=9.0, box=BoxId("public"))


def test_class_and_area_are_those_of_the_call(box: _Box) -> None:
    draft = CustomerDraft(name="张三", numbers=("05622812345",), status="正常", level="金卡", area="城东")
    customer = box.database.write_now(customers.add_customer, draft, NOW)
    box.end(_record(1))
    box.ingest()
    moved = msgspec.structs.replace(draft, area="城西", status="报停")
    box.database.write_now(customers.update_customer, customer.id, moved, NOW)
    box.end(_record(2))
    box.ingest()
    assert box.call_ids(CallSearch(cust_class=CustClass(areas=("城东",)))) == [_record(1).call_id]
    assert box.call_ids(CallSearch(cust_class=CustClass(areas=("城西",)))) == [_record(2).call_id]
    row = box.database.read_now(calls.get_call, _record(1).call_id).row
    assert (row.customer_name, row.cust_status, row.cust_level, row.area) == ("张三", "正常", "金卡", "城东")


def test_the_row_says_what_the_record_says(box: _Box) -> None:
    record = _record(
        1,
        answered_at="2026-11-02T09:00:04+08:00",
        hotline="0562-96599",
        transfers=("external:13905620001",),
        recording=Recording(path="recordings/a.wav", start_s=4.0, length_s=30.5),
        talk_s=30.5,
        wait_s=2.25,
    )
    box.end(record)
    box.ingest()
    detail = box.database.read_now(calls.get_call, record.call_id)
    for name in set(CallRecord.__struct_fields__) & set(call_list.CallRow.__struct_fields__):
        assert getattr(detail.row, name) == getattr(record, name) or name == "rating", name
    assert detail.row.rating == "not_invited"
    assert (detail.row.has_recording, detail.row.recording_length_s) == (True, 30.5)
    assert detail.steps == record.steps


def test_editing_a_call_is_found_at_once(box: _Box) -> None:
    box.end(_record(1))
    box.ingest()
    call_id = _record(1).call_id
    row = box.database.write_now(calls.edit_call, call_id, CallEdit(reason=2, summary=" 机顶盒Ｅ０１ "))
    assert (row.reason_label, row.summary) == ("报修/无信号", "机顶盒Ｅ０１")
    assert box.call_ids(CallSearch(summary=Summary(words="盒e01"))) == [call_id]
    row = box.database.write_now(calls.edit_call, call_id, CallEdit(summary=""))
    assert (row.reason, row.summary) == (2, "")
    assert box.call_ids(CallSearch(summary=Summary(words="盒e01"))) == []
    assert box.database.write_now(calls.edit_call, call_id, CallEdit(reason=None)).reason is None
    with pytest.raises(InvalidError):
        box.database.write_now(calls.edit_call, call_id, CallEdit(reason=9999))
    with pytest.raises(InvalidError):
        box.database.write_now(calls.edit_call, call_id, CallEdit(summary="长" * 2001))
    with pytest.raises(InvalidError):
        box.database.write_now(calls.lock_recording, call_id, locked=True)


def test_binding_a_stranger(box: _Box) -> None:
    box.end(_record(1))
    box.ingest()
    customer = box.database.write_now(customers.add_customer, CustomerDraft(name="李四", area="城南"), NOW)
    row = box.database.write_now(calls.bind_customer, _record(1).call_id, customer.id)
    assert (row.customer_id, row.customer_name, row.area) == (customer.id, "李四", "城南")
    assert box.database.write_now(calls.bind_customer, _record(1).call_id, None).customer_id is None


def test_a_call_outside_the_scope_does_not_exist(box: _Box) -> None:
    box.end(_record(1))
    box.end(_record(2, agents=(), agent=None))
    box.ingest()
    own = Scope(agents=(AgentId("1001"),))
    assert box.database.read_now(calls.get_call, _record(1).call_id, own).row.agent == "1001"
    with pytest.raises(NotFoundError):
        box.database.read_now(calls.get_call, _record(2).call_id, own)
    with pytest.raises(NotFoundError):
        box.database.read_now(calls.get_call, CallId("none"))
    assert len(box.database.read_now(calls.earlier_calls, "0562-2812345", own)) == 1
    assert len(box.database.read_now(calls.earlier_calls, "+865622812345")) == 2
    assert box.database.read_now(calls.earlier_calls, "") == ()


def test_the_index_counts_are_those_of_the_calls(box: _Box) -> None:
    """Counts steer the search; edits and second records must not let them drift."""
    for number in range(6):
        box.end(_record(number))
    box.end(_record(2, result=CallResult.VOICEMAIL))
    box.ingest()
    box.database.write_now(calls.edit_call, _record(3).call_id, CallEdit(reason=5, summary="信号弱"))
    wrong = box.database.read_now(
        lambda db: fetch_value(
            db,
            "SELECT count(*) FROM call_token_counts k WHERE k.calls !="
            " (SELECT count(*) FROM call_tokens t WHERE ' ' || t.tokens || ' ' LIKE '% ' || k.token || ' %')",
        )
    )
    assert wrong == 0
    assert box.database.write_now(_index_is_whole)


def _index_is_whole(db: Connection) -> bool:
    if is_postgres(db):
        sql = "SELECT count(*) FROM call_tokens t FULL JOIN call_index i ON i.id = t.id"
        return fetch_value(db, f"{sql} WHERE i.terms IS DISTINCT FROM string_to_array(t.tokens, ' ')") == 0
    execute(db, "INSERT INTO call_index (call_index) VALUES ('integrity-check')")  # raises when it is not
    return True
