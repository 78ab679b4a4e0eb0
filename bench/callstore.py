"""Fills a database with a sample, through the very functions that the box uses."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable
from pathlib import Path

from appliance.store.call_index import reindex_call
from appliance.store.call_key import DAY_S, SLOTS_PER_SECOND
from appliance.store.call_write import save_call
from appliance.store.calls import CallEdit, edit_call, lock_recording, set_voicemail_state
from appliance.store.connection import Connection, execute, fetch_all, fetch_value, is_postgres
from appliance.store.customers import AREA_CODE_SETTING, add_customer
from appliance.store.database import Database, Source
from appliance.store.holidays import set_holidays
from appliance.store.settings import set_setting
from bench.callsample import AGENTS, AREA_CODE, Sample, SampleCall, each_call

UNITS = ((1, None, "广电网络公司"), (2, 1, "客服中心"), (3, 2, "一班"), (4, 2, "二班"))
"""Id, parent, label."""
TEAM_OF = {agent: 3 if at % 2 else 4 for at, agent in enumerate(AGENTS) if at < 10}
"""Unit of each agent; the last two belong to none."""
CLOSED_ON = ("2024-01-01", "2024-02-12", "2024-02-13")
OPENED_ON = ("2024-02-04", "2024-02-18")
TICKET_KINDS = ("报修", "投诉", "咨询")
TICKET_STATUSES = ("待派", "处理中", "已归档")


def fill(source: Source | Path, sample: Sample, calls: Iterable[SampleCall], *, portion: int = 2_000) -> Database:
    """A new database with the sample's customers, people and calls."""
    database = Database(source)
    database.write_now(_people, sample)
    calls = iter(calls)
    ticket_dice = random.Random(sample.seed + 3)
    while taken := list(itertools.islice(calls, portion)):
        database.write_now(_save, taken, ticket_dice)
    return database


def _people(db: Connection, sample: Sample) -> None:
    set_setting(db, AREA_CODE_SETTING, AREA_CODE)
    set_holidays(db, CLOSED_ON, OPENED_ON)
    for unit in UNITS:
        execute(db, "INSERT INTO units (id, parent_id, kind, label) VALUES (?, ?, 'unit', ?)", unit)
    for agent in AGENTS:
        execute(
            db,
            "INSERT INTO users (login, name, agent, unit_id, password_hash, created_at) VALUES (?, ?, ?, ?, '', '')",
            (agent, f"坐席{agent}", agent, TEAM_OF.get(agent)),
        )
    for draft in sample.customers:
        add_customer(db, draft, sample.start)


def _save(db: Connection, calls: list[SampleCall], ticket_dice: random.Random) -> None:
    for call in calls:
        key = save_call(db, call.record)
        if call.reason is not None or call.summary:
            edit_call(db, call.record.call_id, CallEdit(reason=call.reason, summary=call.summary))
        if call.record.voicemail is not None:
            set_voicemail_state(db, call.record.call_id, call.voicemail_state)
        if call.locked:
            lock_recording(db, call.record.call_id, locked=True)
        if call.checked:
            execute(db, "UPDATE calls SET quality_checked = 1 WHERE id = ?", (key,))
            reindex_call(db, key)
        if ticket_dice.random() < 0.1:
            _add_ticket(db, key, ticket_dice)


def _add_ticket(db: Connection, key: int, dice: random.Random) -> None:
    number = f"T{fetch_value(db, 'SELECT count(*) FROM tickets') + 1:06}"
    kind, status = dice.choice(TICKET_KINDS), dice.choice(TICKET_STATUSES)
    execute(
        db,
        "INSERT INTO tickets (number, kind, status, overdue, repeated) VALUES (?, ?, ?, ?, ?)",
        (number, kind, status, int(dice.random() < 0.2), int(dice.random() < 0.1)),
    )
    execute(db, "INSERT INTO call_tickets (id, ticket_id) VALUES (?, (SELECT max(id) FROM tickets))", (key,))


def sample_days(calls: int, mean_gap_s: float) -> int:
    """About how long a log of so many calls is."""
    return max(1, int(calls * mean_gap_s * 1.35 / 86_400))


BASE_CALLS = 100_000
"""So many calls are saved one by one; a larger log repeats them."""
WEEK_KEYS = 7 * DAY_S * SLOTS_PER_SECOND
_COPIED = ("calls", "call_details", "call_agents", "call_nodes", "call_transfers", "call_tickets", "call_tokens")


def fill_large(source: Source | Path, sample: Sample, calls: int, mean_gap_s: float) -> Database:
    """A log of `calls` calls (a multiple of `BASE_CALLS` beyond that): the same ones again, whole weeks later.

    The copies have keys, terms and rows of their own, but keep the texts of their times.
    """
    database = fill(source, sample, each_call(sample, min(calls, BASE_CALLS), mean_gap_s), portion=5_000)
    first, last = database.read_now(lambda db: fetch_all(db, "SELECT min(id), max(id) FROM calls")[0])
    shift = ((last - first) // WEEK_KEYS + 1) * WEEK_KEYS
    for copy in range(1, calls // BASE_CALLS):
        database.write_now(_copy, first, last, copy, copy * shift)
    for counts in ("call_token_counts", "call_shapes"):
        database.write_now(execute, f"UPDATE {counts} SET calls = calls * ?", (max(1, calls // BASE_CALLS),))
    return database


def _copy(db: Connection, first: int, last: int, copy: int, shift: int) -> None:
    for table in _COPIED:
        columns = [column[0] for column in db.execute_sql(f"SELECT * FROM {table} LIMIT 0").description]
        values = ["id + ?", *columns[1:]]
        if table == "call_details":
            values[1] = f"call_id || '-{copy}'"
        sql = f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {table} WHERE id <= ?"
        execute(db, sql, (shift, last))
    columns, terms = ("id, terms", "string_to_array(tokens, ' ')") if is_postgres(db) else ("rowid, tokens", "tokens")
    execute(
        db,
        f"INSERT INTO call_index ({columns}) SELECT id, {terms} FROM call_tokens WHERE id BETWEEN ? AND ? ORDER BY id",
        (first + shift, last + shift),
    )
