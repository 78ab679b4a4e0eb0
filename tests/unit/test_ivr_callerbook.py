"""The caller book on the disk, searched by halves; caller lists; the holiday calendar."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.defaults.holidays import holiday_years, with_holidays
from appliance.defaults.plan import WORKDAYS, default_plan
from appliance.ivr.callerbook import CallerBook, CallerEntry, write_callerbook
from appliance.ivr.callerlist import CallerList
from appliance.ivr.hours import Hours, Span

NUMBERS = st.text("0123456789", min_size=1, max_size=12)


@given(st.dictionaries(NUMBERS, st.builds(CallerEntry, name=st.text(max_size=40), level=st.text(max_size=9))), NUMBERS)
def test_everybody_in_the_book_is_found_and_nobody_else(
    tmp_path_factory: pytest.TempPathFactory, entries: dict[str, CallerEntry], other: str
) -> None:
    path = tmp_path_factory.mktemp("book") / "callerbook.json"
    write_callerbook(path, entries)
    book = CallerBook(path)
    assert {number: book.find(number) for number in entries} == entries
    assert book.find(other) == entries.get(other)
    assert set(json.loads(path.read_bytes())) == set(entries), "the file is plain JSON as well"


def test_a_book_that_is_replaced_is_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "callerbook.json"
    book = CallerBook(path)
    assert book.find("139") is None, "no book: nobody is known"
    write_callerbook(path, {"139": CallerEntry(name="王", area="城关")})
    assert book.find("139") == CallerEntry(name="王", area="城关")
    assert book.find("13") is None
    assert book.find("") is None
    write_callerbook(path, {})
    assert book.find("139") is None


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe" * 1000, b'{\n"139":oops\n}\n', b'"139"' * 10_000])
def test_a_damaged_book_knows_nobody(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "callerbook.json"
    path.write_bytes(content)
    assert CallerBook(path).find("139") is None
    assert CallerBook(tmp_path).find("139") is None


def test_lists_hold_numbers_and_prefixes() -> None:
    listed = CallerList(id="l", label="", numbers=("110", "138*"))
    assert [listed.holds(number) for number in ("110", "1101", "138", "13800000000", "137", "")] == [
        *(True, False, True, True, False, False)
    ]


def test_the_calendar_does_not_contradict_itself() -> None:
    hours = Hours(id="h", label="", spans=(Span(days=(1, 2, 3, 4, 5), since="08:00", until="18:00"),))
    assert with_holidays(hours).problems() == []
    for year in holiday_years():
        days = [datetime.fromisoformat(day) for day in (*year.closed_on, *year.open_on)]
        assert all(day.year == year.year for day in days)
        assert len(set(days)) == len(days)
        assert all(datetime.fromisoformat(day).isoweekday() > 5 for day in year.open_on), "made up on weekends"
    assert [(year.year, year.official) for year in holiday_years()] == [(2026, True), (2027, False)]


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-02-13T10:00", True),
        ("2026-02-14T10:00", True),  # Saturday, worked
        ("2026-02-17T10:00", False),  # New Year
        ("2026-02-24T10:00", True),
        ("2026-10-07T10:00", False),
        ("2026-10-10T10:00", True),  # Saturday, worked
        ("2026-10-11T10:00", False),
        ("2027-02-06T10:00", False),
    ],
)
def test_holidays_of_a_new_box(at: str, is_open: bool) -> None:
    hours = next(hours for hours in default_plan("", "", "010").hours if hours.id == WORKDAYS)
    assert hours.is_open(datetime.fromisoformat(at)) is is_open


def test_the_bureaus_own_dates_go_first() -> None:
    own = Hours(id="h", label="", spans=(), open_on=("2026-10-01",), closed_on=("2026-10-10",))
    full = with_holidays(own)
    assert full.problems() == []
    assert "2026-10-01" not in full.closed_on
    assert "2026-10-10" not in full.open_on
