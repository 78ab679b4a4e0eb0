"""The bureau's calendar as the search needs it: days that are off and weekend days that are worked."""

from __future__ import annotations

from appliance.store.call_key import day_number
from appliance.store.connection import Connection, execute, fetch_all


def set_holidays(db: Connection, closed_on: tuple[str, ...], opened_on: tuple[str, ...]) -> None:
    """Replace the calendar; days are `YYYY-MM-DD`, a day in both is closed."""
    execute(db, "DELETE FROM holidays")
    for day in sorted({*closed_on, *opened_on}):
        execute(db, "INSERT INTO holidays (day, closed) VALUES (?, ?)", (day, int(day in closed_on)))


def holidays(db: Connection) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Closed days and opened days, as `call_key.day_number`."""
    rows = fetch_all(db, "SELECT day, closed FROM holidays ORDER BY day")
    return (
        tuple(day_number(day) for day, closed in rows if closed),
        tuple(day_number(day) for day, closed in rows if not closed),
    )
