"""The journal: append-only JSON lines, one file per engine start and day; the source of every record.

The engine appends (`Journal`), the store ingests (`read_facts`), and after a crash the engine closes what was left open
(`open_calls`, `recover_record`) and seats the agents again (`recent_facts`).
Files are `<YYYYMMDD-HHMMSS>-<boot>.jsonl` below `<data>/journal/`.
"""

from __future__ import annotations

from appliance.journal.reader import JournalLine, read_facts
from appliance.journal.recovery import OpenCall, open_calls, recent_facts, recover_record
from appliance.journal.writer import Journal

__all__ = ["Journal", "JournalLine", "OpenCall", "open_calls", "read_facts", "recent_facts", "recover_record"]
