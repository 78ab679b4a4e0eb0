"""`box.toml` read: what the image is made of."""

from __future__ import annotations

from pathlib import Path

import msgspec

FOLDER = Path(__file__).parent


class RootTree(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    packages: tuple[str, ...]
    left_out: tuple[str, ...]
    """Paths that dpkg does not unpack."""
    removed: tuple[str, ...]
    """Paths (globs) thrown away at the end."""


class Workshop(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    packages: tuple[str, ...]


class Initrd(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    programs: tuple[str, ...]
    modules: tuple[str, ...]


class Disk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    esp_mib: int
    root_mib: int
    verity_mib: int


class Kernel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    command_line: tuple[str, ...]


class Box(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that decides what the image looks like, but for the files themselves."""

    name: str
    suite: str
    architecture: str
    epoch: int
    """Seconds since 1970: the date of every file."""
    root: RootTree
    workshop: Workshop
    initrd: Initrd
    disk: Disk
    kernel: Kernel


def read_declaration(path: Path = FOLDER / "box.toml") -> Box:
    """Raises `msgspec.ValidationError` with the path of a wrong field."""
    return msgspec.toml.decode(path.read_bytes(), type=Box)
