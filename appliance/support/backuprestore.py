"""A backup made ready to take the place of the box's data: unpacked beside it, checked, migrated; nothing is changed.

`Restoration.from_target` and `from_upload` fill `restore/new` and write `restore/ready.json` (`replacement.py`).
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from appliance.callplan import CallPlan
from appliance.store.alarms import ENGINE_BOOT
from appliance.store.audit import add_audit_entry
from appliance.store.connection import Connection
from appliance.store.database import Database
from appliance.store.errors import StoreError
from appliance.store.migrations import known_migrations
from appliance.store.sessions import end_all_sessions
from appliance.store.settings import set_setting
from appliance.store.sqlite_copy import SIDE_FILES, damage_of_file
from appliance.support.backuparchive import About, ArchiveKind, ArchiveReader, Entry, PackRef
from appliance.support.backupcontent import BOX, CALLPLAN, DATABASE, FILES, FOLDERS, JOURNAL, KEYS, SETTINGS, SOUNDS
from appliance.support.backuperrors import BackupError, DamagedError, NoRoomError, NotOursError, TargetError
from appliance.support.backuprun import StoppedError
from appliance.support.backuptarget import Target
from appliance.support.replacement import Ready, Replaced, RestoreFolder

RESERVE_BYTES = 512 << 20
"""What running calls must still have while a backup is unpacked."""
_STATE = (*FILES, SETTINGS, BOX)
_NEVER_NEW = ("backup/lists", "copies", "first-run-secret", "label.txt")
"""What told of the old box's data: lists of its packs, copies of its database, the way to its first user."""
_DAMAGED = "备份里的数据库已损坏，请换一份备份。"


class Restoration:
    """One preparation. `own_database`: the box keeps its database in a file of its own; `by`: who wants it."""

    def __init__(
        self,
        data: Path,
        own_database: bool,
        now: datetime,
        by: str,
        progress: Callable[[int, int], None],
        stopped: Callable[[], bool],
    ) -> None:
        self._folder = RestoreFolder(data)
        self._own_database = own_database
        self._now = now
        self._by = by
        self._progress = progress
        self._stopped = stopped
        self._done = 0
        self._total = 0

    def from_target(self, target: Target, name: str, password: str) -> Ready:
        """Raises `BackupError`, `StoreError`, `OSError`; nothing is then ready, and nothing of it takes space."""
        with self._all_or_nothing():
            with target.reading(name) as file:
                about = self._unpack_state(file, password)
            for pack in about.packs:
                self._unpack_pack(target, pack, password)
            return self._finish(about)

    def from_upload(self, password: str) -> Ready:
        """As `from_target`, from the file that was uploaded."""
        with self._all_or_nothing():
            with self._folder.upload.open("rb") as file:
                about = self._unpack_state(file, password)
            if about.packs:
                raise NotOursError("这份备份的录音在备份盘的其他文件里，请把备份盘接到本机，从备份盘恢复。")
            return self._finish(about)

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        self._folder.clear_new()
        try:
            yield
        except BaseException:
            self._folder.clear_new()
            raise

    def _unpack_state(self, file: BinaryIO, password: str) -> About:
        reader = ArchiveReader(file, password)
        about = reader.about
        if about.kind not in {ArchiveKind.STATE, ArchiveKind.WHOLE}:
            raise NotOursError("这个文件不是整机备份，请确认选对了文件。")
        if about.schema > max(number for number, _ in known_migrations()):
            raise NotOursError("这份备份由更新的版本写成，请先升级本机再恢复。")
        self._folder.clear()
        if shutil.disk_usage(self._folder.path).free < about.total_bytes + RESERVE_BYTES:
            raise NoRoomError(
                f"本机磁盘空间不足：恢复需要 {about.total_bytes / 1e9:.1f} GB。请先在“录音与存储”里清理。"
            )
        self._total = about.total_bytes
        for entry in reader.entries():
            self._unpack(entry, {DATABASE, *_STATE}, (*FOLDERS, *KEYS, JOURNAL, *SOUNDS))
        return about

    def _unpack_pack(self, target: Target, pack: PackRef, password: str) -> None:
        gone = set(pack.gone)
        try:
            with target.reading(pack.name) as raw:
                hashing = _Hashing(raw)
                for entry in ArchiveReader(cast("BinaryIO", hashing), password).entries():
                    if entry.path not in gone:
                        self._unpack(entry, (), (JOURNAL, *SOUNDS))
        except TargetError as error:
            raise TargetError(f"备份缺少 {pack.name}，不能完整恢复：{error}") from error
        if hashing.digest.hexdigest() != pack.sha256:
            raise DamagedError(f"备份盘上的 {pack.name} 与备份时不一样，请换一份备份。")

    def _unpack(self, entry: Entry, files: Collection[str], folders: tuple[str, ...]) -> None:
        top, _, rest = entry.path.partition("/")
        if entry.path not in files and not (rest and top in folders):
            raise NotOursError("备份里有不认识的文件，可能由更新的版本写成，请先升级本机再恢复。")
        if shutil.disk_usage(self._folder.path).free < entry.size + RESERVE_BYTES:
            raise NoRoomError("本机磁盘空间不足，恢复没有完成。请先在“录音与存储”里清理。")
        path = self._folder.new / entry.path
        path.parent.mkdir(mode=0o770, parents=True, exist_ok=True)
        with path.open("wb") as out:
            for piece in entry.pieces():
                if self._stopped():
                    raise StoppedError("恢复已停止。")
                out.write(piece)
                self._done += len(piece)
                self._progress(self._done, max(self._done, self._total))
        path.chmod(0o600 if entry.path == SETTINGS or top in KEYS else 0o660)
        if entry.mtime:
            os.utime(path, (entry.mtime, entry.mtime))

    def _finish(self, about: About) -> Ready:
        new = self._folder.new
        if about.schema:
            self._check_database(new / DATABASE)
        if (new / CALLPLAN).exists():
            _check_plan(new / CALLPLAN)
        ready = Ready(
            replaced=tuple(self._replaced(about)),
            made_at=about.made_at,
            bureau=about.bureau,
            version=about.version,
            calls=about.calls,
            customers=about.customers,
            sounds=about.sounds,
            prepared_at=self._now.isoformat(timespec="seconds"),
            database_apart=bool(about.schema) and not self._own_database,
        )
        self._folder.enter(ready)
        return ready

    def _check_database(self, path: Path) -> None:
        if not path.exists() or damage_of_file(path):
            raise DamagedError(_DAMAGED)
        try:
            database = Database(path, readers=1)  # brings it to this version; one that cannot be is found here
        except StoreError as error:
            raise BackupError(str(error)) from error
        try:
            database.write_now(self._begin_anew)
        finally:
            database.close()

    def _begin_anew(self, db: Connection) -> None:
        """Nobody is signed in by it who signed out since; and no engine died that is not of this box."""
        end_all_sessions(db)
        set_setting(db, ENGINE_BOOT, "")
        what = {"action": "sys.restore", "subject": "backup", "subject_id": "restored"}
        add_audit_entry(db, at=self._now, user_id=None, user_name=self._by, **what)

    def _replaced(self, about: About) -> list[Replaced]:
        new = self._folder.new
        names = [*FILES, *FOLDERS, JOURNAL, SETTINGS, BOX, *(SOUNDS if about.sounds else ())]
        replaced = [Replaced(path=name, new=(new / name).exists()) for name in names]
        replaced += [Replaced(path=name, new=True) for name in KEYS if (new / name).exists()]
        if about.schema and self._own_database:
            replaced += [
                Replaced(path=name, new=(new / name).exists()) for name in (f"{DATABASE}{end}" for end in SIDE_FILES)
            ]
        return [*replaced, *(Replaced(path=name, new=False) for name in _NEVER_NEW)]


def _check_plan(path: Path) -> None:
    try:
        msgspec.json.decode(path.read_bytes(), type=CallPlan)
    except msgspec.DecodeError as error:
        raise NotOursError("备份里的话务配置由更新的版本写成，请先升级本机再恢复。") from error


class _Hashing(io.RawIOBase):
    """Passes on what is read, with its hash."""

    def __init__(self, source: BinaryIO) -> None:
        super().__init__()
        self._source = source
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object, /) -> int:
        room = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        content = self._source.read(len(room))
        self.digest.update(content)
        room[: len(content)] = content
        return len(content)
