"""Takes out of a text what could tell who called: telephone numbers, and every name and address that the box knows.

What: with `None` for the words (the database cannot be asked) everything Chinese goes, but in sentences of our own.
How: a date with its time and the id of a call stay as they are; any other row of five and more digits, also one with
    blanks or hyphens in it, becomes stars. Known words are looked up at every place of the text by their length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_STARS = "*****"
_KNOWN = "〔已隐去〕"
_DIGITS = re.compile(
    r"(?P<keep>\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,6})?)?(?:[+-]\d\d:?\d\d|Z)?)?(?!\d)"
    r"|\b20\d{6}-\d{6}(?:-\d{4,6})?(?!\d)"
    r"|(?<![\d.])\d{1,4}\.\d{1,4}(?![\d.]))"
    r"|\+?\d(?:[ \u00a0()-]{0,2}\d){4,}"
)
_HAN = re.compile(r"[\u3400-\u9fff]+")
_SHORTEST, _LONGEST = 2, 60


class Scrubber:
    """`words` are names, addresses, account numbers: whatever the box knows of people."""

    def __init__(self, words: Iterable[str] | None = ()) -> None:
        self._blind = words is None
        known = (word.strip() for word in words or ())
        self._words = frozenset(word for word in known if _SHORTEST <= len(word) <= _LONGEST)
        self._lengths = tuple(sorted({len(word) for word in self._words}, reverse=True))
        self._beginnings = frozenset(word[:_SHORTEST] for word in self._words)

    def scrub(self, text: str, *, ours: bool = False) -> str:
        """The text without them. `ours`: its sentences are those of this program."""
        if self._blind and not ours:
            text = _HAN.sub(_KNOWN, text)
        return _DIGITS.sub(lambda found: found["keep"] or _STARS, self._without_words(text))

    def _without_words(self, text: str) -> str:
        if not self._words:
            return text
        parts: list[str] = []
        at = since = 0
        while at < len(text):
            length = self._known_at(text, at)
            if length:
                parts += [text[since:at], _KNOWN]
                at = since = at + length
            else:
                at += 1
        return "".join([*parts, text[since:]])

    def _known_at(self, text: str, at: int) -> int:
        if text[at : at + _SHORTEST] not in self._beginnings:
            return 0
        return next((length for length in self._lengths if text[at : at + length] in self._words), 0)
