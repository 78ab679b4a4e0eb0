"""The house rules that no linter knows: sizes of files and functions, floors, nothing left open."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("drivers", "appliance", "webui")
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
OPEN_ENDS = re.compile(r"\b(TODO|FIXME|XXX)\b")


def sources(*suffixes: str) -> list[Path]:
    """Our own source files; what is built or fetched is left out."""
    found = [path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.suffix in suffixes]
    return [
        path
        for path in sorted(found)
        if not {"node_modules", "static", "__pycache__"} & set(path.relative_to(ROOT).parts)
        and path.stem != "_hotlinebox_dsp"
    ]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


PYTHON = sources(".py")
assert PYTHON, "no sources found"


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_a_file_holds_one_subject() -> None:
    lines = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in PYTHON}
    long = {name: count for name, count in lines.items() if count > MAX_FILE_LINES}
    assert not long, f"split by their nouns: {long}"


def test_a_function_holds_one_thought() -> None:
    long = [
        f"{name_of(path)}:{function.lineno} {function.name}: {lines} lines"
        for path in PYTHON
        for function in functions(ast.parse(path.read_text(encoding="utf-8")))
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > MAX_FUNCTION_LINES
    ]
    assert not long, "\n".join(long)


def test_no_error_is_swallowed_whole() -> None:
    bare = [
        f"{name_of(path)}:{node.lineno}"
        for path in PYTHON
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler) and node.type is None
    ]
    assert not bare, f"name what is caught: {', '.join(bare)}"


def test_nothing_is_left_open() -> None:
    left = [
        f"{name_of(path)}:{number} {line.strip()}"
        for path in sources(".py", ".c", ".h", ".ts", ".vue", ".toml")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if OPEN_ENDS.search(line)
    ]
    assert not left, "\n".join(left)


def test_imports_go_downwards_only() -> None:
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_every_part_of_the_appliance_stands_on_a_floor() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    on_a_floor = {name for layer in layers for name in layer.split(" | ")}
    there = {
        f"appliance.{path.stem}"
        for path in (ROOT / "appliance").iterdir()
        if (path.is_dir() and list(path.glob("*.py"))) or (path.suffix == ".py" and path.stem != "__init__")
    }
    assert on_a_floor - {"drivers", "webui"} == there
