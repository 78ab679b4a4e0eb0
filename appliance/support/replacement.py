"""All data of the box replaced at once: prepared beside what is in use, switched while nothing runs.

What: `restore/new` is filled while the box works; `restore/ready.json` says that it is whole and what is replaced;
    `restore/go` says that somebody wants it. Engine and web look for it when they start (`take_over`); the first of
    them that has both locks switches, the other waits.
How: every replaced name is moved to `restore/old`, then the new one takes its place. The list of what has to be done
    is on the disk before the first move, and each move can be told from its outcome: a power cut in the middle is
    carried on at the next start, before anybody reads a file. So there is the old box or the new one, never half.
    A database on a server is loaded last, in one transaction: when that fails, the names are moved back.
Limits: `restore` lies on the same file system as the data, because files are renamed, not copied.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from appliance.atomicfile import replace_file
from appliance.store.errors import StoreError
from appliance.support.backupcontent import DATABASE

T = TypeVar("T")
PATIENCE_S = 170.0
"""So long whoever starts waits for the other to end; then the box goes on with its old data."""
_LOOK_EVERY_S = 0.1


class Replaced(msgspec.Struct, frozen=True, kw_only=True):
    """One name of the data folder."""

    path: str
    new: bool
    """There is a new one; False: the old one only goes away."""


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """What was prepared."""

    replaced: tuple[Replaced, ...]
    made_at: str
    """When the backup was made."""
    bureau: str
    version: str
    calls: int
    customers: int
    sounds: bool
    prepared_at: str
    database_apart: bool = False
    """The new database is not moved but loaded into its server."""


class Switched(msgspec.Struct, frozen=True, kw_only=True):
    at: str
    made_at: str


class RestoreFolder:
    """`restore` in the data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.path = data / "restore"
        self.new = self.path / "new"
        self.old = self.path / "old"
        self.upload = self.path / "upload"
        self._ready = self.path / "ready.json"
        self._go = self.path / "go"
        self._moving = self.path / "moving.json"
        self._done = self.path / "done.json"

    def clear(self) -> None:
        """Away with what was prepared and with the data that was replaced last time."""
        self.path.mkdir(mode=0o770, exist_ok=True)
        self.clear_new()
        shutil.rmtree(self.old, ignore_errors=True)

    def clear_new(self) -> None:
        """Away with what was prepared; what was replaced last time stays."""
        self._go.unlink(missing_ok=True)
        self._ready.unlink(missing_ok=True)
        shutil.rmtree(self.new, ignore_errors=True)

    def enter(self, ready: Ready) -> None:
        """It is whole, and on the disk."""
        os.sync()
        replace_file(self._ready, msgspec.json.encode(ready))

    def ready(self) -> Ready | None:
        return _read(self._ready, Ready)

    def wish(self) -> None:
        """Switch at the next start."""
        self._go.touch()
        os.sync()

    @property
    def is_wished(self) -> bool:
        return (self._go.exists() and self._ready.exists()) or self._moving.exists()

    def done(self) -> Switched | None:
        """The last switch."""
        return _read(self._done, Switched)

    def old_bytes(self) -> int:
        """What the data that was replaced still takes."""
        return sum(path.lstat().st_size for path in self.old.rglob("*") if path.is_file())

    def take_over(self, patience_s: float = PATIENCE_S, load: Callable[[Path], None] | None = None) -> bool:
        """Switch if that is wished, as soon as neither engine nor web runs; True when it was done by us.

        `load` brings a database file into its server; who has none waits for the other to switch where that is needed.
        Raises `OSError` when a name cannot be moved, `StoreError` when the server does not take the database; all is
        then as it was, and nobody wishes it any more.
        """
        if not self.is_wished:
            return False
        if load is None and self._is_apart():
            self._wait_for_other(patience_s)
            return False
        with _locked(self.path / ".lock"):
            until = time.monotonic() + patience_s
            while self.is_wished:
                with _nobody(self.data) as alone:
                    if alone:
                        self._switch(load)
                        return True
                if time.monotonic() > until and not self._moving.exists():
                    self._go.unlink(missing_ok=True)
                    return False
                time.sleep(_LOOK_EVERY_S)
        return False

    def _is_apart(self) -> bool:
        ready = _read(self._moving, Ready) or self.ready()
        return ready is not None and ready.database_apart

    def _wait_for_other(self, patience_s: float) -> None:
        until = time.monotonic() + patience_s
        while self.is_wished:
            if time.monotonic() > until and not self._moving.exists():
                self._go.unlink(missing_ok=True)
            time.sleep(_LOOK_EVERY_S)

    def _switch(self, load: Callable[[Path], None] | None) -> None:
        if not self._moving.exists():
            shutil.rmtree(self.old, ignore_errors=True)
            self.old.mkdir()
            self._ready.replace(self._moving)
            os.sync()
        ready = _read(self._moving, Ready)
        if ready is None:
            self._moving.unlink()
            return
        try:
            for each in ready.replaced:
                self._replace(each)
            if ready.database_apart and load is not None:
                load(self.new / DATABASE)
        except (OSError, StoreError):
            for each in reversed(ready.replaced):
                self._put_back(each)
            self._go.unlink(missing_ok=True)
            self._moving.replace(self._ready)
            os.sync()
            raise
        os.sync()
        note = Switched(at=time.strftime("%Y-%m-%dT%H:%M:%S%z"), made_at=ready.made_at)
        replace_file(self._done, msgspec.json.encode(note))
        self._go.unlink(missing_ok=True)
        shutil.rmtree(self.new, ignore_errors=True)
        self._moving.unlink()
        os.sync()

    def _replace(self, each: Replaced) -> None:
        here, new, old = self.data / each.path, self.new / each.path, self.old / each.path
        if each.new and not new.exists():
            return  # done before the power cut
        if here.exists():
            old.parent.mkdir(parents=True, exist_ok=True)
            here.rename(old)
        if each.new:
            here.parent.mkdir(parents=True, exist_ok=True)
            new.rename(here)

    def _put_back(self, each: Replaced) -> None:
        here, new, old = self.data / each.path, self.new / each.path, self.old / each.path
        if each.new and here.exists() and not new.exists():
            here.rename(new)
        if old.exists():
            old.rename(here)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def _nobody(data: Path) -> Iterator[bool]:
    """Whether we hold what engine and web lock while they run: the data folder itself, and `web.lock`."""
    engine = os.open(data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    web = os.open(data / "web.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            for handle in (engine, web):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(engine)
        os.close(web)


def _read(path: Path, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError):
        return None
