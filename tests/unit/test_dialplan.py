"""What keyed digits mean, and when they are complete."""

from __future__ import annotations

import pytest

from appliance.defaults.plan import default_plan
from appliance.engine.dialplan import DialKind, analyse
from appliance.phoneplan import Feature

PLAN = default_plan("铜陵广电", "0562-96599", "0562")


@pytest.mark.parametrize(
    ("digits", "kind", "number", "final"),
    [
        ("8", DialKind.INCOMPLETE, "8", False),
        ("80", DialKind.INCOMPLETE, "80", False),
        ("801", DialKind.STATION, "801", True),
        ("7", DialKind.INVALID, "7", True),
        ("8#", DialKind.INVALID, "8", True),
        ("9", DialKind.INCOMPLETE, "", False),
        ("9#", DialKind.INVALID, "", True),
        ("91", DialKind.OUTSIDE, "1", False),
        ("9110", DialKind.OUTSIDE, "110", True),
        ("913905621234", DialKind.OUTSIDE, "13905621234", True),
        ("92812345", DialKind.OUTSIDE, "2812345", False),
        ("92812345#", DialKind.OUTSIDE, "2812345", True),
        ("9*", DialKind.INVALID, "9*", True),
        ("*", DialKind.INCOMPLETE, "*", False),
        ("*1", DialKind.INCOMPLETE, "*1", False),
        ("*3", DialKind.INVALID, "*3", True),
        ("**", DialKind.INVALID, "**", True),
    ],
)
def test_meaning_of_digits(digits: str, kind: DialKind, number: str, final: bool) -> None:
    dialled = analyse(digits, PLAN)
    assert (dialled.kind, dialled.number, dialled.final) == (kind, number, final)


@pytest.mark.parametrize("feature", list(Feature))
def test_every_feature_is_dialled_by_its_code(feature: Feature) -> None:
    code = getattr(PLAN.features, feature)
    dialled = analyse(code, PLAN)
    assert (dialled.kind, dialled.feature, dialled.final) == (DialKind.FEATURE, feature, True)
