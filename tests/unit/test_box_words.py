"""Whatever the box says on a page it says in English too: the phrase book is complete, nothing in it is left over."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path

from tests.unit.box_sentences import HAN, ROOT, box_sentences

BOOK = ROOT / "webui" / "frontend" / "src" / "locale" / "en" / "box"
HOLE = re.compile(r"\{\d+\}")


@functools.cache
def _book() -> dict[str, str]:
    found: dict[str, str] = {}
    for page in sorted(Path(BOOK).glob("*.json")):
        for phrase, words in json.loads(page.read_text("utf-8")).items():
            assert phrase not in found, f"{page.name}: {phrase} stands in another file too"
            found[phrase] = words
    return found


def test_every_sentence_has_english_words() -> None:
    missing = {text: source for text, source in box_sentences().items() if text not in _book()}
    assert not missing, "\n".join(f"{source}: {text}" for text, source in missing.items())


def test_no_words_are_left_over() -> None:
    left = [phrase for phrase in _book() if phrase not in box_sentences()]
    assert not left, "\n".join(left)


def test_english_words_are_english_and_keep_the_values() -> None:
    for phrase, words in _book().items():
        assert words.strip(), phrase
        assert not HAN.search(words), words
        assert set(HOLE.findall(phrase)) == set(HOLE.findall(words)), phrase
