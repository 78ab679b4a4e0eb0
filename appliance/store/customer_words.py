"""What would tell a customer's identity: for whoever has to keep it out of something."""

from __future__ import annotations

from collections.abc import Iterator

import peewee

from appliance.store.connection import Connection, fetch_each
from appliance.store.errors import StoreError

_SHORTEST = 2


def each_customer_word(db: Connection) -> Iterator[str]:
    """Names, codes, card numbers and addresses of customers, names that calls showed, and names of the staff.

    Raises `StoreError` when the database is damaged.
    """
    try:
        yield from _words(db)
    except peewee.PeeweeException as error:
        raise StoreError(f"数据库无法读取：{error}") from error


def _words(db: Connection) -> Iterator[str]:
    for columns, table in (
        (("name", "code", "card", "address"), "customers"),
        (("peer_name",), "call_details"),
        (("name", "login"), "users"),
    ):
        for row in fetch_each(db, f"SELECT DISTINCT {', '.join(columns)} FROM {table}"):  # noqa: S608 own names
            yield from (word for word in row if word and len(word) >= _SHORTEST)
