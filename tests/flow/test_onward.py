"""A caller goes back into queues and flows after a conversation, or moved by a supervisor: one call, one record."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from appliance.callplan import CallPlan
from appliance.defaults.plan import default_plan
from appliance.telephony.call import AgentState, CallResult, CallState, LineState, Side, StepKind
from appliance.telephony.ids import SeatId
from appliance.wire.messages import ScreenPop
from appliance.wire.softkeys import HoldCall, MoveCaller, Transfer, TransferTo
from drivers.sim.caller import CallerState, OutsideCaller
from drivers.sim.card import SimCard
from drivers.sim.profile import HangUpShown, LineProfile

from .box import Box, conversation, correlation
from .seatkeys import SEAT, flash, hear, kinds, refusal, says, view, voice


def card() -> SimCard:
    lines = [LineProfile(hang_up=HangUpShown.POLARITY, polarity_on_answer=True)] * 4
    return SimCard(lines=lines, paced=False)


def plan(**queue: object) -> CallPlan:
    """The default plan; `queue` changes all its queues."""
    base = default_plan("铜陵广电", "0562-96599", "0562")
    queues = tuple(msgspec.structs.replace(each, **queue) for each in base.queues)
    return msgspec.structs.replace(base, queues=queues)


@pytest.mark.parametrize("by_phone", [False, True])
def test_a_caller_is_transferred_to_a_queue_and_served_there(tmp_path: Path, by_phone: bool) -> None:
    """(S013) (S015) Music again, then the next agent's phone and screen; the recording goes on in the same file."""
    first, second = voice(91), voice(92)

    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        box.sign_in("1002", "2")
        await says(box, phone, first)
        if by_phone:
            await flash(box, phone, "*72")
        else:
            await box.command(Transfer(seat=SEAT, to=TransferTo.QUEUE, target="service"))
        colleague = box.phone("802")
        await box.rings(colleague)
        assert view(box).queue == "service"
        phone.hang_up()
        await box.passes(1)
        assert caller.ear.level_dbm0() > -40, "music"
        assert box.agent_state("1001") in {AgentState.WRAP_UP, AgentState.IDLE}
        colleague.lift()
        await box.in_state(CallState.CONNECTED)
        assert await hear(box, colleague, caller, second)
        caller.hang_up()
        record = await box.record()
        assert (record.result, record.queue) == (CallResult.TALKED, "service")
        assert record.agents == ("1001", "1002")
        assert record.transfers == ("queue:service",)
        right = box.recording(record)[:, 1]
        assert correlation(right, first) > 0.85
        assert correlation(right, second) > 0.85
        pops = [event.seat for event in box.events if isinstance(event, ScreenPop)]
        assert pops == ["1", "2"]
        colleague.hang_up()

    conversation(tmp_path, script, card=card)


def test_a_transfer_to_a_queue_where_nobody_answers_ends_as_the_flow_says(tmp_path: Path) -> None:
    """(S024) The drawn exits behind the queue are this caller's too: voicemail."""
    message = voice(93, 3.0)

    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        await box.command(Transfer(seat=SEAT, to=TransferTo.QUEUE, target="complaint"))
        phone.hang_up()
        await box.until(lambda: view(box).state is CallState.IN_VOICEMAIL, 200)
        await box.passes(1)
        await says(box, caller, message)
        caller.hang_up()
        record = await box.record()
        assert record.voicemail is not None
        assert correlation(box.sound(record.voicemail.path)[:, 0], message) > 0.85
        assert record.result is CallResult.TALKED
        assert len(box.records) == 1

    conversation(tmp_path, script, card=card, plan=plan(max_attempts=1, ring_s=10.0))


@pytest.mark.parametrize("by_phone", [False, True])
def test_a_caller_is_transferred_to_a_flow_and_chooses_again(tmp_path: Path, by_phone: bool) -> None:
    """(S013) (S016) Back to the main menu; keys that were pressed in the conversation count for nothing there."""

    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        box.sign_in("1002", "2")
        caller.press("3")
        await box.passes(0.5)
        if by_phone:
            await flash(box, phone, "*79")
        else:
            await box.command(Transfer(seat=SEAT, to=TransferTo.FLOW, target="main"))
        await box.until(lambda: view(box).node == "menu")
        phone.hang_up()
        await box.passes(1)
        assert view(box).node == "menu", "the old key did not choose"
        caller.press("2")
        await box.rings(box.phone("802"))
        assert view(box).queue == "service"
        box.phone("802").lift()
        await box.in_state(CallState.CONNECTED)
        assert await hear(box, caller, box.phone("802"), voice(94))
        caller.hang_up()
        record = await box.record()
        assert record.transfers == ("flow:main",)
        assert record.agents == ("1001", "1002")
        box.phone("802").hang_up()

    conversation(tmp_path, script, card=card)


def test_the_caller_hangs_up_in_the_flow_after_the_transfer(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        await box.command(HoldCall(seat=SEAT))
        await box.in_state(CallState.HELD)
        await box.command(Transfer(seat=SEAT, to=TransferTo.FLOW, target="main"))
        phone.hang_up()
        await box.until(lambda: view(box).node == "menu")
        caller.hang_up()
        record = await box.record()
        assert (record.result, record.hang_up_side) == (CallResult.TALKED, Side.PEER)
        assert record.agent == "1001"

    conversation(tmp_path, script, card=card)


def test_an_outgoing_call_can_be_sent_into_a_flow(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        customer, phone = box.outside("13905627777"), box.phone("801")
        box.sign_in("1001", "1")
        phone.lift()
        await box.passes(1)
        phone.press("913905627777")
        await box.until(lambda: customer.state is CallerState.RINGING)
        customer.answer()
        await box.in_state(CallState.CONNECTED)
        await box.command(Transfer(seat=SEAT, to=TransferTo.FLOW, target="main"))
        phone.hang_up()
        await box.until(lambda: view(box).node == "menu")
        await box.passes(1)
        customer.press("1")
        await box.rings(phone)
        phone.lift()
        await box.in_state(CallState.CONNECTED)
        assert await hear(box, phone, customer, voice(95))
        customer.hang_up()
        record = await box.record()
        assert (record.direction.value, record.result) == ("outbound", CallResult.TALKED)
        assert record.transfers == ("flow:main",)
        phone.hang_up()
        await box.passes(3)
        assert {line.state for line in box.engine.switch.lines.values()} == {LineState.IDLE}

    conversation(tmp_path, script, card=card)


async def waiting(box: Box) -> OutsideCaller:
    """A caller waits for agent 1001, who talks with somebody else."""
    _, _ = await box.talking()
    caller = box.outside("13905620009")
    caller.call("13905620009")
    await box.answered(caller)
    caller.press("1")
    await box.until(lambda: any(call.state is CallState.QUEUED for call in box.engine.switch.book))
    return caller


def queued(box: Box) -> MoveCaller:
    call = next(call for call in box.engine.switch.book if call.state is CallState.QUEUED)
    return MoveCaller(call_id=call.id, to=TransferTo.QUEUE, target="service")


def test_a_supervisor_moves_a_waiting_caller_to_another_queue(tmp_path: Path) -> None:
    """(S049)"""

    async def script(box: Box) -> None:
        caller = await waiting(box)
        box.engine.commands.sign_in("1002", "话务员1002", SeatId("2"), ("service",))
        await box.command(queued(box))
        await box.rings(box.phone("802"))
        box.phone("802").lift()
        await box.passes(1)
        assert await hear(box, box.phone("802"), caller, voice(96))
        caller.hang_up()
        record = await box.record()
        assert record.queue == "service"
        assert StepKind.MOVED in kinds(record)
        assert record.transfers == ("queue:service",)
        box.phone("802").hang_up()

    conversation(tmp_path, script, card=card)


def test_a_supervisor_moves_a_waiting_caller_to_a_seat_a_flow_and_a_mobile(tmp_path: Path) -> None:
    """(S049) Wherever the caller is, and nobody answering brings the caller back into the queue."""

    async def script(box: Box) -> None:
        mobile = box.outside("13900000001")
        caller = await waiting(box)
        call_id = queued(box).call_id
        call = box.engine.switch.book.get(call_id)
        assert call is not None
        await box.command(MoveCaller(call_id=call_id, to=TransferTo.SEAT, target="3"))
        await box.until(lambda: call.state is CallState.QUEUED, 60)
        await box.command(MoveCaller(call_id=call_id, to=TransferTo.FLOW, target="main"))
        await box.until(lambda: call.node == "menu")
        await box.command(MoveCaller(call_id=call_id, to=TransferTo.OUTSIDE, target="13900000001"))
        await box.until(lambda: mobile.state is CallerState.RINGING)
        mobile.answer()
        await box.until(lambda: call.state is CallState.CONNECTED)
        assert await hear(box, mobile, caller, voice(97))
        assert "只能转移" in await refusal(box, MoveCaller(call_id=call_id, to=TransferTo.SEAT, target="3"))
        caller.hang_up()
        record = await box.record()
        assert record.transfers == ("flow:main", "external:13900000001")
        assert correlation(box.recording(record)[:, 1], voice(97)) > 0.85

    conversation(tmp_path, script, card=card)


def test_a_supervisor_moves_nobody_who_talks_or_is_gone(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        move = MoveCaller(call_id=view(box).call_id, to=TransferTo.QUEUE, target="service")
        assert "只能转移" in await refusal(box, move)
        caller.hang_up()
        await box.record()
        assert "已经结束" in await refusal(box, move)
        phone.hang_up()

    conversation(tmp_path, script, card=card)


def test_what_a_supervisor_asks_for_must_be_there(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller = await waiting(box)
        call_id = queued(box).call_id
        nowhere = [(TransferTo.QUEUE, "x"), (TransferTo.FLOW, "x"), (TransferTo.SEAT, "9"), (TransferTo.OUTSIDE, "1")]
        for to, target in nowhere:
            assert (await refusal(box, MoveCaller(call_id=call_id, to=to, target=target))).endswith("。")
        await box.command(MoveCaller(call_id=call_id, to=TransferTo.OUTSIDE, target="0085212345678"))
        call = box.engine.switch.book.get(call_id)
        assert call is not None
        await box.until(lambda: any(step.kind is StepKind.REFUSED for step in call.steps))
        await box.until(lambda: call.state is CallState.QUEUED)
        caller.hang_up()
        await box.record()

    conversation(tmp_path, script, card=card)


def test_the_recording_is_announced_once_before_the_conversation(tmp_path: Path) -> None:
    """(S040) The caller and the agent hear it; what is said meanwhile is not recorded."""

    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        box.sign_in("1002", "2")
        call = next(iter(box.engine.switch.book))
        await box.passes(0.5)
        assert not call.recording_on
        assert caller.ear.level_dbm0() > -45
        assert phone.ear.level_dbm0() > -45
        await box.until(lambda: call.recording_on)
        await box.passes(0.5)
        assert await hear(box, caller, phone, voice(98))
        await box.command(Transfer(seat=SEAT, to=TransferTo.SEAT, target="2"))
        phone.hang_up()
        await box.rings(box.phone("802"))
        box.phone("802").lift()
        await box.in_state(CallState.CONNECTED)
        assert await hear(box, caller, box.phone("802"), voice(99))
        caller.hang_up()
        record = await box.record()
        assert [kind for kind in kinds(record) if kind is StepKind.RECORDING_ANNOUNCED] == [
            StepKind.RECORDING_ANNOUNCED
        ]
        box.phone("802").hang_up()

    base = default_plan("铜陵广电", "0562-96599", "0562")
    rules = msgspec.structs.replace(base.recording, announcement="recording_notice")
    conversation(tmp_path, script, card=card, plan=msgspec.structs.replace(base, recording=rules))


@pytest.mark.parametrize("who", ["caller", "agent"])
def test_hanging_up_during_the_announcement(tmp_path: Path, who: str) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        await box.passes(0.5)
        (caller if who == "caller" else phone).hang_up()
        record = await box.record()
        assert record.recording is None
        phone.hang_up()

    base = default_plan("铜陵广电", "0562-96599", "0562")
    rules = msgspec.structs.replace(base.recording, announcement="recording_notice")
    conversation(tmp_path, script, card=card, plan=msgspec.structs.replace(base, recording=rules))
