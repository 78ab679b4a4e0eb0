"""An initramfs archive: cpio in the `newc` form that the kernel unpacks (Documentation/driver-api/early-userspace)."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class InitramfsArchive:
    """Collects entries; `octets()` is the archive. Two archives one after the other unpack over each other."""

    _chunks: list[bytes] = field(default_factory=list)
    _count: int = 0

    def folder(self, name: str) -> None:
        self._add(name, stat.S_IFDIR | 0o755)

    def file(self, name: str, content: bytes, *, executable: bool = False) -> None:
        self._add(name, stat.S_IFREG | (0o755 if executable else 0o644), content)

    def character_device(self, name: str, major: int, minor: int) -> None:
        self._add(name, stat.S_IFCHR | 0o600, device=(major, minor))

    def octets(self) -> bytes:
        return b"".join([*self._chunks, *_entry(0, "TRAILER!!!", 0, b"", (0, 0))])

    def _add(self, name: str, mode: int, content: bytes = b"", device: tuple[int, int] = (0, 0)) -> None:
        self._count += 1
        self._chunks += _entry(self._count, name, mode, content, device)


def _entry(inode: int, name: str, mode: int, content: bytes, device: tuple[int, int]) -> Iterator[bytes]:
    encoded = name.encode() + b"\0"
    links, user, changed, check = 1, 0, 0, 0
    fields = (inode, mode, user, user, links, changed, len(content), 0, 0, *device, len(encoded), check)
    yield _padded(b"070701" + "".join(f"{value:08X}" for value in fields).encode() + encoded)
    yield _padded(content)


def _padded(chunk: bytes) -> bytes:
    return chunk + b"\0" * (-len(chunk) % 4)
