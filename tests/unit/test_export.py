"""The .xlsx is a real workbook: right rows, real dates, text that stays text, and nothing left when stopped."""

from __future__ import annotations

import io
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from appliance.jobs import export as job
from appliance.jobs import export_labels as labels
from appliance.jobs.export_columns import CallColumn, CallWords, Kind, columns_of
from appliance.jobs.export_status import ExportFiles, ExportState
from appliance.jobs.export_workbook import MAX_TEXT, Workbook
from appliance.jobs.sheet_language import SheetLanguage
from appliance.store.call_list import CallRow, list_calls
from appliance.store.call_order import CallOrder, OrderBy
from appliance.store.call_search import CallSearch, DirectionIs
from appliance.store.calls import CallEdit, edit_call
from appliance.store.connection import Connection
from appliance.store.database import Database
from appliance.store.errors import InvalidError
from appliance.store.exports import Export, add_export, delete_export, get_export, list_exports
from appliance.store.masking import masked_call
from appliance.store.scope import EVERYTHING, Scope
from appliance.telephony.call import CallerIdKind, CallResult, Direction, HangUpCause, NoRecordingReason, Rating, Side
from appliance.telephony.ids import AgentId
from bench import callsample, callstore

NOW = datetime.fromisoformat("2026-11-02T09:00:00+08:00")
CALLS = 120
INBOUND = CallSearch(direction=DirectionIs(values=(Direction.INBOUND,)))


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    sample = callsample.make_sample(3, 10)
    callstore.fill(tmp_path / "hotlinebox.db", sample, callsample.each_call(sample, CALLS)).close()
    return tmp_path


@pytest.fixture
def database(data: Path) -> Iterator[Database]:
    database = Database(data / "hotlinebox.db")
    yield database
    database.close()


def _ask(
    database: Database,
    search: CallSearch = CallSearch(),  # noqa: B008 immutable
    columns: tuple[str, ...] = (),
    scope: Scope = EVERYTHING,
    *,
    order: CallOrder = CallOrder(),  # noqa: B008 immutable
    masked: bool = False,
) -> Export:
    return database.write_now(
        add_export, user_id=1, search=search, scope=scope, columns=columns, at=NOW, order=order, masked=masked
    )


def _run(database: Database, data: Path, export: Export) -> Worksheet:
    assert job.run_job(data, database, export.id, lambda: False) == job.DONE
    return openpyxl.load_workbook(ExportFiles(data, export.id).workbook).active


def _rows(db: Connection, search: CallSearch, scope: Scope) -> list[CallRow]:
    return list(list_calls(db, search, scope, limit=CALLS).rows)


def test_same_rows_in_the_same_order_as_the_list(database: Database, data: Path) -> None:
    scope = Scope(agents=(AgentId("1001"), AgentId("1002")), unassigned=True)
    sheet = _run(database, data, _ask(database, INBOUND, scope=scope))
    listed = database.read_now(list_calls, INBOUND, scope, limit=1000).rows
    heading = [cell.value for cell in sheet[1]]
    at = heading.index("通话编号")
    assert [row[at].value for row in sheet.iter_rows(min_row=2)] == [row.call_id for row in listed]
    assert 0 < len(listed) < CALLS


SHOWN: dict[str, Callable[[CallRow], object]] = {
    "direction": lambda row: labels.DIRECTIONS[row.direction][0],
    "result": lambda row: labels.RESULTS[row.result][0],
    "queue": lambda row: {"repair": "报修"}.get(row.queue or "", row.queue),
    "ring_s": lambda row: int(row.ring_s),
    "wait_s": lambda row: int(row.wait_s),
    "talk_s": lambda row: int(row.talk_s),
    "total_s": lambda row: int(row.total_s),
    "reason": lambda row: row.reason_label,
    "recording": lambda row: "有" if row.has_recording else _why(row),
    "voicemail": lambda row: labels.VOICEMAIL_STATES[row.voicemail_state][0],
    "rating": lambda row: labels.RATINGS[row.rating][0],
    "hang_up_side": lambda row: labels.SIDES[row.hang_up_side][0],
    "hang_up_cause": lambda row: labels.CAUSES[row.hang_up_cause][0],
    "caller_id": lambda row: labels.CALLER_IDS[row.caller_id][0],
    "agents": lambda row: "、".join(row.agents),
    "transfers": lambda row: "、".join(row.transfers),
}
"""What the list shows, where a column is not just a field of its row."""


def _why(row: CallRow) -> str:
    return "无" if row.no_recording is None else f"无：{labels.NO_RECORDING[row.no_recording][0]}"


def _says_what_rows_say(sheet: Worksheet, rows: list[CallRow]) -> None:
    columns = columns_of(())
    assert [cell.value for cell in sheet[1]] == [column.label for column in columns]
    for cells, row in zip(sheet.iter_rows(min_row=2), rows, strict=True):
        for cell, column in zip(cells, columns, strict=True):
            wanted = SHOWN[column.id](row) if column.id in SHOWN else getattr(row, column.id)
            if wanted in (None, ""):
                assert cell.value is None
            elif column.kind is Kind.MOMENT:
                moment = datetime.fromisoformat(str(wanted)).replace(tzinfo=None)
                assert cell.is_date
                assert cell.value == moment.replace(microsecond=0), column.id
            else:
                assert cell.value == wanted, column.id
                assert cell.data_type == ("n" if column.kind is Kind.NUMBER else "s"), column.id


def test_every_cell_is_what_the_row_says(database: Database, data: Path) -> None:
    (data / "callplan.json").write_text('{"queues": [{"id": "repair", "label": "报修"}]}')
    sheet = _run(database, data, _ask(database))
    assert sheet.max_row == CALLS + 1
    _says_what_rows_say(sheet, database.read_now(_rows, CallSearch(), EVERYTHING))


def test_every_value_has_words_in_both_languages() -> None:
    """A value without words would stand in the file as it is called in the program."""
    known: list[tuple[type[StrEnum], dict[Any, tuple[str, str]]]] = [
        (Direction, labels.DIRECTIONS), (CallResult, labels.RESULTS), (Side, labels.SIDES),
        (HangUpCause, labels.CAUSES),
        (NoRecordingReason, labels.NO_RECORDING), (CallerIdKind, labels.CALLER_IDS), (Rating, labels.RATINGS),
    ]  # fmt: skip
    for kind, words in known:
        assert set(words) == set(kind), kind.__name__
    for chinese, english in (pair for _, words in known for pair in words.values()):
        assert chinese, english
        assert english.isascii(), english


def test_an_english_workbook(database: Database, data: Path) -> None:
    """Headings, words and the name of the sheet; what the bureau wrote stays as it is."""
    export = _ask(database)
    english = SheetLanguage.ENGLISH
    assert job.run_job(data, database, export.id, lambda: False, english) == job.DONE
    sheet = openpyxl.load_workbook(ExportFiles(data, export.id).workbook).active
    assert sheet.title == "Call log"
    heading = [cell.value for cell in sheet[1]]
    assert heading == [column.label for column in columns_of((), CallWords(language=english))]
    assert all(label.isascii() for label in heading)
    of_box = [
        heading.index(label) for label in ("Direction", "Result", "Recording", "Rating", "Hang-up cause", "Caller ID")
    ]
    cells = {str(row[at] or "") for row in sheet.iter_rows(min_row=2, values_only=True) for at in of_box}
    assert {"In", "Talked", "Yes"} <= cells
    assert all(cell.isascii() for cell in cells)


def test_another_order_and_masked_numbers(database: Database, data: Path) -> None:
    """Longest talks first, as the list has them for somebody who may not see whole numbers."""
    (data / "callplan.json").write_text('{"queues": [{"id": "repair", "label": "报修"}]}')
    rows = database.read_now(_rows, CallSearch(), EVERYTHING)
    sheet = _run(database, data, _ask(database, order=CallOrder(by=OrderBy.TALK_S), masked=True))
    ordered = sorted(rows, key=lambda row: (int(row.talk_s), row.key), reverse=True)
    _says_what_rows_say(sheet, [masked_call(row) for row in ordered])
    assert [masked_call(row) for row in ordered] != ordered


def test_a_voicemail_out_of_reach_is_none(database: Database, data: Path) -> None:
    """Whoever hears no box reads of no voicemail."""
    seen = Scope(everything=True)
    sheet = _run(database, data, _ask(database, columns=("voicemail", "call_id"), scope=seen))
    assert any(row.has_voicemail for row in database.read_now(_rows, CallSearch(), EVERYTHING))
    assert {cell.value for (cell,) in sheet.iter_rows(min_row=2, max_col=1)} == {None}


def test_it_looks_like_a_table(database: Database, data: Path) -> None:
    sheet = _run(database, data, _ask(database))
    assert sheet.title == "通话记录"
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:AI{CALLS + 1}"
    assert sheet.column_dimensions["A"].width == 20
    assert sheet["A1"].font.bold
    assert sheet["A2"].number_format == r"yyyy\-mm\-dd\ hh:mm:ss"


def test_chosen_columns(database: Database, data: Path) -> None:
    sheet = _run(database, data, _ask(database, columns=("talk_s", "peer_number")))
    assert [cell.value for cell in sheet[1]] == ["通话(秒)", "客户号码"]
    with pytest.raises(InvalidError, match="colour"):
        columns_of(("colour",))


@pytest.mark.parametrize("text", ["=1+1", "+8613905620001", "-5", "@SUM(A1)", "=cmd|'/c calc'!A0"])
def test_formulas_stay_text(database: Database, data: Path, text: str) -> None:
    rows = database.read_now(_rows, CallSearch(), EVERYTHING)
    database.write_now(edit_call, rows[0].call_id, CallEdit(summary=text))
    sheet = _run(database, data, _ask(database, columns=("summary",)))
    assert sheet["A2"].value == text
    assert sheet["A2"].data_type == "s"
    assert sheet["A2"].style_id != sheet["A3"].style_id
    assert sheet["A2"].quotePrefix


def test_hostile_text_breaks_nothing(database: Database, data: Path) -> None:
    rows = database.read_now(_rows, CallSearch(), EVERYTHING)
    text = "<a>&\"'\x00\x0b\ufffe 第一行\n第二行 ]]> 🎉 _x0041_"
    database.write_now(edit_call, rows[0].call_id, CallEdit(summary=text))
    sheet = _run(database, data, _ask(database, columns=("summary",)))
    assert sheet["A2"].value == "<a>&\"' 第一行\n第二行 ]]> 🎉 _x005F_x0041_"


def test_a_long_text_is_cut_at_the_limit_of_a_cell() -> None:
    file = io.BytesIO()
    columns = columns_of(("call_id",))
    workbook = Workbook(file, "x", columns)
    workbook.add(["长" * (MAX_TEXT + 5)])
    workbook.close()
    assert len(openpyxl.load_workbook(file).active["A2"].value) == MAX_TEXT


def test_a_full_sheet_goes_on_on_the_next(database: Database) -> None:
    rows = database.read_now(_rows, CallSearch(), EVERYTHING)
    file = io.BytesIO()
    workbook = Workbook(file, "通话/记录", columns_of(("call_id",)), max_rows=51)
    for row in rows:
        workbook.add([row.call_id])
    workbook.close()
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["通话_记录", "通话_记录 2", "通话_记录 3"]
    found = [cell.value for sheet in book for (cell,) in sheet.iter_rows(min_row=2)]
    assert found == [row.call_id for row in rows]
    assert [sheet.max_row for sheet in book] == [51, 51, 21]
    assert all(sheet["A1"].value == "通话编号" and sheet.freeze_panes == "A2" for sheet in book)


def test_an_empty_export_is_a_table_without_rows(database: Database, data: Path) -> None:
    sheet = _run(database, data, _ask(database, scope=Scope()))
    assert sheet.max_row == 1
    assert sheet["A1"].value == "开始时间"


def test_cancelling_leaves_no_file(database: Database, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "LOOK_EVERY_ROWS", 10)
    monkeypatch.setattr(job, "REPORT_S", 0.0)
    export = _ask(database)
    files = ExportFiles(data, export.id)
    seen: list[int] = []

    def stopped() -> bool:
        status = files.read_status()
        assert status is not None
        assert files.partial.exists()
        seen.append(status.done_rows)
        if len(seen) == 3:
            files.request_cancel()
        return False

    assert job.run_job(data, database, export.id, stopped) == job.CANCELLED
    assert seen == [0, 10, 20]
    assert not files.partial.exists()
    assert not files.workbook.exists()
    status = files.read_status()
    assert status is not None
    assert (status.state, status.text) == (ExportState.CANCELLED, "导出已取消。")
    files.remove()
    assert list(files.status.parent.iterdir()) == []


def test_a_full_disk_is_said_in_plain_words(database: Database, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    export = _ask(database)
    assert job.run_job(data, database, export.id, lambda: False) == job.FAILED
    files = ExportFiles(data, export.id)
    status = files.read_status()
    assert status is not None
    assert status.state is ExportState.FAILED
    assert "磁盘" in status.text
    assert not files.partial.exists()


def test_the_process(database: Database, data: Path) -> None:
    """As the web starts it; and one that is told to stop before it begins to write."""
    export = _ask(database, INBOUND)
    command = [sys.executable, "-m", "appliance.jobs.export", "--data", str(data), "--job"]
    assert subprocess.run([*command, export.id], check=False, timeout=60).returncode == job.DONE
    status = ExportFiles(data, export.id).read_status()
    assert status is not None
    count = len(database.read_now(_rows, INBOUND, EVERYTHING))
    assert (status.state, status.done_rows, status.total_rows) == (ExportState.DONE, count, count)
    assert openpyxl.load_workbook(ExportFiles(data, export.id).workbook).active.max_row == count + 1
    assert subprocess.run([*command, "nothing"], check=False, timeout=60).returncode == job.NO_SUCH_JOB


def test_sigterm_cancels(database: Database, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "LOOK_EVERY_ROWS", 10)
    monkeypatch.setattr("appliance.jobs.export.os.nice", lambda _by: 0)
    export = _ask(database)
    before = signal.getsignal(signal.SIGTERM)

    def told_to_stop(ids: tuple[str, ...], words: CallWords) -> tuple[CallColumn, ...]:
        signal.raise_signal(signal.SIGTERM)
        return columns_of(ids, words)

    monkeypatch.setattr("appliance.jobs.export.columns_of", told_to_stop)
    try:
        assert job.main(["--data", str(data), "--job", export.id]) == job.CANCELLED
    finally:
        signal.signal(signal.SIGTERM, before)
    assert not ExportFiles(data, export.id).workbook.exists()


def test_exports_are_remembered(database: Database) -> None:
    scope = Scope(agents=(AgentId("1001"),))
    export = _ask(database, INBOUND, ("talk_s",), scope)
    assert database.read_now(get_export, export.id) == export
    assert database.read_now(list_exports, 1) == [export]
    assert database.read_now(list_exports, 2) == []
    database.write_now(delete_export, export.id)
    assert database.read_now(list_exports, 1) == []


@pytest.mark.parametrize("name", ["../x", "", "a/b", "x" * 65])
def test_ids_that_are_paths_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="export id"):
        ExportFiles(tmp_path, name)


@pytest.mark.slow
def test_libreoffice_opens_it_without_repair(database: Database, tmp_path: Path) -> None:
    """Every sheet comes out as the rows that went in: a workbook it had to repair would not be converted."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("no LibreOffice here: apt-get install libreoffice-calc-nogui")
    rows = database.read_now(_rows, CallSearch(), EVERYTHING)
    with (tmp_path / "calls.xlsx").open("wb") as file:
        workbook = Workbook(file, "通话记录", columns_of(("call_id", "started_at", "total_s")), max_rows=81)
        for row in rows:
            workbook.add([row.call_id, row.started_at, row.total_s])
        workbook.close()
    every_sheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [office, profile, "--headless", "--convert-to", every_sheet, "--outdir", str(tmp_path)]
    subprocess.run([*command, str(tmp_path / "calls.xlsx")], check=True, capture_output=True, timeout=180)
    found = []
    for name in ("通话记录", "通话记录 2"):
        heading, *lines = (tmp_path / f"calls-{name}.csv").read_text(encoding="utf-8").splitlines()
        assert heading == "通话编号,开始时间,总时长(秒)"
        found += lines
    assert found == [f"{row.call_id},{row.started_at[:10]} {row.started_at[11:19]},{int(row.total_s)}" for row in rows]
