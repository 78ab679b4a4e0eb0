"""PINs of phone sets: their hashes, what is too simple, and the lock against guessing."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone

import msgspec
import pytest

from appliance.callplan import Agent, CallPlan, PhoneRules
from appliance.defaults.plan import default_plan
from appliance.engine.pindesk import PinDesk, PinVerdict
from appliance.pincode import hash_pin, pin_matches, pin_weakness
from appliance.telephony.ids import AgentId, StationId

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=timezone(timedelta(hours=8)))
STATIONS = [StationId(f"80{n}") for n in range(1, 9)]
WANG = AgentId("1001")
HASH = hash_pin("2580")


def plan() -> CallPlan:
    plain = default_plan("铜陵广电", "0562-96599", "0562")
    rules = PhoneRules(pin_attempts=3, pin_lock_s=60.0)
    return msgspec.structs.replace(plain, agents=(Agent(id=WANG, name="王芳", pin_hash=HASH),), phones=rules)


def test_a_hash_tells_nothing_and_fits_its_pin_only() -> None:
    assert hash_pin("2580") != HASH, "each has a salt of its own"
    assert "2580" not in HASH
    assert pin_matches(HASH, "2580")
    assert not pin_matches(HASH, "2581")


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "2580",
        "scrypt$1$2",
        "scrypt$x$8$1$YQ==$YQ==",
        "scrypt$3$8$1$YQ==$YQ==",
        HASH.replace("scrypt", "md5"),
        HASH[:-3],
        "scrypt$1073741824$8$1$YQ==$YQ==",
    ],
    ids=["nothing", "a PIN", "parts missing", "no number", "no power of two", "another way", "cut off", "too dear"],
)
def test_a_broken_hash_fits_nothing(broken: str) -> None:
    assert not pin_matches(broken, "2580")


@pytest.mark.parametrize("pin", ["", "123", "12a4", "1234", "9876", "7777", "1234567890123", "１２３５", "1001"])
def test_simple_pins_are_refused_with_a_sentence(pin: str) -> None:
    assert pin_weakness(pin, "1001")


def test_a_good_pin_is_taken() -> None:
    assert pin_weakness("2580", "1001") is None


def tries(desk: PinDesk, *attempts: tuple[AgentId, StationId, str, float]) -> list[PinVerdict]:
    async def all_of_them() -> list[PinVerdict]:
        return [
            await desk.verify(plan(), agent, station, pin, NOW + timedelta(seconds=at_s))
            for agent, station, pin, at_s in attempts
        ]

    return asyncio.run(all_of_them())


def test_the_lock_ends_by_itself_and_a_right_pin_forgives() -> None:
    one, other = STATIONS[:2]
    verdicts = tries(
        PinDesk(),
        (WANG, one, "0000", 0), (WANG, one, "0001", 1), (WANG, one, "2580", 2),
        (WANG, one, "0000", 3), (WANG, one, "0001", 4), (WANG, one, "0002", 5),
        (WANG, other, "2580", 6), (WANG, other, "2580", 66), (WANG, one, "2580", 67),
    )  # fmt: skip
    wrong, right, locked = PinVerdict.WRONG, PinVerdict.RIGHT, PinVerdict.LOCKED
    assert verdicts == [wrong, wrong, right, wrong, wrong, locked, locked, right, right]


def test_after_a_lock_counting_begins_anew() -> None:
    one = STATIONS[0]
    attempts = [(WANG, one, "0000", at_s) for at_s in (0, 1, 2, 70, 71, 72)]
    wrong, locked = PinVerdict.WRONG, PinVerdict.LOCKED
    assert tries(PinDesk(), *attempts) == [wrong, wrong, locked, wrong, wrong, locked]


def test_many_staff_numbers_lock_the_phone_and_many_phones_the_staff_number() -> None:
    strangers = [(AgentId(f"20{n}"), STATIONS[0], "0000", 0.0) for n in range(3)]
    assert tries(PinDesk(), *strangers)[-1] is PinVerdict.LOCKED
    wandering = [(WANG, station, "0000", 0.0) for station in STATIONS[:3]]
    assert tries(PinDesk(), *wandering, (WANG, STATIONS[4], "2580", 1.0))[-2:] == [PinVerdict.LOCKED] * 2
