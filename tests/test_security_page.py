"""docs/SECURITY.md answers each past break-in with a test or a reason; no shell is started with words of others."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
CASES = (
    "CVE-2025-57819", "CVE-2025-66039", "CVE-2025-61675", "CVE-2025-61678", "CVE-2021-45461", "CVE-2024-8503",
    "CVE-2022-34876", "CVE-2022-34877", "CVE-2022-34878", "CVE-2020-5722", "CVE-2024-42365", "8471", "VCDB 16586",
)  # fmt: skip
STARTS_PROGRAMS = {
    "appliance/cli/network.py", "appliance/cli/serve.py", "appliance/cli/support.py", "appliance/cli/supportorders.py",
    "appliance/cli/update.py", "appliance/ivr/promptaudio.py", "appliance/ivr/promptbuild.py", "appliance/jobs/away.py",
    "appliance/support/bundle.py", "appliance/support/gate.py", "appliance/support/standin.py",
    "appliance/support/tunnel.py", "drivers/soundlink.py", "webui/jobs.py", "webui/support.py",
}  # fmt: skip
"""Their words are fixed, or names of files and ids that the box chose, each behind an option of its own. What somebody
wrote is one of them in two places: a spoken text, which is Pinyin by then (`appliance/jobs/promptspeech.py`), and the
relay's host and user, checked letter by letter (`appliance/support/grant.py::Relay`). What the vendor types goes to a
shell where the administrator allowed one (`appliance/support/standin.py`)."""
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
        assert proven or "Reason:" in answer or "As above" in answer or "See " in answer, row[0]


def calls() -> Iterator[tuple[str, str, str, ast.Call]]:
    """Every call in what runs on the box: file, owner (empty: none), name, node."""
    for path in sorted(each for top in ("appliance", "drivers", "webui") for each in (ROOT / top).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                if isinstance(node.func, ast.Attribute):
                    owner, name = getattr(node.func.value, "id", ""), node.func.attr
                else:
                    owner, name = "", getattr(node.func, "id", "")
                yield path.relative_to(ROOT).as_posix(), owner, name, node


def test_no_shell_is_started_anywhere() -> None:
    """Neither `shell=True` nor a function that starts one, in anything that runs on the box."""
    found = []
    for file, owner, name, node in calls():
        by_shell = any(
            word.arg == "shell" and not (isinstance(word.value, ast.Constant) and word.value.value is False)
            for word in node.keywords
        )
        if by_shell or (name in _SHELLS and owner in {"os", "subprocess", "asyncio"}):
            found.append(f"{file}:{node.lineno}")
    assert found == []


def test_programs_are_started_in_few_places() -> None:
    """A new one: which of its words can come from a request? None may; then it belongs into the list."""
    by_os = re.compile(r"exec[lv]p?e?|spawn\w+|posix_spawnp?|fork|forkpty")
    found = {
        file
        for file, owner, name, _ in calls()
        if (owner == "subprocess" and name != "SubprocessError")
        or (owner == "os" and by_os.fullmatch(name))
        or name in {"create_subprocess_exec", "subprocess_exec"}
    }
    assert found == STARTS_PROGRAMS


def test_nothing_that_is_read_becomes_code() -> None:
    """No text is run, no object made from a file but by msgspec, which makes values of declared kinds only."""
    code = {("", "eval"), ("", "exec"), ("", "compile"), ("", "__import__")}
    loads = {"pickle", "marshal", "shelve", "jsonpickle", "dill"}
    found = [
        f"{file}:{node.lineno}"
        for file, owner, name, node in calls()
        if (owner, name) in code
        or owner in loads
        or (owner == "yaml" and not any("Safe" in ast.dump(word.value) for word in node.keywords))
    ]
    assert found == []
