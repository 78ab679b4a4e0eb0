"""The one file format of backups: a tar archive that says what it is first and the hash of every file last.

What: `about.json`, then the files, then `files.sha256` (as `sha256sum -c` reads it). Compressed by gzip where that
    pays, sealed (`backupseal.py`) when there is a password. Without one every archive programme opens it.
How: everything flows: a writer and a reader hold one piece of a file at a time, whatever the size of the backup.
Limits: plain files only; nothing else of tar is written, and nothing else is read.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from enum import StrEnum
from types import TracebackType
from typing import BinaryIO, Self, cast

import msgspec

from appliance.support.backuperrors import DamagedError, NotOursError
from appliance.support.backupseal import MAGIC, SealedReader, SealedWriter

FORMAT = 1
ABOUT = "about.json"
SUMS = "files.sha256"
PIECE_BYTES = 1 << 18
_BLOCK = 512
_GZIP = b"\x1f\x8b"
_LONGEST_ABOUT = 64 << 20
_LARGEST_USTAR = 1 << 33
_CUT_OFF = "备份文件不完整，后面的部分丢失了，请换一份备份。"


class ArchiveKind(StrEnum):
    STATE = "state"
    """One moment of the box; its recordings lie in the day packs that it names."""
    WHOLE = "whole"
    """One moment of the box in one file."""
    DAY = "day"
    """Recordings and journal of one day."""
    CONFIGURATION = "configuration"
    """Settings without customers and calls."""


class PackRef(msgspec.Struct, frozen=True, kw_only=True):
    """A day pack that a state needs."""

    name: str
    size: int
    sha256: str
    """Of the file as it lies there."""
    gone: tuple[str, ...] = ()
    """Files in it that the box no longer had."""


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What an archive says of itself."""

    kind: ArchiveKind
    made_at: str
    version: str
    """Of the program that wrote it."""
    schema: int
    """Number of the newest migration of its database; 0: there is no database in it."""
    box: str = ""
    """Which box made it: the id of its backups."""
    bureau: str = ""
    sounds: bool = False
    """Recordings and voicemails belong to it: here, or in the packs."""
    calls: int = 0
    customers: int = 0
    total_bytes: int = 0
    """Of its files, packs included."""
    packs: tuple[PackRef, ...] = ()
    format: int = FORMAT


class ArchiveWriter:
    """Writes an archive into `out`, which stays open; only `end` makes it whole."""

    def __init__(self, out: BinaryIO, about: About, *, password: str = "", compress: bool = True) -> None:
        self._sealed = SealedWriter(out, password) if password else None
        below = cast("BinaryIO", self._sealed) if self._sealed else out
        self._packed = gzip.GzipFile(fileobj=below, mode="wb", compresslevel=1, mtime=0) if compress else None
        self._out = cast("BinaryIO", self._packed) if self._packed else below
        self._sums = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `__exit__`
        try:
            self.add(ABOUT, io.BytesIO(encoded := msgspec.json.encode(about)), len(encoded))
        except BaseException:
            self._sums.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        with self._sums:
            if kind is None:
                self.end()

    def add(self, path: str, source: BinaryIO, size: int, mtime: float = 0.0) -> None:
        """The next `size` octets of `source` as a file. Raises `OSError` when there are fewer."""
        digest = hashlib.sha256()
        self._out.write(_head(path, size, mtime))
        left = size
        while left:
            piece = source.read(min(PIECE_BYTES, left))
            if not piece:
                raise OSError(None, f"{path} 在备份时变短了")
            digest.update(piece)
            self._out.write(piece)
            left -= len(piece)
        self._out.write(bytes(-size % _BLOCK))
        self._sums.write(f"{digest.hexdigest()}  {path}\n".encode())

    def end(self) -> None:
        """Write the hashes and the end marks."""
        size = self._sums.tell()
        self._sums.seek(0)
        self._out.write(_head(SUMS, size, 0.0))
        while piece := self._sums.read(PIECE_BYTES):
            self._out.write(piece)
        self._out.write(bytes(-size % _BLOCK) + bytes(2 * _BLOCK))
        if self._packed:
            self._packed.close()
        if self._sealed:
            self._sealed.end()


class Entry:
    """A file of an archive that is just flowing by."""

    def __init__(self, path: str, size: int, mtime: float, source: BinaryIO) -> None:
        self.path = path
        self.size = size
        self.mtime = mtime
        self._source = source
        self._left = size
        self._digest = hashlib.sha256()

    def pieces(self) -> Iterator[bytes]:
        """Its content, once. Raises `DamagedError`."""
        while self._left:
            piece = _read(self._source, min(PIECE_BYTES, self._left))
            self._left -= len(piece)
            self._digest.update(piece)
            yield piece

    def content(self) -> bytes:
        return b"".join(self.pieces())

    def sum_line(self) -> bytes:
        """Its line in the list of hashes, after the rest of it was read."""
        for _ in self.pieces():
            pass
        if filling := -self.size % _BLOCK:
            _read(self._source, filling)
        return f"{self._digest.hexdigest()}  {self.path}\n".encode()


class ArchiveReader:
    """Reads an archive from `source`. Raises `NotOursError`, `WrongPasswordError`, `DamagedError`, `OSError`."""

    def __init__(self, source: BinaryIO, password: str = "") -> None:
        self._source = _opened(source, password)
        self._sums = bytearray()
        first = self._next()
        if first is None or first.path != ABOUT or first.size > _LONGEST_ABOUT:
            raise NotOursError("这个文件不是本机的备份，请确认选对了文件。")
        try:
            self.about = msgspec.json.decode(first.content(), type=About)
        except msgspec.DecodeError as error:
            raise NotOursError("这份备份由更新的版本写成，请先升级本机再恢复。") from error
        if self.about.format > FORMAT:
            raise NotOursError("这份备份由更新的版本写成，请先升级本机再恢复。")
        self._first = first

    def entries(self) -> Iterator[Entry]:
        """Every file in its order; at the end all hashes are compared. Raises `DamagedError` at what is wrong."""
        with tempfile.TemporaryFile() as sums:
            sums.write(self._first.sum_line())
            while (entry := self._next()) is not None:
                if entry.path == SUMS:
                    sums.seek(0)
                    self._compare(entry, sums)
                    return
                yield entry
                sums.write(entry.sum_line())
        raise DamagedError(_CUT_OFF)

    def _compare(self, entry: Entry, sums: BinaryIO) -> None:
        waiting = b""
        for piece in entry.pieces():
            *lines, waiting = (waiting + piece).split(b"\n")
            for line in lines:
                if sums.readline() != line + b"\n":
                    path = line[66:].decode("utf-8", "replace")
                    raise DamagedError(f"备份里的文件 {path} 已损坏，请换一份备份。")
        if waiting or sums.readline():
            raise DamagedError(_CUT_OFF)
        while self._drained():
            pass

    def _drained(self) -> bytes:
        """What follows the end marks: nothing of ours, but a sealed file is whole only when its last piece was read."""
        try:
            return self._source.read(PIECE_BYTES)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DamagedError(_CUT_OFF) from error

    def _next(self) -> Entry | None:
        block = _read(self._source, _BLOCK)
        if not any(block):
            return None
        try:
            info = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
        except (tarfile.HeaderError, UnicodeDecodeError) as error:
            raise NotOursError("这个文件不是本机的备份，或者已经损坏，请确认选对了文件。") from error
        if info.type != tarfile.REGTYPE or info.size < 0 or not _is_inside(info.name):
            raise NotOursError("这个文件不是本机的备份，请确认选对了文件。")
        return Entry(info.name, info.size, float(info.mtime), self._source)


def check_archive(source: BinaryIO, password: str = "") -> About:
    """Read all of it and compare every hash. Raises as `ArchiveReader`."""
    reader = ArchiveReader(source, password)
    for _ in reader.entries():
        pass
    return reader.about


def is_sealed(source: BinaryIO) -> bool:
    """Whether it needs a password; reads its first octets."""
    return source.read(len(MAGIC)) == MAGIC


class _Borrowed(io.RawIOBase):
    """A source that stays open when its reader goes."""

    def __init__(self, source: BinaryIO) -> None:
        super().__init__()
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object, /) -> int:
        room = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        content = self._source.read(len(room))
        room[: len(content)] = content
        return len(content)


def _opened(source: BinaryIO, password: str) -> BinaryIO:
    peekable: io.BufferedReader[io.RawIOBase] = io.BufferedReader(_Borrowed(source), PIECE_BYTES)
    if peekable.peek(len(MAGIC))[: len(MAGIC)] == MAGIC:
        peekable.read(len(MAGIC))
        peekable = io.BufferedReader(SealedReader(peekable, password), PIECE_BYTES)
    if peekable.peek(len(_GZIP))[: len(_GZIP)] == _GZIP:
        return cast("BinaryIO", gzip.GzipFile(fileobj=peekable))
    return peekable


def _read(source: BinaryIO, count: int) -> bytes:
    try:
        content = source.read(count)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DamagedError("备份文件已损坏，请换一份备份。") from error
    if len(content) < count:
        raise DamagedError(_CUT_OFF)
    return content


def _head(path: str, size: int, mtime: float) -> bytes:
    info = tarfile.TarInfo(path)
    info.size, info.mtime, info.mode = size, int(mtime), 0o640
    if size < _LARGEST_USTAR:
        return info.tobuf(tarfile.USTAR_FORMAT, "utf-8", "strict")
    return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "strict")


def _is_inside(path: str) -> bool:
    """A path that leads nowhere but below the folder it is put into."""
    return "\0" not in path and "\\" not in path and all(part not in {"", ".", ".."} for part in path.split("/"))
