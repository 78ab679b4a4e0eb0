"""The journal keeps every fact, in order, whatever the disk does, and is read without gaps while it is written."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from appliance.journal import Journal, JournalLine, read_facts
from appliance.journal.reader import journal_files
from appliance.telephony.call import AgentStatus
from appliance.telephony.ids import AgentId
from appliance.wire.facts import AgentStatusChanged

START = datetime.fromisoformat("2026-11-02T23:59:50+08:00")


def _fact(journal: Journal, second: float, reason: str = "") -> AgentStatusChanged:
    return AgentStatusChanged(
        id=journal.next_id(),
        at=(START + timedelta(seconds=second)).isoformat(timespec="milliseconds"),
        agent=AgentId("1001"),
        seat=None,
        status=AgentStatus.READY,
        reason=reason,
    )


def _ids(lines: list[JournalLine]) -> list[str]:
    return [line.fact.id for line in lines if line.fact is not None]


def test_facts_come_back_in_order_and_from_where_one_stopped(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "b1", synchronous=True)
    facts = [_fact(journal, second) for second in range(5)]
    for fact in facts[:3]:
        journal.append(fact)
    first = list(read_facts(tmp_path, {}))
    assert [line.fact for line in first] == facts[:3]
    for fact in facts[3:]:
        journal.append(fact)
    rest = list(read_facts(tmp_path, {first[-1].file: first[-1].offset}))
    assert [line.fact for line in rest] == facts[3:]
    journal.close()


def test_a_new_file_is_begun_each_day_and_when_one_is_full(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "b1", synchronous=True, max_segment_bytes=400)
    for second in (0, 1, 2, 3, 20, 21):
        journal.append(_fact(journal, second))
    journal.close()
    names = [path.name for path in journal_files(tmp_path)]
    assert names[0] == "20261102-235950-b1.jsonl"
    assert "20261103-000010-b1-3.jsonl" in names
    assert len(names) >= 3
    assert _ids(list(read_facts(tmp_path, {}))) == [f"b1-{n}" for n in range(1, 7)]


def test_two_simulated_runs_give_the_same_bytes(tmp_path: Path) -> None:
    for run in ("one", "two"):
        journal = Journal(tmp_path / run, "sim", synchronous=True)
        for second in range(50):
            journal.append(_fact(journal, second), durable=second % 7 == 0)
        journal.close()
    one, two = (journal_files(tmp_path / run) for run in ("one", "two"))
    assert [path.name for path in one] == [path.name for path in two]
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_a_torn_last_line_waits_and_garbage_is_reported(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "b1", synchronous=True)
    journal.append(_fact(journal, 0))
    journal.close()
    path = journal_files(tmp_path)[0]
    whole = path.read_bytes()
    path.write_bytes(b'\x00\xff garbage\n{"type":"Unheard","id":"x","at":"y"}\n' + whole + whole[:-9])
    lines = list(read_facts(tmp_path, {}))
    assert [line.fact is None for line in lines] == [True, True, False]
    assert lines[-1].offset == path.stat().st_size - len(whole[:-9])
    path.write_bytes(path.read_bytes() + whole[-9:])
    assert len(list(read_facts(tmp_path, {path.name: lines[-1].offset}))) == 1


def test_a_clock_that_jumped_back_hides_nothing(tmp_path: Path) -> None:
    later = Journal(tmp_path, "b1", synchronous=True)
    later.append(_fact(later, 0))
    seen = {line.file: line.offset for line in read_facts(tmp_path, {})}
    earlier = Journal(tmp_path, "b2", synchronous=True)
    earlier.append(_fact(earlier, -86_400 * 365))
    assert _ids(list(read_facts(tmp_path, seen))) == ["b2-1"]
    later.close()
    earlier.close()


def test_no_folder_no_facts(tmp_path: Path) -> None:
    assert list(read_facts(tmp_path / "missing", {})) == []


def test_flushed_means_on_disk(tmp_path: Path) -> None:
    async def story() -> list[JournalLine]:
        journal = Journal(tmp_path, "b1")
        for second in range(3):
            journal.append(_fact(journal, second))
        async with asyncio.timeout(10):
            await journal.flushed()
        lines = list(read_facts(tmp_path, {}))
        journal.close()
        return lines

    assert _ids(asyncio.run(story())) == ["b1-1", "b1-2", "b1-3"]


def test_close_writes_what_waits(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "b1")
    for second in range(500):
        journal.append(_fact(journal, second / 100))
    journal.close()
    assert _ids(list(read_facts(tmp_path, {}))) == [f"b1-{n}" for n in range(1, 501)]


def test_a_full_disk_costs_nothing_but_an_alarm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk refuses in mid-line, later works again: every fact is there, the alarm was raised and taken back."""
    full = threading.Event()
    real_write = os.write

    def write(fd: int, lines: memoryview) -> int:
        if not full.is_set():
            return real_write(fd, lines)
        real_write(fd, lines[: len(lines) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("appliance.journal.segment.os.write", write)
    monkeypatch.setattr("appliance.journal.writer.RETRY_S", 0.01)
    alarms: list[str] = []
    raised = threading.Event()
    taken_back = threading.Event()

    def on_alarm(text: str) -> None:
        alarms.append(text)
        (raised if text else taken_back).set()

    journal = Journal(tmp_path, "b1", on_alarm=on_alarm)
    journal.append(_fact(journal, 0), durable=True)
    full.set()
    began = time.monotonic()
    for second in range(1, 20):
        journal.append(_fact(journal, second), durable=True)
    assert time.monotonic() - began < 1.0
    assert raised.wait(10)
    full.clear()
    assert taken_back.wait(10)
    journal.append(_fact(journal, 20))
    journal.close()
    assert sorted({int(fact_id[3:]) for fact_id in _ids(list(read_facts(tmp_path, {})))}) == list(range(1, 22))
    assert alarms[0].startswith("流水写不进磁盘")
    assert alarms[-1] == ""


def test_memory_is_bounded_and_durable_facts_stay_longest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = threading.Event()
    raised = threading.Event()

    def write(_fd: int, _lines: memoryview) -> int:
        blocked.wait(10)
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("appliance.journal.segment.os.write", write)
        journal = Journal(tmp_path, "b1", max_waiting=10, on_alarm=lambda text: raised.set() if text else None)
        journal.append(_fact(journal, 0))
        while journal.waiting:
            time.sleep(0.001)
        for second in range(15):
            journal.append(_fact(journal, second), durable=second == 14)
        assert journal.dropped == 5
        blocked.set()
        assert raised.wait(10)

    async def story() -> None:
        async with asyncio.timeout(10):
            await journal.flushed()

    asyncio.run(story())
    assert journal.dropped == 5
    journal.close()
    assert "b1-16" in _ids(list(read_facts(tmp_path, {})))


def test_a_disk_that_stays_full_costs_a_bounded_number_of_facts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often it is tried again: no more than twice the bound is kept."""
    tries = threading.Semaphore(0)

    def write(_fd: int, _lines: memoryview) -> int:
        tries.release()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("appliance.journal.writer.RETRY_S", 0.001)
    with monkeypatch.context() as patch:
        patch.setattr("appliance.journal.segment.os.write", write)
        journal = Journal(tmp_path, "b1", max_waiting=10)
        for second in range(100):
            journal.append(_fact(journal, second / 100))
            if second % 10 == 0:
                assert tries.acquire(timeout=10)
        assert journal.dropped >= 80
        assert len(journal_files(tmp_path)) <= 1
    journal.close()
    assert len(_ids(list(read_facts(tmp_path, {})))) + journal.dropped == 100
    assert len(journal_files(tmp_path)) == 1


def test_no_fact_waits_long_for_its_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = threading.Event()
    really = os.fdatasync

    def fdatasync(file: int) -> None:
        really(file)
        synced.set()

    monkeypatch.setattr(os, "fdatasync", fdatasync)
    journal = Journal(tmp_path, "b1")
    journal.append(_fact(journal, 0))
    assert synced.wait(20), "a fact that is not durable is synced all the same, a moment later"
    synced.clear()
    assert not synced.wait(1.2), "once"
    journal.append(_fact(journal, 1))
    assert synced.wait(20)
    journal.close()
