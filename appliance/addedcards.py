"""Line cards that were taken into use on the page 线路: `cards.json`, written by the web, read by the engine's start.

They stand beside those of `settings.toml`, which only an administrator of the machine can write.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from appliance.atomicfile import replace_file
from appliance.settings import CardSettings, Settings, SettingsError

_MODE = 0o660
"""A SIM's PIN may stand in it."""


class AddedCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of them."""

    name: str
    """First part of its port names. It has a hyphen, `modem-1`, which those of the settings have not."""
    card: CardSettings


def added_cards(settings: Settings) -> tuple[AddedCard, ...]:
    """What was taken into use, in its order. Raises `SettingsError` when the file cannot be used."""
    path = _file(settings)
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[AddedCard, ...])
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError, msgspec.MsgspecError) as error:
        text = f"板卡登记文件 {path} 不能使用：{error}。请删除这个文件，再在页面“线路”上重新登记设备。"
        raise SettingsError(text) from error


def write_added_cards(settings: Settings, cards: Sequence[AddedCard]) -> None:
    """Replace them all; in force when the engine starts anew. Raises `OSError`."""
    content = msgspec.json.format(msgspec.json.encode(tuple(cards)), indent=2) + b"\n"
    replace_file(_file(settings), content, _MODE)


def new_name(family: str, taken: Sequence[AddedCard]) -> str:
    """A name for one more card of the family."""
    names = {each.name for each in taken}
    return next(name for number in range(1, len(names) + 2) if (name := f"{family}-{number}") not in names)


def named_cards(settings: Settings, added: Sequence[AddedCard]) -> list[tuple[str, CardSettings]]:
    """Every card of the box with its name: those of the settings by family and place, then the added ones."""
    named = [
        (card.family if number == 1 else f"{card.family}{number}", card)
        for number, card in enumerate(settings.cards, 1)
    ]
    return [*named, *((each.name, each.card) for each in added)]


def _file(settings: Settings) -> Path:
    return settings.data / "cards.json"
