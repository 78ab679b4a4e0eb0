"""A value of the call as prompts: reads the text by its kind and composes it in the caller's language."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from appliance.ivr import numerals_en, numerals_zh
from appliance.ivr.prompts import ENGLISH
from appliance.telephony.ids import Language, PromptId

LONGEST = 40
"""Characters of a value that are read out."""
_MONTH_DAY = re.compile(r"(\d{1,2})-(\d{1,2})")
_LEAP_YEAR = 2000


class ValueKind(StrEnum):
    """How a text is to be read out."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    AMOUNT = "amount"
    """Money in yuan: `123.45`."""
    PERCENT = "percent"
    """`12.5` is 12.5 %."""
    ORDINAL = "ordinal"
    DIGITS = "digits"
    TELEPHONE = "telephone"
    DATE = "date"
    """`YYYY-MM-DD` or `MM-DD`."""
    TIME = "time"
    """`HH:MM` or `HH:MM:SS`."""
    DATETIME = "datetime"
    """`YYYY-MM-DD HH:MM`."""
    WEEKDAY = "weekday"
    """1 Monday … 7 Sunday, or a date."""


class UnspeakableError(ValueError):
    """The text is no value of that kind."""


def say_value(text: str, kind: ValueKind, language: Language, unit: str = "") -> list[PromptId]:
    """Prompts for `text`; `unit` is the Chinese measure word of an integer. Raises `UnspeakableError`."""
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise UnspeakableError(f"{text[:LONGEST]!r} cannot be read as {kind}")
    readers = _ENGLISH if language == ENGLISH else _CHINESE
    try:
        spoken = numerals_zh.integer(_whole(text), unit) if _counts(kind, unit, language) else readers[kind](text)
    except (ValueError, InvalidOperation, OverflowError) as error:
        raise UnspeakableError(f"{text!r} cannot be read as {kind}") from error
    if not spoken:
        raise UnspeakableError(f"{text!r} has no digits")
    return spoken


def _counts(kind: ValueKind, unit: str, language: Language) -> bool:
    return kind is ValueKind.INTEGER and bool(unit) and language != ENGLISH


def _number(text: str) -> Decimal:
    value = Decimal(text.replace(",", ""))
    if not value.is_finite() or abs(value) >= 10**16 or abs(value.adjusted()) > LONGEST:
        raise ValueError(text)
    return value


def _whole(text: str) -> int:
    value = _number(text)
    if value != value.to_integral_value():
        raise ValueError(text)
    return int(value)


def _day(text: str) -> tuple[date, bool]:
    """The date, and whether its year was given."""
    if found := _MONTH_DAY.fullmatch(text):
        return date(_LEAP_YEAR, int(found[1]), int(found[2])), False
    return date.fromisoformat(text[:10]), True


def _weekday(text: str) -> int:
    number = int(text) if text.isdigit() else _day(text)[0].isoweekday()
    if not 1 <= number <= 7:
        raise ValueError(text)
    return number


def _day_zh(text: str) -> list[PromptId]:
    day, has_year = _day(text)
    return numerals_zh.day(day, year=has_year)


def _day_en(text: str) -> list[PromptId]:
    day, has_year = _day(text)
    return numerals_en.day(day, year=has_year)


def _moment_zh(text: str) -> list[PromptId]:
    moment = datetime.fromisoformat(text)
    return [*numerals_zh.day(moment.date()), *numerals_zh.clock(moment.time())]


def _moment_en(text: str) -> list[PromptId]:
    moment = datetime.fromisoformat(text)
    return [*numerals_en.day(moment.date()), *numerals_en.clock(moment.time())]


_Reader = Callable[[str], list[PromptId]]
_CHINESE: dict[ValueKind, _Reader] = {
    ValueKind.INTEGER: lambda text: numerals_zh.integer(_whole(text)),
    ValueKind.DECIMAL: lambda text: numerals_zh.decimal(_number(text)),
    ValueKind.AMOUNT: lambda text: numerals_zh.amount(_number(text)),
    ValueKind.PERCENT: lambda text: numerals_zh.percent(_number(text)),
    ValueKind.ORDINAL: lambda text: numerals_zh.ordinal(_whole(text)),
    ValueKind.DIGITS: numerals_zh.digits,
    ValueKind.TELEPHONE: lambda text: numerals_zh.digits(text, telephone=True),
    ValueKind.DATE: _day_zh,
    ValueKind.TIME: lambda text: numerals_zh.clock(time.fromisoformat(text)),
    ValueKind.DATETIME: _moment_zh,
    ValueKind.WEEKDAY: lambda text: numerals_zh.weekday(_weekday(text)),
}
_ENGLISH: dict[ValueKind, _Reader] = {
    ValueKind.INTEGER: lambda text: numerals_en.integer(_whole(text)),
    ValueKind.DECIMAL: lambda text: numerals_en.decimal(_number(text)),
    ValueKind.AMOUNT: lambda text: numerals_en.amount(_number(text)),
    ValueKind.PERCENT: lambda text: numerals_en.percent(_number(text)),
    ValueKind.ORDINAL: lambda text: numerals_en.ordinal(_whole(text)),
    ValueKind.DIGITS: numerals_en.digits,
    ValueKind.TELEPHONE: numerals_en.digits,
    ValueKind.DATE: _day_en,
    ValueKind.TIME: lambda text: numerals_en.clock(time.fromisoformat(text)),
    ValueKind.DATETIME: _moment_en,
    ValueKind.WEEKDAY: lambda text: numerals_en.weekday(_weekday(text)),
}
