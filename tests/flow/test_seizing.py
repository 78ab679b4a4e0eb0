"""Outgoing calls take lines in the plan's order, leave some to callers, and lose to a caller who rings meanwhile."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from appliance.callplan import CallPlan, SeizeOrder, SeizingRules
from appliance.defaults.plan import default_plan
from appliance.telephony.call import CallResult, CallState, HangUpCause, LineState
from appliance.telephony.ids import LineId
from drivers.signals import RingStarted
from drivers.sim.card import SimCard
from drivers.sim.directory import DirectoryEntry, FarOutcome
from drivers.sim.phone import Phone
from drivers.sim.profile import HangUpShown, LineProfile
from drivers.sim.steps import Say, Voice, Wait, WaitHangUp

from .box import Box, conversation

FAR = tuple(
    DirectoryEntry(number, FarOutcome.ANSWERS, after_s=1.0, steps=(Wait(0.3), Say(Voice(7, 2.0)), WaitHangUp()))
    for number in ("13900000001", "13900000002", "119")
)
TAKES = {
    SeizeOrder.DESCENDING: (4, 3),
    SeizeOrder.ASCENDING: (1, 2),
    SeizeOrder.LEAST_USED: (4, 3),
    SeizeOrder.MOST_IDLE: (4, 3),
    SeizeOrder.PRIORITY: (2, 4),
}


def card() -> SimCard:
    return SimCard(lines=[LineProfile(hang_up=HangUpShown.POLARITY)] * 4, directory=FAR, paced=False)


def plan_of(rules: SeizingRules) -> CallPlan:
    plan = default_plan("铜陵广电", "0562-96599", "0562")
    lines = tuple(
        msgspec.structs.replace(line, outgoing_priority=9 if line.id == LineId(2) else 0) for line in plan.lines
    )
    return msgspec.structs.replace(plan, lines=lines, seizing=rules)


async def dials(box: Box, phone: Phone, number: str) -> None:
    phone.lift()
    await box.passes(1)
    phone.press("9" + number)


def taken(box: Box) -> list[int]:
    """Lines on which a call of the box is talking or being dialled."""
    busy = {LineState.SEIZED, LineState.DIALING, LineState.TALKING}
    return [line.plan.id for line in box.engine.switch.lines.values() if line.state in busy]


@pytest.mark.parametrize("order", SeizeOrder)
def test_lines_are_taken_in_the_order_of_the_plan(tmp_path: Path, order: SeizeOrder) -> None:
    """Two agents dial out one after the other; then the first line used is least wanted by the fair orders."""
    first, second = TAKES[order]

    async def script(box: Box) -> None:
        one, two = box.phone("801"), box.phone("802")
        await dials(box, one, "13900000001")
        await box.in_state(CallState.CONNECTED, 30)
        assert taken(box) == [first]
        await dials(box, two, "13900000002")
        await box.until(lambda: len(taken(box)) == 2, 30)
        assert set(taken(box)) == {first, second}
        one.hang_up()
        await box.record(1)
        two.hang_up()
        await box.record(2)
        await box.passes(2)
        await dials(box, one, "13900000001")
        await box.until(lambda: len(taken(box)) == 1, 30)
        fair = order in {SeizeOrder.LEAST_USED, SeizeOrder.MOST_IDLE}
        assert taken(box) == ([2] if fair else [first])
        one.hang_up()
        await box.passes(3)

    conversation(tmp_path, script, card=card, plan=plan_of(SeizingRules(order=order)))


@pytest.mark.parametrize("order", SeizeOrder)
def test_who_rings_while_the_line_is_taken_wins_it(tmp_path: Path, order: SeizeOrder) -> None:
    """Glare: the caller is answered on that line, the outgoing call goes on over the next one in the order."""
    first, second = TAKES[order]

    async def script(box: Box) -> None:
        phone = box.phone("801")
        seized, other = (box.engine.switch.lines[LineId(number)] for number in (first, second))
        await dials(box, phone, "13900000001")
        await box.until(lambda: seized.state is LineState.SEIZED, 20)
        # The exchange offered the call in the frame in which we went off hook: our ring detector saw the first of it.
        seized.on_signal(RingStarted(seized.port, box.engine.media.frame))
        await box.in_state(CallState.IN_FLOW, 5)
        assert seized.state is LineState.TALKING, "the caller has been answered by our going off hook"
        await box.in_state(CallState.CONNECTED, 40)
        assert other.state is LineState.TALKING
        phone.hang_up()
        await box.record(2)

    box = conversation(tmp_path, script, card=card, plan=plan_of(SeizingRules(order=order)))
    assert sorted(record.line or 0 for record in box.records) == sorted([first, second])


def test_ringing_voltage_behind_dial_tone_is_no_caller(tmp_path: Path) -> None:
    """The exchange gave dial tone: whatever then looks like ringing takes no number away half dialled."""

    async def script(box: Box) -> None:
        phone, line = box.phone("801"), box.engine.switch.lines[LineId(4)]
        await dials(box, phone, "13900000001")
        await box.until(lambda: line.tone is not None, 20)
        await box.passes(0.3)
        line.on_signal(RingStarted(line.port, box.engine.media.frame))
        await box.in_state(CallState.CONNECTED, 30)
        phone.hang_up()
        record = await box.record()
        assert (record.line, record.result) == (4, CallResult.TALKED)
        assert [placed.number for placed in box.card.exchange.placed_calls] == ["13900000001"]

    box = conversation(tmp_path, script, card=card, plan=plan_of(SeizingRules()))
    assert len(box.records) == 1


def test_the_last_free_lines_are_left_to_callers(tmp_path: Path) -> None:
    """Three of four lines are kept: the second outgoing call is refused, but help can be called."""

    async def script(box: Box) -> None:
        one, two = box.phone("801"), box.phone("802")
        await dials(box, one, "13900000001")
        await box.in_state(CallState.CONNECTED, 30)
        await dials(box, two, "13900000002")
        refused = await box.record(1, 40)
        assert (refused.result, refused.hang_up_cause) == (CallResult.BUSY, HangUpCause.NO_LINE_FREE)
        assert "留给来电" in " ".join(step.note for step in refused.steps)
        two.hang_up()
        await box.passes(2)
        caller = box.outside("13905621234")
        caller.call("13905621234")
        await box.answered(caller)
        await dials(box, two, "119")
        await box.until(lambda: len([call for call in box.engine.switch.book if call.connected_at]) == 2, 30)
        for phone in (one, two):
            phone.hang_up()
        caller.hang_up()
        await box.record(4, 40)

    conversation(tmp_path, script, card=card, plan=plan_of(SeizingRules(kept_for_callers=3)))


def test_a_line_rests_for_its_guard_time(tmp_path: Path) -> None:
    """With one line and a long guard the next outgoing call waits for the line, and a caller does not."""
    plan = default_plan("铜陵广电", "0562-96599", "0562", lines=1)
    plan = msgspec.structs.replace(plan, lines=(msgspec.structs.replace(plan.lines[0], guard_s=5.0),))

    async def script(box: Box) -> None:
        phone, line = box.phone("801"), box.engine.switch.lines[LineId(1)]
        await dials(box, phone, "13900000001")
        await box.in_state(CallState.CONNECTED, 30)
        phone.hang_up()
        await box.until(lambda: line.state is LineState.RELEASING, 5)
        await dials(box, box.phone("802"), "13900000002")
        await box.passes(2)
        assert line.state is LineState.RELEASING, "not before its time"
        await box.until(lambda: line.state is LineState.TALKING, 30)
        box.phone("802").hang_up()
        await box.until(lambda: line.state is LineState.RELEASING, 5)
        await box.passes(0.7)  # the exchange itself offers nothing sooner
        caller = box.outside("13905621234")
        caller.call("13905621234")
        await box.until(lambda: line.state is LineState.RINGING, 3.5)  # a caller is taken at once
        caller.hang_up()
        await box.passes(8)

    one_line = [LineProfile(hang_up=HangUpShown.POLARITY)]
    conversation(tmp_path, script, card=lambda: SimCard(lines=one_line, directory=FAR, paced=False), plan=plan)
