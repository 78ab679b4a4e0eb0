"""What a bureau records of its customers: own fields, statuses (业务状态), levels, areas with managers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Annotated

import msgspec

from appliance.store.connection import Connection, execute, fetch_all, fetch_value
from appliance.store.errors import InvalidError
from appliance.store.settings import set_setting

FORM_SETTING = "customer_form"
MOST_FIELDS = 40
MOST_WORDS = 200
LONGEST_TEXT = 500
LATEST_YEAR = 2200

Label = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class FieldKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    """Kept as `2026-11-02`."""
    CHOICE = "choice"
    FLAG = "flag"
    """Kept as `1` or empty."""


class CustomerField(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A field of the bureau's own."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,23}$")]
    """Stays when the label changes."""
    label: Label
    kind: FieldKind = FieldKind.TEXT
    choices: tuple[Label, ...] = ()
    """For `choice`."""
    required: bool = False
    in_list: bool = False
    """Shown in the list of customers."""
    in_pop: bool = False
    """Shown to the agent while the customer calls."""
    sensitive: bool = False
    """Seen with cust.view_id only; never searched, never in the screen pop, never given to other programs."""


class CustomerForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    fields: Annotated[tuple[CustomerField, ...], msgspec.Meta(max_length=MOST_FIELDS)] = ()
    statuses: Annotated[tuple[Label, ...], msgspec.Meta(max_length=MOST_WORDS)] = (
        "正常", "欠费", "报停", "停机", "销户",
    )  # fmt: skip
    levels: Annotated[tuple[Label, ...], msgspec.Meta(max_length=MOST_WORDS)] = ("普通", "重要", "VIP")

    @property
    def sensitive(self) -> frozenset[str]:
        """Ids of the fields that not everybody sees."""
        return frozenset(field.id for field in self.fields if field.sensitive)


class CustomerArea(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An area (片区) and who looks after its customers."""

    label: Label
    manager: Annotated[str, msgspec.Meta(max_length=20)] = ""
    """Staff number of the customer manager; empty: nobody."""


def get_form(db: Connection) -> CustomerForm:
    """The form in force."""
    return _decoded(fetch_value(db, "SELECT value FROM settings WHERE key = ?", (FORM_SETTING,)) or "{}")


@lru_cache(maxsize=4)
def _decoded(text: str) -> CustomerForm:
    """An import asks for every row."""
    return msgspec.json.decode(text, type=CustomerForm)


def set_form(db: Connection, form: CustomerForm) -> None:
    """Values of a field that is left out stay with the customers, unseen. Raises `InvalidError` with the path."""
    _distinct([field.id for field in form.fields], "fields")
    _distinct([field.label for field in form.fields], "fields")
    _distinct(form.statuses, "statuses")
    _distinct(form.levels, "levels")
    for at, field in enumerate(form.fields):
        if field.kind is FieldKind.CHOICE and not field.choices:
            raise InvalidError(f"“{field.label}”是选项，请至少填一个可选的内容。", f"fields[{at}].choices")
        _distinct(field.choices, f"fields[{at}].choices")
        if field.sensitive and field.in_pop:
            raise InvalidError(f"“{field.label}”是敏感项，不能在来电弹屏里显示。", f"fields[{at}].in_pop")
    set_setting(db, FORM_SETTING, msgspec.json.encode(form).decode())


def list_areas(db: Connection) -> tuple[CustomerArea, ...]:
    """Areas in their order."""
    rows = fetch_all(db, "SELECT label, manager FROM areas ORDER BY position, label")
    return tuple(CustomerArea(label=label, manager=manager) for label, manager in rows)


def set_areas(db: Connection, areas: tuple[CustomerArea, ...]) -> None:
    """Replace all areas; customers of one that is left out keep its name. Raises `InvalidError`."""
    _distinct([area.label for area in areas], "areas")
    known = {agent for (agent,) in fetch_all(db, "SELECT agent FROM users WHERE agent IS NOT NULL")}
    for at, area in enumerate(areas):
        if area.manager and area.manager not in known:
            raise InvalidError(f"没有工号为 {area.manager} 的人，请重新选择客户经理。", f"areas[{at}].manager")
    execute(db, "DELETE FROM areas")
    for position, area in enumerate(areas):
        execute(
            db,
            "INSERT INTO areas (label, manager, position) VALUES (?, ?, ?)",
            (area.label.strip(), area.manager, position),
        )


def checked_values(form: CustomerForm, given: Mapping[str, str], kept: Mapping[str, str]) -> dict[str, str]:
    """Values to keep: `kept` with what is `given`, checked. Raises `InvalidError` with the field `custom.<id>`."""
    known = {field.id: field for field in form.fields}
    values = dict(kept)
    for name, text in given.items():
        if name not in known:
            raise InvalidError("没有这个客户字段，可能已被删除。请刷新页面。", f"custom.{name}")
        value = field_value(known[name], text)
        values.pop(name, None)
        if value:
            values[name] = value
    for field in form.fields:
        if field.required and field.kind is not FieldKind.FLAG and not values.get(field.id):
            raise InvalidError(f"“{field.label}”必须填写。", f"custom.{field.id}")
    return values


def field_value(field: CustomerField, text: str) -> str:
    """The value as it is kept; empty: none. Raises `InvalidError`: what is wrong and how to write it."""
    text = text.strip()
    if not text:
        return ""
    match field.kind:
        case FieldKind.NUMBER:
            return _number(field, text)
        case FieldKind.DATE:
            return _date(field, text)
        case FieldKind.FLAG:
            return _flag(field, text)
        case FieldKind.CHOICE:
            if text not in field.choices:
                offered = "、".join(field.choices[:10])
                raise _wrong(field, f"“{_short(text)}”不在可选内容里（{offered}）")
            return text
        case FieldKind.TEXT:
            if len(text) > LONGEST_TEXT:
                raise _wrong(field, f"太长，最多 {LONGEST_TEXT} 个字")
            return text


_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,9})?")
_DATE = re.compile(r"(\d{4})\D{1,2}(\d{1,2})\D{1,2}(\d{1,2})日?|(\d{4})(\d{2})(\d{2})")
_YES = frozenset({"1", "是", "有", "√", "y", "yes", "true", "对"})
_NO = frozenset({"0", "否", "无", "×", "n", "no", "false", "不是"})


def _number(field: CustomerField, text: str) -> str:
    plain = text.replace(",", "").replace("，", "")
    if _NUMBER.fullmatch(plain) is None:
        raise _wrong(field, f"“{_short(text)}”不是数字")
    sign = "-" if plain.startswith("-") else ""
    whole, _, rest = plain.lstrip("+-").partition(".")
    rest = rest.rstrip("0")
    number = (whole.lstrip("0") or "0") + (f".{rest}" if rest else "")
    return number if number == "0" else sign + number


def _date(field: CustomerField, text: str) -> str:
    found = _DATE.fullmatch(re.split("[ T]", text, maxsplit=1)[0])
    if found is not None:
        year, month, day = (int(part) for part in found.groups() if part is not None)
        if year <= LATEST_YEAR:
            try:
                return date(year, month, day).isoformat()
            except ValueError:
                pass
    raise _wrong(field, f"“{_short(text)}”不是日期，请写成 2026-11-02 的样子")


def _flag(field: CustomerField, text: str) -> str:
    word = text.casefold()
    if word in _YES:
        return "1"
    if word in _NO:
        return ""
    raise _wrong(field, f"“{_short(text)}”看不懂，请写“是”或“否”")


def _wrong(field: CustomerField, text: str) -> InvalidError:
    return InvalidError(f"{field.label}：{text}。", f"custom.{field.id}")


def _short(text: str) -> str:
    return text if len(text) <= 20 else text[:20] + "…"


def _distinct(words: tuple[str, ...] | list[str], path: str) -> None:
    seen: set[str] = set()
    for at, word in enumerate(words):
        if not word.strip():
            raise InvalidError("名称不能为空。", f"{path}[{at}]")
        if word.strip() in seen:
            raise InvalidError(f"“{word}”重复了，请换一个名称。", f"{path}[{at}]")
        seen.add(word.strip())
