"""How short messages are sent: part of the call plan."""

from __future__ import annotations

from typing import Annotated

import msgspec


class SmsRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits against cost and against being taken for a sender of junk. A *part* is what the operator charges for."""

    parts_per_minute: Annotated[int, msgspec.Meta(ge=1, le=60)] = 10
    parts_per_day: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 200
    """What is sent from midnight on; a message that would go beyond is refused."""
    most_parts: Annotated[int, msgspec.Meta(ge=1, le=20)] = 5
    """Of one message."""
    price_yuan: Annotated[float, msgspec.Meta(ge=0, le=100)] = 0.1
    """Of one part, for the counter of costs."""
    tries: Annotated[int, msgspec.Meta(ge=1, le=10)] = 3
    retry_s: Annotated[float, msgspec.Meta(ge=1, le=3600)] = 60.0
    """After a failure that may pass, e.g. without network."""
    reports: bool = True
    """Ask the operator whether messages arrived."""
