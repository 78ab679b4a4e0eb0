"""A row of somebody's table as a customer: repairs what spreadsheets do to numbers, and says all that is wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from appliance.jobs.customercolumns import CUSTOM, IGNORED, NUMBERS
from appliance.jobs.tablefile import Cell
from appliance.store.customer_form import CustomerField, CustomerForm, FieldKind, field_value
from appliance.store.customer_history import CustomerState
from appliance.store.customer_row import plain_text
from appliance.store.errors import InvalidError
from appliance.telephony.number import normalise_number

MOST_EXACT = 1e15
"""From here on a spreadsheet's number has lost its last digits."""
LONGEST = {"name": 80, "code": 80, "card": 200, "address": 200, "status": 40, "level": 40, "area": 40, "note": 2_000}
MOST_NUMBERS = 20
NUMBER_DIGITS = range(5, 17)

_EPOCH = date(1899, 12, 30)
_SERIAL_DAYS = range(1, 109_575)
"""Days that a spreadsheet's number can mean: 1900 to 2199."""
_BETWEEN = re.compile(r"[、,，;；/|\n]+")
_EXTENSION = re.compile(r"(?:转|ext\.?|分机)\s*\d+$", re.IGNORECASE)
_AREA_CODE = re.compile(r"(?<!\d)(0\d{2,3}) +(?=\d{7,8}(?!\d))")
_WHOLE_DIGITS = 7
"""Pieces between blanks that have at least as many are numbers of their own."""
_SCIENTIFIC = re.compile(r"\d(?:\.(\d+))?E\+?(\d{1,2})", re.IGNORECASE)
_OTHER_SIGNS = re.compile(r"[\d\s+()（）\-－—.]+")


def customer_of(
    row: Sequence[Cell], targets: Sequence[str], form: CustomerForm, area_code: str
) -> tuple[CustomerState, list[str]]:
    """What the row says (empty: nothing) and every fault in it as a Chinese sentence."""
    texts: dict[str, list[str]] = {}
    numbers: dict[str, None] = {}
    custom: dict[str, str] = {}
    faults: list[str] = []
    fields = {field.id: field for field in form.fields}
    for cell, target in zip(row, targets, strict=False):
        if target == IGNORED or cell == "":
            continue
        try:
            if target == NUMBERS:
                numbers.update(dict.fromkeys(numbers_in(cell, area_code)))
            elif target.startswith(CUSTOM):
                field = fields[target.removeprefix(CUSTOM)]
                value = field_value(field, _for_field(cell, field))
                if value:
                    custom[field.id] = value
            else:
                texts.setdefault(target, []).append(text_of(cell))
        except InvalidError as error:
            faults.append(str(error))
    if len(numbers) > MOST_NUMBERS:
        faults.append(f"号码有 {len(numbers)} 个，最多 {MOST_NUMBERS} 个。")
    joined = {target: plain_text(" ".join(parts)) for target, parts in texts.items()}
    for target, text in joined.items():
        if len(text) > LONGEST[target]:
            faults.append(f"“{text[:10]}…”太长，最多 {LONGEST[target]} 个字。")
    return CustomerState(name=joined.pop("name", ""), **joined, numbers=tuple(numbers), custom=custom), faults


def text_of(cell: Cell) -> str:
    """As a person reads it. Raises `InvalidError` for a number that has lost digits."""
    if isinstance(cell, str):
        return _spelled_out(cell)
    if abs(cell) >= MOST_EXACT:
        raise InvalidError(f"“{cell:.6g}”超过 15 位，被表格按数字保存后尾数已丢失。请把该列设为文本格式重新填写。")
    return str(int(cell)) if cell == int(cell) else repr(cell)


def numbers_in(cell: Cell, area_code: str) -> list[str]:
    """Telephone numbers of a cell, normalised. Raises `InvalidError` for what is none."""
    if not isinstance(cell, str):
        digits = text_of(cell)
        return [_number(_with_zero(digits), area_code)]
    parts = (part.strip() for part in _BETWEEN.split(cell) if part.strip(" -—－无/\\"))
    return [_number(_spelled_out(each), area_code) for part in parts for each in _between_blanks(part)]


def _between_blanks(text: str) -> list[str]:
    """Several numbers, or one number with blanks in it."""
    text = _AREA_CODE.sub(r"\1", _EXTENSION.sub("", text))
    pieces = text.split()
    whole = all(sum(sign.isdigit() for sign in piece) >= _WHOLE_DIGITS for piece in pieces)
    return pieces if whole and len(pieces) > 1 else [text]


def _number(text: str, area_code: str) -> str:
    number = normalise_number(text, area_code) if _OTHER_SIGNS.fullmatch(text) else ""
    if len(number) not in NUMBER_DIGITS:
        raise InvalidError(f"“{text[:24]}”不是电话号码。")
    return number


def _with_zero(digits: str) -> str:
    """The zero of the area code that a spreadsheet took away: ten or eleven digits that are no mobile number."""
    lost = len(digits) == 10 or (len(digits) == 11 and not digits.startswith("1"))
    return f"0{digits}" if lost and digits[0] in "123456789" else digits


def _spelled_out(text: str) -> str:
    """`1.3905621234E10` as digits. Raises `InvalidError` when digits are missing."""
    found = _SCIENTIFIC.fullmatch(text)
    if found is None:
        return text
    if len(found[1] or "") < int(found[2]):
        raise InvalidError(f"“{text}”是表格缩写的数字，后面的数字已丢失。请把该列设为文本格式重新填写。")
    try:
        return str(int(Decimal(text)))
    except (InvalidOperation, ValueError):
        return text


def _for_field(cell: Cell, field: CustomerField) -> str:
    """The cell as the field's kind writes it: spreadsheets keep days as numbers."""
    if isinstance(cell, str) or field.kind is not FieldKind.DATE:
        return text_of(cell)
    if int(cell) in _SERIAL_DAYS:
        return (_EPOCH + timedelta(days=int(cell))).isoformat()
    return text_of(cell)
