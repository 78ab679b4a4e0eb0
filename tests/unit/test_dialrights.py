"""Dial rights: what kind of number, who may, how often."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import msgspec
import pytest

from appliance.callplan import Agent, CallPlan, PrefixLimit
from appliance.defaults.plan import default_plan
from appliance.engine.dialrights import DialRights
from appliance.telephony.ids import AgentId, SeatId
from appliance.telephony.number import NumberClass, class_of

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=timezone(timedelta(hours=8)))
SEAT = SeatId("1")


def plan() -> CallPlan:
    return default_plan("铜陵广电", "0562-96599", "0562")


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("110", NumberClass.EMERGENCY),
        ("120", NumberClass.EMERGENCY),
        ("2812345", NumberClass.LOCAL),
        ("62812345", NumberClass.LOCAL),
        ("05622812345", NumberClass.LOCAL),
        ("13905621234", NumberClass.MOBILE),
        ("013905621234", NumberClass.MOBILE),
        ("10086", NumberClass.SERVICE),
        ("95588", NumberClass.SERVICE),
        ("4008123456", NumberClass.SERVICE),
        ("96599", NumberClass.SERVICE),
        ("01062812345", NumberClass.LONG_DISTANCE),
        ("055162812345", NumberClass.LONG_DISTANCE),
        ("1795101062812345", NumberClass.LONG_DISTANCE),
        ("0014155550100", NumberClass.INTERNATIONAL),
        ("179510014155550100", NumberClass.INTERNATIONAL),
        ("16812345", NumberClass.PREMIUM),
        ("999999999999999", NumberClass.INTERNATIONAL),
    ],
)
def test_kinds_of_numbers(number: str, kind: NumberClass) -> None:
    assert class_of(number, "0562") is kind


def test_international_long_distance_and_premium_are_off_by_default() -> None:
    rights = DialRights()
    for number in ("0014155550100", "01062812345", "16812345"):
        assert "没有拨打" in rights.refusal(plan(), number, SEAT, None, NOW)
    for number in ("110", "13905621234", "2812345", "10086"):
        assert rights.refusal(plan(), number, SEAT, None, NOW) == ""


def test_an_agent_may_have_own_rights() -> None:
    agent = Agent(id=AgentId("1001"), name="王芳", rights=(NumberClass.LONG_DISTANCE,))
    own = msgspec.structs.replace(plan(), agents=(agent,))
    assert DialRights().refusal(own, "01062812345", SEAT, agent.id, NOW) == ""
    assert DialRights().refusal(own, "13905621234", SEAT, agent.id, NOW)


def test_two_hundred_calls_an_hour_from_one_seat_are_refused() -> None:
    rights, limit = DialRights(), plan().dial.calls_per_hour
    answers = [rights.refusal(plan(), "13905621234", SEAT, None, NOW + timedelta(seconds=18 * n)) for n in range(200)]
    assert answers[:limit] == [""] * limit
    assert all("达到上限" in answer for answer in answers[limit:])
    assert rights.refusal(plan(), "13905621234", SeatId("2"), None, NOW) == "", "another seat is not concerned"
    assert rights.refusal(plan(), "13905621234", SEAT, None, NOW + timedelta(hours=2)) == ""


def test_emergency_numbers_are_never_refused() -> None:
    rights = DialRights()
    for _ in range(100):
        rights.refusal(plan(), "13905621234", SEAT, None, NOW)
    assert rights.refusal(plan(), "119", SEAT, None, NOW) == ""


def test_blocked_prefixes() -> None:
    own = plan()
    dial = msgspec.structs.replace(own.dial, blocked_prefixes=("1390562",))
    own = msgspec.structs.replace(own, dial=dial)
    assert "1390562" in DialRights().refusal(own, "13905621234", SEAT, None, NOW)
    assert DialRights().refusal(own, "13805621234", SEAT, None, NOW) == ""


@pytest.mark.parametrize("number", ["1790", "17909", "100", "10086", "100861", "1008612", "28", "110", "1109999"])
def test_digits_that_may_go_on_to_the_exchange(number: str) -> None:
    assert DialRights().dialled_on(plan(), number, None) == ""


@pytest.mark.parametrize("number", ["179090", "17909001", "95013", "9501312", "16812", "0014155", "055162812345"])
def test_digits_that_make_a_number_nobody_may_dial(number: str) -> None:
    assert DialRights().dialled_on(plan(), number, None)


def test_limits_by_prefix_count_all_seats_and_by_day_each_seat() -> None:
    rights, own = DialRights(), plan()
    limited = (PrefixLimit(prefix="139", calls_per_hour=2), PrefixLimit(prefix="1390562", calls_per_hour=1))
    dial = msgspec.structs.replace(own.dial, prefix_limits=limited, calls_per_day=3)
    own = msgspec.structs.replace(own, dial=dial)
    assert rights.refusal(own, "13905621234", SEAT, None, NOW) == ""
    assert "1390562" in rights.refusal(own, "13905629999", SeatId("2"), None, NOW)
    assert rights.refusal(own, "13900000001", SeatId("2"), None, NOW) == ""
    assert "139" in rights.refusal(own, "13900000001", SeatId("3"), None, NOW)
    later = NOW + timedelta(hours=2)
    assert rights.refusal(own, "13905621234", SEAT, None, later) == ""
    assert rights.refusal(own, "13800000000", SEAT, None, later) == ""
    assert "24 小时" in rights.refusal(own, "13800000000", SEAT, None, later)
    assert rights.refusal(own, "13800000000", SEAT, None, NOW + timedelta(hours=25)) == ""
