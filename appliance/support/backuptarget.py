"""Where backups go: a flat folder on a disk or a server. What goes wrong there is a `TargetError` with a sentence."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated, BinaryIO, Protocol, cast

import msgspec

from appliance.support.backuperrors import TargetError

FOLDER = "hotlinebox"
"""Our folder on a USB disk."""
PART = ".part"
"""Ends the name of a file that is not whole yet."""
TIMEOUT_S = 30.0
"""A server that says nothing for so long is away."""


class TargetKind(StrEnum):
    NONE = "none"
    DISK = "disk"
    SFTP = "sftp"
    SMB = "smb"


_Short = Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[^\x00-\x1f]*\Z")]


class TargetPlace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where it is, and how to get in."""

    kind: TargetKind = TargetKind.NONE
    disk: Annotated[str, msgspec.Meta(max_length=100, pattern=r"^[^/\x00-\x1f]*\Z")] = ""
    """Name of the USB disk; empty: the one that is plugged in."""
    host: Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[A-Za-z0-9._:-]*\Z")] = ""
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 0
    """0: the usual one."""
    share: _Short = ""
    """SMB: name of the share."""
    folder: _Short = ""
    user: _Short = ""
    password: Annotated[str, msgspec.Meta(max_length=200)] = ""
    host_key: _Short = ""
    """SFTP: fingerprint of the server, learnt when it was tried first; another one is refused."""


class Target(Protocol):
    """A flat folder. A file has its name only when it is whole."""

    def sizes(self) -> dict[str, int]:
        """Octets of each file that is there."""
        ...

    def reading(self, name: str) -> BinaryIO: ...

    def writing(self, name: str) -> BinaryIO:
        """A new file `name` + `PART`; one that is left from before is replaced."""
        ...

    def settle(self, name: str) -> None:
        """Give the file that was written its name."""
        ...

    def remove(self, name: str) -> None: ...

    def free_bytes(self) -> int | None:
        """None where it is not known."""
        ...

    def close(self) -> None: ...


def disks(media: Path) -> Iterator[Path]:
    """USB disks that are there."""
    with suppress(OSError):
        yield from sorted(each for each in media.iterdir() if each.is_mount() or (each / FOLDER).is_dir())


@contextmanager
def explained(what: str) -> Iterator[None]:
    """`OSError` as a `TargetError` that begins with `what`."""
    try:
        yield
    except OSError as error:
        raise TargetError(f"{what}：{_reason(error)}") from error


def _reason(error: OSError) -> str:
    match error.errno:
        case 28 | 122:
            return "空间已满，请删除一些文件或换一个更大的。"
        case 30:
            return "它是只读的，请检查写保护，或换一个。"
        case 5 | 6 | 19:
            return "读写出错，可能已拔出或损坏，请重新插好或换一个。"
        case 13 | 1:
            return "没有读写的权限，请检查权限设置。"
    return f"{error.strerror or error}。请检查后重试。"


class TargetFile(io.RawIOBase):
    """A file at a target: whatever goes wrong with it while it is read or written is a `TargetError` too."""

    def __init__(
        self,
        file: BinaryIO,
        explained: Callable[[], AbstractContextManager[None]],
        told: Callable[[int], None] = lambda _octets: None,
    ) -> None:
        """`told` learns how much was read."""
        super().__init__()
        self._file = file
        self._explained = explained
        self._told = told

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def readinto(self, buffer: object, /) -> int:
        room = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        with self._explained():
            content = self._file.read(len(room))
        room[: len(content)] = content
        self._told(len(content))
        return len(content)

    def write(self, content: object, /) -> int:
        left = memoryview(content).cast("B")  # type: ignore[arg-type]
        size = len(left)
        with self._explained():
            while left:
                left = left[self._file.write(left) or len(left) :]
        return size

    def close(self) -> None:
        if not self.closed:
            try:
                with self._explained():
                    self._file.close()
            finally:
                super().close()


def target_file(file: object, explained: Callable[[], AbstractContextManager[None]]) -> BinaryIO:
    """`file` with its errors explained."""
    return cast("BinaryIO", TargetFile(cast("BinaryIO", file), explained))


class DiskTarget:
    """A folder on a disk that is mounted."""

    def __init__(self, folder: Path, label: str) -> None:
        self._folder = folder
        self._what = f"U 盘或移动硬盘“{label}”不能用"
        with explained(self._what):
            folder.mkdir(exist_ok=True)

    def sizes(self) -> dict[str, int]:
        with explained(self._what):
            return {entry.name: entry.stat().st_size for entry in os.scandir(self._folder) if entry.is_file()}

    def reading(self, name: str) -> BinaryIO:
        with explained(self._what):
            return target_file((self._folder / name).open("rb"), lambda: explained(self._what))

    def writing(self, name: str) -> BinaryIO:
        with explained(self._what):
            file = (self._folder / (name + PART)).open("wb", buffering=0)
            return target_file(file, lambda: explained(self._what))

    def settle(self, name: str) -> None:
        with explained(self._what):
            part = self._folder / (name + PART)
            handle = os.open(part, os.O_RDONLY)
            try:
                os.fsync(handle)
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)  # it is read back from the disk itself
            finally:
                os.close(handle)
            part.replace(self._folder / name)
            folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def remove(self, name: str) -> None:
        with explained(self._what):
            (self._folder / name).unlink(missing_ok=True)

    def free_bytes(self) -> int | None:
        with explained(self._what):
            return shutil.disk_usage(self._folder).free

    def close(self) -> None:
        pass


def disk_target(place: TargetPlace, media: Path) -> DiskTarget:
    """The named disk, or the only one. Raises `TargetError`."""
    there = list(disks(media))
    if place.disk:
        there = [each for each in there if each.name == place.disk]
    if not there:
        name = f"“{place.disk}”" if place.disk else ""
        raise TargetError(f"没有找到 U 盘或移动硬盘{name}，请插好后重试。")
    if len(there) > 1:
        raise TargetError("插着不止一个 U 盘或移动硬盘，请在备份设置里选定一个。")
    return DiskTarget(there[0] / FOLDER, there[0].name)
