"""Numbered migrations `mNNNN_subject.py`, each with `apply(db)`; each runs once, in order, in a transaction.

A shipped migration is never edited: the next change is the next number.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from datetime import UTC, datetime

from appliance.store.connection import Connection, execute, fetch_all, write_transaction
from appliance.store.errors import StoreError

_NAME = re.compile(r"m(\d{4})_\w+")


def known_migrations() -> list[tuple[int, str]]:
    """Number and module name of every migration of this program, in order."""
    found = [
        (int(match.group(1)), module.name)
        for module in pkgutil.iter_modules(__path__)
        if (match := _NAME.fullmatch(module.name))
    ]
    return sorted(found)


def migrate(db: Connection) -> list[str]:
    """Bring the database to this program's version; names of what was applied. Raises `StoreError` if it is newer."""
    known = known_migrations()
    execute(
        db,
        "CREATE TABLE IF NOT EXISTS migrations"
        " (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL)",
    )
    done = {int(row[0]) for row in fetch_all(db, "SELECT number FROM migrations")}
    newest = max((number for number, _ in known), default=0)
    if done and max(done) > newest:
        raise StoreError(
            f"数据库由更新的版本写成（数据库版本 {max(done)}，本程序只认识到 {newest}）。"
            "请安装新版本程序，或恢复旧版本时的备份。"
        )
    applied = []
    for number, name in known:
        if number in done:
            continue
        module = importlib.import_module(f"{__name__}.{name}")
        with write_transaction(db):
            module.apply(db)
            execute(
                db,
                "INSERT INTO migrations (number, name, applied_at) VALUES (?, ?, ?)",
                (number, name, datetime.now(UTC).isoformat(timespec="seconds")),
            )
        applied.append(name)
    return applied
