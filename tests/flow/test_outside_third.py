"""A third over a second outside line: consulted, transferred to, in a conference; recorded, within dial rights."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from appliance.callplan import CallPlan
from appliance.defaults.plan import default_plan
from appliance.telephony.call import (
    AgentState,
    CallResult,
    CallState,
    HangUpCause,
    LineState,
    Side,
    StepKind,
    TalkPhase,
)
from appliance.telephony.ids import LineId
from appliance.wire.messages import HangUpCall
from appliance.wire.softkeys import CompleteTransfer, Conference, Consult, ResumeCall, Transfer, TransferTo
from drivers.sim.caller import CallerState, OutsideCaller
from drivers.sim.card import SimCard
from drivers.sim.directory import DirectoryEntry, FarOutcome
from drivers.sim.profile import HangUpShown, LineProfile

from .box import Box, conversation, correlation
from .seatkeys import SEAT, flash, hear, kinds, refusal, says, view, voice

TECHNICIAN = "13900000001"
BUSY = "13900000002"
NOBODY = "13900000003"
DIRECTORY = (DirectoryEntry(BUSY, FarOutcome.BUSY), DirectoryEntry(NOBODY, FarOutcome.NO_ANSWER))


def card() -> SimCard:
    """Lines with answer reversal and reversal at hang-up: answers are certain and quick."""
    lines = [LineProfile(hang_up=HangUpShown.POLARITY, polarity_on_answer=True)] * 4
    return SimCard(lines=lines, directory=DIRECTORY, paced=False)


def plan(**dial: object) -> CallPlan:
    base = default_plan("铜陵广电", "0562-96599", "0562")
    rules = msgspec.structs.replace(base.dial, **({"no_answer_s": 15.0} | dial))
    return msgspec.structs.replace(base, dial=rules)


def lines_at_rest(box: Box) -> bool:
    return {line.state for line in box.engine.switch.lines.values()} == {LineState.IDLE}


async def lifts(box: Box, person: OutsideCaller) -> None:
    """Somebody outside is called, and answers."""
    await box.until(lambda: person.state is CallerState.RINGING)
    await box.passes(2)
    person.answer()
    await box.passes(1)


async def phase(box: Box, wanted: TalkPhase, within_s: float = 30.0) -> None:
    await box.until(lambda: view(box).phase is wanted, within_s)


def test_an_agent_asks_the_technician_and_hands_the_caller_over(tmp_path: Path) -> None:
    """(S021) (S022) By flash and digits; the caller hears music meanwhile, the transferred talk is recorded."""
    asks, answers, caller_says = voice(41), voice(42), voice(43)

    async def script(box: Box) -> None:
        technician = box.outside(TECHNICIAN)
        caller, phone = await box.talking()
        await flash(box, phone, f"9{TECHNICIAN}")
        await phase(box, TalkPhase.CALLING)
        assert caller.ear.level_dbm0() > -40, "music on hold"
        await lifts(box, technician)
        await phase(box, TalkPhase.CONSULTING)
        caller.ear.capture()
        assert await hear(box, phone, technician, asks), "agent and technician talk"
        assert correlation(caller.ear.captured(), asks) < 0.3, "in private"
        assert await hear(box, technician, phone, answers)
        phone.hang_up()
        await box.in_state(CallState.CONNECTED)
        await box.passes(0.5)
        assert box.agent_state("1001") is not AgentState.ON_CALL
        assert await hear(box, caller, technician, caller_says), "the caller talks with the technician"
        assert await hear(box, technician, caller, answers)
        caller.hang_up()
        record = await box.record()
        assert (record.result, record.hang_up_side) == (CallResult.TALKED, Side.PEER)
        assert record.transfers == (f"external:{TECHNICIAN}",)
        assert record.agents == ("1001",)
        left, right = box.recording(record).T
        assert correlation(left, caller_says) > 0.85
        assert correlation(right, answers) > 0.85, "the technician is recorded"
        assert correlation(right, asks) > 0.85, "and what the agent asked over the outside line"
        await box.passes(3)
        assert lines_at_rest(box)

    conversation(tmp_path, script, card=card, plan=plan())


def test_the_screen_consults_joins_three_and_leaves_the_two_alone(tmp_path: Path) -> None:
    """(S021) (S022) Three-way with somebody outside; the agent leaves, the two go on until the technician hangs up."""
    caller_says, technician_says, agent_says = voice(44), voice(45), voice(46)

    async def script(box: Box) -> None:
        technician = box.outside(TECHNICIAN)
        caller, phone = await box.talking()
        await box.command(Consult(seat=SEAT, number=TECHNICIAN))
        await lifts(box, technician)
        await phase(box, TalkPhase.CONSULTING)
        assert view(box).consulting == TECHNICIAN
        await box.command(Conference(seat=SEAT))
        await phase(box, TalkPhase.CONFERENCE)
        for speaker, listeners, what in (
            (caller, (phone, technician), caller_says),
            (technician, (phone, caller), technician_says),
            (phone, (caller, technician), agent_says),
        ):
            for listener in listeners:
                assert await hear(box, speaker, listener, what)
        await box.command(CompleteTransfer(seat=SEAT))
        await box.passes(1)
        assert await hear(box, technician, caller, technician_says)
        phone.hang_up()
        technician.hang_up()
        record = await box.record()
        assert record.hang_up_side is Side.AGENT, "the technician stood for our side"
        assert record.transfers == (f"conference:{TECHNICIAN}", f"external:{TECHNICIAN}")
        left, right = box.recording(record).T
        assert correlation(right, technician_says) > 0.85
        assert correlation(right, agent_says) > 0.85
        assert correlation(left, caller_says) > 0.85
        await box.passes(3)
        assert lines_at_rest(box)

    conversation(tmp_path, script, card=card, plan=plan())


def test_a_blind_transfer_to_the_mobile_is_recorded_from_its_first_word(tmp_path: Path) -> None:
    """(S021) (S022) The caller hears how the second line rings; the agent is free at once."""

    first_words = voice(7)

    async def script(box: Box) -> None:
        technician = box.outside(TECHNICIAN)
        caller, phone = await box.talking()
        await box.command(Transfer(seat=SEAT, to=TransferTo.OUTSIDE, target=TECHNICIAN))
        phone.hang_up()
        await box.in_state(CallState.ALERTING)
        await box.until(lambda: box.agent_state("1001") is not AgentState.ON_CALL, 3)
        await box.until(lambda: technician.state is CallerState.RINGING)
        await box.until(lambda: caller.ear.level_dbm0() > -30, 6)  # ring-back of the second line
        technician.answer()
        await says(box, technician, first_words)
        caller.hang_up()
        record = await box.record()
        assert record.transfers == (f"external:{TECHNICIAN}",)
        right = box.recording(record)[:, 1]
        assert correlation(right, first_words) > 0.85

    conversation(tmp_path, script, card=card, plan=plan())


@pytest.mark.parametrize(("number", "outcome"), [(BUSY, "busy"), (NOBODY, "no_answer")])
def test_a_mobile_that_is_not_reached_brings_the_caller_back_to_the_agent(
    tmp_path: Path, number: str, outcome: str
) -> None:
    """(S021) The agent's phone rings with the caller."""

    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        await box.command(Transfer(seat=SEAT, to=TransferTo.OUTSIDE, target=number))
        phone.hang_up()
        await box.rings(phone, within_s=40)
        phone.lift()
        await box.in_state(CallState.CONNECTED)
        assert await hear(box, phone, caller, voice(47)), "the agent has the caller back"
        caller.hang_up()
        record = await box.record()
        assert [step.note for step in record.steps if step.kind is StepKind.DIAL_FAILED] == [outcome]
        assert StepKind.TRANSFER_RETURNED in kinds(record)
        assert record.transfers == ()
        phone.hang_up()
        await box.passes(3)
        assert lines_at_rest(box)

    conversation(tmp_path, script, card=card, plan=plan())


def test_a_handset_that_was_never_put_down_has_the_caller_back_at_once(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        await box.command(Transfer(seat=SEAT, to=TransferTo.OUTSIDE, target=BUSY))
        await box.in_state(CallState.ALERTING)
        await box.in_state(CallState.CONNECTED, 30)
        assert await hear(box, caller, phone, voice(48))
        phone.hang_up()
        assert (await box.record()).hang_up_side is Side.AGENT
        del caller

    conversation(tmp_path, script, card=card, plan=plan())


def test_when_the_agent_is_gone_too_the_caller_is_queued_again(tmp_path: Path) -> None:
    """(S020) (S021) Neither the mobile nor the agent: the next agent of the queue takes over, in the same call."""

    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        box.sign_in("1002", "2")
        await box.command(Transfer(seat=SEAT, to=TransferTo.OUTSIDE, target=NOBODY))
        phone.hang_up()
        await box.rings(phone, within_s=40)
        await box.rings(box.phone("802"), within_s=60)
        box.phone("802").lift()
        await box.in_state(CallState.CONNECTED)
        assert await hear(box, box.phone("802"), caller, voice(49))
        caller.hang_up()
        record = await box.record()
        assert record.agents == ("1001", "1002")
        assert record.queue == "repair"
        assert len(box.records) == 1
        box.phone("802").hang_up()

    conversation(tmp_path, script, card=card, plan=plan())


@pytest.mark.parametrize("number", ["0085212345678", "01088886666", "16899999"])
def test_transfers_and_consultations_obey_the_dial_rights(tmp_path: Path, number: str) -> None:
    """Toll fraud: neither by phone nor by screen; every attempt is in the record."""

    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        assert "权限" in await refusal(box, Consult(seat=SEAT, number=number))
        assert "权限" in await refusal(box, Transfer(seat=SEAT, to=TransferTo.OUTSIDE, target=number))
        await flash(box, phone, f"9{number}#")
        await box.in_state(CallState.HELD)
        await box.in_state(CallState.CONNECTED, 10)
        assert all(line.plan.id == 1 or line.state is LineState.IDLE for line in box.engine.switch.lines.values())
        caller.hang_up()
        record = await box.record()
        refused = [step for step in record.steps if step.kind is StepKind.REFUSED]
        assert [step.number for step in refused] == [number] * 3
        assert StepKind.LINE_SEIZED not in kinds(record)
        phone.hang_up()

    conversation(tmp_path, script, card=card, plan=plan())


def test_the_hour_limit_counts_transfers_too(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        await box.command(Consult(seat=SEAT, number=BUSY))
        await phase(box, TalkPhase.CALLING)
        await phase(box, TalkPhase.TALKING)
        assert "上限" in await refusal(box, Consult(seat=SEAT, number=TECHNICIAN))
        caller.hang_up()
        await box.record()
        phone.hang_up()

    conversation(tmp_path, script, card=card, plan=plan(calls_per_hour=1))


def test_the_caller_hangs_up_while_the_technician_is_called(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        await box.command(Consult(seat=SEAT, number=NOBODY))
        await phase(box, TalkPhase.CALLING)
        await box.passes(4)
        caller.hang_up()
        record = await box.record()
        assert record.hang_up_side is Side.PEER
        await box.hears(phone)
        phone.hang_up()
        await box.passes(3)
        assert lines_at_rest(box)

    conversation(tmp_path, script, card=card, plan=plan())


def test_the_caller_hangs_up_while_the_mobile_rings_for_the_transfer(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        await box.command(Transfer(seat=SEAT, to=TransferTo.OUTSIDE, target=NOBODY))
        phone.hang_up()
        await box.passes(5)
        caller.hang_up()
        record = await box.record()
        assert (record.result, record.hang_up_side) == (CallResult.TALKED, Side.PEER)
        await box.passes(3)
        assert lines_at_rest(box)
        await box.passes(12)
        assert box.agent_state("1001") is AgentState.IDLE

    conversation(tmp_path, script, card=card, plan=plan())


def test_the_agent_gives_up_calling_and_has_the_caller_back(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        await box.command(Consult(seat=SEAT, number=NOBODY))
        await phase(box, TalkPhase.CALLING)
        await box.passes(1.5)
        await box.command(ResumeCall(seat=SEAT))
        await phase(box, TalkPhase.TALKING)
        assert await hear(box, phone, caller, voice(50))
        await box.passes(3)
        assert [line.plan.id for line in box.engine.switch.lines.values() if line.state is not LineState.IDLE] == [1]
        phone.hang_up()
        await box.record()
        del caller

    conversation(tmp_path, script, card=card, plan=plan())


def test_the_technician_hangs_up_and_the_flow_goes_on_for_the_caller(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        technician = box.outside(TECHNICIAN)
        caller, phone = await box.talking()
        await box.command(Transfer(seat=SEAT, to=TransferTo.OUTSIDE, target=TECHNICIAN))
        phone.hang_up()
        await lifts(box, technician)
        technician.hang_up()
        record = await box.record(within_s=60)
        assert StepKind.FAR_END_HUNG_UP in kinds(record)
        assert (record.hang_up_side, record.result) == (Side.AGENT, CallResult.TALKED)
        del caller

    conversation(tmp_path, script, card=card, plan=plan())


def test_two_outside_parties_do_not_talk_for_ever(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        technician = box.outside(TECHNICIAN)
        caller, phone = await box.talking()
        await box.command(Transfer(seat=SEAT, to=TransferTo.OUTSIDE, target=TECHNICIAN))
        phone.hang_up()
        await lifts(box, technician)
        record = await box.record(within_s=60)
        assert (record.hang_up_side, record.hang_up_cause) == (Side.SYSTEM, HangUpCause.MAX_DURATION)
        await box.passes(3)
        assert lines_at_rest(box)
        del caller

    base = plan()
    talk = msgspec.structs.replace(base.talk, forwarded_max_s=20.0)
    conversation(tmp_path, script, card=card, plan=msgspec.structs.replace(base, talk=talk))


def test_a_supervisor_ends_the_forwarded_call_whichever_line_is_first(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, technician, phone = box.outside(), box.outside(TECHNICIAN), box.phone("801")
        box.sign_in("1001", "1")
        caller.call("13905621234", line=box.engine.switch.lines[LineId(4)].port)
        await box.answered(caller)
        caller.press("1")
        await box.rings(phone)
        phone.lift()
        await box.in_state(CallState.CONNECTED)
        await box.command(Transfer(seat=SEAT, to=TransferTo.OUTSIDE, target=TECHNICIAN))
        phone.hang_up()
        await lifts(box, technician)
        await box.in_state(CallState.CONNECTED)
        await box.command(HangUpCall(call_id=view(box).call_id))
        record = await box.record()
        assert (record.hang_up_side, record.hang_up_cause) == (Side.SYSTEM, HangUpCause.SUPERVISOR)
        await box.passes(3)
        assert lines_at_rest(box)

    conversation(tmp_path, script, card=card, plan=plan())


def test_no_second_line_is_busy_tone_and_the_caller_again(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        await flash(box, phone, f"9{TECHNICIAN}")
        await phase(box, TalkPhase.CALLING)
        await phase(box, TalkPhase.TALKING)
        caller.hang_up()
        record = await box.record()
        assert [step.note for step in record.steps if step.kind is StepKind.DIAL_FAILED] == ["no_line"]
        phone.hang_up()

    base = plan()
    lines = tuple(msgspec.structs.replace(line, outgoing=False) for line in base.lines)
    conversation(tmp_path, script, card=card, plan=msgspec.structs.replace(base, lines=lines))


def test_an_outgoing_call_goes_on_with_a_colleague_outside(tmp_path: Path) -> None:
    """(S022) The agent called the customer; now the technician gets the customer, and it stays one recorded call."""
    customer_says, technician_says = voice(51), voice(52)

    async def script(box: Box) -> None:
        customer, technician, phone = box.outside("13905627777"), box.outside(TECHNICIAN), box.phone("801")
        box.sign_in("1001", "1")
        phone.lift()
        await box.passes(1)
        phone.press("913905627777")
        await lifts(box, customer)
        await box.in_state(CallState.CONNECTED)
        await box.command(Transfer(seat=SEAT, to=TransferTo.OUTSIDE, target=TECHNICIAN))
        phone.hang_up()
        await lifts(box, technician)
        await box.in_state(CallState.CONNECTED)
        assert await hear(box, customer, technician, customer_says)
        assert await hear(box, technician, customer, technician_says)
        technician.hang_up()
        record = await box.record(within_s=60)
        assert record.transfers == (f"external:{TECHNICIAN}",)
        left, right = box.recording(record).T
        assert correlation(left, customer_says) > 0.85
        assert correlation(right, technician_says) > 0.85

    conversation(tmp_path, script, card=card, plan=plan())
