"""Every word the engine says has Chinese and English words on the screen."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

import pytest

from appliance.telephony import call
from appliance.telephony.leg import QueueOutcome
from drivers.signals import Answerer

LOCALE = Path(__file__).parents[2] / "webui" / "frontend" / "src" / "locale"
BLOCKS: list[tuple[str, type[StrEnum]]] = [
    ("step", call.StepKind),
    ("cause", call.HangUpCause),
    ("side", call.Side),
    ("result", call.CallResult),
    ("direction", call.Direction),
    ("callState", call.CallState),
    ("callerId", call.CallerIdKind),
    ("noRecording", call.NoRecordingReason),
    ("exit", QueueOutcome),
    ("answerer", Answerer),
    ("lineTrouble", call.LineTrouble),
]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize(("block", "words"), BLOCKS)
def test_every_value_has_a_word(language: str, block: str, words: type[StrEnum]) -> None:
    text = (LOCALE / f"{language}.ts").read_text(encoding="utf-8")
    found = re.search(rf"\n  {block}: \{{(.*?)\n?  ?\}},\n", text, re.DOTALL)
    assert found, block
    there = set(re.findall(r"(\w+): '", found[1]))
    assert {word.value for word in words} <= there


def _audited() -> set[str]:
    """What operations are about: the second word of every `self.audit(…)`, and of entries that nobody asked for."""
    found = {"support", "clock"}
    for path in sorted((LOCALE.parents[2] / "handlers").glob("*.py")):
        source = path.read_text(encoding="utf-8")
        names = dict(re.findall(r'^(_?[A-Z_]+) = "(\w+)"$', source, re.MULTILINE))
        for said in re.findall(r"self\.audit\(\s*[^,()]+,\s*([^,()]+)", source):
            found.add(said.strip('"') if said.startswith('"') else names.get(said, ""))
    return {each for each in found if each.isidentifier()}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_an_operation_is_about_has_a_word(language: str) -> None:
    text = (LOCALE / language / "people.ts").read_text(encoding="utf-8")
    found = re.search(r"\n    subjects: \{(.*?)\n    \},\n", text, re.DOTALL)
    assert found
    assert sorted(_audited() - set(re.findall(r"(\w+): ['\"]", found[1]))) == []
