"""A real .xlsx written row by row into the zip: constant memory, whatever the number of rows.

Office Open XML (ECMA-376 part 1, SpreadsheetML): shared strings for what repeats (§18.4), inline strings for what does
not (§18.3.1.53), serial dates (§18.17.4), at most 1,048,576 rows a sheet; a workbook goes on on the next sheet. Text
is always text: what looks like a formula is marked with `quotePrefix` (§18.8.45) and stays text when it is edited.
"""

from __future__ import annotations

import contextlib
import re
import zipfile
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import lru_cache
from operator import getitem
from typing import IO, Any
from xml.sax.saxutils import escape

from appliance.jobs.export_columns import Column, Kind, Shown

MAX_ROWS = 1_048_576
"""Of a sheet, with its heading."""
MAX_TEXT = 32_767
"""Characters in a cell."""

MAX_SHARED = 20_000
"""Different shared strings; what comes later is written where it stands."""

_KEPT_CELLS = 5_000
"""Different values of a column whose cells are kept."""
_ROW = "\x01"
"""Stands for the number of the row; no text in the file holds it."""
_LEVEL = 1
_FLUSH_ROWS = 200
_EPOCH = date(1899, 12, 30).toordinal()
_UNUSUAL = re.compile(r"^[=+\-@\s]|\s$|[&<>\x00-\x1f\ud800-\udfff\ufffe\uffff]|_x")
"""What cannot go into the file just as it is; one look decides for nearly every text."""
_SPECIAL = re.compile(r"[&<>\x00-\x1f\ud800-\udfff\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_STYLE_HEADING, _STYLE_MOMENT, _STYLE_QUOTED = 1, 2, 3

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_STYLES = f"""{_HEAD}<styleSheet xmlns="{_MAIN}">
<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>
<fonts count="2"><font><sz val="11"/><name val="宋体"/></font><font><b/><sz val="11"/><name val="宋体"/></font></fonts>
<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>
<fill><patternFill patternType="solid"><fgColor rgb="FFDDE6F2"/></patternFill></fill></fills>
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>
<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>
<xf numFmtId="0" fontId="1" fillId="2" borderId="0" xfId="0" applyFont="1" applyFill="1"/>
<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/></cellXfs>
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"""


class Workbook:
    """A workbook with one table; `add` every row, then `close`. Raises `OSError` when the disk refuses."""

    def __init__(self, file: IO[bytes], title: str, columns: Sequence[Column], *, max_rows: int = MAX_ROWS) -> None:
        """`title` names the sheets; `max_rows` is for tests."""
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL, allowZip64=True)
        self._title = title
        self._max_rows = max_rows
        self._columns = columns
        self._letters = [_letters(at) for at in range(len(columns))]
        self._shared = _SharedTails()
        tails: dict[Kind, Callable[[Any], str]] = {
            Kind.TEXT: _inline_tail,
            Kind.CHOICE: self._shared.__getitem__,
            Kind.NUMBER: _number_tail,
            Kind.MOMENT: _moment_tail,
        }
        self._cells = [
            _Cells(letter, column, tails[column.kind]) for letter, column in zip(self._letters, columns, strict=True)
        ]
        self._rows_of_sheets: list[int] = []
        self._sheet: IO[bytes] | None = None
        self._row = 0
        self._pending: list[str] = []
        self._begin_sheet()

    def add(self, values: Iterable[object]) -> None:
        """Append a row: one value for each column."""
        if self._row >= self._max_rows:
            self._end_sheet()
            self._begin_sheet()
        self._row += 1
        cells = "".join(map(getitem, self._cells, values))
        self._pending.append(f'<row r="{_ROW}">{cells}</row>'.replace(_ROW, str(self._row)))
        if len(self._pending) >= _FLUSH_ROWS:
            self._flush()

    def close(self) -> None:
        """Finish the file."""
        self._end_sheet()
        for name, text in _fixed_parts(self._title, len(self._rows_of_sheets)).items():
            self._zip.writestr(name, text)
        self._zip.writestr("xl/workbook.xml", self._workbook_xml())
        self._zip.writestr("xl/sharedStrings.xml", self._shared.xml())
        self._zip.close()

    def abandon(self) -> None:
        """Let go of the file, which is of no use then; never raises."""
        with contextlib.suppress(OSError, ValueError):
            if self._sheet is not None:
                self._sheet.close()
        with contextlib.suppress(OSError, ValueError):
            self._zip.close()

    def _begin_sheet(self) -> None:
        number = len(self._rows_of_sheets) + 1
        self._sheet = self._zip.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True)
        widths = "".join(
            f'<col min="{at}" max="{at}" width="{column.width}" customWidth="1"/>'
            for at, column in enumerate(self._columns, 1)
        )
        heading = "".join(
            f'<c r="{letter}1" s="{_STYLE_HEADING}" t="inlineStr"><is><t>{escape(column.label)}</t></is></c>'
            for letter, column in zip(self._letters, self._columns, strict=True)
        )
        selected = ' tabSelected="1"' if number == 1 else ""
        self._pending.append(
            f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView{selected} workbookViewId="0">'
            '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
            f'<cols>{widths}</cols><sheetData><row r="1">{heading}</row>'
        )
        self._row = 1

    def _end_sheet(self) -> None:
        self._pending.append(f'</sheetData><autoFilter ref="A1:{self._letters[-1]}{self._row}"/></worksheet>')
        self._flush()
        if self._sheet is not None:
            self._sheet.close()
            self._sheet = None
        self._rows_of_sheets.append(self._row)

    def _flush(self) -> None:
        if self._sheet is not None:
            self._sheet.write("".join(self._pending).encode())
        self._pending.clear()

    def _workbook_xml(self) -> str:
        sheets, filters = [], []
        for at, rows in enumerate(self._rows_of_sheets):
            name = escape(_sheet_name(self._title, at), {'"': "&quot;"})
            sheets.append(f'<sheet name="{name}" sheetId="{at + 1}" r:id="rId{at + 1}"/>')
            place = f"'{_sheet_name(self._title, at)}'!$A$1:${self._letters[-1]}${rows}"
            name = f'name="_xlnm._FilterDatabase" localSheetId="{at}" hidden="1"'
            filters.append(f"<definedName {name}>{escape(place)}</definedName>")
        return (
            f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><bookViews><workbookView/></bookViews>'
            f"<sheets>{''.join(sheets)}</sheets><definedNames>{''.join(filters)}</definedNames></workbook>"
        )


class _Cells(dict[object, str]):
    """Whole cells of one column by their values, with a mark where the row's number belongs; what repeats is kept."""

    def __init__(self, letters: str, column: Column, tail_of: Callable[[Any], str]) -> None:
        super().__init__({None: "", "": ""})
        self._start = f'<c r="{letters}{_ROW}'
        self._shown: Callable[[Any], Shown] = column.shown
        self._tail_of = tail_of
        self._kept = _KEPT_CELLS if column.kind in (Kind.CHOICE, Kind.NUMBER) else 0

    def __missing__(self, value: object) -> str:
        shown = self._shown(value)
        cell = "" if shown is None or shown == "" else self._start + self._tail_of(shown)
        if len(self) < self._kept:
            self[value] = cell
        return cell


class _SharedTails(dict[str, str]):
    """End of the cell for a text of the shared strings; a new text is given the next number."""

    def __missing__(self, text: str) -> str:
        if len(self) >= MAX_SHARED:
            return _inline_tail(text)
        style = f' s="{_STYLE_QUOTED}"' if text.startswith(_FORMULA_SIGNS) else ""
        tail = self[text] = f'"{style} t="s"><v>{len(self)}</v></c>'
        return tail

    def xml(self) -> str:
        texts = "".join(f"<si>{_text_element(text)}</si>" for text in self)
        return f'{_HEAD}<sst xmlns="{_MAIN}" uniqueCount="{len(self)}">{texts}</sst>'


def _number_tail(value: float) -> str:
    return f'"><v>{value}</v></c>'


def _moment_tail(moment: str) -> str:
    """Serial date of an ISO 8601 text, to the second: exact enough for those who cut off instead of rounding."""
    seconds = _MINUTES[moment[11:16]] + int(moment[17:19])
    return f'" s="{_STYLE_MOMENT}"><v>{_serial_day(moment[:10]) + seconds / 86_400:.11f}</v></c>'


_MINUTES = {f"{at // 60:02}:{at % 60:02}": at * 60 for at in range(24 * 60)}
"""Seconds since midnight."""


@lru_cache(maxsize=4096)
def _serial_day(day: str) -> int:
    return date.fromisoformat(day).toordinal() - _EPOCH


def _inline_tail(text: str) -> str:
    if (text.isalnum() or _UNUSUAL.search(text) is None) and len(text) <= MAX_TEXT:
        return f'" t="inlineStr"><is><t>{text}</t></is></c>'
    style = f' s="{_STYLE_QUOTED}"' if text.startswith(_FORMULA_SIGNS) else ""
    return f'"{style} t="inlineStr"><is>{_text_element(text)}</is></c>'


def _text_element(text: str) -> str:
    text = _SPECIAL.sub(_escaped, text[:MAX_TEXT])
    space = ' xml:space="preserve"' if text != text.strip() or "\n" in text else ""
    return f"<t{space}>{text}</t>"


def _escaped(found: re.Match[str]) -> str:
    sign = found[0]
    if len(sign) > 1:
        return f"_x005F{sign}"
    if sign in "&<>":
        return escape(sign)
    if sign in "\t\n\r":
        return "\n" if sign == "\r" else sign
    return ""  # XML has no place for it


def _letters(index: int) -> str:
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _sheet_name(title: str, at: int) -> str:
    """At most 31 characters, without the signs that Excel refuses in names."""
    number = "" if at == 0 else f" {at + 1}"
    return re.sub(r"[\[\]:*?/\\']", "_", title)[: 31 - len(number)] + number


def _fixed_parts(title: str, sheets: int) -> dict[str, str]:
    numbers = range(1, sheets + 1)
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{at}.xml" ContentType="{_TYPE}.worksheet+xml"/>' for at in numbers
    )
    relations = "".join(
        f'<Relationship Id="rId{at}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{at}.xml"/>'
        for at in numbers
    )
    return {
        "[Content_Types].xml": (
            f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
            f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_TYPE}.sharedStrings+xml"/>'
            '<Override PartName="/docProps/core.xml"'
            f' ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>{overrides}</Types>'
        ),
        "_rels/.rels": (
            f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/>'
            f'<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties"'
            ' Target="docProps/core.xml"/></Relationships>'
        ),
        "docProps/core.xml": (
            f'{_HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties"'
            f' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{escape(title)}</dc:title></cp:coreProperties>'
        ),
        "xl/_rels/workbook.xml.rels": (
            f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{relations}'
            f'<Relationship Id="rId{sheets + 1}" Type="{_RELATIONS}/styles" Target="styles.xml"/>'
            f'<Relationship Id="rId{sheets + 2}" Type="{_RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>'
            "</Relationships>"
        ),
        "xl/styles.xml": _STYLES,
    }
