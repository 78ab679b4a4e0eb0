"""Reads a table that somebody made elsewhere: .xlsx, .xls or text, whatever it calls itself and however large it is.

Numbers stay numbers (a telephone number that a spreadsheet took for one is repaired later); days become `2026-11-02`.
Merged cells of the body are filled: each row says what a person sees in it.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TypeAlias

import msgspec
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

Cell: TypeAlias = str | float

MOST_ROWS = 200_000
MOST_COLUMNS = 256
MOST_CELLS = 8_000_000
LONGEST_CELL = 4_000
"""Characters; what is longer is cut."""
MOST_UNPACKED_BYTES = 600_000_000
MOST_PACKING = 400
"""Unpacked size over packed size of a workbook; honest ones stay far below."""

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WEB_PAGE = ("<html", "<table", "<!doctype", "<?xml", "<meta")
_BROKEN = "文件打不开，可能已损坏或设了密码。请在 Excel 里打开它，另存为 .xlsx 后再上传。"


class TableError(Exception):
    """The file cannot be read; the text is a Chinese sentence: why, and what to do."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Rows from the first to the last; cells that are empty are ''."""

    form: str
    """What it turned out to be, for people: `Excel`, `CSV（UTF-8）`, `CSV（GB18030）`."""
    sheet: str
    """Empty: the file has no sheets."""
    rows: list[list[Cell]]


def read_table(path: Path) -> Table:
    """The first visible sheet that has something in it. Raises `TableError`."""
    with path.open("rb") as file:
        head = file.read(4_096)
    if not head.strip(b"\x00 \t\r\n"):
        raise TableError("文件是空的，请检查后重新选择文件。")
    if head.startswith(_ZIP):
        _check_packing(path)
        return _workbook(path)
    if head.startswith(_OLE):
        return _workbook(path)
    return _text_table(path.read_bytes())


def _check_packing(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise TableError(_BROKEN) from error
    if unpacked > MOST_UNPACKED_BYTES or unpacked > MOST_PACKING * path.stat().st_size + 1_000_000:
        raise TableError("文件展开后太大，不像正常的客户表格，没有读取。请另存一份只含客户数据的表格再上传。")


def _workbook(path: Path) -> Table:
    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            for meta in book.sheets_metadata:
                if meta.typ != SheetTypeEnum.WorkSheet or meta.visible != SheetVisibleEnum.Visible:
                    continue
                sheet = book.get_sheet_by_name(meta.name)
                if sheet.height:
                    return Table(form="Excel", sheet=meta.name, rows=_rows_of(sheet))
    except (CalamineError, OSError, ValueError, KeyError) as error:
        raise TableError(_BROKEN) from error
    raise TableError("表格里没有内容，请检查后重新选择文件。")


def _rows_of(sheet: CalamineSheet) -> list[list[Cell]]:
    height, width = sheet.total_height, sheet.total_width
    if width > MOST_COLUMNS:
        raise TableError(f"表格有 {width} 列，最多读 {MOST_COLUMNS} 列。请删去右边多余的列（包括看似空白的列）再上传。")
    if height > MOST_ROWS or height * width > MOST_CELLS:
        raise TableError(f"表格太大（{height} 行、{width} 列），一次最多导入 {MOST_ROWS} 行。请分成几个文件上传。")
    rows = [[_cell(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if bottom == top or right - left > 0:
            continue  # a heading over several columns says nothing about each of them
        for row in rows[top + 1 : bottom + 1]:
            if left < len(row) and row[left] == "":
                row[left] = rows[top][left]
    return rows


def _cell(value: object) -> Cell:
    match value:
        case bool():
            return "是" if value else "否"
        case int() | float():
            return float(value)
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
        case _:
            return _plain(str(value))


def _plain(text: str) -> str:
    """Without what cannot be seen: control signs and the marks that programs put around exported texts."""
    return "".join(sign for sign in text[:LONGEST_CELL] if sign == "\n" or sign.isprintable()).strip()


def _text_table(content: bytes) -> Table:
    text, coding = _decoded(content)
    if text[:2_000].lstrip().casefold().startswith(_WEB_PAGE):
        raise TableError("这个文件其实是网页（有些系统导出的就是这样）。请在 Excel 里打开，另存为 .xlsx 后再上传。")
    if "\x00" in text:
        raise TableError("这不是能识别的表格文件。请上传 .xlsx、.xls 或 .csv 文件。")
    rows: list[list[Cell]] = []
    cells = 0
    for row in _records(text):
        if len(row) > MOST_COLUMNS:
            raise TableError(f"第 {len(rows) + 1} 行有 {len(row)} 列，最多读 {MOST_COLUMNS} 列。请检查分隔符和引号。")
        rows.append([_unquoted(_plain(cell)) for cell in row])
        cells += len(row)
        if len(rows) > MOST_ROWS or cells > MOST_CELLS:
            raise TableError(f"表格超过 {MOST_ROWS} 行，请分成几个文件上传。")
    return Table(form=f"CSV（{coding}）", sheet="", rows=rows)


def _decoded(content: bytes) -> tuple[str, str]:
    """Text and coding. Chinese Excel writes GB18030 without any mark; UTF-8 that is valid is never anything else."""
    for mark, coding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            try:
                return content.decode(coding), coding.upper().removesuffix("-SIG")
            except UnicodeDecodeError as error:
                raise TableError(_BROKEN) from error
    with suppress(UnicodeDecodeError):
        return content.decode("utf-8"), "UTF-8"
    try:
        return content.decode("gb18030"), "GB18030"
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        text = f"第 {line} 行的文字既不是 UTF-8 也不是 GB18030，文件可能已损坏。请另存为 .xlsx 再上传。"
        raise TableError(text) from error


def _records(text: str) -> Iterator[list[str]]:
    lines = text.splitlines()[:20]
    counts = {sign: sum(line.count(sign) for line in lines) for sign in ",\t;|"}
    delimiter = max(counts, key=lambda sign: counts[sign])
    limit = csv.field_size_limit(1_000_000)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as error:
        raise TableError("表格里的引号不成对，有的格子连成了一片。请在 Excel 里另存为 .xlsx 再上传。") from error
    finally:
        csv.field_size_limit(limit)


def _unquoted(text: str) -> str:
    """`="00123"` and `'00123` are how programs keep zeros in front."""
    if text.startswith('="') and text.endswith('"') and len(text) > 2:
        return text[2:-1]
    return text.removeprefix("'") if text[1:].isdigit() else text
