"""Texts with places for values: `{name}`. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

_PLACE = re.compile(r"\{([a-z][a-z0-9_]{0,31})\}")


def fill(text: str, value_of: Callable[[str], str]) -> str:
    """`text` with every `{name}` replaced by `value_of(name)`; what is put in is not looked at again."""
    return _PLACE.sub(lambda found: value_of(found[1]), text)


def is_template(text: str) -> bool:
    """Whether every brace of `text` belongs to a place."""
    return not set("{}") & set(_PLACE.sub("", text))


def names_in(text: str) -> list[str]:
    """The names of its places, in order."""
    return _PLACE.findall(text)
