"""The operation log as a file for a spreadsheet."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Sequence

from appliance.jobs.sheet_language import SheetLanguage
from appliance.store.audit import AuditEntry

_HEADINGS = (
    ("时间", "Time"), ("人员", "Person"), ("来源地址", "Address"), ("操作", "Operation"), ("对象", "Object"),
    ("对象编号", "Object no."), ("修改前", "Before"), ("修改后", "After"),
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


async def write_logbook(rows: Sequence[AuditEntry], language: SheetLanguage) -> bytes:
    """CSV in UTF-8 with a mark at the beginning, as Excel and WPS want it; nothing in it is taken as a formula."""
    return await asyncio.to_thread(_written, rows, language)


def _written(rows: Sequence[AuditEntry], language: SheetLanguage) -> bytes:
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow([language.said(*heading) for heading in _HEADINGS])
    for row in rows:
        cells = (row.at, row.user_name, row.address, row.action, row.subject, row.subject_id, row.before, row.after)
        table.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return text.getvalue().encode("utf-8-sig")
