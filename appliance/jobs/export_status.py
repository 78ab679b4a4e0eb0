"""Where an export's files are, and how the job and the web talk about it: a status file and a cancel flag."""

from __future__ import annotations

import contextlib
import re
from enum import StrEnum
from pathlib import Path

import msgspec

_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


class ExportState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ExportStatus(msgspec.Struct, frozen=True, kw_only=True):
    state: ExportState
    done_rows: int = 0
    total_rows: int = 0
    text: str = ""
    """Chinese sentence for the person who waits."""
    pid: int = 0


class ExportFiles:
    """Files of one export below `<data>/exports`. Raises `ValueError` for an id that is not one."""

    def __init__(self, data: Path, export_id: str) -> None:
        if _ID.fullmatch(export_id) is None:
            raise ValueError(f"not an export id: {export_id!r}")
        folder = data / "exports"
        self.workbook = folder / f"{export_id}.xlsx"
        """The finished file."""
        self.partial = folder / f"{export_id}.xlsx.part"
        self.status = folder / f"{export_id}.json"
        self.cancel = folder / f"{export_id}.cancel"

    def write_status(self, status: ExportStatus) -> None:
        """Replace the status file at once."""
        self.status.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.status.with_suffix(".json.new")
        fresh.write_bytes(msgspec.json.encode(status))
        fresh.replace(self.status)

    def read_status(self) -> ExportStatus | None:
        """None before the job has said anything."""
        try:
            return msgspec.json.decode(self.status.read_bytes(), type=ExportStatus)
        except (OSError, msgspec.DecodeError):
            return None

    def request_cancel(self) -> None:
        """Ask the job to stop; it does within a moment and removes what it wrote."""
        self.cancel.parent.mkdir(parents=True, exist_ok=True)
        self.cancel.touch()

    def remove(self) -> None:
        """Delete everything of this export."""
        for path in (self.workbook, self.partial, self.status, self.cancel):
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
