"""Telephone numbers as people mean them: one customer, one spelling."""

from __future__ import annotations

import re

_ACCESS_PREFIXES = ("17951", "17911", "17909", "12593", "10193", "11808")
"""Chinese carrier-selection prefixes in front of a full number."""
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LOCAL = re.compile(r"[2-8]\d{6,7}")
_NOT_DIGIT = re.compile(r"[^\d+]")


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
