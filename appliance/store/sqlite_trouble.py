"""When SQLite cannot use its file: what a person is told of a full or broken disk or a damaged file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from appliance.store.errors import StoreError

DISK_FULL = "数据盘已满，操作没有完成。通话照常进行；请在“录音与存储”页清理录音，或腾出数据盘的空间，然后重试。"
DISK_BROKEN = "数据盘读写出错，操作没有完成。通话照常进行；请重新启动本机，仍出错时请更换数据盘并联系厂商。"
FILE_DAMAGED = "数据库文件损坏，操作没有完成。通话照常进行；请重新启动本机，开机时会用最近的副本恢复。"
_SENTENCES = {
    sqlite3.SQLITE_FULL: DISK_FULL,
    sqlite3.SQLITE_IOERR: DISK_BROKEN,
    sqlite3.SQLITE_CANTOPEN: DISK_BROKEN,
    sqlite3.SQLITE_READONLY: DISK_BROKEN,
    sqlite3.SQLITE_CORRUPT: FILE_DAMAGED,
    sqlite3.SQLITE_NOTADB: FILE_DAMAGED,
}
_PRIMARY = 0xFF
"""SQLite's extended codes have the kind of trouble in their lowest byte."""


def file_trouble(error: BaseException) -> StoreError | None:
    """The sentence for what SQLite says, None when it is no trouble with the file.

    A full disk undoes the transaction by itself, so the error that arrives may be that of the second undoing: the
    errors before it are looked at as well.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, sqlite3.Error):
            sentence = _SENTENCES.get(getattr(cause, "sqlite_errorcode", 0) & _PRIMARY)
            if sentence is not None:
                return StoreError(sentence)
        cause = cause.__context__
    return None


def looks_whole(path: Path) -> bool:
    """Whether the file is there, is a database and as long as it says: what can be said without reading all of it."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True)) as db:
            pages, page_bytes, _tables = (
                int(db.execute(asked).fetchone()[0])
                for asked in ("PRAGMA page_count", "PRAGMA page_size", "SELECT count(*) FROM sqlite_master")
            )
            db.execute("PRAGMA wal_checkpoint").fetchone()
        return path.stat().st_size >= pages * page_bytes
    except (sqlite3.Error, OSError):
        return False
