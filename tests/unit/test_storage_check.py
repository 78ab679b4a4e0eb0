"""Files held against records and the ledger: what is found, what is repaired, what is left alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.jobs.inspection import Inspection
from appliance.jobs.ledgerbook import read_book
from appliance.jobs.storage_outcomes import CheckOutcome, FindingKind
from appliance.media.ledger import Ledger, Started, Stopped, ledger_files
from appliance.media.wav import HEADER_BYTES, wav_header
from appliance.store.recordings import settle_fate
from appliance.telephony.call import NoRecordingReason

from .recording_shelf import NOW, Shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path / "data")
    yield shelf
    shelf.close()


def check(shelf: Shelf, *, repair: bool = True, everything: bool = True, days: int = 0) -> CheckOutcome:
    return Inspection(
        shelf.data, shelf.database, NOW + timedelta(days=days), repair=repair, everything=everything
    ).run()


def kinds(outcome: CheckOutcome) -> list[FindingKind]:
    return [finding.kind for finding in outcome.findings]


def old(path: Path) -> None:
    """As if it had been written two days ago."""
    at = NOW.timestamp() - 2 * 86_400
    os.utime(path, (at, at))


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 0x40
    path.write_bytes(content)


def test_all_is_well(shelf: Shelf) -> None:
    for day in (0, 1, 5):
        shelf.record(day, evidence=True)
    outcome = check(shelf)
    assert outcome.findings == ()
    assert (outcome.recordings, outcome.verified, outcome.finding_count) == (3, 3, 0)
    assert outcome.ledger_lines == 7
    assert len(outcome.head) == 64
    assert outcome.complete


@pytest.mark.parametrize(
    ("place", "kind", "where"),
    [
        (HEADER_BYTES, FindingKind.CHANGED, "第 0 秒"),
        (HEADER_BYTES + 40_000, FindingKind.CHANGED, "第 1 秒"),
        (-1, FindingKind.CHANGED, "第 2 秒"),
        (8, FindingKind.HEADER, ""),
        (24, FindingKind.HEADER, ""),
        (41, FindingKind.HEADER, ""),
    ],
)
def test_a_changed_byte_anywhere_is_found(shelf: Shelf, place: int, kind: FindingKind, where: str) -> None:
    record, _other = shelf.record(), shelf.record()
    flip(shelf.file(record), place)
    (finding,) = check(shelf, repair=False).findings
    assert (finding.kind, finding.call_id, finding.repaired) == (kind, record.call_id, False)
    assert where in finding.text
    if kind is FindingKind.CHANGED:
        assert [each.kind for each in check(shelf).findings] == [kind], "a changed sound is never repaired"


def test_a_changed_link_beside_the_recording_does_no_harm(shelf: Shelf) -> None:
    record = shelf.record()
    flip(shelf.file(record).with_suffix(".chain"), 3)
    assert check(shelf).findings == ()


def test_a_shorter_and_a_longer_file(shelf: Shelf) -> None:
    shorter, longer = shelf.record(), shelf.record()
    path = shelf.file(shorter)
    path.write_bytes(path.read_bytes()[:-640])
    with shelf.file(longer).open("ab") as file:
        file.write(b"more")
    outcome = check(shelf, repair=False)
    assert kinds(outcome) == [FindingKind.CHANGED, FindingKind.HEADER]
    assert "变短" in outcome.findings[0].text


def test_changed_row_and_changed_ledger(shelf: Shelf) -> None:
    first, second = shelf.record(), shelf.record()
    shelf.database.write_now(
        lambda db: db.execute_sql("UPDATE recordings SET sha256 = 'ff' WHERE id = ?", (shelf.row(first).key,))
    )
    assert kinds(check(shelf)) == [FindingKind.UNPROVEN]
    (file,) = ledger_files(shelf.data)
    text = file.read_text()
    assert second.recording is not None
    file.write_text(text.replace(second.recording.chain, "0" * 64))
    assert kinds(check(shelf)) == [FindingKind.LEDGER_BROKEN, FindingKind.UNPROVEN, FindingKind.UNPROVEN]


def test_a_lost_file_is_said_in_the_log_and_comes_back(shelf: Shelf) -> None:
    record = shelf.record()
    shelf.lock(record)
    path = shelf.file(record)
    aside = path.rename(shelf.data / "aside")
    (finding,) = check(shelf, repair=False).findings
    assert (finding.kind, finding.repaired) == (FindingKind.MISSING, False)
    assert shelf.why_none(record) is None
    (finding,) = check(shelf).findings
    assert (finding.kind, finding.repaired) == (FindingKind.MISSING, True)
    assert shelf.why_none(record) is NoRecordingReason.LOST
    assert check(shelf).findings == (), "told once"
    aside.rename(path)
    assert kinds(check(shelf)) == [FindingKind.FOUND_AGAIN]
    assert shelf.why_none(record) is None
    assert check(shelf).findings == ()


def test_files_that_nobody_names(shelf: Shelf) -> None:
    shelf.record()
    stray = shelf.file(shelf.record(stored=False))
    empty = shelf.data / "voicemail" / "e.wav"
    empty.parent.mkdir()
    empty.write_bytes(wav_header(1, 0))
    young = shelf.file(shelf.record(stored=False))
    for path in (stray, empty):
        old(path)
    os.utime(young, (NOW.timestamp() - 3600,) * 2)
    outcome = check(shelf)
    assert kinds(outcome) == [FindingKind.ORPHAN, FindingKind.EMPTY]
    assert outcome.findings[0].path == stray.relative_to(shelf.data).as_posix()
    assert stray.exists(), "sound is never thrown away by itself"
    assert young.exists()
    assert not empty.exists()


def test_an_empty_recording(shelf: Shelf) -> None:
    record = shelf.record()
    shelf.file(record).write_bytes(b"RIFF")
    assert kinds(check(shelf)) == [FindingKind.EMPTY]
    assert not shelf.file(record).exists()
    assert shelf.why_none(record) is NoRecordingReason.LOST


def test_a_header_that_tells_too_little_is_put_right(shelf: Shelf) -> None:
    record = shelf.record()
    path = shelf.file(record)
    whole = path.read_bytes()
    path.write_bytes(wav_header(2, 640) + whole[HEADER_BYTES:])
    (finding,) = check(shelf).findings
    assert (finding.kind, finding.repaired) == (FindingKind.HEADER, True)
    assert path.read_bytes() == whole
    assert check(shelf).findings == ()


def test_what_an_interrupted_clean_up_left_goes(shelf: Shelf) -> None:
    record = shelf.record()
    keys = [shelf.row(record).key]
    shelf.database.write_now(settle_fate, keys, NoRecordingReason.CLEANED, at=NOW, by="清理")
    assert kinds(check(shelf)) == [FindingKind.LEFT_OVER]
    assert shelf.there() == []
    assert shelf.why_none(record) is NoRecordingReason.CLEANED


def test_recordings_from_before_the_ledger_have_no_chain(shelf: Shelf) -> None:
    record = shelf.record()
    shelf.database.write_now(lambda db: db.execute_sql("UPDATE recordings SET chain = '', sha256 = ''"))
    outcome = check(shelf)
    assert (outcome.without_chain, outcome.verified, outcome.findings) == (1, 0, ())
    assert shelf.file(record).exists()


def test_each_night_a_seventh_and_the_new_ones(shelf: Shelf) -> None:
    for day in range(6):
        shelf.record(day)
    verified = [check(shelf, everything=False, days=day).verified for day in range(-1, 7)]
    assert verified == [1, 1, 1, 1, 1, 1, 1, 0], "yesterday's, then each once a week"


def test_a_call_that_ended_during_the_check_is_no_finding(shelf: Shelf) -> None:
    shelf.record()
    inspection = Inspection(shelf.data, shelf.database, NOW, repair=True, everything=True)
    inspection._read_book()
    late = shelf.record()
    assert inspection._proof(shelf.row(late)) is not None


def test_outages_are_listed(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, durable=False)
    ledger.append(Started(at="2026-11-02T08:00:00"))
    ledger.append(Stopped(at="2026-11-02T18:00:00"))
    ledger.append(Started(at="2026-11-03T08:00:00"))
    ledger.append(Started(at="2026-11-03T09:00:00"))
    told = [(outage.since, outage.until, outage.orderly) for outage in read_book(tmp_path).outages]
    assert told == [
        ("2026-11-02T18:00:00", "2026-11-03T08:00:00", True),
        ("2026-11-03T08:00:00", "2026-11-03T09:00:00", False),
    ]


def test_it_stops_when_told_to(shelf: Shelf) -> None:
    for _ in range(3):
        shelf.record()
    run = Inspection(shelf.data, shelf.database, NOW, repair=True, everything=True, stopped=lambda: True)
    outcome = run.run()
    assert (outcome.complete, outcome.verified) == (False, 0)
