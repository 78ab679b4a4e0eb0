"""Every capability of calls, queues, recording and supervision has a test that names it, in docstring or name.

The numbers are those of the inventory of what the product must do; the titles here say in short what each means.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PLAYED = ("flow", "web", "browser")
"""Where tests play whole stories; most stand in `flow`."""
CAPABILITIES = {
    "S003": "phones call each other, as behind a company exchange",
    "S004": "self-service, people, voicemail and recording in one box",
    "S005": "enquiries by other ways are answered by telephone",
    "S006": "the bureau changes its flows itself, at any time",
    "S007": "flows are drawn, not written into files",
    "S008": "welcome and prompts recorded by the bureau",
    "S009": "prompts in any language",
    "S010": "calls are answered at every hour",
    "S011": "fixed information from recorded announcements",
    "S012": "one welcome for all, then one flow",
    "S013": "keys lead to an agent, a queue or another flow",
    "S014": "callers are routed by who they are",
    "S015": "callers wait in line with music",
    "S016": "a busy agent is told, and the caller picks another way",
    "S017": "even distribution of calls",
    "S018": "the longest-idle agent first",
    "S019": "distribution by skill",
    "S020": "busy or no answer: the next idle agent",
    "S021": "busy or no answer: a mobile or another outside number",
    "S022": "forwarded calls are recorded all the same",
    "S023": "blacklist",
    "S024": "busy or no answer: voicemail",
    "S025": "an agent's voicemail is for the agent and the superiors only",
    "S040": "conversations are recorded",
    "S041": "recordings play in ordinary programs",
    "S042": "several time windows of recording",
    "S043": "shortest and longest recording",
    "S044": "people who are not recorded",
    "S045": "lines that are not recorded",
    "S046": "numbers that are not recorded",
    "S047": "state of every line, live",
    "S048": "length of the queue, live",
    "S049": "supervisors act on what they see",
    "S050": "one queue or all of them watched",
    "S051": "one group of agents or all of them watched",
    "S052": "how each business is handled, live",
    "S053": "agents sign in securely",
}
_ID = re.compile(r"S\d{3}")


def stories() -> Iterator[tuple[str, str]]:
    """Name and docstring of every test of a story; a module's docstring counts for none of its tests."""
    for folder in PLAYED:
        for path in sorted((TESTS / folder).glob("test_*.py")):
            for defined in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(defined, ast.FunctionDef) and defined.name.startswith("test_"):
                    yield f"{folder}/{path.name}::{defined.name}", ast.get_docstring(defined) or ""


def named() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for test, docstring in stories():
        for capability in _ID.findall(f"{docstring} {test.upper()}"):
            found[capability].append(test)
    return found


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_every_capability_is_played(capability: str) -> None:
    assert named()[capability], f"no test names {capability}: {CAPABILITIES[capability]}"


def test_most_are_played_in_conversations() -> None:
    in_flows = {capability for capability, tests in named().items() if any(test.startswith("flow/") for test in tests)}
    assert set(CAPABILITIES) - in_flows <= {"S007", "S025"}, "these two need a screen"
