"""Toll-fraud drill: whoever tries to make calls at the bureau's expense is refused, and it stands in the call log."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from appliance.callplan import Agent, CallPlan, DialRules, PrefixLimit
from appliance.defaults.plan import default_plan
from appliance.telephony.call import CallResult, CallState, HangUpCause, LineState, StepKind
from appliance.telephony.ids import AgentId, CallId, SeatId
from appliance.telephony.number import NumberClass
from appliance.wire.facts import CallRecord
from appliance.wire.messagebook import BookedMessage, MessageBook, MessageBox, write_messagebook
from appliance.wire.messages import Dial, ReloadMessages
from drivers.sim.card import SimCard
from drivers.sim.directory import DirectoryEntry, FarOutcome
from drivers.sim.phone import Phone
from drivers.sim.profile import HangUpShown, LineProfile

from .box import MONDAY_MORNING, Box, conversation
from .drawing import node, plan_of

PLAN = default_plan("铜陵广电", "0562-96599", "0562")
MOBILE, ABROAD = "13900000002", "0014155550100"


def card() -> SimCard:
    busy = [
        DirectoryEntry(number, FarOutcome.BUSY) for number in (MOBILE, "13900000003", ABROAD, "10086", "110", "120")
    ]
    return SimCard(lines=[LineProfile(hang_up=HangUpShown.POLARITY)] * 4, directory=tuple(busy), paced=False)


def run(tmp_path: Path, script: Callable[[Box], Awaitable[None]], plan: CallPlan = PLAN) -> Box:
    return conversation(tmp_path, script, card=card, plan=plan)


async def dials(box: Box, phone: Phone, digits: str) -> CallRecord:
    """Lift, dial, wait for the record, put the phone down."""
    number = len(box.records) + 1
    phone.lift()
    await box.passes(1)
    phone.press(digits)
    record = await box.record(number, within_s=60)
    phone.hang_up()
    await box.passes(1)
    return record


def why(record: CallRecord) -> str:
    """What the bureau reads about the refusal."""
    return " ".join(step.note for step in record.steps if step.kind is StepKind.REFUSED)


def is_refused(record: CallRecord) -> bool:
    refused = (record.result, record.hang_up_cause) == (CallResult.REJECTED, HangUpCause.NOT_ALLOWED)
    return refused and record.line is None and bool(why(record))


@pytest.mark.parametrize("signed_in", [True, False])
def test_international_from_a_phone_redialled_and_clicked(tmp_path: Path, signed_in: bool) -> None:
    async def script(box: Box) -> None:
        phone = box.phone("801")
        if signed_in:
            box.sign_in("1001", "1")
        assert is_refused(await dials(box, phone, f"9{ABROAD}#"))
        assert is_refused(await dials(box, phone, "*17"))
        await box.command(Dial(seq=1, seat=SeatId("1"), number=ABROAD))
        await box.rings(phone)
        phone.lift()
        record = await box.record(3)
        assert is_refused(record)
        assert "国际长途" in why(record)
        phone.hang_up()
        assert all(line.state is LineState.IDLE for line in box.engine.switch.lines.values())

    run(tmp_path, script)


@pytest.mark.parametrize("number", [ABROAD, "1790900141555", "16812345", "95013123456", "008613905620001"])
def test_calling_back_a_spoofed_caller(tmp_path: Path, number: str) -> None:
    """A message was left with a number that costs: key 5 does not call it."""

    async def script(box: Box) -> None:
        box.sign_in("1001", "1")
        message = BookedMessage(call_id=CallId("m"), path="voicemail/none.wav", at="2026-11-02T08:00", number=number)
        write_messagebook(
            box.data / "messages.json", MessageBook(boxes=(MessageBox(agent=AgentId("1001"), messages=(message,)),))
        )
        await box.command(ReloadMessages(seq=1))
        phone = box.phone("801")
        phone.lift()
        await box.passes(1)
        phone.press("*15")
        await box.passes(3)
        phone.press("5")  # keyed ahead
        assert is_refused(await box.record())
        phone.hang_up()

    run(tmp_path, script)


@pytest.mark.parametrize("digits", ["90#", "900#", "91", "9*#", "9#"])
def test_a_number_too_short_for_a_line_gets_none(tmp_path: Path, digits: str) -> None:
    """With the line in hand the rest could be keyed straight to the exchange."""

    async def script(box: Box) -> None:
        phone = box.phone("801")
        phone.lift()
        await box.passes(1)
        phone.press(digits)
        await box.passes(8)
        phone.press(ABROAD)
        await box.passes(8)
        assert all(line.state is LineState.IDLE for line in box.engine.switch.lines.values())
        phone.hang_up()
        await box.passes(1)
        assert box.records == []

    run(tmp_path, script)


@pytest.mark.parametrize("number", ["17909", "1790", "17951", "12593", "10193", "950", "9501"])
def test_the_beginning_of_a_dear_number_is_not_dialled(tmp_path: Path, number: str) -> None:
    """Carrier selection alone is no number: the exchange would wait for the rest, from the phone's own keys."""

    async def script(box: Box) -> None:
        box.sign_in("1001", "1")
        assert is_refused(await dials(box, box.phone("801"), f"9{number}#"))

    run(tmp_path, script)


@pytest.mark.parametrize(("first", "then"), [("9600", "12345"), ("96880", "12345")])
def test_a_harmless_beginning_dialled_on_before_the_answer(tmp_path: Path, first: str, then: str) -> None:
    """The exchange would take further digits for more of the number: the line is dropped at the first that matter."""

    async def script(box: Box) -> None:
        box.sign_in("1001", "1")
        phone = box.phone("801")
        phone.lift()
        await box.passes(1)
        phone.press(f"9{first}#")
        await box.until(lambda: any(line.state is LineState.DIALING for line in box.engine.switch.lines.values()), 10)
        await box.passes(2)
        phone.press(then)
        record = await box.record(within_s=5)
        assert (record.result, record.hang_up_cause) == (CallResult.REJECTED, HangUpCause.NOT_ALLOWED)
        assert why(record)
        assert any(first in step.number and step.kind is StepKind.REFUSED for step in record.steps)
        phone.hang_up()
        await box.passes(1)

    run(tmp_path, script)


def test_keys_for_a_menu_at_the_far_end_are_not_taken_for_fraud(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        phone = box.phone("801")
        phone.lift()
        await box.passes(1)
        phone.press("910000#")
        await box.until(lambda: any(line.state is LineState.DIALING for line in box.engine.switch.lines.values()), 10)
        await box.passes(2)
        phone.press("12")
        await box.passes(2)
        assert any(call.state is not CallState.ENDED for call in box.engine.switch.book)
        phone.hang_up()
        assert (await box.record()).hang_up_cause is HangUpCause.HOOK

    run(tmp_path, script)


@pytest.mark.slow
def test_200_calls_an_hour_from_one_seat(tmp_path: Path) -> None:
    """Sixty go (nobody answers in time), the others are refused, and the next seat is not concerned."""

    async def script(box: Box) -> None:
        phone, records = box.phone("801"), []
        for _ in range(200):
            records.append(await dials(box, phone, f"9{MOBILE}"))
            if box.engine.switch.now().hour > 9:
                break
        in_hour = [record for record in records if record.started_at < "2026-11-02T10:00"]
        refused = [record for record in in_hour if record.result is CallResult.REJECTED]
        assert len(in_hour) - len(refused) == 60
        assert len(in_hour) > 150
        assert all(is_refused(record) and "一小时内已外呼 60 次" in why(record) for record in refused)
        assert (await dials(box, box.phone("802"), f"9{MOBILE}")).result is CallResult.BUSY

    run(tmp_path, script)


def test_limits_by_prefix_and_day(tmp_path: Path) -> None:
    dial = DialRules(calls_per_day=3, prefix_limits=(PrefixLimit(prefix="139", calls_per_hour=2),))

    async def script(box: Box) -> None:
        one, two = box.phone("801"), box.phone("802")
        assert (await dials(box, one, f"9{MOBILE}")).result is CallResult.BUSY
        assert (await dials(box, two, "913900000003")).result is CallResult.BUSY
        third = await dials(box, one, f"9{MOBILE}")
        assert is_refused(third)
        assert "139" in why(third)
        assert not is_refused(await dials(box, one, "910086#"))
        assert not is_refused(await dials(box, one, "910086#"))
        last = await dials(box, one, "910086#")
        assert is_refused(last)
        assert "24 小时" in why(last)
        assert (await dials(box, one, "9120")).result is not CallResult.REJECTED, "emergency numbers always go"

    run(tmp_path, script, msgspec.structs.replace(PLAN, dial=dial))


def test_an_unattended_phone_dials_nobody_if_the_bureau_wants_so(tmp_path: Path) -> None:
    plan = msgspec.structs.replace(PLAN, dial=DialRules(signed_in_only=True))

    async def script(box: Box) -> None:
        phone = box.phone("801")
        record = await dials(box, phone, f"9{MOBILE}")
        assert is_refused(record)
        assert "签入" in why(record)
        assert (await dials(box, phone, "9110")).result is not CallResult.REJECTED
        box.sign_in("1001", "1")
        assert (await dials(box, phone, f"9{MOBILE}")).result is CallResult.BUSY

    run(tmp_path, script, plan)


def test_rights_of_the_agent_count_not_of_the_phone(tmp_path: Path) -> None:
    agents = (
        Agent(id=AgentId("1001"), name="值班长", rights=(*NumberClass,)),
        Agent(id=AgentId("1002"), name="实习生", rights=(NumberClass.LOCAL,)),
    )

    async def script(box: Box) -> None:
        phone = box.phone("801")
        box.sign_in("1001", "1")
        assert not is_refused(await dials(box, phone, f"9{ABROAD}#"))
        box.engine.commands.sign_out(AgentId("1001"))
        box.sign_in("1002", "1")
        assert is_refused(await dials(box, phone, f"9{MOBILE}"))
        assert is_refused(await dials(box, phone, "*17"))

    run(tmp_path, script, msgspec.structs.replace(PLAN, agents=agents))


def by_keyed_number() -> CallPlan:
    """A flow that dials whatever its caller keys."""
    return plan_of(
        node(
            "ask",
            "collect",
            {"prompts": ["enter_number"], "variable": "to"},
            done="out",
            invalid="bye",
            no_input="bye",
        ),
        node("out", "dial", {"number": "{to}", "ring_s": 20}, busy="bye", no_answer="bye", no_line="bye"),
    )


@pytest.mark.parametrize(
    ("keyed", "then"), [(f"{ABROAD}#", ""), ("17909#", ABROAD), ("95013123456#", ""), ("9600#", "12345")]
)
def test_a_caller_dials_out_through_a_flow(tmp_path: Path, keyed: str, then: str) -> None:
    async def script(box: Box) -> None:
        caller = box.outside("13905621234")
        caller.call("13905621234")
        await box.answered(caller)
        await box.passes(3)
        caller.press(keyed)
        await box.passes(8)
        if then and box.engine.switch.lines[4].state is LineState.DIALING:
            caller.press(then)
        record = await box.record(within_s=60)
        assert why(record)
        assert [step.note for step in record.steps if step.kind is StepKind.DIAL_FAILED]
        assert record.connected_at is None
        await box.passes(5)
        assert {line.state for line in box.engine.switch.lines.values()} == {LineState.IDLE}

    run(tmp_path, script, by_keyed_number())


@pytest.mark.parametrize(("hours", "allowed"), [(0.1, False), (1.5, True)])
def test_a_restart_of_the_engine_forgives_nobody(tmp_path: Path, hours: float, allowed: bool) -> None:
    """The limits of the hour count on from the journal; an hour later they are over."""
    rules = msgspec.structs.replace(
        PLAN.dial, calls_per_hour=2, prefix_limits=(PrefixLimit(prefix="139", calls_per_hour=2),)
    )
    plan = msgspec.structs.replace(PLAN, dial=rules)

    async def before(box: Box) -> None:
        box.sign_in("1001", "1")
        for _ in range(2):
            assert not is_refused(await dials(box, box.phone("801"), f"9{MOBILE}"))

    async def after(box: Box) -> None:
        if "1002" not in {agent.id for agent in box.engine.switch.roster}:
            box.sign_in("1002", "2")
        assert is_refused(await dials(box, box.phone("801"), f"9{MOBILE}")) is not allowed
        assert is_refused(await dials(box, box.phone("802"), f"9{MOBILE}")) is not allowed, "the prefix as well"

    conversation(tmp_path, before, card=card, plan=plan)
    conversation(tmp_path, after, card=card, plan=plan, start=MONDAY_MORNING + timedelta(hours=hours))
