"""Tables that people upload: codings, spreadsheets' own ideas of numbers, and files that are none."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.jobs.customercells import customer_of, numbers_in, text_of
from appliance.jobs.customercolumns import guess, guess_all, heading_row
from appliance.jobs.tablefile import TableError, read_table
from appliance.store.customer_form import CustomerField, CustomerForm, FieldKind
from appliance.store.errors import InvalidError

FORM = CustomerForm(
    fields=(
        CustomerField(id="born", label="开户日期", kind=FieldKind.DATE),
        CustomerField(id="tv", label="电视台数", kind=FieldKind.NUMBER),
        CustomerField(id="hd", label="高清", kind=FieldKind.FLAG),
    )
)


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("0562-2812345/13905621234", ["05622812345", "13905621234"]),
        ("139 0562 1234", ["13905621234"]),
        ("13905621234 2812345", ["13905621234", "05622812345"]),
        ("0562 2812345 13905621234", ["05622812345", "13905621234"]),
        ("+86 139-0562-1234、(0562)2812345", ["13905621234", "05622812345"]),
        ("17951 13905621234", ["13905621234"]),
        ("2812345转801", ["05622812345"]),
        ("1.3905621234E10", ["13905621234"]),
        (13905621234.0, ["13905621234"]),
        (5622812345.0, ["05622812345"]),
        (2812345.0, ["05622812345"]),
        ("无", []),
    ],
)
def test_telephone_numbers_as_tables_have_them(cell: str | float, numbers: list[str]) -> None:
    """C18."""
    assert numbers_in(cell, "0562") == numbers


@pytest.mark.parametrize("cell", ["1.39E+10", "电话", "123", "12345678901234567890", 1.39e16])
def test_numbers_that_are_lost_are_told(cell: str | float) -> None:
    with pytest.raises(InvalidError):
        numbers_in(cell, "0562")


def test_cells_become_a_customer_or_faults() -> None:
    targets = ("name", "numbers", "custom.born", "custom.tv", "custom.hd", "card", "")
    row = ["张三", 13905621234.0, 45292.0, "2", "是", 8100000001.0, "别的"]
    state, faults = customer_of(row, targets, FORM, "0562")
    assert faults == []
    assert (state.name, state.numbers, state.card) == ("张三", ("13905621234",), "8100000001")
    assert state.custom == {"born": "2024-01-01", "tv": "2", "hd": "1"}
    _, faults = customer_of(["", "x", "2024-13-01", "两台", "也许", 1.2345678e17], targets, FORM, "0562")
    assert len(faults) == 5
    assert text_of(1.5) == "1.5"


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("sign", [",", "\t", ";"])
def test_text_tables_in_every_coding(tmp_path: Path, coding: str, sign: str) -> None:
    """C25."""
    path = tmp_path / "t"
    path.write_bytes(
        sign.join(("姓名", "电话")).encode(coding)
        + f"\r\n张三𠮷{sign}2812345\r\n".encode(coding).removeprefix(b"\xff\xfe")
    )
    assert read_table(path).rows == [["姓名", "电话"], ["张三𠮷", "2812345"]]


def test_a_workbook_with_title_merged_cells_days_and_many_columns(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["A1"] = "铜陵广电客户一览表"
    sheet.merge_cells("A1:D1")
    sheet.append(["*姓名（必填）", "联系电话 1", "所属片区", "开户日期", *(f"备用{n}" for n in range(56))])
    sheet.append(["张三", 13905621234, "城东", date(2024, 1, 5)])
    sheet.append(["李四", "0562-2812345", None, datetime(2024, 1, 6, 8, 30)])  # noqa: DTZ001 spreadsheets know no zones
    sheet.merge_cells("C3:C4")
    book.save(tmp_path / "t")
    table = read_table(tmp_path / "t")
    assert heading_row(table.rows, FORM, {}) == 1
    headings = [str(cell) for cell in table.rows[1]]
    assert guess_all(headings, FORM, {})[:4] == ["name", "numbers", "area", "custom.born"]
    assert len(headings) == 60
    assert table.rows[2][:4] == ["张三", 13905621234.0, "城东", "2024-01-05"]
    assert table.rows[3][2] == "城东"


def test_headings_are_remembered_and_told_apart() -> None:
    assert guess("用户联系方式A", FORM, {}) == ""
    assert guess("用户联系方式A", FORM, {"用户联系方式a": "numbers"}) == "numbers"
    assert guess("智能卡号", FORM, {"智能卡号": "custom.gone"}) == "card"
    assert guess_all(["姓名", "户名", "电话", "手机2"], FORM, {}) == ["name", "", "numbers", "numbers"]


def test_bombs_and_broken_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "t"
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(30_000_000))
    broken = io.BytesIO()
    openpyxl.Workbook().save(broken)
    for content in (
        bomb.getvalue(),
        broken.getvalue()[:-200],
        broken.getvalue(),
        b"",
        b"PK\x03\x04",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 99,
    ):
        path.write_bytes(content)
        with pytest.raises(TableError):
            read_table(path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=400), st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xef\xbb\xbf"])
)
def test_whatever_is_uploaded_is_read_or_refused(tmp_path: Path, content: bytes, head: bytes) -> None:
    path = tmp_path / "t"
    path.write_bytes(head + content)
    try:
        table = read_table(path)
    except TableError as refused:
        assert "。" in str(refused)  # noqa: PT017 reading it is as good
    else:
        for row in table.rows:
            customer_of(row, ("name", "numbers", "custom.born", "custom.tv", "card"), FORM, "0562")
