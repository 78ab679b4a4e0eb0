"""What kind of number somebody wants to dial, and the permission that it takes. Pure."""

from __future__ import annotations

import re

from webui.auth.permissions import P

_MOBILE = re.compile(r"0?1[3-9]\d{9}")
NUMBER = re.compile(r"[0-9*#]{2,24}")


def dial_permission(number: str, area_code: str) -> P:
    """Permission for dialling `number` (digits only, without access prefix) from the area `area_code`."""
    if number.startswith("00"):
        return P.AGENT_DIAL_INTERNATIONAL
    if _MOBILE.fullmatch(number):
        return P.AGENT_DIAL_MOBILE
    if number.startswith("0") and not number.startswith(area_code):
        return P.AGENT_DIAL_LONG
    return P.AGENT_DIAL_LOCAL
