"""What every command to the engine has."""

from __future__ import annotations

import msgspec


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=str):
    """Imperative; answered by exactly one `Reply` with the same `seq`."""

    seq: int = 0
