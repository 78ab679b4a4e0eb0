"""The ledger read from end to end: which recordings it proves, where it is broken, when the box did not work."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from appliance.jobs.storage_outcomes import Finding, FindingKind, Outage
from appliance.media.ledger import FIRST_LINK, Began, Dropped, Ended, Line, Started, Stopped, read_ledger

MOST_OUTAGES = 50


@dataclass(slots=True)
class ProvenRecording:
    """What the ledger says of one recording."""

    path: str
    before: str
    """The link that its sound is chained to."""
    channels: int
    began_at: str
    ended: Ended | None = None
    dropped: bool = False

    @property
    def has_file(self) -> bool:
        """There should be one, unless clean-up or a person threw it away."""
        return self.ended is not None and self.ended.bytes > 0 and not self.dropped


@dataclass(slots=True)
class LedgerBook:
    """Everything that a ledger tells."""

    recordings: dict[str, ProvenRecording] = field(default_factory=dict)
    """By path."""
    lines: int = 0
    head: str = FIRST_LINK
    broken: list[Finding] = field(default_factory=list)
    outages: deque[Outage] = field(default_factory=lambda: deque(maxlen=MOST_OUTAGES))


def read_book(data: Path) -> LedgerBook:
    """Read it all. Raises `OSError`."""
    book = LedgerBook()
    last_at, stopped_at = "", ""
    for line in read_ledger(data):
        book.lines += 1
        book.head = line.link or book.head
        if not line.follows:
            book.broken.append(_broken(line))
        match line.entry:
            case Started(at=at):
                if book.lines > 1:
                    book.outages.append(Outage(since=stopped_at or last_at, until=at, orderly=bool(stopped_at)))
                last_at, stopped_at = at, ""
            case Stopped(at=at):
                last_at = stopped_at = at
            case Began() as began:
                last_at, stopped_at = began.at, ""
                book.recordings[began.path] = ProvenRecording(began.path, line.link, began.channels, began.at)
            case Ended() as ended if ended.path in book.recordings:
                book.recordings[ended.path].ended = ended
            case Dropped(path=path) if path in book.recordings:
                book.recordings[path].dropped = True
            case _:
                pass
    return book


def _broken(line: Line) -> Finding:
    text = f"录音账本 {line.file} 第 {line.number} 行与前一行不相接：这一行或它之前的内容被改动、删除或插入过。"
    return Finding(kind=FindingKind.LEDGER_BROKEN, path=f"ledger/{line.file}", text=text)
