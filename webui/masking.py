"""Phone numbers for people who may not see them whole."""

from __future__ import annotations


def masked_number(number: str) -> str:
    """`13812341234` → `138****1234`: four digits before the last four are hidden; short numbers keep their ends."""
    if len(number) <= 2:
        return number
    if len(number) <= 7:
        return number[:1] + "*" * (len(number) - 2) + number[-1:]
    return number[:-8] + "****" + number[-4:]
