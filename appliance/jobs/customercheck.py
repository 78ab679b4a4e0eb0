"""What an import would do, row by row, without doing it: counts, examples, plan, and a table of what is left out."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import msgspec

from appliance.atomicfile import replace_file
from appliance.jobs.customercells import customer_of
from appliance.jobs.customercolumns import CUSTOM, IGNORED, SEVERAL, TARGETS
from appliance.jobs.export_columns import Kind, RowColumn, Say
from appliance.jobs.export_workbook import Workbook
from appliance.jobs.importfiles import ImportFiles, Preview, RowView, TableOutline, Terms
from appliance.jobs.tablefile import Cell, TableError
from appliance.store.connection import Connection
from appliance.store.customer_form import MOST_WORDS, CustomerForm, get_form, list_areas
from appliance.store.customer_history import CustomerState
from appliance.store.customer_imports import Judged, Verdict, judge
from appliance.store.customers import AREA_CODE_SETTING
from appliance.store.errors import InvalidError
from appliance.store.settings import get_setting

BATCH_ROWS = 250
EXAMPLES = 20
"""Rows of each kind in the preview; the file has all that are left out."""

_KEYS = (("code", "客户编号"), ("card", "卡号"))


class SourceRow(msgspec.Struct, frozen=True):
    line: int
    cells: list[Cell]
    state: CustomerState
    faults: list[str]


class LeftOut(msgspec.Struct, frozen=True):
    """A row of the table of what is left out."""

    line: int
    cells: list[Cell]
    reason: str


def check_terms(terms: Terms, outline: TableOutline, form: CustomerForm) -> None:
    """Raises `InvalidError` for columns that cannot be meant so."""
    if len(terms.targets) != len(outline.columns):
        raise InvalidError("列数与文件不符，请重新上传文件。", "targets")
    valid = {IGNORED, *TARGETS, *(CUSTOM + field.id for field in form.fields)}
    seen: set[str] = set()
    for at, target in enumerate(terms.targets):
        if target not in valid:
            raise InvalidError("没有这个客户字段，请重新选择。", f"targets[{at}]")
        if target in seen and target not in SEVERAL and target != IGNORED:
            raise InvalidError("有两列选了同一个字段，请把其中一列改掉。", f"targets[{at}]")
        seen.add(target)
    if not seen & {"name", "code", "card", "numbers"}:
        raise InvalidError("请至少指出哪一列是姓名、客户编号、卡号或电话。", "targets")


def check_rows(db: Connection, files: ImportFiles, report: Callable[[int, int], None]) -> str:
    """Rows → preview, plan and table of what is left out; a sentence. Raises `TableError`, `InvalidError`."""
    terms, outline = files.read_terms(), files.read_outline()
    if terms is None or outline is None:
        raise TableError("这次导入的文件不完整，请重新上传。")
    form = get_form(db)
    check_terms(terms, outline, form)
    words = Words(db, form)
    counts = dict.fromkeys(Verdict, 0)
    noted = done = 0
    examples: dict[Verdict, list[RowView]] = {verdict: [] for verdict in Verdict}
    repeated = Repeated()
    area_code = get_setting(db, AREA_CODE_SETTING)
    encoder = msgspec.json.Encoder()
    rows = files.each_row()
    with files.plan.open("wb") as plan, files.left_out.open("wb") as table:
        columns = _columns(outline, terms.language.said)
        workbook = Workbook(table, terms.language.said("未导入的行", "Rows left out"), columns)
        while batch := list(islice(rows, BATCH_ROWS)):
            report(done, outline.rows)
            read = [
                SourceRow(line, cells, *customer_of(cells, terms.targets, form, area_code)) for line, cells in batch
            ]
            for row, judged in zip(read, _judged(db, read, terms, words, repeated), strict=True):
                counts[judged.verdict] += 1
                takes = judged.verdict in (Verdict.NEW, Verdict.CHANGED)
                noted += takes and bool(judged.reason)
                if takes:
                    plan.write(encoder.encode(_planned(row.state, judged)) + b"\n")
                if judged.reason:
                    left_out = LeftOut(row.line, row.cells, judged.reason)
                    workbook.add(column.value(left_out) for column in columns)
                if len(examples[judged.verdict]) < EXAMPLES:
                    examples[judged.verdict].append(_example(row, judged))
            done += len(batch)
        workbook.close()
    preview = Preview(
        new=counts[Verdict.NEW],
        changed=counts[Verdict.CHANGED],
        same=counts[Verdict.SAME],
        skipped=counts[Verdict.SKIPPED],
        wrong=counts[Verdict.WRONG],
        noted=noted,
        rows=tuple(each for rows_of in examples.values() for each in rows_of),
        new_words=words.added,
    )
    replace_file(files.preview, msgspec.json.encode(preview))
    return f"检查完成：{preview.new + preview.changed} 行可以导入，{preview.wrong} 行有误。"


class Words:
    """Statuses, levels and areas that the bureau has, and those of the table that it does not have yet."""

    def __init__(self, db: Connection, form: CustomerForm) -> None:
        areas = tuple(area.label for area in list_areas(db))
        self._known = {"status": {*form.statuses}, "level": {*form.levels}, "area": {*areas}}
        self._labels = {"status": "业务状态", "level": "级别", "area": "片区"}
        self._new: dict[str, None] = {}

    @property
    def added(self) -> tuple[str, ...]:
        """Kind and word, `area:城东`."""
        return tuple(self._new)

    def faults(self, state: CustomerState, *, add: bool) -> list[str]:
        """What is wrong with the words of a row."""
        found = []
        for kind, known in self._known.items():
            word = getattr(state, kind)
            if not word or word in known:
                continue
            if not add:
                found.append(f"没有{self._labels[kind]}“{word}”。")
            elif "," in word:
                found.append(f"{self._labels[kind]}“{word}”里不能有逗号。")
            elif f"{kind}:{word}" not in self._new and len(known) >= MOST_WORDS:
                found.append(f"{self._labels[kind]}的种类超过 {MOST_WORDS} 个，请检查是否选错了列。")
            else:
                self._new[f"{kind}:{word}"] = None
        return found


class Repeated:
    """Customers that stand in the table more than once."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str], int] = {}

    def reason(self, line: int, state: CustomerState) -> str:
        """Why the row is one too many; empty: it is the first of its customer, and is remembered."""
        keys = [(name, label, value) for name, label in _KEYS if (value := getattr(state, name))]
        if not state.code:
            keys += [("number", "号码", number) for number in state.numbers]
        for name, label, value in keys[:1] if state.code else keys:
            if (name, value) in self._lines:
                return f"与第 {self._lines[name, value]} 行重复（{label} {value}）。"
        for name, _, value in keys:
            self._lines.setdefault((name, value), line)
        return ""

    def take_customer(self, line: int, customer_id: int | None) -> int:
        """The first line that means this customer; a new one is nobody's yet."""
        return line if customer_id is None else self._lines.setdefault(("customer", str(customer_id)), line)

    def take_numbers(self, line: int, state: CustomerState) -> dict[str, int]:
        """Numbers that an earlier row has, with its line; the others are this row's now."""
        taken = {}
        for number in state.numbers:
            first = self._lines.setdefault(("taken", number), line)
            if first != line:
                taken[number] = first
        return taken


def _judged(db: Connection, rows: list[SourceRow], terms: Terms, words: Words, repeated: Repeated) -> list[Judged]:
    """What each row would do; rows that are wrong in themselves never come near the customers."""
    found: dict[int, Judged] = {}
    asked: list[SourceRow] = []
    for row in rows:
        faults = [*row.faults, *words.faults(row.state, add=terms.add_words)]
        if not faults and row.state == CustomerState(name=""):
            faults = ["这一行在所选的列里没有内容。"]
        if faults:
            found[row.line] = Judged(verdict=Verdict.WRONG, reason="".join(faults))
        elif twice := repeated.reason(row.line, row.state):
            found[row.line] = Judged(verdict=Verdict.SKIPPED, reason=twice)
        else:
            asked.append(row)
    states = [row.state for row in asked]
    answers = judge(db, states, known=terms.known, drop_taken_numbers=terms.drop_taken_numbers)
    for row, judged in zip(asked, answers, strict=True):
        found[row.line] = _within_file(row, judged, terms, repeated)
    return [found[row.line] for row in rows]


def _within_file(row: SourceRow, judged: Judged, terms: Terms, repeated: Repeated) -> Judged:
    """The same, when numbers of the row are an earlier row's."""
    if judged.verdict not in (Verdict.NEW, Verdict.CHANGED) or judged.after is None:
        return judged
    first = repeated.take_customer(row.line, judged.customer_id)
    if first != row.line:
        reason = f"与第 {first} 行是同一位客户。"
        return Judged(verdict=Verdict.SKIPPED, reason=reason)
    taken = repeated.take_numbers(row.line, row.state)
    if not taken:
        return judged
    reason = "；".join(f"号码 {number} 已在第 {line} 行" for number, line in taken.items())
    if not terms.drop_taken_numbers:
        return Judged(verdict=Verdict.WRONG, reason=f"{reason}。")
    rest = tuple(number for number in judged.after.numbers if number not in taken)
    after = msgspec.structs.replace(judged.after, numbers=rest)
    return msgspec.structs.replace(judged, after=after, reason=f"{judged.reason}{reason}，未登记。")


def _planned(state: CustomerState, judged: Judged) -> CustomerState:
    """The row without the numbers that are left out."""
    kept = judged.after.numbers if judged.after else ()
    return msgspec.structs.replace(state, numbers=tuple(number for number in state.numbers if number in kept))


def _example(row: SourceRow, judged: Judged) -> RowView:
    return RowView(
        line=row.line,
        verdict=judged.verdict,
        state=judged.after or row.state,
        before=judged.before,
        reason=judged.reason,
    )


def _columns(outline: TableOutline, say: Say) -> tuple[RowColumn[LeftOut], ...]:
    """Line, reason, and the columns of the file: corrected, the table can be uploaded again as it is."""

    def cell(at: int) -> RowColumn[LeftOut]:
        label = outline.columns[at].heading or say(f"第 {at + 1} 列", f"Column {at + 1}")
        return RowColumn(
            f"c{at}", label, Kind.TEXT, 16, lambda row: _text(row.cells[at]) if at < len(row.cells) else ""
        )

    return (
        RowColumn("line", say("原文件行号", "Row in the file"), Kind.NUMBER, 11, lambda row: row.line),
        RowColumn("reason", say("原因", "Reason"), Kind.TEXT, 48, lambda row: row.reason),
        *(cell(at) for at in range(len(outline.columns))),
    )


def _text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else f"{cell:.15g}"
