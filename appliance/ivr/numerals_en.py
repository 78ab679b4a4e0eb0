"""English numbers, amounts and times as prompts to play one after the other. Pure."""

from __future__ import annotations

from datetime import date, time
from decimal import ROUND_HALF_UP, Decimal

from appliance.telephony.ids import PromptId

LARGEST = 10**12 - 1
"""Larger integers are read digit by digit."""
_GROUPS = ((10**9, "billion"), (10**6, "million"), (10**3, "thousand"))
_SPELLED = 20
"""Numbers below have a word of their own."""


def integer(value: int) -> list[PromptId]:
    sign = ["minus"] if value < 0 else []
    return _prompts([*sign, *(_number(abs(value)) if abs(value) <= LARGEST else str(abs(value)))])


def ordinal(value: int) -> list[PromptId]:
    """`twenty-first` up to 31, above `number 32`."""
    value = abs(value)
    if value > 31 or value == 0:
        return _prompts(["number", *_number(value)])
    if value < _SPELLED or value % 10 == 0:
        return _prompts([f"{value}th"])
    return _prompts([f"{value // 10 * 10}", f"{value % 10}th"])


def decimal(value: Decimal) -> list[PromptId]:
    """Digits behind the point one by one, as many as `value` has; without any it is an integer."""
    whole, _, behind = f"{abs(value):f}".partition(".")
    sign = ["minus"] if value < 0 else []
    return _prompts([*sign, *_number(int(whole)), *(["point", *behind] if behind else [])])


def percent(value: Decimal) -> list[PromptId]:
    return [*decimal(value), *_prompts(["percent"])]


def amount(value: Decimal) -> list[PromptId]:
    """Yuan and fen, rounded to whole fen."""
    cents = int(abs(value).quantize(Decimal("0.01"), ROUND_HALF_UP) * 100)
    yuan, fen = divmod(cents, 100)
    words = ["minus"] if value < 0 and cents else []
    if yuan or not fen:
        words += [*_number(yuan), "yuan"]
    if fen:
        words += [*(["and"] if yuan else []), *_number(fen), "fen"]
    return _prompts(words)


def digits(text: str) -> list[PromptId]:
    """The digits of `text` one by one; everything else in it is passed over."""
    return _prompts([character for character in text if character in "0123456789"])


def day(value: date, *, year: bool = True) -> list[PromptId]:
    """`June first, twenty twenty-six`."""
    return [*_prompts([f"month-{value.month}"]), *ordinal(value.day), *(_prompts(_year(value.year)) if year else [])]


def weekday(number: int) -> list[PromptId]:
    """1 Monday … 7 Sunday."""
    return _prompts([f"weekday-{number}"])


def clock(value: time) -> list[PromptId]:
    """`nine oh five a.m.`, `two o'clock p.m.`."""
    hour = value.hour % 12 or 12
    minutes = ["oclock"] if value.minute == 0 else [*(["oh"] if value.minute < 10 else []), *_number(value.minute)]
    return _prompts([*_number(hour), *minutes, "am" if value.hour < 12 else "pm"])


def _year(value: int) -> list[str]:
    century, rest = divmod(value, 100)
    if not 11 <= century <= 99 or (rest == 0 and century % 10 == 0):
        return _number(value)
    if rest == 0:
        return [*_number(century), "hundred"]
    return [*_number(century), *(["oh"] if rest < 10 else []), *_number(rest)]


def _number(value: int) -> list[str]:
    for size, name in _GROUPS:
        if value >= size:
            head, rest = divmod(value, size)
            joined = ["and"] if 0 < rest < 100 else []
            return [*_number(head), name, *joined, *(_number(rest) if rest else ())]
    if value >= 100:
        head, rest = divmod(value, 100)
        return [str(head), "hundred", *(["and", *_number(rest)] if rest else ())]
    if value < _SPELLED or value % 10 == 0:
        return [str(value)]
    return [str(value // 10 * 10), str(value % 10)]


def _prompts(words: list[str]) -> list[PromptId]:
    return [PromptId(f"en-{word}") for word in words]
