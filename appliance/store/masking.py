"""Phone numbers for people who may not see them whole."""

from __future__ import annotations

import re

import msgspec

from appliance.store.call_list import CallRow

_LONG_NUMBER = re.compile(r"\d{7,}")
"""Stations and queues are shorter than outside numbers."""


def masked_number(number: str) -> str:
    """`13812341234` → `138****1234`: four digits before the last four are hidden; short numbers keep their ends."""
    if len(number) <= 2:
        return number
    if len(number) <= 7:
        return number[:1] + "*" * (len(number) - 2) + number[-1:]
    return number[:-8] + "****" + number[-4:]


def masked_outside(text: str) -> str:
    """The text with the outside numbers in it masked: `external:13812341234` → `external:138****1234`."""
    return _LONG_NUMBER.sub(lambda found: masked_number(found[0]), text)


def masked_call(row: CallRow) -> CallRow:
    """The row of the call log as the list, the print and the export show it without whole numbers."""
    return msgspec.structs.replace(
        row,
        peer_number=masked_number(row.peer_number),
        peer_number_raw=masked_number(row.peer_number_raw),
        peer_name=masked_outside(row.peer_name),
        transfers=tuple(masked_outside(transfer) for transfer in row.transfers),
    )
