"""The Chinese holiday calendar that a new box starts with; the bureau edits it in its plan's hours.

Official: 2026, by the State Council's notice of 2025-11-04. Assumed: 2027, statutory days with substitutes and without
make-up workdays, until the notice for that year is entered in `holidays_cn.toml`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from appliance.ivr.hours import Hours, HoursDate

_FILE = Path(__file__).parent / "holidays_cn.toml"


class HolidayYear(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Days off and make-up workdays of one year."""

    year: int
    official: bool
    """False: assumed, to be checked when the year's notice is out."""
    closed_on: tuple[HoursDate, ...]
    open_on: tuple[HoursDate, ...]


class _Calendar(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    year: tuple[HolidayYear, ...]


@cache
def holiday_years() -> tuple[HolidayYear, ...]:
    """Every year that is known, in order."""
    return msgspec.toml.decode(_FILE.read_bytes(), type=_Calendar).year


def with_holidays(hours: Hours) -> Hours:
    """`hours` with all known holidays and make-up workdays besides its own dates, which go first."""
    own = {*hours.closed_on, *hours.open_on}
    years = holiday_years()
    return msgspec.structs.replace(
        hours,
        closed_on=(*hours.closed_on, *(day for year in years for day in year.closed_on if day not in own)),
        open_on=(*hours.open_on, *(day for year in years for day in year.open_on if day not in own)),
    )
