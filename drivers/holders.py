"""Which other programs hold a device: read from `/proc`, nothing is opened.

Limits: what a program of another user holds is seen by root only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
_OURS = (b"hotlinebox", b"appliance.cli.main")


@dataclass(frozen=True, slots=True)
class Holder:
    """A running program."""

    name: str
    pid: int


def holders_of(nodes: Iterable[str], proc: Path = PROC) -> tuple[Holder, ...]:
    """Programs other than the box's own that have one of these device nodes, or one in such a folder, open."""
    wanted = tuple(nodes)
    return tuple(
        holder
        for folder in sorted(proc.glob("[0-9]*"), key=lambda each: int(each.name))
        if (holder := _holder(folder, wanted)) is not None
    )


def _holder(folder: Path, nodes: tuple[str, ...]) -> Holder | None:
    try:
        targets = [str(link.readlink()) for link in (folder / "fd").iterdir()]
        if not any(target == node or target.startswith(f"{node}/") for target in targets for node in nodes):
            return None
        if any(word in (folder / "cmdline").read_bytes() for word in _OURS):
            return None
        return Holder((folder / "comm").read_text(encoding="utf-8", errors="replace").strip(), int(folder.name))
    except OSError:
        return None  # it ended, or is not ours to look at


def holders_text(holders: Iterable[Holder]) -> str:
    """For a sentence: `asterisk（进程 812）、…`."""
    return "、".join(f"{holder.name}（进程 {holder.pid}）" for holder in holders)
