"""The folder `backup` in the data folder: what people set about backups, and what became of them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec

from appliance.atomicfile import replace_file
from appliance.support.backuptarget import TargetPlace

T = TypeVar("T")
_MOST_RUNS = 30
SECRET_MODE = 0o600


class BackupPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When, where, how many, and with which password."""

    place: TargetPlace = TargetPlace()
    nightly: bool = True
    at: Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "02:00"
    keep: Annotated[int, msgspec.Meta(ge=1, le=365)] = 14
    """So many of the newest backups of this box stay; older ones are deleted after each new one."""
    sounds: bool = True
    """Recordings and voicemails too."""
    password: Annotated[str, msgspec.Meta(max_length=200)] = ""
    """Empty: not encrypted."""


class BoxName(msgspec.Struct, frozen=True, kw_only=True):
    """What tells the backups of this box from those of others, and those under this password from those before."""

    box: str
    key: str


class RunKind(StrEnum):
    BACKUP = "backup"
    CHECK = "check"
    RESTORE = "restore"
    DOWNLOAD = "download"


class RunNote(msgspec.Struct, frozen=True, kw_only=True):
    kind: RunKind
    began_at: str
    ended_at: str
    good: bool
    text: str
    """What came of it, as a sentence."""
    name: str = ""
    """Of the backup."""
    size: int = 0
    """Octets that were written or read."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    kind: RunKind
    pid: int
    began_at: str
    done: int = 0
    total: int = 0
    """Octets."""


class BackupFolder:
    """Small files, each replaced as a whole. What cannot be read counts as not there."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.path = data / "backup"
        self.lists = self.path / "lists"
        """What lies in each day pack; made by the runs."""
        self.work = self.path / "work"

    def make(self) -> None:
        for folder in (self.path, self.lists, self.work):
            folder.mkdir(mode=0o770, exist_ok=True)

    def plan(self) -> BackupPlan:
        return self._read("plan.json", BackupPlan) or BackupPlan()

    def set_plan(self, plan: BackupPlan) -> None:
        """Another password begins a new series: what is under the old one is not mixed with it."""
        self.make()
        before = self.plan()
        replace_file(self.path / "plan.json", msgspec.json.encode(plan), SECRET_MODE)
        if before.password != plan.password:
            self._name_it(BoxName(box=self.name().box, key=secrets.token_hex(4)))

    def planned_at(self) -> datetime | None:
        """When the plan was set last; None: never."""
        try:
            return datetime.fromtimestamp((self.path / "plan.json").stat().st_mtime).astimezone()
        except OSError:
            return None

    def name(self) -> BoxName:
        return self._read("name.json", BoxName) or self._name_it(
            BoxName(box=secrets.token_hex(3), key=secrets.token_hex(4))
        )

    def runs(self) -> tuple[RunNote, ...]:
        """The newest first."""
        return self._read("runs.json", tuple[RunNote, ...]) or ()

    def note(self, run: RunNote) -> None:
        """Keep it with the newest ones, and with the newest backup that went well however old it is."""
        self.make()
        runs = (run, *self.runs())
        kept = runs[:_MOST_RUNS]
        good = last_good(runs)
        replace_file(self.path / "runs.json", msgspec.json.encode(kept if good in {None, *kept} else (*kept, good)))

    def progress(self) -> Progress | None:
        """Of the run that goes on; None when its process is gone."""
        found = self._read("progress.json", Progress)
        if found is None or not Path(f"/proc/{found.pid}").exists():
            return None
        return found

    def tell_progress(self, progress: Progress | None) -> None:
        file = self.path / "progress.json"
        if progress is None:
            file.unlink(missing_ok=True)
        else:
            beside = file.with_suffix(f".{os.getpid()}")
            beside.write_bytes(msgspec.json.encode(progress))
            beside.replace(file)

    def _name_it(self, name: BoxName) -> BoxName:
        self.make()
        replace_file(self.path / "name.json", msgspec.json.encode(name))
        return name

    def _read(self, name: str, kind: type[T]) -> T | None:
        try:
            return msgspec.json.decode((self.path / name).read_bytes(), type=kind)
        except (OSError, msgspec.DecodeError):
            return None


def last_good(runs: Iterable[RunNote]) -> RunNote | None:
    """The newest backup that went well; `runs`: the newest first."""
    return next((run for run in runs if run.kind is RunKind.BACKUP and run.good), None)


def is_due(now: datetime, plan: BackupPlan, since: datetime | None) -> bool:
    """Whether a time at which one should begin has passed since the last one began, or since the plan was set."""
    due = datetime.combine(now.date(), time.fromisoformat(plan.at), now.tzinfo)
    if due > now:
        due -= timedelta(days=1)
    return since is None or since < due
