"""Writes customers into a workbook: `python -m appliance.jobs.customerexport --data DIR --job ID`.

What is wanted stands in `<data>/exports/<ID>.wish`. Exit code 0 done, 1 failed, 3 stopped.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from appliance.jobs.export_columns import Kind, RowColumn
from appliance.jobs.export_status import ExportFiles, ExportState, ExportStatus
from appliance.jobs.export_workbook import Workbook
from appliance.jobs.sheet_language import SheetLanguage
from appliance.store.connection import Connection
from appliance.store.customer_form import CustomerField, CustomerForm, FieldKind, get_form
from appliance.store.customer_list import CustomerSearch, count_customers, find_customers
from appliance.store.customers import Customer, load_customers
from appliance.store.database import open_read_only
from appliance.store.errors import StoreError
from appliance.store.sight import CustomerScope

NICENESS = 10
BATCH_ROWS = 500
DONE, FAILED, STOPPED = 0, 1, 3


class CustomerExport(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted, by whom it may be seen."""

    search: CustomerSearch
    scope: CustomerScope
    sensitive: bool
    """With the fields that not everybody sees."""
    language: SheetLanguage = SheetLanguage.CHINESE


class StoppedError(Exception):
    """Somebody does not want it any more."""


def wish_path(data: Path, export_id: str) -> Path:
    return ExportFiles(data, export_id).status.with_suffix(".wish")


def write_customers(db: Connection, wish: CustomerExport, files: ExportFiles, stopped: Callable[[], bool]) -> int:
    """Write the workbook; rows written. Raises `StoppedError`, `StoreError`, `OSError`; then no file is left."""
    total = count_customers(db, wish.search, scope=wish.scope)
    done = 0
    try:
        with files.partial.open("wb") as file:
            columns = columns_of(get_form(db), wish.language, sensitive=wish.sensitive)
            workbook = Workbook(file, wish.language.said("客户", "Customers"), columns)
            try:
                for batch in _batches(db, wish):
                    if stopped():
                        raise StoppedError
                    for customer in batch:
                        workbook.add(column.value(customer) for column in columns)
                    done += len(batch)
                    _say(files, ExportState.RUNNING, done, max(total, done), f"正在导出，已写 {done} 位客户。")
                workbook.close()
            finally:
                workbook.abandon()
        files.partial.replace(files.workbook)
    finally:
        files.partial.unlink(missing_ok=True)
    return done


def columns_of(form: CustomerForm, language: SheetLanguage, *, sensitive: bool) -> tuple[RowColumn[Customer], ...]:
    """The same headings that an import knows."""
    text, choice, say = Kind.TEXT, Kind.CHOICE, language.said
    between = say("、", ", ")
    return (
        RowColumn("code", say("客户编号", "Customer no."), text, 14, lambda row: row.code),
        RowColumn("name", say("姓名", "Name"), text, 14, lambda row: row.name),
        RowColumn("numbers", say("电话号码", "Phone"), text, 24, lambda row: between.join(row.numbers)),
        RowColumn("card", say("智能卡号", "Smart card"), text, 22, lambda row: row.card),
        RowColumn("address", say("地址", "Address"), text, 36, lambda row: row.address),
        RowColumn("area", say("片区", "Area"), choice, 12, lambda row: row.area),
        RowColumn("status", say("业务状态", "Status"), choice, 10, lambda row: row.status),
        RowColumn("level", say("级别", "Level"), choice, 10, lambda row: row.level),
        *(
            _custom(field, say("是", "Yes"), say("否", "No"))
            for field in form.fields
            if sensitive or not field.sensitive
        ),
        RowColumn("note", say("备注", "Note"), text, 30, lambda row: row.note),
        RowColumn("created_at", say("登记时间", "Created"), Kind.MOMENT, 20, lambda row: row.created_at),
        RowColumn("updated_at", say("更新时间", "Updated"), Kind.MOMENT, 20, lambda row: row.updated_at),
    )


def _custom(field: CustomerField, yes: str, no: str) -> RowColumn[Customer]:
    def value(row: Customer) -> str | float:
        kept = row.custom.get(field.id, "")
        if field.kind is FieldKind.FLAG:
            return yes if kept else no
        return float(kept) if kept and field.kind is FieldKind.NUMBER else kept

    kind = Kind.NUMBER if field.kind is FieldKind.NUMBER else Kind.TEXT
    return RowColumn(f"custom.{field.id}", field.label, kind, 16, value)


def _batches(db: Connection, wish: CustomerExport) -> Iterator[tuple[Customer, ...]]:
    before: int | None = None
    while ids := find_customers(db, wish.search, scope=wish.scope, limit=BATCH_ROWS, before=before):
        yield load_customers(db, ids, sensitive=wish.sensitive)
        before = ids[-1]


def _say(files: ExportFiles, state: ExportState, done: int, total: int, text: str) -> None:
    files.write_status(ExportStatus(state=state, done_rows=done, total_rows=total, text=text, pid=os.getpid()))


def main(arguments: list[str] | None = None) -> int:
    """Entry point of the process."""
    parser = argparse.ArgumentParser(prog="appliance.jobs.customerexport", description="write customers to a workbook")
    parser.add_argument("--data", type=Path, required=True, help="data folder of the box")
    parser.add_argument("--job", required=True, help="id of the export")
    parser.add_argument("--database", default="", help="database URL, as in settings store.url")
    options = parser.parse_args(arguments)
    os.nice(NICENESS)
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: asked.append(number))
    files = ExportFiles(options.data, options.job)
    try:
        wish = msgspec.json.decode(wish_path(options.data, options.job).read_bytes(), type=CustomerExport)
        database = open_read_only(options.database, options.data)
        try:
            rows = database.read_now(write_customers, wish, files, lambda: bool(asked))
        finally:
            database.close()
    except StoppedError:
        _say(files, ExportState.CANCELLED, 0, 0, "导出已取消。")
        return STOPPED
    except StoreError as error:
        _say(files, ExportState.FAILED, 0, 0, str(error))
        return FAILED
    except OSError as error:
        _say(files, ExportState.FAILED, 0, 0, f"导出文件写不进磁盘：{error.strerror}。请清理磁盘后重试。")
        return FAILED
    _say(files, ExportState.DONE, rows, rows, f"导出完成，共 {rows} 位客户。")
    return DONE


if __name__ == "__main__":
    sys.exit(main())
