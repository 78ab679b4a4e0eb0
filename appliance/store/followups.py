"""The ledger of unserved callers (未接台账): who is to be called back until when, and what became of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import uuid4

import msgspec

from appliance.store.call_clause import among
from appliance.store.connection import Connection, fetch_all, fetch_value
from appliance.store.contacts import add_contact, contacts_of
from appliance.store.errors import InvalidError, NotFoundError
from appliance.store.followup_ledger import Contact, ContactKind, Episode, milliseconds
from appliance.store.users import agent_names

MAX_REASON = 200
_COLUMNS = tuple(field for field in Episode.__struct_fields__)


class FollowUpState(StrEnum):
    OPEN = "open"
    OVERDUE = "overdue"
    """Open, and its time is over."""
    CLOSED = "closed"


class FollowUpReach(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows a person sees: all, or those of the own queues, of no queue, and the own ones."""

    everything: bool = False
    agent: str = ""
    queues: tuple[str, ...] = ()

    @property
    def clause(self) -> tuple[str, tuple[object, ...]]:
        """Over `followups f`."""
        if self.everything:
            return "1 = 1", ()
        listed, queues = among("f.queue", ("", *self.queues))
        return f"((f.owner = '' AND {listed}) OR (f.owner <> '' AND f.owner = ?))", (*queues, self.agent)


class FollowUpQuery(msgspec.Struct, frozen=True, kw_only=True):
    state: FollowUpState = FollowUpState.OPEN
    queue: str = ""
    owner: str = ""
    number: str = ""
    """Digits somewhere in the number."""


class FollowUp(Episode, frozen=True, kw_only=True):
    """A row as the page shows it."""

    overdue: bool
    owner_name: str
    customer_name: str


class FollowUpPage(msgspec.Struct, frozen=True, kw_only=True):
    rows: tuple[FollowUp, ...]
    next: str | None
    """`after` of the next page; None: this was the last."""


def list_followups(
    db: Connection, query: FollowUpQuery, reach: FollowUpReach, now: datetime, *, limit: int = 50, after: str = ""
) -> FollowUpPage:
    """Open ones by due time, closed ones newest first."""
    closed = query.state is FollowUpState.CLOSED
    column, way, beyond = ("closed_ms", "DESC", "<") if closed else ("due_ms", "ASC", ">")
    where, parameters = _where(query, reach, now)
    if after:
        at_ms, source = _cursor(after)
        where.append(f"(f.{column} {beyond} ? OR (f.{column} = ? AND f.source {beyond} ?))")
        parameters += [at_ms, at_ms, source]
    rows = fetch_all(
        db,
        f"SELECT {_selected()}, f.{column} FROM followups f WHERE {' AND '.join(where)}"  # noqa: S608 own names and marks
        f" ORDER BY f.{column} {way}, f.source {way} LIMIT ?",
        (*parameters, limit + 1),
    )
    names = agent_names(db)
    shown = tuple(_row(db, row[:-1], names, now) for row in rows[:limit])
    last = rows[limit - 1] if len(rows) > limit else None
    return FollowUpPage(rows=shown, next=None if last is None else f"{last[-1]}:{last[0]}")


def get_followup(db: Connection, source: str, reach: FollowUpReach, now: datetime) -> FollowUp:
    """Raises `NotFoundError`, also for a row that the person does not see."""
    clause, parameters = reach.clause
    sql = f"SELECT {_selected()} FROM followups f WHERE f.source = ? AND {clause}"  # noqa: S608 own names and marks
    rows = fetch_all(db, sql, (source, *parameters))
    if not rows:
        raise NotFoundError("没有这条未接记录，或您无权查看。请刷新页面。")
    return _row(db, rows[0], agent_names(db), now)


def open_followup(db: Connection, number: str, now: datetime) -> FollowUp | None:
    """What is open with this (normalised) number."""
    if not number:
        return None
    sql = f"SELECT {_selected()} FROM followups f WHERE f.number = ? AND f.closing = ''"  # noqa: S608 own names
    rows = fetch_all(db, sql, (number,))
    return _row(db, rows[0], agent_names(db), now) if rows else None


def followup_history(db: Connection, row: FollowUp) -> list[Contact]:
    """Every contact from the first unserved call to the closing."""
    until = milliseconds(row.closed_at) if row.closing is not None else None
    return contacts_of(db, row.number, milliseconds(row.first_at), until)


def close_followup(db: Connection, row: FollowUp, reason: str, by: str, at: datetime) -> None:
    """Nobody needs to call any more. Raises `InvalidError` without a reason, or when it is closed."""
    text = reason.strip()
    if not text or len(text) > MAX_REASON:
        raise InvalidError(f"请填写不再回电的原因，最多 {MAX_REASON} 个字。", "reason")
    _by_hand(db, row, ContactKind.BY_HAND, agent=by, result=text, at=at)


def assign_followup(db: Connection, row: FollowUp, agent: str, at: datetime) -> None:
    """Let this agent call back; empty: the queue's agents together. Raises `InvalidError` for nobody's number."""
    if agent and agent not in agent_names(db):
        raise InvalidError(f"没有工号为“{agent}”的人员，请重新选择。", "owner")
    _by_hand(db, row, ContactKind.ASSIGNED, agent=agent, result="", at=at)


def count_followups(db: Connection, reach: FollowUpReach, now: datetime) -> tuple[int, int]:
    """Open ones, and how many of them are overdue."""
    clause, parameters = reach.clause
    rows = fetch_all(
        db,
        "SELECT count(*), coalesce(sum(CASE WHEN f.due_ms < ? THEN 1 ELSE 0 END), 0)"  # noqa: S608 own names and marks
        f" FROM followups f WHERE f.closing = '' AND {clause}",
        (milliseconds(now.isoformat()), *parameters),
    )
    return int(rows[0][0]), int(rows[0][1])


def _by_hand(db: Connection, row: FollowUp, kind: ContactKind, *, agent: str, result: str, at: datetime) -> None:
    if row.closing is not None:
        raise InvalidError("这条记录已经结束，请刷新页面。")
    # Clocks of calls and of people differ a little: what a person does is done to the row as it is seen.
    at = max(at, datetime.fromisoformat(row.last_at).astimezone())
    deed = Contact(
        source=f"hand-{uuid4().hex}",
        number=row.number,
        at=at.isoformat(timespec="milliseconds"),
        kind=kind,
        agent=agent,
        result=result,
    )
    add_contact(db, deed)


def _where(query: FollowUpQuery, reach: FollowUpReach, now: datetime) -> tuple[list[str], list[object]]:
    clause, bound = reach.clause
    where, parameters = [clause], list(bound)
    where.append("f.closing <> ''" if query.state is FollowUpState.CLOSED else "f.closing = ''")
    if query.state is FollowUpState.OVERDUE:
        where.append("f.due_ms < ?")
        parameters.append(milliseconds(now.isoformat()))
    for column in ("queue", "owner"):
        value = getattr(query, column)
        if value:
            where.append(f"f.{column} = ?")
            parameters.append(value)
    digits = "".join(sign for sign in query.number if sign.isdigit())
    if digits:
        where.append("f.number LIKE ?")
        parameters.append(f"%{digits}%")
    return where, parameters


def _cursor(after: str) -> tuple[int, str]:
    at_ms, _, source = after.partition(":")
    if not at_ms.isdigit():
        raise InvalidError("翻页位置无效，请刷新页面。", "after")
    return int(at_ms), source


def _selected() -> str:
    return ", ".join(f"f.{name}" for name in _COLUMNS)


def _row(db: Connection, row: tuple[object, ...], names: dict[str, str], now: datetime) -> FollowUp:
    values = dict(zip(_COLUMNS, row, strict=True))
    values["closing"] = values["closing"] or None
    due_ms = milliseconds(str(values["due_at"]))
    return msgspec.convert(
        {
            **values,
            "overdue": values["closing"] is None and due_ms < milliseconds(now.isoformat()),
            "owner_name": names.get(str(values["owner"]), ""),
            "customer_name": _customer_name(db, str(values["number"])),
        },
        FollowUp,
    )


def _customer_name(db: Connection, number: str) -> str:
    sql = "SELECT k.name FROM customer_numbers n JOIN customers k ON k.id = n.customer_id WHERE n.number = ?"
    return str(fetch_value(db, sql, (number,)) or "")
