"""What a phone set has dialled so far: pure analysis, digit by digit.

A number is complete when it can only mean one thing (a station, a mobile, an emergency number), with `#`, or when the
caller stops keying. Numbering: station numbers of the plan; outside numbers of the Chinese public network.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from appliance.callplan import CallPlan
from appliance.phoneplan import Feature
from appliance.telephony.ids import StationId

_COMPLETE_OUTSIDE = re.compile(r"0?1[3-9]\d{9}|11[0-9]|12[02]|400\d{7}|800\d{7}")
"""Mobile (also with trunk 0), emergency and service numbers of fixed length, freephone."""


class DialKind(StrEnum):
    INCOMPLETE = "incomplete"
    """More digits may follow; after the inter-digit time-out it is final as it stands."""
    STATION = "station"
    OUTSIDE = "outside"
    FEATURE = "feature"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Dialled:
    """`number` is the station, the outside number without prefix, the code, or what was keyed in vain.

    `final` needs no more digits.
    """

    kind: DialKind
    number: str = ""
    final: bool = False
    feature: Feature | None = None


def analyse(digits: str, plan: CallPlan) -> Dialled:
    """Meaning of the digits keyed so far (a trailing `#` ends entry)."""
    ended = digits.endswith("#")
    number = digits.rstrip("#")
    prefix = plan.dial.outside_prefix
    if number.startswith(prefix):
        outside = number[len(prefix) :]
        if not outside:
            return Dialled(DialKind.INVALID, final=True) if ended else Dialled(DialKind.INCOMPLETE)
        if not outside.isdigit():
            return Dialled(DialKind.INVALID, number, final=True)
        final = ended or bool(_COMPLETE_OUTSIDE.fullmatch(outside)) or len(outside) >= plan.dial.max_digits
        return Dialled(DialKind.OUTSIDE, outside, final)
    return _inside(number, plan, ended=ended)


def _inside(number: str, plan: CallPlan, *, ended: bool) -> Dialled:
    """A feature code or a station."""
    feature = plan.features.of(number)
    if feature is not None:
        return Dialled(DialKind.FEATURE, number, final=True, feature=feature)
    stations = {station.id for station in plan.stations}
    if StationId(number) in stations:
        return Dialled(DialKind.STATION, number, final=True)
    if not ended and (any(station.startswith(number) for station in stations) or plan.features.begins(number)):
        return Dialled(DialKind.INCOMPLETE, number)
    return Dialled(DialKind.INVALID, number, final=True)


def valid_outside_number(number: str, plan: CallPlan) -> bool:
    """Whether a number typed on the screen can be dialled on a line."""
    return number.isdigit() and 3 <= len(number) <= plan.dial.max_digits
