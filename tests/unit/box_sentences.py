"""Every Chinese sentence that the box may show on a page, read from its source."""

from __future__ import annotations

import ast
import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
HAN = re.compile(r"[\u4e00-\u9fff]")
ELSEWHERE = (
    "appliance/cli/",  # a terminal's words
    "appliance/settings.py",
    "appliance/support/bootmenu.py",
    "appliance/support/consolepage.py",  # the box's own screen
    "appliance/support/firstboot.py",
    *(f"appliance/support/{name}.py" for name in ("casefile", "gate", "orders", "recorder", "scrub")),  # an engineer's
    "drivers/sim/scenario_file.py",
    "drivers/sim/step_file.py",
    "drivers/sim/yamlfield.py",
    "drivers/dsp/",
    "drivers/registry.py",
    "drivers/trace.py",
    "drivers/wavefile.py",
    "drivers/wavestream.py",
    "webui/main.py",
    "webui/jobs.py",
    "webui/apipage.py",  # the reference of the API is Chinese
    "webui/openapi.py",
    "appliance/defaults/",  # what a new box is given is the bureau's own from then on
    "appliance/store/migrations/m0002_customers.py",
    "appliance/ivr/numerals_zh.py",  # what callers hear
    "appliance/jobs/customercolumns.py",  # what bureaus call their columns
    "appliance/jobs/export_columns.py",  # workbooks have both languages beside each other
    "appliance/jobs/export_labels.py",
    "appliance/jobs/export_workbook.py",
    "appliance/jobs/proof.py",  # evidence for Chinese courts
)
"""Sources whose words no page shows."""
NOT_SAID = frozenset(
    {
        *("零一二三四五六七八九", "一", "幺", "日", "月", "年", "点", "分", "鿿", "有", "无", "对", "不是"),
        *("正常", "欠费", "报停", "停机", "销户", "普通", "重要", "VIP"),  # a new bureau's customer classes
        *("客户-{0}.xlsx", "通话记录-{0}.xlsx", "未导入的行-{0}.xlsx", "提示音-{0}.zip"),
        "STATUS=等待通话结束",
        "用法：python -m appliance.jobs.promptimport 录音文件 目标.wav\n",
    }
)
"""What is read or recognised, not shown."""


@functools.cache
def box_sentences() -> dict[str, str]:
    """Each sentence with `{0}`, `{1}` in the place of its values, and the file that it is from."""
    found = {label: str(path.relative_to(ROOT)) for path in _templates() for label in _told(path)}
    for path in sorted(each for top in ("appliance", "webui", "drivers") for each in (ROOT / top).rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith((*ELSEWHERE, "webui/frontend/")):
            continue
        source = path.read_text("utf-8")
        for text in _texts(ast.parse(source)) if HAN.search(source) else ():
            if HAN.search(text) and "\\" not in text and text not in NOT_SAID and not text.startswith("<!doctype"):
                found.setdefault(text, name)
    return found


def _templates() -> list[Path]:
    return sorted((ROOT / "appliance" / "ivr" / "flowtemplates").glob("*.json"))


def _told(template: Path) -> tuple[str, str]:
    content = json.loads(template.read_text("utf-8"))
    return content["about"], content["flow"]["label"]


def _texts(node: ast.AST) -> Iterator[str]:
    """Every text in the source; one that is put together (f"", +) is one. Docstrings are none."""
    pieces = _pieces(node)
    if pieces is not None:
        holes = iter(range(len(pieces)))
        yield "".join(f"{{{next(holes)}}}" if piece is None else piece for piece in pieces)
    for child in _parts(node) if pieces is not None else ast.iter_child_nodes(node):
        if not (isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)):
            yield from _texts(child)


def _pieces(node: ast.AST) -> list[str | None] | None:
    """A text with None for each value; None when it is no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        return [str(part.value) if isinstance(part, ast.Constant) else None for part in node.values]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _pieces(node.left), _pieces(node.right)
        if left is not None or right is not None:
            return (left or [None]) + (right or [None])
    return None


def _parts(text: ast.AST) -> Iterator[ast.AST]:
    """The values within a text: they may hold texts themselves."""
    if isinstance(text, ast.JoinedStr):
        yield from (part.value for part in text.values if isinstance(part, ast.FormattedValue))
    elif isinstance(text, ast.BinOp):
        for side in (text.left, text.right):
            if _pieces(side) is None:
                yield side
            else:
                yield from _parts(side)
