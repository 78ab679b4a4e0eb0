"""Telephone numbers as people mean them: one customer, one spelling."""

from __future__ import annotations

import re
from enum import StrEnum

_ACCESS_PREFIXES = ("17951", "17911", "17909", "12593", "10193", "11808")
"""Chinese carrier-selection prefixes in front of a full number."""
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LOCAL = re.compile(r"[2-8]\d{6,7}")
_NOT_DIGIT = re.compile(r"[^\d+]")


class NumberClass(StrEnum):
    """Kinds of outside numbers for dial rights."""

    EMERGENCY = "emergency"
    """110, 119, 120, 122 …: always allowed."""
    LOCAL = "local"
    MOBILE = "mobile"
    SERVICE = "service"
    """Short and free numbers: 10086, 95588, 400…"""
    LONG_DISTANCE = "long_distance"
    INTERNATIONAL = "international"
    """Also every number that fits no known kind."""
    PREMIUM = "premium"
    """Information lines that cost extra."""


_CLASSES = (
    (NumberClass.EMERGENCY, re.compile(r"11[0-9]|12[02]")),
    (NumberClass.INTERNATIONAL, re.compile(r"00\d+|1795[01]00\d+|1790900\d+")),
    (NumberClass.PREMIUM, re.compile(r"16[08]\d*|95013\d*|96(?:00|88|99)\d{4,}")),
    (NumberClass.MOBILE, re.compile(r"0?1[3-9]\d{9}")),
    (NumberClass.LONG_DISTANCE, re.compile(r"0\d{9,11}|(?:17951|17911|17909|12593)\d+")),
    (NumberClass.SERVICE, re.compile(r"[149]\d{2,5}|[48]00\d{7}|9\d{4,7}|1\d{4,5}")),
    (NumberClass.LOCAL, re.compile(r"[2-8]\d{6,7}")),
)
"""Numbering of the Chinese public network (工信部《电信网编号计划》); the first that fits counts."""

_BEGINNINGS = re.compile(r"1790?|17909|1795[01]?|1791{1,2}|1259?3?|101(?:93?)?|9501?")
"""Of carrier selection and of information lines: no numbers, but an exchange waits for the rest of them."""


def class_of(number: str, area_code: str) -> NumberClass:
    """What kind of number is dialled; own area code in front is local; what fits nothing counts as international."""
    return kind_of(number, area_code) or NumberClass.INTERNATIONAL


def kind_of(number: str, area_code: str) -> NumberClass | None:
    """The same for what may be part of a number; None when it fits nothing."""
    if _BEGINNINGS.fullmatch(number):
        return None
    if area_code and number.startswith(area_code) and len(number) - len(area_code) in (7, 8):
        return NumberClass.LOCAL
    return next((kind for kind, pattern in _CLASSES if pattern.fullmatch(number)), None)


def normalise_number(raw: str, area_code: str) -> str:
    """The number with area code and without access prefixes; service numbers (`96599`, `110`) stay as they are.

    `area_code` is the bureau's own, e.g. `0562`: it is put before 7- and 8-digit local numbers.
    """
    number = _NOT_DIGIT.sub("", raw)
    if number.startswith("+86"):
        number = number[3:]
    elif number.startswith("0086"):
        number = number[4:]
    number = number.replace("+", "")
    for prefix in _ACCESS_PREFIXES:
        if number.startswith(prefix) and len(number) > len(prefix) + 6:
            number = number[len(prefix) :]
            break
    if number.startswith("0") and _MOBILE.fullmatch(number[1:]):
        return number[1:]
    if _LOCAL.fullmatch(number):
        return area_code + number
    if raw.strip().startswith(("+86", "0086")) and not _MOBILE.fullmatch(number) and len(number) >= 9:
        return number if number.startswith("0") else "0" + number
    return number
