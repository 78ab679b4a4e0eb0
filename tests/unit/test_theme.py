"""Colours and lines of the pages come from the theme: a variable that it lacks draws nothing, and nobody is told."""

from __future__ import annotations

import re
from pathlib import Path

SOURCES = Path(__file__).parents[2] / "webui" / "frontend" / "src"
_USED = re.compile(r"var\((--[a-z][\w-]*)\)")
_DECLARED = re.compile(r"(?:^|[\s'\"{;])(--[a-z][\w-]*)['\"]?:", re.MULTILINE)
_OF_LIBRARIES = ("--el-", "--vf-")


def test_every_variable_of_a_style_is_declared() -> None:
    texts = {path: path.read_text("utf-8") for path in SOURCES.rglob("*") if path.suffix in {".vue", ".css", ".ts"}}
    declared = {name for text in texts.values() for name in _DECLARED.findall(text)}
    assert "--rule" in declared
    missing = {
        f"{path.name}: {name}"
        for path, text in texts.items()
        for name in _USED.findall(text)
        if name not in declared and not name.startswith(_OF_LIBRARIES)
    }
    assert not missing
