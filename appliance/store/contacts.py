"""Keeping contacts with numbers and the ledger that follows from them in step: once or again, in any order."""

from __future__ import annotations

import msgspec

from appliance.store.connection import Connection, execute, fetch_all, fetch_value
from appliance.store.customers import AREA_CODE_SETTING
from appliance.store.followup_ledger import Contact, ContactKind, Episode, Policy, episodes, milliseconds
from appliance.store.settings import get_setting, set_setting
from appliance.telephony.call import CallResult, Direction, StepKind
from appliance.telephony.number import normalise_number
from appliance.wire.facts import CallBackBooked, CallRecord

POLICY_SETTING = "follow_up_policy"
"""The `Policy` as JSON; taken from the call plan whenever it changes."""

UNSERVED = frozenset(
    {
        CallResult.HUNG_UP_IN_FLOW,
        CallResult.ABANDONED_IN_QUEUE,
        CallResult.AGENT_NO_ANSWER,
        CallResult.NO_AGENT,
        CallResult.VOICEMAIL,
        CallResult.LINE_FAULT,
    }
)
"""Results of calls from outside whose caller wanted something and got nobody."""

_NOBODY = frozenset({"machine", "fax"})
"""Who answers without being reached."""
_CONTACT = ("source", "number", "at", "kind", "call_id", "queue", "area", "agent", "result")
_ROW = tuple(field for field in Episode.__struct_fields__)
_INSERT = f"""INSERT INTO followups ({", ".join(_ROW)}, first_ms, due_ms, closed_ms)
    VALUES ({", ".join("?" * (len(_ROW) + 3))})"""  # noqa: S608 own names and marks


def get_policy(db: Connection) -> Policy:
    """The rules in force."""
    text = get_setting(db, POLICY_SETTING)
    return msgspec.json.decode(text, type=Policy) if text else Policy()


def set_policy(db: Connection, policy: Policy) -> None:
    """Rules for contacts from now on; what is open is reckoned anew by them."""
    text = msgspec.json.encode(policy).decode()
    if text == get_setting(db, POLICY_SETTING):
        return
    set_setting(db, POLICY_SETTING, text)
    for number, first_ms in fetch_all(db, "SELECT number, first_ms FROM followups WHERE closing = ''"):
        _reckon(db, number, first_ms)


def note_call(db: Connection, record: CallRecord, area: str) -> bool:
    """Take a logged call into account; whether anything came of it. `area` is the customer's at the time."""
    contact = _contact_of(db, record, area)
    if contact is not None:
        return add_contact(db, contact)
    return _drop_contact(db, record.call_id)


def note_booking(db: Connection, fact: CallBackBooked) -> bool:
    """Take a wish to be called back into account; the call in which it was uttered is no missed one then."""
    number = normalise_number(fact.number, get_setting(db, AREA_CODE_SETTING))
    area = _area_of(db, number)
    booked = Contact(
        source=fact.id, number=number, at=fact.at, kind=ContactKind.BOOKED,
        call_id=fact.call_id, queue=fact.queue, area=area,
    )  # fmt: skip
    changed = add_contact(db, booked)
    kind = fetch_value(db, "SELECT kind FROM contacts WHERE source = ?", (fact.call_id,))
    return (kind == ContactKind.UNSERVED and _drop_contact(db, fact.call_id)) or changed


def add_contact(db: Connection, contact: Contact) -> bool:
    """Add it, or replace what was said of the same source before; whether that is new."""
    before = _known(db, contact.source)
    if before == contact:
        return False
    if before is not None:
        execute(db, "DELETE FROM contacts WHERE source = ?", (contact.source,))
    execute(
        db,
        f"INSERT INTO contacts ({', '.join(_CONTACT)}, at_ms) VALUES ({', '.join('?' * (len(_CONTACT) + 1))})",  # noqa: S608
        (*(_plain(getattr(contact, name)) for name in _CONTACT), contact.at_ms),
    )
    if before is not None:
        _reckon(db, before.number, before.at_ms)
    _reckon(db, contact.number, contact.at_ms)
    return True


def contacts_of(db: Connection, number: str, since_ms: int, until_ms: int | None) -> list[Contact]:
    """Contacts with the number in their order, from the first moment to the last, both included."""
    sql = f"SELECT {', '.join(_CONTACT)} FROM contacts WHERE number = ? AND at_ms >= ? AND at_ms <= ?"  # noqa: S608
    rows = fetch_all(db, sql, (number, since_ms, 1 << 62 if until_ms is None else until_ms))
    return sorted((_contact(row) for row in rows), key=lambda each: each.order)


def _contact_of(db: Connection, record: CallRecord, area: str) -> Contact | None:
    kind = _kind_of(db, record)
    if kind is None:
        return None
    number = normalise_number(record.peer_number or record.peer_number_raw, get_setting(db, AREA_CODE_SETTING))
    if kind is ContactKind.UNSERVED and number and get_policy(db).skips(number, record.started_at[:10]):
        return None
    return Contact(
        source=record.call_id,
        number=number,
        at=record.ended_at,
        kind=kind,
        call_id=record.call_id,
        queue=record.queue or "",
        area=area,
        agent=record.agent or "",
        result=record.result.value if kind is ContactKind.UNSERVED else "",
    )


def _kind_of(db: Connection, record: CallRecord) -> ContactKind | None:
    """What the call is for the ledger; None: nothing."""
    talked = record.result is CallResult.TALKED
    if record.direction is Direction.OUTBOUND:
        return ContactKind.REACHED if talked and not _only_a_machine(record) else ContactKind.TRIED
    if record.direction is not Direction.INBOUND:
        return None
    if talked:
        return ContactKind.CALLED_AGAIN
    unserved = record.result in UNSERVED or (
        record.result is CallResult.HUNG_UP_BEFORE_ANSWER and get_policy(db).rules.before_answer
    )
    if not unserved or _has_booking(db, record.call_id):
        return None
    return ContactKind.UNSERVED


def _only_a_machine(record: CallRecord) -> bool:
    heard = [step.note for step in record.steps if step.kind is StepKind.ANSWERER]
    return bool(heard) and heard[-1] in _NOBODY


def _has_booking(db: Connection, call_id: str) -> bool:
    sql = "SELECT 1 FROM contacts WHERE call_id = ? AND kind = ?"
    return fetch_value(db, sql, (call_id, ContactKind.BOOKED.value)) is not None


def _drop_contact(db: Connection, source: str) -> bool:
    before = _known(db, source)
    if before is None:
        return False
    execute(db, "DELETE FROM contacts WHERE source = ?", (source,))
    _reckon(db, before.number, before.at_ms)
    return True


def _known(db: Connection, source: str) -> Contact | None:
    rows = fetch_all(db, f"SELECT {', '.join(_CONTACT)} FROM contacts WHERE source = ?", (source,))  # noqa: S608
    return _contact(rows[0]) if rows else None


def _contact(row: tuple[object, ...]) -> Contact:
    return msgspec.convert(dict(zip(_CONTACT, row, strict=True)), Contact)


def _area_of(db: Connection, number: str) -> str:
    sql = "SELECT k.area FROM customer_numbers n JOIN customers k ON k.id = n.customer_id WHERE n.number = ?"
    return str(fetch_value(db, sql, (number,)) or "")


def _reckon(db: Connection, number: str, at_ms: int) -> None:
    """Make the ledger of the number anew from the last row that was closed before this moment on."""
    if not number:
        return  # nobody to call back; the contact counts in the day's figures only
    sql = "SELECT max(closed_ms) FROM followups WHERE number = ? AND closing <> '' AND closed_ms < ?"
    since_ms = int(fetch_value(db, sql, (number, at_ms)) or 0)
    execute(db, "DELETE FROM followups WHERE number = ? AND first_ms > ?", (number, since_ms))
    for row in episodes(contacts_of(db, number, since_ms + 1, None), get_policy(db)):
        times = (milliseconds(row.first_at), milliseconds(row.due_at), milliseconds(row.closed_at or row.first_at))
        execute(db, _INSERT, (*(_plain(getattr(row, name)) for name in _ROW), *times))


def _plain(value: object) -> object:
    """A word as the database keeps it; '' for what has not happened."""
    return "" if value is None else getattr(value, "value", value)
