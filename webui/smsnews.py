"""Word to browsers that short messages are not what they were."""

from __future__ import annotations

import msgspec


class SmsChanged(msgspec.Struct, frozen=True, tag_field="type", tag=str):
    """To every browser: a message came, or something became of one; it says nothing of which."""
