"""Clean-up: by age, by free space, never a locked one, and the proof stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.callplan import check_callplan
from appliance.defaults.plan import default_plan
from appliance.jobs.cleaning import Cleaning
from appliance.jobs.storage_outcomes import CleanOutcome
from appliance.settings import Settings
from appliance.storageplan import StorageRules, rules_for_disk, storage_problems
from appliance.store.calls import lock_recording
from appliance.telephony.call import NoRecordingReason
from appliance.wire.facts import CallRecord

from .recording_shelf import NOW, Shelf

CLEANED = NoRecordingReason.CLEANED


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path / "data")
    yield shelf
    shelf.close()


class Quota:
    """A disk on which only recordings lie: so many fit, of 1 MB each."""

    def __init__(self, shelf: Shelf, size: int) -> None:
        self._shelf = shelf
        self._size = size

    def free_mb(self, _folder: Path) -> int:
        return self._size - len(self._shelf.there())


def clean(shelf: Shelf, rules: StorageRules, quota: Quota | None = None) -> CleanOutcome:
    free = quota.free_mb if quota else (lambda _folder: 1 << 20)
    return Cleaning(shelf.data, shelf.database, rules, NOW, free=free, rest_s=0.0).run()


def names(shelf: Shelf, *records: CallRecord) -> list[str]:
    return sorted(shelf.file(record).name for record in records)


def test_the_oldest_go_until_a_tenth_more_than_the_mark_is_free(shelf: Shelf) -> None:
    records = [shelf.record(day % 3, seconds=0.5) for day in range(60)]
    by_age = sorted(records, key=lambda record: record.started_at)
    shelf.lock(by_age[0])
    shelf.lock(by_age[7])
    outcome = clean(shelf, StorageRules(clean_free_mb=40), Quota(shelf, 80))
    assert (outcome.free_before_mb, outcome.by_space, outcome.short) == (20, 30, False)
    assert outcome.free_after_mb >= 44
    gone = [record for record in by_age[:32] if record not in (by_age[0], by_age[7])]
    assert shelf.there() == names(shelf, *(record for record in records if record not in gone))
    for record in gone:
        assert shelf.why_none(record) is CLEANED
        row = shelf.row(record)
        assert row.fate_by == "磁盘空间不足"
        assert (row.chain, row.sha256) == (record.recording.chain, record.recording.sha256)
        assert len(row.sha256) == 64
        assert not shelf.file(record).with_suffix(".chain").exists()
    assert shelf.why_none(by_age[0]) is None


def test_enough_is_free(shelf: Shelf) -> None:
    record = shelf.record()
    assert clean(shelf, StorageRules()) == CleanOutcome(free_before_mb=1 << 20, free_after_mb=1 << 20)
    assert shelf.there() == names(shelf, record)


def test_only_locked_ones_are_left_and_it_says_so(shelf: Shelf) -> None:
    kept = shelf.record()
    shelf.record()
    shelf.lock(kept)
    outcome = clean(shelf, StorageRules(clean_free_mb=40), Quota(shelf, 30))
    assert (outcome.by_space, outcome.short) == (1, True)
    assert shelf.there() == names(shelf, kept)


def test_by_age_and_the_evidence_with_its_own_age(shelf: Shelf) -> None:
    old, locked, young = shelf.record(0, evidence=True), shelf.record(0, evidence=True), shelf.record(5, evidence=True)
    shelf.lock(locked)
    outcome = clean(shelf, StorageRules(keep_days=4, evidence_days=3))
    assert (outcome.by_age, outcome.evidence) == (1, 1)
    assert outcome.freed_mb > 0.1
    assert shelf.there() == names(shelf, locked, young)
    assert sorted(path.name for path in (shelf.data / "evidence").rglob("*.wav")) == names(shelf, locked, young)
    assert shelf.row(old).evidence == ""
    assert shelf.row(old).fate_by == "超过保存天数"
    assert not shelf.file(old).parent.exists() or any(shelf.file(old).parent.iterdir())


def test_an_empty_day_loses_its_folder(shelf: Shelf) -> None:
    old = shelf.record(0)
    shelf.record(5)
    clean(shelf, StorageRules(keep_days=4))
    assert not shelf.file(old).parent.exists()


def test_nothing_goes_by_age_when_no_age_is_set(shelf: Shelf) -> None:
    record = shelf.record(0, evidence=True)
    outcome = clean(shelf, StorageRules(keep_days=0, evidence_days=0))
    assert (outcome.by_age, outcome.evidence) == (0, 0)
    assert shelf.there() == names(shelf, record)


def test_voicemails_are_nobodys_business(shelf: Shelf) -> None:
    voicemail = shelf.data / "voicemail" / "2026" / "11" / "02" / "a.wav"
    voicemail.parent.mkdir(parents=True)
    voicemail.write_bytes(b"x" * 999)
    shelf.record()
    clean(shelf, StorageRules(clean_free_mb=40, keep_days=1, evidence_days=1), Quota(shelf, 30))
    assert voicemail.exists()


def test_a_lock_during_the_run_is_respected(shelf: Shelf) -> None:
    records = [shelf.record() for _ in range(25)]
    last = records[-1]

    def lock_the_last(done: int, _total: int) -> None:
        if done == 10:
            shelf.database.write_now(lock_recording, last.call_id, locked=True)

    rules = StorageRules(keep_days=1)
    Cleaning(shelf.data, shelf.database, rules, NOW, rest_s=0.0, progress=lock_the_last).run()
    assert shelf.there() == names(shelf, last)


def test_it_stops_when_told_to(shelf: Shelf) -> None:
    for _ in range(35):
        shelf.record(seconds=0.1)
    told: list[int] = []
    run = Cleaning(
        shelf.data, shelf.database, StorageRules(keep_days=1), NOW, rest_s=0.0,
        stopped=lambda: bool(told), progress=lambda done, _total: told.append(done) if done >= 20 else None,
    )  # fmt: skip
    outcome = run.run()
    assert (outcome.by_age, outcome.complete) == (20, False)
    assert len(shelf.there()) == 15


def test_marks_in_the_wrong_order_are_refused() -> None:
    assert not list(storage_problems(StorageRules()))
    wrong = StorageRules(warn_free_mb=10, clean_free_mb=20, stop_free_mb=30)
    assert [problem.field for problem in storage_problems(wrong)] == ["storage.warn_free_mb", "storage.clean_free_mb"]
    plan = default_plan("铜陵广电", "0562-96599", "0562")
    import msgspec  # noqa: PLC0415

    assert len(check_callplan(msgspec.structs.replace(plan, storage=wrong))) == len(check_callplan(plan)) + 2


@pytest.mark.parametrize("disk_mb", [4_000, 16_000, 64_000, 512_000])
def test_a_new_box_begins_without_an_alarm_and_keeps_its_recordings_while_there_is_room(disk_mb: int) -> None:
    rules = rules_for_disk(disk_mb)
    assert not list(storage_problems(rules))
    assert rules.clean_free_mb < rules.warn_free_mb <= disk_mb * 0.2
    assert rules.clean_free_mb > Settings().engine.disk_reserve_mb, "cleaned before recording stops"


def test_large_disks_have_the_usual_marks() -> None:
    assert rules_for_disk(200_000) == StorageRules()
