"""Files held against records and against the ledger: what is missing, strayed, torn or changed; repaired where safe.

What: `Inspection.run` goes through every record, every file and the ledger; `verify_recording` chains one file anew.
How: rows are read in portions, files one by one; nothing is held but paths. Sound is chained anew for all recordings,
    or for those of one seventh of the days and of the last two: so each is read once a week.
Limits: safe to repair is: a row whose file is gone (the row then says so), a header that tells too little, a file that
    was to be thrown away, an empty file. A changed sound or a strayed file is only told. What is younger than a day may
    belong to a call that runs or is not ingested yet and is not called strayed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from appliance.jobs.ledgerbook import LedgerBook, ProvenRecording, read_book
from appliance.jobs.storage_outcomes import MOST_FINDINGS, CheckOutcome, Finding, FindingKind
from appliance.media.chainfile import chain_path, read_links
from appliance.media.soundchain import BLOCK_S
from appliance.media.soundfile import chain_of
from appliance.media.wav import HEADER_BYTES, WavDamagedError, repair_wav
from appliance.store.connection import Connection, fetch_all
from appliance.store.database import Database
from appliance.store.recordings import (
    StoredRecording,
    count_recordings,
    found_again,
    recordings_after,
    settle_fate,
)
from appliance.telephony.call import NoRecordingReason

FOLDERS = ("recordings", "voicemail", "evidence")
YOUNG = timedelta(days=1)
_PORTION = 200
_BYTES_AN_HOUR = 2 * 2 * 8000 * 3600
_THROWN_AWAY = (NoRecordingReason.CLEANED.value, NoRecordingReason.DELETED.value)
BREATH_S = 0.005
"""After each file: the disk belongs to the calls."""


class StoppedError(Exception):
    """Somebody asked the run to end."""


@dataclass(slots=True)
class _Tally:
    recordings: int = 0
    verified: int = 0
    verified_bytes: int = 0
    without_chain: int = 0
    findings: list[Finding] = field(default_factory=list)
    count: int = 0

    def add(self, finding: Finding) -> None:
        self.count += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)


class Inspection:
    """One run over the box with this data folder."""

    def __init__(
        self,
        data: Path,
        database: Database,
        now: datetime,
        *,
        repair: bool,
        everything: bool,
        stopped: Callable[[], bool] = lambda: False,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> None:
        """`everything`: chain every sound anew, not only that of a seventh of the days."""
        self._data = data
        self._database = database
        self._now = now
        self._repair = repair
        self._everything = everything
        self._stopped = stopped
        self._progress = progress
        self._tally = _Tally()

    def run(self) -> CheckOutcome:
        """Do it all. Raises `OSError` when the ledger cannot be read, `StoreError`."""
        book = self._read_book()
        for finding in book.broken:
            self._tally.add(finding)
        complete = True
        try:
            self._check_rows()
            self._check_files()
        except StoppedError:
            complete = False
        tally = self._tally
        return CheckOutcome(
            recordings=tally.recordings,
            verified=tally.verified,
            verified_hours=round(tally.verified_bytes / _BYTES_AN_HOUR, 2),
            without_chain=tally.without_chain,
            ledger_lines=book.lines,
            head=book.head,
            findings=tuple(tally.findings),
            finding_count=tally.count,
            outages=tuple(book.outages),
            complete=complete,
        )

    def _read_book(self) -> LedgerBook:
        self._read_at = time.time()
        self._book = read_book(self._data)
        return self._book

    def _check_rows(self) -> None:
        total, done, after = self._database.read_now(count_recordings), 0, 0
        while rows := self._database.read_now(recordings_after, after, _PORTION):
            for row in rows:
                if self._stopped():
                    raise StoppedError
                if row.path:
                    self._check_row(row)
            after, done = rows[-1].key, done + len(rows)
            self._progress(done, max(total, done))

    def _check_row(self, row: StoredRecording) -> None:
        path = self._data / row.path
        if row.fate:
            if path.exists():
                self._unexpected(row, path)
            return
        self._tally.recordings += 1
        if not path.is_file():
            self._missing(row)
            return
        if path.stat().st_size <= HEADER_BYTES:
            self._empty(row, path)
            return
        if not row.chain:
            self._tally.without_chain += 1
            self._mend(row.path, row.call_id)
            return
        proven = self._proof(row)
        if proven is None:
            text = "通话记录里的录音校验值与录音账本不一致：两者之一被改动过。请导出举证材料并联系厂商。"
            self._tell(FindingKind.UNPROVEN, row.path, text, row.call_id)
            return
        if self._everything or self._due(row.path):
            self._verify(row, proven)

    def _proof(self, row: StoredRecording) -> ProvenRecording | None:
        """What the ledger says, if it says the same as the row; a call that ended since it was read is looked up."""
        proven = self._book.recordings.get(row.path)
        if (proven is None or proven.ended is None) and (self._data / row.path).stat().st_mtime > self._read_at - 10:
            proven = self._read_book().recordings.get(row.path)
        ended = proven.ended if proven else None
        return proven if ended and (ended.head, ended.sha256) == (row.chain, row.sha256) else None

    def _verify(self, row: StoredRecording, proven: ProvenRecording) -> None:
        path = self._data / row.path
        for finding in verify_recording(path, proven, row.call_id):
            if finding.kind is FindingKind.HEADER and self._repair:
                self._mend(row.path, row.call_id)
            else:
                self._tally.add(finding)
        self._tally.verified += 1
        self._tally.verified_bytes += proven.ended.bytes if proven.ended else 0
        time.sleep(BREATH_S)

    def _due(self, path: str) -> bool:
        day = _day_of(path)
        return day is None or (self._now.date() - day).days < 2 or (day.toordinal() - self._now.toordinal()) % 7 == 0

    def _missing(self, row: StoredRecording) -> None:
        repaired = bool(self._repair and self._settle(row.key))
        text = "通话记录里有录音，磁盘上没有这个文件。" + ("通话记录已改为“文件丢失”。" if repaired else "")
        self._tell(FindingKind.MISSING, row.path, text, row.call_id, repaired=repaired)

    def _empty(self, row: StoredRecording, path: Path) -> None:
        repaired = bool(self._repair and self._settle(row.key))
        if repaired:
            _remove(path)
        text = "录音文件是空的。" + ("已删除，通话记录改为“文件丢失”。" if repaired else "")
        self._tell(FindingKind.EMPTY, row.path, text, row.call_id, repaired=repaired)

    def _settle(self, key: int) -> bool:
        lost = self._database.write_now(settle_fate, [key], NoRecordingReason.LOST, at=self._now, by="夜间检查")
        return bool(lost)

    def _unexpected(self, row: StoredRecording, path: Path) -> None:
        if row.fate in _THROWN_AWAY:
            if self._repair:
                _remove(path)
            text = "清理或删除时中断，文件还在。" + ("现已删除。" if self._repair else "")
            self._tell(FindingKind.LEFT_OVER, row.path, text, row.call_id, repaired=self._repair)
            return
        if self._repair:
            self._database.write_now(found_again, row.key)
        text = "曾记为丢失的录音文件又出现了。" + ("通话记录已恢复。" if self._repair else "")
        self._tell(FindingKind.FOUND_AGAIN, row.path, text, row.call_id, repaired=self._repair)

    def _mend(self, path: str, call_id: str) -> None:
        """Look at header and length; put them right if that is all."""
        file = self._data / path
        size = file.stat().st_size
        with file.open("rb") as content:
            header = content.read(HEADER_BYTES)
        promised = int.from_bytes(header[40:44], "little")
        if header[:4] == b"RIFF" and promised == size - HEADER_BYTES:
            return
        repaired = False
        if self._repair:
            with suppress(OSError, WavDamagedError):
                repair_wav(file)
                repaired = True
        text = "录音文件的文件头与长度不符。" + ("已按实际长度修复。" if repaired else "")
        self._tell(FindingKind.HEADER, path, text, call_id, repaired=repaired)

    def _check_files(self) -> None:
        known = self._database.read_now(_known_paths)
        for folder in FOLDERS:
            for path in _wav_files(self._data / folder):
                if self._stopped():
                    raise StoppedError
                name = path.relative_to(self._data).as_posix()
                if name not in known:
                    self._stray(path, name)

    def _stray(self, path: Path, name: str) -> None:
        try:
            status = path.stat()
        except FileNotFoundError:
            return  # thrown away just now
        if self._now.timestamp() - status.st_mtime < YOUNG.total_seconds():
            return
        if status.st_size <= HEADER_BYTES:
            if self._repair:
                _remove(path)
            text = "空文件，没有通话记录用到它。" + ("已删除。" if self._repair else "")
            self._tell(FindingKind.EMPTY, name, text, repaired=self._repair)
            return
        self._tell(FindingKind.ORPHAN, name, "没有通话记录用到这个文件。请试听后决定去留；系统不会自动删除它。")

    def _tell(self, kind: FindingKind, path: str, text: str, call_id: str = "", *, repaired: bool = False) -> None:
        self._tally.add(Finding(kind=kind, path=path, text=text, call_id=call_id, repaired=repaired))


def verify_recording(path: Path, proven: ProvenRecording, call_id: str) -> Iterator[Finding]:
    """What is wrong with one recording that has ended; nothing: it is as it was recorded."""
    ended = proven.ended
    if ended is None:
        return
    name = proven.path
    if ended.unlike_at_s is not None:
        text = f"本机断电或故障期间，这条录音从第 {ended.unlike_at_s:.0f} 秒起被改动过。"
        yield Finding(kind=FindingKind.CHANGED_WHILE_DOWN, path=name, text=text, call_id=call_id)
    try:
        sound = chain_of(path, proven.before, proven.channels, limit=ended.bytes)
    except OSError as error:
        text = f"录音文件读不出来：{error.strerror}。请检查磁盘。"
        yield Finding(kind=FindingKind.MISSING, path=name, text=text, call_id=call_id)
        return
    if (sound.head, sound.sha256) != (ended.head, ended.sha256):
        text = f"录音内容与录制时不同：{_where(path, sound.links, sound.bytes, ended.bytes)}。请勿再作为证据使用。"
        yield Finding(kind=FindingKind.CHANGED, path=name, text=text, call_id=call_id)
    elif not sound.header_true:
        text = "录音内容完好，但文件头或文件长度被改动过。"
        yield Finding(kind=FindingKind.HEADER, path=name, text=text, call_id=call_id)


def _where(path: Path, links: tuple[str, ...], there: int, should: int) -> str:
    if there < should:
        return "文件变短了"
    written = read_links(path).links
    both = zip(written, links, strict=False)
    second = next((number for number, (was, now) in enumerate(both) if was != now), None)
    if second is None and len(written) >= len(links):
        second = len(links)
    return "位置不明" if second is None else f"第一处在第 {round(second * BLOCK_S)} 秒"


def _known_paths(db: Connection) -> set[str]:
    found = fetch_all(
        db,
        "SELECT path FROM recordings UNION SELECT evidence FROM recordings"
        " UNION SELECT voicemail_path FROM call_details WHERE voicemail_path IS NOT NULL",
    )
    return {str(path) for (path,) in found}


def _wav_files(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders.sort()
        yield from (Path(root) / name for name in sorted(files) if name.endswith(".wav"))


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)
        chain_path(path).unlink(missing_ok=True)


def _day_of(path: str) -> date | None:
    try:
        return date(*(int(part) for part in path.split("/")[1:4]))
    except (TypeError, ValueError):
        return None
