"""docs/SECURITY.md answers each past break-in with a test or a reason; no shell is started with words of others."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
CASES = (
    "CVE-2025-57819", "CVE-2025-66039", "CVE-2025-61675", "CVE-2025-61678", "CVE-2021-45461", "CVE-2024-8503",
    "CVE-2022-34876", "CVE-2022-34877", "CVE-2022-34878", "CVE-2020-5722", "CVE-2024-42365",
)  # fmt: skip
_SHELLS = {"system", "popen", "getoutput", "getstatusoutput", "create_subprocess_shell"}


def rows() -> list[list[str]]:
    text = (ROOT / "docs" / "SECURITY.md").read_text(encoding="utf-8")
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")
    ]
    return [row for row in cells if row[0] not in {"case", "cause"}]


def test_every_past_break_in_has_its_answer() -> None:
    told = " ".join(row[0] for row in rows())
    assert [case for case in CASES if case not in told] == []


def test_every_answer_is_a_test_or_a_reason() -> None:
    for row in rows():
        answer = row[-1]
        proven = re.search(r"`tests/[\w/]+\.py::test_\w+`", answer)
        assert proven or "Reason:" in answer or "As above" in answer or "(SUPPORT.md)" in answer, row[0]


def test_no_shell_is_started_anywhere() -> None:
    """Neither `shell=True` nor a function that starts one, in anything that runs on the box."""
    found = []
    for path in sorted(each for top in ("appliance", "drivers", "webui") for each in (ROOT / top).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            owner = getattr(node.func.value, "id", "") if isinstance(node.func, ast.Attribute) else ""
            by_shell = any(
                word.arg == "shell" and not (isinstance(word.value, ast.Constant) and word.value.value is False)
                for word in node.keywords
            )
            if by_shell or (name in _SHELLS and owner in {"os", "subprocess", "asyncio"}):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []
