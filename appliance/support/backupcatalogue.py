"""What backups there are at a target, and whether one of them is whole."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import BinaryIO, cast

import msgspec

from appliance.support.backuparchive import ArchiveReader, check_archive
from appliance.support.backuperrors import BackupError, DamagedError, WrongPasswordError
from appliance.support.backuppacks import STATE
from appliance.support.backuprun import StoppedError, hash_of
from appliance.support.backuptarget import Target, TargetFile


class BackupView(msgspec.Struct, frozen=True, kw_only=True):
    """One backup at a target."""

    name: str
    size: int
    """Octets of everything that is restored with it; of the file alone while its password is not known."""
    made_at: str = ""
    box: str = ""
    bureau: str = ""
    version: str = ""
    calls: int = 0
    customers: int = 0
    sounds: bool = False
    trouble: str = ""
    """Why nothing is known of it."""
    locked: bool = False
    """Another password is needed."""


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    backups: tuple[BackupView, ...]
    free_bytes: int | None


def catalogue(target: Target, password: str) -> Catalogue:
    """The newest first. Raises `TargetError`."""
    sizes = target.sizes()
    views = [_view(target, name, sizes[name], password) for name in sizes if name.endswith(STATE)]
    views.sort(key=lambda view: view.made_at or view.name, reverse=True)
    return Catalogue(backups=tuple(views), free_bytes=target.free_bytes())


def _view(target: Target, name: str, size: int, password: str) -> BackupView:
    try:
        with target.reading(name) as file:
            about = ArchiveReader(file, password).about
    except WrongPasswordError as error:
        return BackupView(name=name, size=size, trouble=str(error), locked=True)
    except BackupError as error:
        return BackupView(name=name, size=size, trouble=str(error))
    return BackupView(
        name=name,
        size=about.total_bytes,
        made_at=about.made_at,
        box=about.box,
        bureau=about.bureau,
        version=about.version,
        calls=about.calls,
        customers=about.customers,
        sounds=about.sounds,
    )


def check_backup(
    target: Target, name: str, password: str, progress: Callable[[int, int], None], stopped: Callable[[], bool]
) -> int:
    """Read a state and all its packs, compare every hash; the octets read. Raises `BackupError`."""
    done, total = 0, target.sizes().get(name, 0)

    def told(octets: int) -> None:
        nonlocal done
        if stopped():
            raise StoppedError("检查已停止。")
        done += octets
        progress(done, max(done, total))

    with target.reading(name) as file:
        watched = TargetFile(file, nullcontext, told)
        about = check_archive(cast("BinaryIO", watched), password)
    total = done + sum(pack.size for pack in about.packs)
    sizes = target.sizes()
    for pack in about.packs:
        if sizes.get(pack.name) != pack.size:
            raise DamagedError(f"备份缺少 {pack.name}，不能完整恢复。请重新备份。")
        if hash_of(target, pack.name, lambda: told(0))[1] != pack.sha256:
            raise DamagedError(f"备份盘上的 {pack.name} 与备份时不一样，请换一份备份。")
        told(pack.size)
    return done
