"""Short messages: what the journal says of them, by conversation, and templates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from appliance.store.connection import Connection, execute, fetch_all, fetch_value
from appliance.store.errors import NotFoundError
from appliance.telephony.number import normalise_number
from appliance.wire.facts import AnyFact, SmsDelivered, SmsFailed, SmsQueued, SmsReceived, SmsSending, SmsSent

_NUMBER = re.compile(r"\+?\d+")
MOST_TEMPLATES = 100


class SmsState(StrEnum):
    RECEIVED = "received"
    QUEUED = "queued"
    SENDING = "sending"
    RETRYING = "retrying"
    SENT = "sent"
    """The network took it."""
    DELIVERED = "delivered"
    """It reached the phone."""
    UNDELIVERED = "undelivered"
    FAILED = "failed"


_UNDECIDED = (SmsState.QUEUED, SmsState.SENDING, SmsState.RETRYING)


class SmsRow(msgspec.Struct, frozen=True, kw_only=True):
    """One message. `at`: when it came, or was written; ISO 8601."""

    id: int
    sms_id: str
    incoming: bool
    number: str
    text: str
    at: str
    state: SmsState
    parts: int
    """That were paid for (or will be), or that it came in."""
    missing: int
    """Parts that never came."""
    cost_yuan: float
    written_by: str
    failure: str
    """Chinese sentence: why it did not go out; empty otherwise."""


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """All messages with one number, shown by the last."""

    number: str
    customer_id: int | None
    customer_name: str
    last: SmsRow
    unread: int


class ConversationPage(msgspec.Struct, frozen=True, kw_only=True):
    rows: tuple[Conversation, ...]
    next: int | None
    """`before` of the page that follows."""
    unread: int
    """Of all conversations."""


class Thread(msgspec.Struct, frozen=True, kw_only=True):
    """Messages with one number, newest first."""

    number: str
    customer_id: int | None
    customer_name: str
    rows: tuple[SmsRow, ...]
    next: int | None


class SmsTemplate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


_COLUMNS = SmsRow.__struct_fields__
_SELECT = ", ".join(f"m.{name}" for name in _COLUMNS)
_WITH_CUSTOMER = "LEFT JOIN customer_numbers n ON n.number = m.number LEFT JOIN customers k ON k.id = n.customer_id"


def note_sms(db: Connection, fact: AnyFact) -> bool:
    """Store what a fact says of a message; False when it says nothing new. A fact again changes nothing."""
    match fact:
        case SmsReceived():
            return _add(
                db, fact.sms_id, 1, _spelled(fact.number), fact.text, fact.at, SmsState.RECEIVED,
                len(fact.parts) + fact.missing, fact.missing, "",
            )  # fmt: skip
        case SmsQueued():
            return _add(db, fact.sms_id, 0, fact.number, fact.text, fact.at, SmsState.QUEUED, fact.parts, 0, fact.by)
        case SmsSending() | SmsSent() | SmsFailed() | SmsDelivered():
            return _go_on(db, fact)
        case _:
            return False


def conversations(
    db: Connection,
    *,
    search: str = "",
    unread: bool = False,
    customer_id: int | None = None,
    limit: int = 50,
    before: int | None = None,
) -> ConversationPage:
    """Newest first. `search`: part of a number, a customer's name or a text."""
    where = ["1 = 1"]
    bound: list[str | int] = []
    if search:
        like = f"%{_escaped(search)}%"
        where.append(
            "(m.number LIKE ? ESCAPE '!' OR k.name LIKE ? ESCAPE '!' OR m.number IN"
            " (SELECT number FROM sms_messages WHERE text LIKE ? ESCAPE '!'))"
        )
        bound += [like, like, like]
    if unread:
        where.append("g.unread > 0")
    if customer_id is not None:
        where.append("k.id = ?")
        bound.append(customer_id)
    if before is not None:
        where.append("m.id < ?")
        bound.append(before)
    sql = (
        f"SELECT {_SELECT}, k.id, k.name, g.unread FROM sms_messages m"  # noqa: S608 own names
        " JOIN (SELECT max(id) AS last, sum(CASE WHEN incoming = 1 AND read_at = '' THEN 1 ELSE 0 END) AS unread"
        f" FROM sms_messages GROUP BY number) g ON g.last = m.id {_WITH_CUSTOMER}"
        f" WHERE {' AND '.join(where)} ORDER BY m.id DESC LIMIT ?"
    )
    found = fetch_all(db, sql, (*bound, limit + 1))
    rows = []
    for *message, customer, name, count in found[:limit]:
        last = _row(message)
        rows.append(
            Conversation(
                number=last.number, customer_id=customer, customer_name=name or "", last=last, unread=int(count)
            )
        )
    following = rows[-1].last.id if len(found) > limit else None
    return ConversationPage(rows=tuple(rows), next=following, unread=unread_messages(db))


def unread_messages(db: Connection) -> int:
    return int(fetch_value(db, "SELECT count(*) FROM sms_messages WHERE incoming = 1 AND read_at = ''") or 0)


def number_of(db: Connection, message_id: int) -> str:
    """With whom the message was exchanged: so a conversation is named without naming its number. `NotFoundError`."""
    number = fetch_value(db, "SELECT number FROM sms_messages WHERE id = ?", (message_id,))
    if number is None:
        raise NotFoundError("没有这条短信。")
    return str(number)


def thread(db: Connection, message_id: int, *, limit: int = 50, before: int | None = None) -> Thread:
    """The conversation to which the message belongs. Raises `NotFoundError`."""
    number = number_of(db, message_id)
    upto = "" if before is None else " AND m.id < ?"
    sql = f"SELECT {_SELECT} FROM sms_messages m WHERE m.number = ?{upto} ORDER BY m.id DESC LIMIT ?"  # noqa: S608
    found = fetch_all(db, sql, (number, *([] if before is None else [before]), limit + 1))
    rows = tuple(_row(each) for each in found[:limit])
    customer = fetch_all(
        db,
        "SELECT k.id, k.name FROM customer_numbers n JOIN customers k ON k.id = n.customer_id WHERE n.number = ?",
        (number,),
    )
    customer_id, name = customer[0] if customer else (None, "")
    return Thread(
        number=number,
        customer_id=customer_id,
        customer_name=name,
        rows=rows,
        next=rows[-1].id if len(found) > limit else None,
    )


def mark_read(db: Connection, message_id: int, by: str, at: datetime) -> int:
    """Everything that came in the conversation up to this message was seen; how many were new."""
    number = number_of(db, message_id)
    new = "number = ? AND incoming = 1 AND read_at = '' AND id <= ?"
    count = int(fetch_value(db, f"SELECT count(*) FROM sms_messages WHERE {new}", (number, message_id)) or 0)  # noqa: S608
    moment = at.isoformat(timespec="seconds")
    execute(db, f"UPDATE sms_messages SET read_at = ?, read_by = ? WHERE {new}", (moment, by, number, message_id))  # noqa: S608
    return count


def sms_templates(db: Connection) -> tuple[SmsTemplate, ...]:
    """In the order in which they are offered."""
    rows = fetch_all(db, "SELECT name, text FROM sms_templates ORDER BY position, id")
    return tuple(SmsTemplate(name=name, text=text) for name, text in rows)


def set_sms_templates(db: Connection, templates: tuple[SmsTemplate, ...]) -> None:
    """Replace all of them."""
    execute(db, "DELETE FROM sms_templates")
    for position, each in enumerate(templates):
        execute(
            db, "INSERT INTO sms_templates (position, name, text) VALUES (?, ?, ?)", (position, each.name, each.text)
        )


def _spelled(sender: str) -> str:
    """A number as the call log has it; a name stays."""
    return normalise_number(sender, "") if _NUMBER.fullmatch(sender) else sender


def _escaped(search: str) -> str:
    return re.sub(r"([!%_])", r"!\1", search)


def _row(values: Sequence[object]) -> SmsRow:
    return msgspec.convert(dict(zip(_COLUMNS, values, strict=True)), SmsRow, strict=False)


def _add(
    db: Connection,
    sms_id: str,
    incoming: int,
    number: str,
    text: str,
    at: str,
    state: SmsState,
    parts: int,
    missing: int,
    written_by: str,
) -> bool:
    if fetch_value(db, "SELECT 1 FROM sms_messages WHERE sms_id = ?", (sms_id,)) is not None:
        return False
    execute(
        db,
        "INSERT INTO sms_messages (sms_id, incoming, number, text, at, state, parts, missing, written_by)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (sms_id, incoming, number, text, at, state.value, parts, missing, written_by),
    )
    return True


def _go_on(db: Connection, fact: SmsSending | SmsSent | SmsFailed | SmsDelivered) -> bool:
    match fact:
        case SmsSending():
            return _become(db, fact.sms_id, SmsState.SENDING, _UNDECIDED)
        case SmsSent():
            return _become(db, fact.sms_id, SmsState.SENT, _UNDECIDED, cost_yuan=fact.cost_yuan)
        case SmsFailed():
            state = SmsState.FAILED if fact.final else SmsState.RETRYING
            return _become(db, fact.sms_id, state, _UNDECIDED, failure=fact.text)
        case SmsDelivered():
            state = SmsState.DELIVERED if fact.delivered else SmsState.UNDELIVERED
            return _become(db, fact.sms_id, state, (SmsState.SENT,))


def _become(
    db: Connection,
    sms_id: str,
    state: SmsState,
    out_of: tuple[SmsState, ...],
    *,
    cost_yuan: float | None = None,
    failure: str = "",
) -> bool:
    """Only onwards: what was decided stays, whatever is read again."""
    now = fetch_value(db, "SELECT state FROM sms_messages WHERE sms_id = ?", (sms_id,))
    if now is None or SmsState(now) not in out_of:
        return False
    execute(db, "UPDATE sms_messages SET state = ?, failure = ? WHERE sms_id = ?", (state.value, failure, sms_id))
    if cost_yuan is not None:
        execute(db, "UPDATE sms_messages SET cost_yuan = ? WHERE sms_id = ?", (cost_yuan, sms_id))
    return True
