"""Customers from somebody's table: what each row would do, doing it in small transactions, and taking it back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from appliance.store.call_clause import among
from appliance.store.connection import Connection, execute, fetch_all
from appliance.store.customer_form import CustomerArea, CustomerForm, get_form, list_areas, set_areas, set_form
from appliance.store.customer_history import (
    ChangeKind,
    CustomerState,
    Origin,
    changes_of_import,
    newest_change,
    note_change,
)
from appliance.store.customer_index import reindex_customer
from appliance.store.customer_row import insert_states, next_customer_id, read_state, read_states, replace_state
from appliance.store.errors import NotFoundError
from appliance.store.settings import get_setting, set_setting


class Known(StrEnum):
    """What becomes of a row whose customer is there already."""

    SKIP = "skip"
    UPDATE = "update"
    """What the row says replaces what is there; empty cells change nothing; numbers are added."""
    FILL = "fill"
    """Only what is empty is filled; numbers are added."""


class Verdict(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    """Nothing to do: everything is there already."""
    SKIPPED = "skipped"
    """There already, or twice in the file."""
    WRONG = "wrong"


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    verdict: Verdict
    customer_id: int | None = None
    before: CustomerState | None = None
    after: CustomerState | None = None
    reason: str = ""
    """Why it is left out, or what of it is."""


class ImportState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    """Cancelled or interrupted; what was taken over stays until it is undone."""
    UNDONE = "undone"


class CustomerImport(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    user_name: str
    file_name: str
    at: str
    state: ImportState
    total: int
    done: int
    added: int
    changed: int
    left_out: int
    """Rows that somebody else's change since the preview made impossible, or customers that an undo left alone."""


_FIELDS = tuple(CustomerImport.__struct_fields__)
_TEXTS = ("name", "code", "card", "address", "status", "level", "area", "note")


def judge(db: Connection, states: Sequence[CustomerState], *, known: Known, drop_taken_numbers: bool) -> list[Judged]:
    """What each state would do to the customers as they are now. Nothing changes.

    A row means the customer with its code; without one, of its card; without one, of its numbers – unless that one has
    another code. `drop_taken_numbers`: a number of somebody else is left out and the rest taken, else the row is wrong.
    """
    form = get_form(db)
    owners = _owners(db, states)
    named = _names(db, owners)
    matched = [owners.match(state) for state in states]
    before = read_states(db, {each for each in matched if isinstance(each, int)})
    found = []
    for state, match in zip(states, matched, strict=True):
        if isinstance(match, str):
            found.append(Judged(verdict=Verdict.WRONG, reason=match))
            continue
        taken = [number for number in state.numbers if owners.numbers.get(number, match) != match]
        reason = "；".join(f"号码 {number} 已属于客户“{named[owners.numbers[number]]}”" for number in taken)
        if taken and not drop_taken_numbers:
            found.append(Judged(verdict=Verdict.WRONG, reason=f"{reason}。"))
            continue
        if taken:
            rest = tuple(number for number in state.numbers if number not in taken)
            state = msgspec.structs.replace(state, numbers=rest)  # noqa: PLW2901 the row without them
            reason += "，未登记。"
        found.append(_judged(state, match, None if match is None else before[match], form, known, reason))
    return found


def _judged(
    state: CustomerState, match: int | None, before: CustomerState | None, form: CustomerForm, known: Known, note: str
) -> Judged:
    if before is None:
        missing = [] if state.name else ["姓名"]
        missing += [field.label for field in form.fields if field.required and not state.custom.get(field.id)]
        if missing:
            return Judged(verdict=Verdict.WRONG, reason=f"缺少{'、'.join(missing)}。{note}")
        return Judged(verdict=Verdict.NEW, after=state, reason=note)
    if known is Known.SKIP:
        return Judged(verdict=Verdict.SKIPPED, customer_id=match, reason=f"客户“{before.name}”已存在，按所选方式跳过。")
    after = _combined(before, state, known)
    verdict = Verdict.SAME if after == before else Verdict.CHANGED
    return Judged(verdict=verdict, customer_id=match, before=before, after=after, reason=note)


def _combined(before: CustomerState, row: CustomerState, known: Known) -> CustomerState:
    first, second = (row, before) if known is Known.UPDATE else (before, row)
    custom = {**second.custom, **first.custom}
    return CustomerState(
        **{name: getattr(first, name) or getattr(second, name) for name in _TEXTS},
        numbers=tuple(dict.fromkeys((*before.numbers, *row.numbers))),
        custom={name: custom[name] for name in sorted(custom)},
    )


class _Owners(msgspec.Struct, frozen=True):
    """Whose the keys of some rows are."""

    codes: dict[str, int]
    cards: dict[str, list[int]]
    numbers: dict[str, int]
    code_of: dict[int, str]

    def match(self, state: CustomerState) -> int | str | None:
        """The customer that the row means, None for a new one, or a sentence why that cannot be told."""
        if state.code in self.codes:
            return self.codes[state.code]
        for ids in (self.cards.get(state.card, []), self._by_number(state)):
            same = [each for each in ids if not state.code or self.code_of.get(each, "") in ("", state.code)]
            if len(set(same)) > 1:
                return "卡号或号码分属几位客户，无法判断是哪一位，请在表里填客户编号。"
            if same:
                return same[0]
        return None

    def _by_number(self, state: CustomerState) -> list[int]:
        return [self.numbers[number] for number in state.numbers if number in self.numbers]


def _owners(db: Connection, states: Sequence[CustomerState]) -> _Owners:
    codes = _rows_with(db, "SELECT code, id FROM customers WHERE", "code", (state.code for state in states))
    cards: dict[str, list[int]] = {}
    for card, owner in _rows_with(db, "SELECT card, id FROM customers WHERE", "card", (state.card for state in states)):
        cards.setdefault(card, []).append(owner)
    every = (number for state in states for number in state.numbers)
    numbers = _rows_with(db, "SELECT number, customer_id FROM customer_numbers WHERE", "number", every)
    ids = {owner for _, owner in (*codes, *numbers)} | {owner for ids in cards.values() for owner in ids}
    code_of = _rows_with(db, "SELECT id, code FROM customers WHERE code IS NOT NULL AND", "id", ids)
    return _Owners(dict(codes), cards, dict(numbers), dict(code_of))


def _names(db: Connection, owners: _Owners) -> dict[int, str]:
    return dict(_rows_with(db, "SELECT id, name FROM customers WHERE", "id", owners.numbers.values()))


_MOST_PARAMETERS = 900


def _rows_with(db: Connection, select: str, column: str, values: Iterable[object]) -> list[tuple[Any, ...]]:
    """Rows of a query whose column has one of the values; empty ones never."""
    wanted = list(dict.fromkeys(value for value in values if value))
    found: list[tuple[Any, ...]] = []
    for at in range(0, len(wanted), _MOST_PARAMETERS):
        text, parameters = among(column, tuple(wanted[at : at + _MOST_PARAMETERS]))
        found += fetch_all(db, f"{select} {text}", parameters)
    return found


def open_import(
    db: Connection,
    import_id: str,
    *,
    user_id: int,
    user_name: str,
    file_name: str,
    terms: str,
    total: int,
    at: datetime,
) -> None:
    """Note that an import begins; one that was interrupted goes on."""
    execute(
        db,
        "INSERT INTO customer_imports (id, user_id, user_name, file_name, at, terms, state, total)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state",
        (
            import_id, user_id, user_name, file_name, at.isoformat(timespec="seconds"), terms,
            ImportState.RUNNING.value, total,
        ),
    )  # fmt: skip


def take_over(
    db: Connection,
    import_id: str,
    states: Sequence[CustomerState],
    *,
    known: Known,
    drop_taken_numbers: bool,
    at: datetime,
) -> CustomerImport:
    """Carry out the next rows of an import and count them, in one transaction; how far the import is then."""
    running = get_import(db, import_id)
    origin = Origin(at=at, user_name=running.user_name, import_id=import_id)
    added: dict[int, CustomerState] = {}
    changed = left_out = 0
    fresh = next_customer_id(db)
    for each in judge(db, states, known=known, drop_taken_numbers=drop_taken_numbers):
        if each.verdict is Verdict.NEW and each.after is not None:
            added[fresh + len(added)] = each.after
        elif each.verdict is Verdict.CHANGED and each.customer_id and each.before and each.after:
            replace_state(db, each.customer_id, each.before, each.after, ChangeKind.CHANGED, origin)
            changed += 1
        else:
            left_out += 1
    insert_states(db, added, origin)
    execute(
        db,
        "UPDATE customer_imports SET done = done + ?, added = added + ?, changed = changed + ?,"
        " left_out = left_out + ? WHERE id = ?",
        (len(states), len(added), changed, left_out, import_id),
    )
    return get_import(db, import_id)


def take_back(
    db: Connection, import_id: str, *, before_id: int, limit: int, at: datetime, user_name: str
) -> int | None:
    """Undo the next changes of an import, newest first; where to go on, None: all done.

    A customer who was changed since keeps what is there now and is counted as left out.
    """
    changes = changes_of_import(db, import_id, before_id=before_id, limit=limit)
    origin = Origin(at=at, user_name=user_name, import_id=import_id)
    left_out = 0
    for change in changes:
        if newest_change(db, change.customer_id) != change.id:
            left_out += 1
            continue
        now = read_state(db, change.customer_id)
        if change.before is None:
            note_change(db, change.customer_id, ChangeKind.UNDONE, now, origin)
            execute(db, "DELETE FROM customer_numbers WHERE customer_id = ?", (change.customer_id,))
            execute(db, "DELETE FROM customers WHERE id = ?", (change.customer_id,))
            reindex_customer(db, change.customer_id)
        else:
            free = _still_free(db, change.before, change.customer_id)
            replace_state(db, change.customer_id, now, free, ChangeKind.UNDONE, origin)
    execute(db, "UPDATE customer_imports SET left_out = left_out + ? WHERE id = ?", (left_out, import_id))
    return changes[-1].id if len(changes) == limit else None


def _still_free(db: Connection, state: CustomerState, customer_id: int) -> CustomerState:
    """The former state without numbers and code that became somebody else's."""
    owners = _owners(db, [state])
    numbers = tuple(each for each in state.numbers if owners.numbers.get(each, customer_id) == customer_id)
    code = state.code if owners.codes.get(state.code, customer_id) == customer_id else ""
    return msgspec.structs.replace(state, numbers=numbers, code=code)


def set_import_state(db: Connection, import_id: str, state: ImportState) -> None:
    execute(db, "UPDATE customer_imports SET state = ? WHERE id = ?", (state.value, import_id))


def forget_count_left_out(db: Connection, import_id: str) -> None:
    """Begin to count anew: an undo counts the customers that it leaves alone."""
    execute(db, "UPDATE customer_imports SET left_out = 0 WHERE id = ?", (import_id,))


def get_import(db: Connection, import_id: str) -> CustomerImport:
    """Raises `NotFoundError` before it was confirmed."""
    found = _imports(db, "WHERE id = ?", (import_id,))
    if not found:
        raise NotFoundError("没有这次导入，请刷新页面。")
    return found[0]


def list_imports(db: Connection, *, limit: int = 30) -> tuple[CustomerImport, ...]:
    """Those that were confirmed, newest first."""
    return _imports(db, "ORDER BY at DESC, id DESC LIMIT ?", (limit,))


def _imports(db: Connection, rest: str, parameters: tuple[object, ...]) -> tuple[CustomerImport, ...]:
    sql = f"SELECT {', '.join(_FIELDS)} FROM customer_imports {rest}"  # noqa: S608 own names
    return tuple(
        msgspec.convert(dict(zip(_FIELDS, row, strict=True)), CustomerImport) for row in fetch_all(db, sql, parameters)
    )


HEADINGS_SETTING = "customer_import_headings"
MOST_HEADINGS = 1_000


def remembered_headings(db: Connection) -> dict[str, str]:
    """What headings meant in earlier imports."""
    text = get_setting(db, HEADINGS_SETTING)
    return msgspec.json.decode(text, type=dict[str, str]) if text else {}


def remember_headings(db: Connection, meant: dict[str, str]) -> None:
    """Remember what these headings mean; the oldest are forgotten when there are too many."""
    known = {heading: target for heading, target in remembered_headings(db).items() if heading not in meant}
    kept = list({**known, **meant}.items())[-MOST_HEADINGS:]
    set_setting(db, HEADINGS_SETTING, msgspec.json.encode(dict(kept)).decode())


def add_words(db: Connection, words: Sequence[str]) -> None:
    """Add statuses, levels and areas (`area:城东`) that the bureau does not have yet."""
    new: dict[str, list[str]] = {"status": [], "level": [], "area": []}
    for each in words:
        kind, _, word = each.partition(":")
        new[kind].append(word)
    form = get_form(db)
    statuses = tuple(dict.fromkeys((*form.statuses, *new["status"])))
    levels = tuple(dict.fromkeys((*form.levels, *new["level"])))
    if (statuses, levels) != (form.statuses, form.levels):
        set_form(db, msgspec.structs.replace(form, statuses=statuses, levels=levels))
    areas = list_areas(db)
    fresh = [word for word in new["area"] if word not in {area.label for area in areas}]
    if fresh:
        set_areas(db, (*areas, *(CustomerArea(label=word) for word in fresh)))
