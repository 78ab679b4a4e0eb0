"""A disk with a volatile cache whose power can be cut: what was written and not flushed is lost, in part, in any order.

    with PowerDisk(tmp_path / "disk", seed=1) as disk:
        disk.plug_in()          # ext4 at disk.mounted
        ...
        disk.cut()              # from now on nothing reaches the medium
        ...                     # kill who still writes
        disk.plug_in()          # the file system as the cut left it, checked as at a boot

    disk.offered()              # instead of plug_in: the disk as a file, for a guest in QEMU

How: a process of its own serves one file by the kernel's FUSE protocol, a loop device makes it a disk, and the loop
    device turns the file system's flushes into FSYNC. Until a flush a write is only in the cache. At the cut a random
    part of the cache is on the medium, one write torn at a sector, and every later request fails. So a program that
    acknowledges before it synced, or forgets to sync a folder, is caught, which a mere kill -9 never does.
Limits: Linux, root, /dev/fuse and loop devices: `why_no_disk`. Whole sectors of 512 bytes are never torn, as the file
    system expects of its medium.
"""

from __future__ import annotations

import ctypes
import errno
import os
import random
import select
import stat
import struct
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

SIZE_MB = 1024
SECTOR = 512
_IN, _OUT = struct.Struct("<IIQQIIII"), struct.Struct("<IiQ")
_ATTRIBUTES = struct.Struct("<6Q10I")
_READ_OR_WRITE = struct.Struct("<QQI")
_WRITE_HEAD = 40
_UNANSWERED = frozenset((2, 36, 42))
"""FORGET, INTERRUPT, BATCH_FORGET."""
_MOST_BYTES = 1 << 20
_BIG_WRITES, _MAX_PAGES = 1 << 5, 1 << 22


def why_no_disk() -> str:
    """Why a power cut cannot be played here, or ''."""
    if os.geteuid() != 0 or not os.access("/dev/fuse", os.R_OK | os.W_OK) or not Path("/dev/loop-control").exists():
        return "needs root, /dev/fuse and loop devices"
    try:
        subprocess.run(["losetup", "-f"], check=True, capture_output=True)
        subprocess.run(["mkfs.ext4", "-V"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return "needs loop devices and Debian's package e2fsprogs"
    return ""


class PowerDisk:
    """The disk as its owner sees it. `mounted` is the file system while it is plugged in."""

    def __init__(
        self,
        folder: Path,
        seed: int,
        *,
        content: Path | None = None,
        size_mb: int = SIZE_MB,
        place: Path | None = None,
    ) -> None:
        """A disk with an ext4 file system, new with what lies in `content`, or the one that is in `folder` already.

        What a cut costs follows from `seed`. `place`: where it is mounted.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.mounted = place or folder / "mounted"
        self.medium = folder / "medium"
        """What a cut leaves."""
        self._seed = seed
        self._cuts = 0
        self._cached, self._file = folder / "cached", folder / "file"
        self.mounted.mkdir(parents=True, exist_ok=True)
        self._file.touch()
        if not self.medium.exists():
            with self.medium.open("wb") as file:
                file.truncate(size_mb << 20)
            filled = [] if content is None else ["-d", str(content)]
            subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", *filled, str(self.medium)], check=True)
        self._server: subprocess.Popen[bytes] | None = None
        self._loop = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._unplug()

    def plug_in(self) -> None:
        """As at a boot: the file system is repaired where that needs no answer, and mounted."""
        self._loop = _said("losetup", "--show", "-f", str(self.offered()))
        checked = subprocess.run(["e2fsck", "-p", self._loop], capture_output=True, text=True, check=False)
        assert checked.returncode in {0, 1}, f"the file system is broken: {checked.stdout}"
        subprocess.run(["mount", "-o", "noatime,commit=5", self._loop, str(self.mounted)], check=True)

    def offered(self) -> Path:
        """The disk as a file whose syncs are flushes, until the cut and the next call."""
        self._unplug()
        subprocess.run(["cp", "--sparse=always", str(self.medium), str(self._cached)], check=True)
        words = [str(self._file), str(self.medium), str(self._cached), f"{self._seed}.{self._cuts}"]
        self._server = subprocess.Popen([sys.executable, "-m", "tests.system.volatiledisk", *words],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
        assert self._server.stdout is not None
        assert self._server.stdout.readline() == b"serving\n"
        return self._file

    def sync(self) -> None:
        """What was written so far is on the medium."""
        subprocess.run(["sync", "-f", str(self.mounted)], check=True)

    def cut(self) -> None:
        """The power is off: when this returns nothing reaches the medium any more, and every request fails."""
        assert self._server is not None
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._cuts += 1
        self._server.stdin.write(b"cut\n")
        self._server.stdin.flush()
        assert self._server.stdout.readline() == b"off\n"

    def _unplug(self) -> None:
        if self._server is None:
            return
        if self._loop:
            for words in (["umount", "-l", str(self.mounted)], ["losetup", "-d", self._loop]):
                subprocess.run(words, check=False, capture_output=True)
            self._loop = ""
        end_s = time.monotonic() + 20
        while _said("losetup", "-n", "-O", "NAME", "-j", str(self._file)) and time.monotonic() < end_s:
            time.sleep(0.05)  # the last writes of the file system that is given up
        subprocess.run(["umount", "-l", str(self._file)], check=False, capture_output=True)
        self._server.kill()
        self._server.communicate()
        self._server = None


def _said(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


class VolatileMedium:
    """What is on the medium, and what is only in the cache."""

    def __init__(self, medium: Path, cached: Path, chance: random.Random) -> None:
        self._medium = os.open(medium, os.O_RDWR)
        self._cached = os.open(cached, os.O_RDWR)
        self._chance = chance
        self._waiting: list[tuple[int, bytes]] = []
        self.size = os.fstat(self._cached).st_size
        self.off = False

    def read(self, offset: int, count: int) -> bytes:
        return os.pread(self._cached, count, offset)

    def write(self, offset: int, content: bytes) -> None:
        os.pwrite(self._cached, content, offset)
        self._waiting.append((offset, content))

    def flush(self) -> None:
        for offset, content in self._waiting:
            os.pwrite(self._medium, content, offset)
        self._waiting.clear()

    def cut(self) -> None:
        """Some of what waits had been written already; of one write only the first sectors."""
        kept = [one for one in self._waiting if self._chance.random() < self._chance.choice((0.0, 0.5, 0.9))]
        self._chance.shuffle(kept)
        for offset, content in kept:
            os.pwrite(self._medium, content, offset)
        if self._waiting:
            offset, content = self._chance.choice(self._waiting)
            os.pwrite(self._medium, content[: self._chance.randrange(len(content) // SECTOR + 1) * SECTOR], offset)
        self.off = True


def serve(target: str, medium: VolatileMedium) -> None:
    """Serve the medium as the file `target` until the mount ends; a line on standard input ends the power."""
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode={stat.S_IFREG | 0o600:o},user_id=0,group_id=0,max_read={_MOST_BYTES}"
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"power", target.encode(), b"fuse", 0, options.encode()):
        raise OSError(ctypes.get_errno(), "FUSE cannot be mounted")
    _tell("serving")
    while True:
        ready, _, _ = select.select([device, 0], [], [])
        if 0 in ready:
            if not os.read(0, 16):
                return
            medium.cut()
            _tell("off")
        if device in ready:
            try:
                request = os.read(device, _MOST_BYTES + 65_536)
            except OSError as error:
                if error.errno in {errno.EINTR, errno.ENOENT, errno.EAGAIN}:
                    continue
                return  # unmounted
            _serve_one(device, request, medium)


def _serve_one(device: int, request: bytes, medium: VolatileMedium) -> None:
    _, opcode, unique, *_ = _IN.unpack_from(request)
    if opcode in _UNANSWERED:
        return
    try:
        body, number = _answer(opcode, memoryview(request)[_IN.size :], medium), 0
    except OSError as error:
        body, number = b"", error.errno or errno.EIO
    with suppress(OSError):  # nobody waits for it any more
        os.write(device, _OUT.pack(_OUT.size + len(body), -number, unique) + body)


def _tell(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def _answer(opcode: int, asked: memoryview, medium: VolatileMedium) -> bytes:  # noqa: PLR0911 - one for each opcode
    attributes = _ATTRIBUTES.pack(
        1, medium.size, medium.size // SECTOR, 0, 0, 0, 0, 0, 0, stat.S_IFREG | 0o600, 1, 0, 0, 0, 4096, 0
    )
    match opcode:  # as linux/fuse.h numbers them
        case 26:  # INIT
            return struct.pack("<4IHHIIHHI7I", 7, 31, _MOST_BYTES, _BIG_WRITES | _MAX_PAGES, 64, 48, _MOST_BYTES, 1,
                               _MOST_BYTES // 4096, 0, 0, *[0] * 7)  # fmt: skip
        case 3 | 4:  # GETATTR, SETATTR
            return struct.pack("<QII", 3600, 0, 0) + attributes
        case 14:  # OPEN
            return struct.pack("<QII", 1, 0, 0)
        case 15 | 16 | 20 if medium.off:
            raise OSError(errno.EIO, "no power")
        case 15:  # READ
            _, offset, count = _READ_OR_WRITE.unpack_from(asked)
            return medium.read(offset, count)
        case 16:  # WRITE
            _, offset, count = _READ_OR_WRITE.unpack_from(asked)
            medium.write(offset, bytes(asked[_WRITE_HEAD : _WRITE_HEAD + count]))
            return struct.pack("<II", count, 0)
        case 20:  # FSYNC
            medium.flush()
            return b""
        case 17:  # STATFS
            return struct.pack("<5Q10I", medium.size // 4096, 0, 0, 1, 0, 4096, 255, 4096, *[0] * 7)
        case 18 | 25 | 34 | 38:  # RELEASE, FLUSH, ACCESS, DESTROY
            return b""
        case _:
            raise OSError(errno.ENOSYS, "not served")


if __name__ == "__main__":
    serve(sys.argv[1], VolatileMedium(Path(sys.argv[2]), Path(sys.argv[3]), random.Random(sys.argv[4])))
