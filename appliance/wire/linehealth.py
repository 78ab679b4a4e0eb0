"""How an outside line sounds and what it taught, as people are told."""

from __future__ import annotations

import msgspec

from appliance.telephony.call import LineTrouble
from appliance.telephony.ids import LineId
from appliance.wire.linetest import LineTest


class LearntTone(msgspec.Struct, frozen=True, kw_only=True):
    """A tone as it sounds on a line."""

    pitch_hz: float
    on_s: float
    off_s: float
    level_dbm0: float
    calls: int
    """Of the last ones, from which it was learnt."""


class LineHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How an outside line sounds, and what it taught. Levels in dBm0; None: not heard yet."""

    line: LineId
    measured_at: str = ""
    listened_s: float = 0.0
    level_dbm0: float | None = None
    loudest_dbm0: float | None = None
    """The loudest second of the last minute of calls."""
    noise_dbm0: float | None = None
    hum_dbm0: tuple[float, float, float] | None = None
    """At 50, 100 and 150 Hz."""
    clicks_per_minute: float | None = None
    busy: LearntTone | None = None
    congestion: LearntTone | None = None
    caller_id: str = ""
    """Modulation of the last caller ID (`drivers/signals.py`), empty: none was ever read."""
    answers_reversed: int = 0
    """Outgoing calls whose answer the exchange showed by a reversal, since the line was first used."""
    answers_inferred: int = 0
    ring_on_s: float = 0.0
    ring_off_s: float = 0.0
    drift: str = ""
    """Chinese sentence, empty when the tones are as they should be."""
    troubles: tuple[LineTrouble, ...] = ()
    test: LineTest | None = None
    """The last test of the line, if there ever was one."""
