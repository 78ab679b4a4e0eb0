"""The permission that it takes to dial a number. Pure."""

from __future__ import annotations

import re

from appliance.telephony.number import NumberClass, class_of
from webui.auth.permissions import P

NUMBER = re.compile(r"[0-9*#]{2,24}")
_PERMISSIONS = {
    NumberClass.MOBILE: P.AGENT_DIAL_MOBILE,
    NumberClass.LONG_DISTANCE: P.AGENT_DIAL_LONG,
    NumberClass.INTERNATIONAL: P.AGENT_DIAL_INTERNATIONAL,
    NumberClass.PREMIUM: P.AGENT_DIAL_INTERNATIONAL,
}
_STATION_DIGITS = 4
"""Numbers up to this length that are no service number are stations."""


def dial_permission(number: str, area_code: str) -> P:
    """Permission for dialling `number` (digits only, without access prefix) from the area `area_code`."""
    if len(number) <= _STATION_DIGITS:
        return P.AGENT_DIAL_LOCAL
    return _PERMISSIONS.get(class_of(number, area_code), P.AGENT_DIAL_LOCAL)
