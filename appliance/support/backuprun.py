"""A backup: one moment of the database and what belongs to it, and whatever sounds are not at the target yet.

What: `BackupRun.to_target` writes day packs and a state to a target, reads back what it wrote, and throws away what is
    older than the plan keeps. `BackupRun.to_stream` writes everything into one stream, for a download.
How: the database is copied first and the journal after it: what happened in between is read from the journal once the
    backup is restored, because where the reading stands is in the database. A file gets its name at the target only
    when it is whole, and a state only when all its packs are there: a run that breaks off leaves the earlier backups
    as they were, and the packs it finished are not written again.
    A database on a PostgreSQL server is copied row by row into a SQLite file: a backup is the same whoever made it.
"""

from __future__ import annotations

import hashlib
import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from appliance.callplan import CallPlan
from appliance.store.database import Source
from appliance.store.portable import copy_to_file
from appliance.store.sqlite_copy import FileCounts, counts_of_file, damage_of_file
from appliance.store.sqlite_file import SqliteFile
from appliance.support.backuparchive import About, ArchiveKind, ArchiveReader, ArchiveWriter, PackRef
from appliance.support.backupcontent import (
    BOX,
    CALLPLAN,
    DATABASE,
    SETTINGS,
    Stamp,
    changing,
    days,
    journal,
    of_day,
)
from appliance.support.backuperrors import BackupError, NoRoomError, TargetError
from appliance.support.backupfolder import BackupFolder, BackupPlan
from appliance.support.backuppacks import STATE, PackList, PackLists, states_of, unneeded
from appliance.support.backuptarget import PART, Target, TargetPlace

PACK_BYTES = 2_000_000_000
"""No pack is much larger: the file system of most USB disks ends a file at 4 GB."""
AT_ONCE_BYTES = 1 << 20
"""So much goes to a target or comes from it at once: a server answers each time."""
_SPARE = 1.1
_NO_COUNTS = FileCounts(0, 0, 0)


class StoppedError(BackupError):
    """The run was told to stop."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a run came to."""

    name: str
    size: int
    """Octets written by this run."""
    files: int
    """Sounds and journal files that were new."""


class BackupRun:
    """One run. `database`: where it is, None: there is none. `progress` is told octets done and in all."""

    def __init__(
        self,
        folder: BackupFolder,
        database: Source | None,
        version: str,
        now: datetime,
        progress: Callable[[int, int], None],
        stopped: Callable[[], bool],
    ) -> None:
        self._folder = folder
        self._data = folder.data
        self._database = database
        self._version = version
        self._now = now
        self._progress = progress
        self._stopped = stopped
        self._done = 0
        self._total = 0

    def to_target(self, target: Target, plan: BackupPlan) -> Written:
        """Raises `BackupError`, `StoreError`, `OSError`."""
        self._folder.make()
        name = self._folder.name()
        try:
            counts = self._copy_database()
            at_target = target.sizes()
            for left in [each for each in at_target if each.startswith(f"{name.box}-") and each.endswith(PART)]:
                target.remove(left)
            lists = PackLists(self._folder.lists, name, at_target)
            new = self._new_sounds(lists) if plan.sounds else {}
            state_bytes = self._state_bytes(plan)
            self._total = sum(stamp.size for stamps in new.values() for stamp in stamps) + state_bytes
            self._refuse_full(target)
            for day, stamps in new.items():
                self._write_packs(target, lists, day, stamps, plan)
            lists = PackLists(self._folder.lists, name, target.sizes())
            packs = self._packs(lists) if plan.sounds else ()
            about = self._about(ArchiveKind.STATE, counts, packs, plan.sounds, state_bytes)
            state = f"{name.box}-{self._now:%Y%m%d-%H%M%S}{STATE}"
            self._write(target, state, about, plan.password, lambda out: self._add_state(out, about, plan))
            self._tidy(target, state, plan)
        finally:
            shutil.rmtree(self._folder.work, ignore_errors=True)
        return Written(state, self._done, sum(map(len, new.values())))

    def to_stream(self, out: BinaryIO, plan: BackupPlan) -> None:
        """Everything in one file. Raises `BackupError`, `StoreError`, `OSError`."""
        self._folder.make()
        try:
            counts = self._copy_database()
            found = days(self._data, self._now.timestamp()) if plan.sounds else []
            sizes = (stamp.size for day in found for stamp in of_day(self._data, day, self._now.timestamp()))
            self._total = sum(sizes) + self._state_bytes(plan)
            about = self._about(ArchiveKind.WHOLE, counts, (), plan.sounds, self._total)
            with ArchiveWriter(out, about, password=plan.password) as archive:
                self._add_state(archive, about, plan)
                for day in found:
                    for stamp in of_day(self._data, day, self._now.timestamp()):
                        self._add(archive, stamp.path)
            out.flush()
        finally:
            shutil.rmtree(self._folder.work, ignore_errors=True)
            self._folder.tell_progress(None)

    def _copy_database(self) -> FileCounts:
        if self._database is None:
            return _NO_COUNTS
        own = self._database.path if isinstance(self._database, SqliteFile) else None
        if own is not None and not own.exists():
            return _NO_COUNTS
        if own is not None and shutil.disk_usage(self._folder.path).free < own.stat().st_size * _SPARE:
            raise NoRoomError("本机磁盘空间不足，放不下数据库的副本，没有备份。请先在“录音与存储”里清理。")
        copy = self._folder.work / DATABASE
        copy.unlink(missing_ok=True)
        copy_to_file(self._database, copy)
        if damage_of_file(copy):
            raise BackupError("数据库文件损坏，没有备份。请在空闲时重新启动本机，开机时会自动用副本恢复。")
        return counts_of_file(copy)

    def _new_sounds(self, lists: PackLists) -> dict[str, list[Stamp]]:
        new = {}
        for day in days(self._data, self._now.timestamp()):
            packed = {stamp for pack in lists.of_day(day) for stamp in pack.files}
            stamps = [stamp for stamp in of_day(self._data, day, self._now.timestamp()) if stamp not in packed]
            if stamps:
                new[day] = stamps
        return new

    def _packs(self, lists: PackLists) -> tuple[PackRef, ...]:
        found = []
        for day in days(self._data, self._now.timestamp()):
            there = {stamp.path for stamp in of_day(self._data, day, self._now.timestamp())}
            references = [pack.reference(there) for pack in lists.of_day(day)]
            files = [len(pack.files) for pack in lists.of_day(day)]
            found += [each for each, count in zip(references, files, strict=True) if len(each.gone) < count]
        return tuple(found)

    def _write_packs(self, target: Target, lists: PackLists, day: str, stamps: list[Stamp], plan: BackupPlan) -> None:
        waiting = list(reversed(stamps))
        while waiting:
            portion: list[Stamp] = []
            size = 0
            while waiting and (not portion or size + waiting[-1].size <= PACK_BYTES):
                portion.append(waiting.pop())
                size += portion[-1].size
            added: list[Stamp] = []

            def add(archive: ArchiveWriter, portion: list[Stamp] = portion, added: list[Stamp] = added) -> None:
                added += [stamp for stamp in portion if self._add(archive, stamp.path, stamp.size)]

            name = lists.next_name(day)
            about = self._about(ArchiveKind.DAY, _NO_COUNTS, (), sounds=True, total=size)
            written, digest = self._write(target, name, about, plan.password, add, compress=False)
            key = self._folder.name().key
            lists.add(PackList(name=name, key=key, size=written, sha256=digest, files=tuple(added)))

    def _write(
        self,
        target: Target,
        name: str,
        about: About,
        password: str,
        fill: Callable[[ArchiveWriter], None],
        *,
        compress: bool = True,
    ) -> tuple[int, str]:
        """Write a file and read it back; its size and hash."""
        with target.writing(name) as raw:
            counting = _Counting(raw)
            with ArchiveWriter(cast("BinaryIO", counting), about, password=password, compress=compress) as archive:
                fill(archive)
            counting.end()
        target.settle(name)
        size, digest = hash_of(target, name, lambda: self._told(0))
        if (size, digest) != (counting.size, counting.digest.hexdigest()):
            target.remove(name)
            raise TargetError("写到备份盘或服务器上的内容读回来不一样，它可能已损坏，请换一个。")
        return size, digest

    def _add_state(self, archive: ArchiveWriter, about: About, plan: BackupPlan) -> None:
        if about.schema:
            self._add(archive, DATABASE, path=self._folder.work / DATABASE)
        for name in changing(self._data, keys=bool(plan.password)):
            self._add(archive, name)
        for stamp in self._state_journal(plan):
            self._add(archive, stamp.path)
        kept = plan if plan.password else msgspec.structs.replace(plan, place=_without_password(plan))
        for name, content in ((SETTINGS, msgspec.json.encode(kept)), (BOX, msgspec.json.encode(self._folder.name()))):
            archive.add(name, io.BytesIO(content), len(content))

    def _add(self, archive: ArchiveWriter, name: str, size: int | None = None, path: Path | None = None) -> bool:
        """Whether it was added; False when it is gone meanwhile."""
        try:
            file = (path or self._data / name).open("rb")
        except FileNotFoundError:
            return False
        with file:
            status = path.stat() if path else (self._data / name).stat()
            archive.add(name, cast("BinaryIO", _Watched(file, self._told)), size or status.st_size, status.st_mtime)
        return True

    def _told(self, octets: int) -> None:
        if self._stopped():
            raise StoppedError("备份已停止。")
        self._done += octets
        self._progress(self._done, max(self._done, self._total))

    def _state_bytes(self, plan: BackupPlan) -> int:
        copy = self._folder.work / DATABASE
        total = copy.stat().st_size if copy.exists() else 0
        total += sum((self._data / name).stat().st_size for name in changing(self._data, keys=bool(plan.password)))
        return total + sum(stamp.size for stamp in self._state_journal(plan))

    def _state_journal(self, plan: BackupPlan) -> Iterator[Stamp]:
        """What of the journal is in no pack."""
        return journal(self._data, self._now.timestamp(), closed=False if plan.sounds else None)

    def _refuse_full(self, target: Target) -> None:
        free = target.free_bytes()
        if free is not None and free < self._total:
            raise TargetError(
                f"备份盘或服务器空间不足：需要 {_gigabytes(self._total)}，只剩 {_gigabytes(free)}。"
                "请换一个更大的，或减少保留的份数。"
            )

    def _about(
        self, kind: ArchiveKind, counts: FileCounts, packs: tuple[PackRef, ...], sounds: bool, total: int
    ) -> About:
        return About(
            kind=kind,
            made_at=self._now.isoformat(timespec="seconds"),
            version=self._version,
            schema=counts.schema,
            box=self._folder.name().box,
            bureau=_bureau(self._data),
            sounds=sounds,
            calls=counts.calls,
            customers=counts.customers,
            total_bytes=total + sum(pack.size for pack in packs),
            packs=packs,
        )

    def _tidy(self, target: Target, newest: str, plan: BackupPlan) -> None:
        """Keep the newest; throw away packs that none of them needs. Packs stay while one of them cannot be read."""
        box = self._folder.name().box
        names = target.sizes()
        states = states_of(box, names)
        for old in states[plan.keep :]:
            if old != newest:
                target.remove(old)
        needed: set[str] = set()
        for state in states[: plan.keep]:
            try:
                with target.reading(state) as file:
                    needed |= {pack.name for pack in ArchiveReader(file, plan.password).about.packs}
            except BackupError:
                return
        for name in unneeded(box, names, needed):
            target.remove(name)


def hash_of(target: Target, name: str, beat: Callable[[], None]) -> tuple[int, str]:
    """Size and SHA-256 of a file as it lies at the target; `beat` is called for each piece. Raises `TargetError`."""
    digest, size = hashlib.sha256(), 0
    with target.reading(name) as file:
        while piece := file.read(AT_ONCE_BYTES):
            beat()
            digest.update(piece)
            size += len(piece)
    return size, digest.hexdigest()


class _Counting(io.RawIOBase):
    """Passes on what is written in large pieces, with its size and hash; only `end` passes on the last one."""

    def __init__(self, out: BinaryIO) -> None:
        super().__init__()
        self._out = out
        self._waiting = bytearray()
        self.size = 0
        self.digest = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, content: object, /) -> int:
        octets = memoryview(content).cast("B")  # type: ignore[arg-type]
        self._waiting += octets
        if len(self._waiting) >= AT_ONCE_BYTES:
            self.end()
        self.digest.update(octets)
        self.size += len(octets)
        return len(octets)

    def end(self) -> None:
        self._out.write(self._waiting)
        self._waiting = bytearray()


class _Watched:
    """A file of the box that tells how much of it was read."""

    def __init__(self, file: BinaryIO, told: Callable[[int], None]) -> None:
        self._file = file
        self._told = told

    def read(self, count: int) -> bytes:
        piece = self._file.read(count)
        self._told(len(piece))
        return piece


def _without_password(plan: BackupPlan) -> TargetPlace:
    return msgspec.structs.replace(plan.place, password="")


def _bureau(data: Path) -> str:
    with suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode((data / CALLPLAN).read_bytes(), type=CallPlan).bureau
    return ""


def _gigabytes(octets: int) -> str:
    return f"{octets / 1e9:.1f} GB"
