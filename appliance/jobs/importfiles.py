"""Where the files of one customer import are, and how the job and the web talk about it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec

from appliance.atomicfile import replace_file
from appliance.jobs.sheet_language import SheetLanguage
from appliance.jobs.tablefile import Cell
from appliance.store.customer_history import CustomerState
from appliance.store.customer_imports import Known, Verdict

_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
MOST_COLUMNS = 256
Content = TypeVar("Content")


class Step(StrEnum):
    READ = "read"
    CHECK = "check"
    APPLY = "apply"
    UNDO = "undo"


class StepState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far the last step is."""

    step: Step
    state: StepState
    done_rows: int = 0
    total_rows: int = 0
    text: str = ""
    """Chinese sentence for the person who waits."""
    pid: int = 0


class TableColumn(msgspec.Struct, frozen=True, kw_only=True):
    heading: str
    samples: tuple[str, ...]
    """From the first rows in which it says something."""
    guess: str
    """Target that the heading means; empty: none."""


class TableOutline(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in the file."""

    form: str
    sheet: str
    heading_line: int
    """Line of the file with the headings, from 1."""
    rows: int
    """Rows below the heading that are not empty."""
    columns: tuple[TableColumn, ...]


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a table is to be taken."""

    targets: Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST_COLUMNS)]
    """What each column is: name, numbers, code, card, address, status, level, area, note, `custom.<id>`, or empty."""
    known: Known = Known.SKIP
    drop_taken_numbers: bool = False
    """A number of somebody else is left out and the rest of the row taken; else the row is wrong."""
    add_words: bool = False
    """Statuses, levels and areas that the bureau does not have yet are added; else such rows are wrong."""
    language: SheetLanguage = SheetLanguage.CHINESE
    """Of the headings in the table of rows that are left out."""


class RowView(msgspec.Struct, frozen=True, kw_only=True):
    """A row in the preview."""

    line: int
    verdict: Verdict
    state: CustomerState
    """What is to become of the customer; for a row that is left out what the row says."""
    before: CustomerState | None = None
    reason: str = ""


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What an import would do. Nothing has changed yet."""

    new: int = 0
    changed: int = 0
    same: int = 0
    skipped: int = 0
    wrong: int = 0
    noted: int = 0
    """Rows among the new and changed ones of which a part is left out."""
    rows: tuple[RowView, ...] = ()
    """Some of each kind."""
    new_words: tuple[str, ...] = ()
    """Statuses, levels and areas that would be added."""


class ImportFiles:
    """Files of one import below `<data>/imports/<id>`. Raises `ValueError` for an id that is not one."""

    def __init__(self, data: Path, import_id: str) -> None:
        if _ID.fullmatch(import_id) is None:
            raise ValueError(f"not an import id: {import_id!r}")
        self.folder = data / "imports" / import_id
        self.source = self.folder / "source"
        self.about = self.folder / "about.json"
        self.progress = self.folder / "progress.json"
        self.outline = self.folder / "outline.json"
        self.rows = self.folder / "rows.jsonl"
        """Line number and cells of each row."""
        self.terms = self.folder / "terms.json"
        self.preview = self.folder / "preview.json"
        self.plan = self.folder / "plan.jsonl"
        """What is to be taken over, as customer states."""
        self.left_out = self.folder / "left_out.xlsx"

    def write_progress(self, progress: Progress) -> None:
        """Replace the progress file at once."""
        replace_file(self.progress, msgspec.json.encode(progress))

    def read_progress(self) -> Progress | None:
        """None before a step has said anything."""
        return _read(self.progress, Progress)

    def read_outline(self) -> TableOutline | None:
        return _read(self.outline, TableOutline)

    def read_terms(self) -> Terms | None:
        return _read(self.terms, Terms)

    def read_preview(self) -> Preview | None:
        return _read(self.preview, Preview)

    def each_row(self) -> Iterator[tuple[int, list[Cell]]]:
        """Rows of the table below its heading."""
        decoder = msgspec.json.Decoder(tuple[int, list[Cell]])
        with self.rows.open("rb") as file:
            for line in file:
                yield decoder.decode(line)

    def each_planned(self, skip: int) -> Iterator[CustomerState]:
        """What is to be taken over, without the first ones."""
        decoder = msgspec.json.Decoder(CustomerState)
        with self.plan.open("rb") as file:
            for number, line in enumerate(file):
                if number >= skip:
                    yield decoder.decode(line)

    def forget_check(self) -> None:
        """What a check found is not true any more."""
        for path in (self.preview, self.plan, self.left_out):
            path.unlink(missing_ok=True)

    def remove(self) -> None:
        """Delete everything of this import; what it did to the customers stays."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _read(path: Path, kind: type[Content]) -> Content | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError):
        return None
