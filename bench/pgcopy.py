"""A log in SQLite copied into a PostgreSQL server, table by table: saving a million calls one by one takes hours."""

from __future__ import annotations

import psycopg

from appliance.store.connection import Connection, fetch_all, fetch_each
from appliance.store.database import Database
from appliance.store.postgres import PostgresServer

_TABLES = (
    "units", "users", "reasons", "settings", "holidays", "customers", "customer_numbers", "calls", "call_details",
    "call_agents", "call_nodes", "call_transfers", "tickets", "call_tickets", "call_token_counts", "call_shapes",
)  # fmt: skip
"""What a search reads."""
_SUBJECTS = ("call", "customer")


def copy_to_postgres(database: Database, url: str) -> Database:
    """The database at `url`, empty so far, with the same log."""
    made = Database(PostgresServer(url), readers=1)
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("SET session_replication_role = replica")  # foreign keys are true already
        server.execute("SET maintenance_work_mem = '512MB'")
        database.read_now(_copy, server)
        server.execute("VACUUM ANALYZE")
    return made


def _copy(db: Connection, server: psycopg.Connection[tuple[object, ...]]) -> None:
    for table in _TABLES:
        columns = ", ".join(name for _, name, *_ in fetch_all(db, f"PRAGMA table_info({table})"))
        server.execute(f"TRUNCATE {table} CASCADE".encode())
        with server.cursor().copy(f"COPY {table} ({columns}) FROM STDIN".encode()) as copy:
            for row in fetch_each(db, f"SELECT {columns} FROM {table}"):
                copy.write_row(row)
    for subject in _SUBJECTS:
        server.execute(f"DROP INDEX {subject}_index_terms".encode())
        server.execute(f"TRUNCATE {subject}_index".encode())
        with server.cursor().copy(f"COPY {subject}_index (id, terms) FROM STDIN".encode()) as copy:
            for key, tokens in fetch_each(db, f"SELECT id, tokens FROM {subject}_tokens"):
                copy.write_row((key, tokens.split()))
        index = f"CREATE INDEX {subject}_index_terms ON {subject}_index USING gin (terms) WITH (fastupdate = off)"
        server.execute(index.encode())
