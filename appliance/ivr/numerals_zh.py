"""Mandarin numbers, amounts and times as prompts to play one after the other. Pure.

Rules: 两 instead of 二 only where the number begins with it and 千, 万, 亿 or a measure word follows (两千, 两万二千,
两位, 两点, but 十二, 二百, 第二, 二月); zeros inside collapse to one 零 (一千零一十, 十亿零一); 十 stands alone only at
the very front (十二, 一百一十二); in telephone numbers 1 is 幺; years are read digit by digit.
Other languages spoken by the same rules (dialects) only need recordings of the same prompts: `zh-3.<language>`.
"""

from __future__ import annotations

from datetime import date, time
from decimal import ROUND_HALF_UP, Decimal

from appliance.telephony.ids import PromptId

LARGEST = 10**16 - 1
"""Larger integers are read digit by digit."""
_PLACES = ("qian", "bai", "shi", "")
_UNITS_OF_GROUPS = ((10**8, "yi"), (10**4, "wan"))


def integer(value: int, unit: str = "") -> list[PromptId]:
    """`value` as a number; `unit` is the measure word after it: `ge`, `wei`, `ci`, `tian`, `yuan` … or ''."""
    sign = ["fu"] if value < 0 else []
    if abs(value) > LARGEST:
        return _prompts([*sign, *str(abs(value)), unit])
    words = [*_number(abs(value)), unit]
    if words[0] == "2" and words[1] not in {"", "shi", "bai"}:
        words[0] = "liang"
    return _prompts([*sign, *words])


def ordinal(value: int) -> list[PromptId]:
    """第…"""
    return _prompts(["di", *_number(abs(value))])


def decimal(value: Decimal) -> list[PromptId]:
    """Digits behind the point one by one, as many as `value` has; without any it is an integer."""
    whole, _, behind = f"{abs(value):f}".partition(".")
    sign = ["fu"] if value < 0 else []
    if not behind:
        return integer(int(value))
    return _prompts([*sign, *_number(int(whole)), "dian", *behind])


def percent(value: Decimal) -> list[PromptId]:
    """百分之…; `value` 12.5 is 12.5 %."""
    sign = ["fu"] if value < 0 else []
    return [*_prompts([*sign, "baifenzhi"]), *decimal(abs(value))]


def amount(value: Decimal) -> list[PromptId]:
    """Money in 元角分, rounded to whole 分: 一百元整, 十元零五分, 五分."""
    cents = int(abs(value).quantize(Decimal("0.01"), ROUND_HALF_UP) * 100)
    yuan, jiao, fen = cents // 100, cents // 10 % 10, cents % 10
    spoken = _prompts(["fu"]) if value < 0 and cents else []
    if yuan or not cents:
        spoken += integer(yuan, "yuan")
    if not jiao and not fen:
        return [*spoken, *_prompts(["zheng"])]
    if jiao:
        spoken += integer(jiao, "jiao") if not yuan else _prompts([str(jiao), "jiao"])
    if fen:
        spoken += _prompts(["0"]) if yuan and not jiao else []
        spoken += integer(fen, "fen") if not yuan and not jiao else _prompts([str(fen), "fen"])
    return spoken


def digits(text: str, *, telephone: bool = False) -> list[PromptId]:
    """The digits of `text` one by one; everything else in it is passed over."""
    one = "yao" if telephone else "1"
    return _prompts([one if character == "1" else character for character in text if character in "0123456789"])


def day(value: date, *, year: bool = True) -> list[PromptId]:
    """二〇二六年六月一日, without the year 六月一日."""
    spoken = [*digits(f"{value.year}"), *_prompts(["nian"])] if year else []
    return spoken + _prompts([*_number(value.month), "yue", *_number(value.day), "ri"])


def weekday(number: int) -> list[PromptId]:
    """1 Monday … 7 Sunday."""
    return _prompts([f"xingqi-{number}"])


def clock(value: time) -> list[PromptId]:
    """上午九点零五分, 下午两点整."""
    hour = value.hour if value.hour <= 12 else value.hour - 12
    spoken = [*_prompts([_part_of_day(value.hour)]), *integer(hour, "dian")]
    if value.minute == 0:
        return [*spoken, *_prompts(["zheng"])]
    zero = ["0"] if value.minute < 10 else []
    return spoken + _prompts([*zero, *_number(value.minute), "fen"])


def _part_of_day(hour: int) -> str:
    for until, name in ((6, "lingchen"), (12, "shangwu"), (13, "zhongwu"), (18, "xiawu")):
        if hour < until:
            return name
    return "wanshang"


def _number(value: int) -> list[str]:
    """Words of a number from 0 to `LARGEST`, with plain 二 throughout."""
    words = _below(value)
    return words[1:] if words[:2] == ["1", "shi"] else words


def _below(value: int) -> list[str]:
    for size, name in _UNITS_OF_GROUPS:
        if value >= size:
            head, rest = divmod(value, size)
            zero = ["0"] if 0 < rest < size // 10 else []
            return [*_below(head), name, *zero, *(_below(rest) if rest else ())]
    return _group(value)


def _group(value: int) -> list[str]:
    """0 to 9999, with 一 before every 十."""
    words: list[str] = []
    owed_zero = False
    for digit, place in zip(f"{value:04}", _PLACES, strict=True):
        if digit == "0":
            owed_zero = bool(words)
            continue
        words += (["0"] if owed_zero else []) + [digit] + ([place] if place else [])
        owed_zero = False
    return words or ["0"]


def _prompts(words: list[str]) -> list[PromptId]:
    return [PromptId(f"zh-{word}") for word in words if word]
