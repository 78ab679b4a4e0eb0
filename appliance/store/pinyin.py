"""How a name is typed in Latin letters: full pinyin and initials, in every reading of its characters."""

from __future__ import annotations

from functools import lru_cache
from itertools import product

MOST_READINGS = 24
"""Of a whole name; further readings of a long name with many polyphones are left out."""
LONGEST_NAME = 40
"""Characters that are looked at; what comes after is found by its characters."""


@lru_cache(maxsize=1_000)
def pinyin_text(name: str) -> str:
    """Folded lines: each reading of the name in full (`zhangsan`), then by its initials (`zs`); else empty."""
    choices = [_readings(sign) for sign in name[:LONGEST_NAME] if not sign.isspace()]
    if not any(len(reading) > 1 for choice in choices for reading in choice):
        return ""
    spelled: dict[str, None] = {}
    initials: dict[str, None] = {}
    for readings in _mixtures(choices):
        spelled["".join(readings)] = None
        initials["".join(reading[:1] for reading in readings)] = None
    return "\n".join((*spelled, *initials))


def _mixtures(choices: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Every mixture of readings, as long as they are few; the later polyphones keep their usual reading first."""
    count = 1
    kept: list[tuple[str, ...]] = []
    for choice in choices:
        allowed = choice[: max(1, MOST_READINGS // count)]
        count *= len(allowed)
        kept.append(allowed)
    return list(product(*kept))


@lru_cache(maxsize=20_000)
def _readings(sign: str) -> tuple[str, ...]:
    """Readings without tones, the usual one first; ü as `v` and as `u`. A sign that is not Chinese is itself."""
    from pypinyin import Style, pinyin  # noqa: PLC0415 its dictionaries take 60 MB: only whoever writes customers pays

    if sign.isascii():
        return (sign.casefold(),)
    found = pinyin(sign, style=Style.NORMAL, heteronym=True, errors="default")[0]
    readings: dict[str, None] = {}
    for reading in found:
        readings[reading.casefold()] = None
        if "v" in reading:
            readings[reading.replace("v", "u")] = None
    return tuple(readings)
