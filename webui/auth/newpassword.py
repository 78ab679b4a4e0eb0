"""Passwords that the box makes up: for a slip of paper, and until the first login only."""

from __future__ import annotations

import secrets

_SYLLABLES = tuple(f"{first}{second}" for first in "bcdfghkmnprstwyz" for second in "aeiou")
"""Easy to read from paper and to type; no letter looks like another or like a digit."""


def new_password() -> str:
    """About 45 bits: three groups of two syllables and two digits, `tiko47-…`."""
    return "-".join(
        f"{secrets.choice(_SYLLABLES)}{secrets.choice(_SYLLABLES)}{secrets.randbelow(8) + 2}{secrets.randbelow(8) + 2}"
        for _ in range(3)
    )
