"""Text as a search compares it: capital letters and full-width forms make no difference."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Compatibility form (NFKC), case-folded."""
    return unicodedata.normalize("NFKC", text).casefold()


def words_of(text: str) -> list[str]:
    """Folded words between blanks."""
    return fold(text).split()
