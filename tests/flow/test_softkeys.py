"""What the screen's softkeys do in a conversation, and what they refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.engine import wishes as wanted
from appliance.telephony.call import AgentState, CallState, StepKind, TalkPhase
from appliance.telephony.ids import FlowId, SeatId, StationId
from appliance.wire.messages import AnyCommand, CallChanged, PickUp
from appliance.wire.softkeys import (
    CancelConsult,
    CompleteTransfer,
    Conference,
    Consult,
    HangUpSeat,
    HoldCall,
    PauseRecording,
    PushToFlow,
    ResumeCall,
    Softkey,
    Transfer,
    TransferTo,
)

from .box import Box, conversation, correlation
from .drawing import quick_card
from .seatkeys import SEAT, flash, hear, kinds, refusal, says, view, voice


async def phase(box: Box, wanted: TalkPhase) -> None:
    await box.until(lambda: view(box).phase is wanted)


def test_hold_and_resume_from_the_screen(tmp_path: Path) -> None:
    secret, said = voice(61), voice(62)

    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        assert set(view(box).softkeys) >= {Softkey.HOLD, Softkey.CONSULT, Softkey.TRANSFER, Softkey.PUSH}
        await box.command(HoldCall(seat=SEAT))
        await phase(box, TalkPhase.HELD)
        await box.passes(1)
        assert caller.ear.level_dbm0() > -40, "music"
        assert phone.ear.level_dbm0() < -50, "the agent hears nothing, no dial tone either"
        assert not await hear(box, phone, caller, secret)
        assert set(view(box).softkeys) >= {Softkey.RESUME, Softkey.CONSULT}
        await box.passes(60)
        assert view(box).phase is TalkPhase.HELD, "as long as the agent likes"
        await box.command(ResumeCall(seat=SEAT))
        await phase(box, TalkPhase.TALKING)
        assert await hear(box, phone, caller, said)
        assert await hear(box, caller, phone, said)
        caller.hang_up()
        record = await box.record()
        right = box.recording(record)[:, 1]
        assert correlation(right, secret) < 0.3, "what the agent says while the caller is held is the agent's own"
        assert correlation(right, said) > 0.85
        phone.hang_up()

    conversation(tmp_path, script, card=quick_card)


def test_consult_cancel_consult_again_and_complete(tmp_path: Path) -> None:
    said = voice(63)

    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        colleague = box.phone("802")
        box.sign_in("1002", "2")
        await box.command(Consult(seat=SEAT, number="802"))
        await box.rings(colleague)
        assert (view(box).phase, view(box).consulting) == (TalkPhase.CALLING, "802")
        await box.command(CancelConsult(seat=SEAT))
        await phase(box, TalkPhase.TALKING)
        await box.until(lambda: colleague.ringing is None)
        await box.passes(1)
        await box.command(Consult(seat=SEAT, number="802"))
        await box.rings(colleague)
        colleague.lift()
        await phase(box, TalkPhase.CONSULTING)
        assert await hear(box, colleague, phone, said)
        await box.command(CompleteTransfer(seat=SEAT))
        await box.until(lambda: view(box).agent == "1002")
        await box.passes(0.5)
        assert await hear(box, colleague, caller, said)
        assert "没有可以" in await refusal(box, HoldCall(seat=SEAT)), "the first seat has nothing to say any more"
        await box.command(HoldCall(seat=SeatId("2")))
        await phase(box, TalkPhase.HELD)
        caller.hang_up()
        record = await box.record()
        assert record.transfers == ("agent:1002",)
        for each in (phone, colleague):
            each.hang_up()

    conversation(tmp_path, script, card=quick_card)


def test_three_at_the_softkey_and_the_third_leaves_at_the_softkey(tmp_path: Path) -> None:
    said = voice(64)

    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        colleague = box.phone("802")
        await box.command(Consult(seat=SEAT, number="802"))
        await box.rings(colleague)
        colleague.lift()
        await phase(box, TalkPhase.CONSULTING)
        await box.command(Conference(seat=SEAT))
        await phase(box, TalkPhase.CONFERENCE)
        assert await hear(box, colleague, caller, said)
        await box.command(ResumeCall(seat=SEAT))
        await phase(box, TalkPhase.TALKING)
        assert not await hear(box, colleague, caller, said)
        assert await hear(box, phone, caller, said)
        phone.hang_up()
        await box.record()
        colleague.hang_up()
        del caller

    conversation(tmp_path, script, card=quick_card)


def test_a_blind_transfer_to_a_seat_moves_phone_and_screen(tmp_path: Path) -> None:
    """(S020)"""

    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        box.sign_in("1002", "2")
        await box.command(Transfer(seat=SEAT, to=TransferTo.SEAT, target="2"))
        await box.rings(box.phone("802"))
        assert phone.ear.level_dbm0() > -40, "busy tone: done"
        phone.hang_up()
        box.phone("802").lift()
        await box.in_state(CallState.CONNECTED)
        assert await hear(box, box.phone("802"), caller, voice(65))
        box.phone("802").hang_up()
        record = await box.record()
        assert record.agents == ("1001", "1002")

    conversation(tmp_path, script, card=quick_card)


def test_a_colleague_picks_the_transferred_caller_up(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        box.sign_in("1002", "2")
        box.sign_in("1003", "3")
        await box.command(Transfer(seat=SEAT, to=TransferTo.SEAT, target="2"))
        phone.hang_up()
        await box.rings(box.phone("802"))
        await box.command(PickUp(seat=SeatId("3"), station="802"))
        await box.rings(box.phone("803"))
        box.phone("803").lift()
        await box.in_state(CallState.CONNECTED)
        await box.until(lambda: box.phone("802").ringing is None)
        assert await hear(box, box.phone("803"), caller, voice(68))
        assert box.agent_state("1002") is not AgentState.ON_CALL
        caller.hang_up()
        record = await box.record()
        assert record.agents == ("1001", "1003")
        assert record.transfers == ("agent:1003",)
        box.phone("803").hang_up()

    conversation(tmp_path, script, card=quick_card)


def test_hanging_up_at_the_screen_is_hanging_up(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        await box.command(HangUpSeat(seat=SEAT))
        record = await box.record()
        assert record.hang_up_side.value == "agent"
        await box.hears(phone)
        assert "没有通话" in await refusal(box, HangUpSeat(seat=SEAT))
        phone.hang_up()
        del caller

    conversation(tmp_path, script, card=quick_card)


NOT_TALKING: list[AnyCommand] = [
    HoldCall(seat=SEAT),
    ResumeCall(seat=SEAT),
    Consult(seat=SEAT, number="802"),
    CompleteTransfer(seat=SEAT),
    CancelConsult(seat=SEAT),
    Transfer(seat=SEAT, to=TransferTo.SEAT, target="2"),
    Conference(seat=SEAT),
    PushToFlow(seat=SEAT, flow=FlowId("main")),
    PauseRecording(seat=SEAT, on=True),
    HangUpSeat(seat=SEAT),
]


@pytest.mark.parametrize("command", NOT_TALKING, ids=lambda command: type(command).__name__)
def test_without_a_conversation_every_softkey_is_refused_in_words(tmp_path: Path, command: AnyCommand) -> None:
    async def script(box: Box) -> None:
        assert "没有" in await refusal(box, command)

    conversation(tmp_path, script, card=quick_card)


def test_what_makes_no_sense_now_is_refused_and_the_call_goes_on(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        box.phone("803").lift()
        await box.passes(0.5)
        refusals = [
            await refusal(box, command)
            for command in (
                ResumeCall(seat=SEAT),
                CompleteTransfer(seat=SEAT),
                CancelConsult(seat=SEAT),
                Conference(seat=SEAT),
                PauseRecording(seat=SEAT, on=False),
                Consult(seat=SEAT, number="801"),
                Consult(seat=SEAT, number="803"),
                Consult(seat=SEAT, number="12"),
                Transfer(seat=SEAT, to=TransferTo.SEAT, target="1"),
                Transfer(seat=SEAT, to=TransferTo.SEAT, target="9"),
                Transfer(seat=SEAT, to=TransferTo.QUEUE, target="nothing"),
                Transfer(seat=SEAT, to=TransferTo.FLOW, target="nothing"),
                PushToFlow(seat=SEAT, flow=FlowId("nothing")),
            )
        ]
        assert all(text.endswith("。") for text in refusals)
        assert view(box).phase is TalkPhase.TALKING
        assert await hear(box, phone, caller, voice(66))
        phone.hang_up()
        await box.record()
        del caller

    conversation(tmp_path, script, card=quick_card)


def test_between_two_of_our_phones_there_is_no_outside_line_queue_or_flow(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        phone, colleague, third = box.phone("801"), box.phone("802"), box.phone("803")
        phone.lift()
        await box.passes(1)
        phone.press("802")
        await box.rings(colleague)
        colleague.lift()
        await box.in_state(CallState.CONNECTED)
        assert Softkey.PUSH not in view(box).softkeys
        for command in (
            Consult(seat=SEAT, number="13905620001"),
            Transfer(seat=SEAT, to=TransferTo.OUTSIDE, target="13905620001"),
            Transfer(seat=SEAT, to=TransferTo.QUEUE, target="repair"),
            PushToFlow(seat=SEAT, flow=FlowId("main")),
        ):
            assert "内部通话" in await refusal(box, command)
        await box.command(Transfer(seat=SEAT, to=TransferTo.SEAT, target="3"))
        await box.rings(third)
        third.lift()
        await box.in_state(CallState.CONNECTED)
        assert await hear(box, third, colleague, voice(67))
        for each in (phone, colleague, third):
            each.hang_up()
        await box.record()

    conversation(tmp_path, script, card=quick_card)


def test_two_softkeys_at_once_leave_nobody_behind(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        wishes = box.engine.switch.desks[StationId("801")].wishes
        wishes.put(wanted.Consult("802"))
        wishes.put(wanted.Consult("803"))
        await box.rings(box.phone("803"))
        await box.until(lambda: box.phone("802").ringing is None)
        await box.passes(3)
        caller.hang_up()
        await box.record()
        phone.hang_up()

    conversation(tmp_path, script, card=quick_card)


@pytest.mark.parametrize("by_phone", [True, False])
def test_what_is_said_while_the_recording_is_paused_is_not_in_it(tmp_path: Path, by_phone: bool) -> None:
    """(S040) (S043) Paused and resumed by the agent; both stand in the time line, and on the screen."""
    before, secret, after = voice(71), voice(72), voice(73)

    async def toggle(box: Box, on: bool) -> None:
        if by_phone:
            await flash(box, box.phone("801"), "*70")
            await box.until(lambda: view(box).recording_paused is on and view(box).phase is TalkPhase.TALKING)
        else:
            await box.command(PauseRecording(seat=SEAT, on=on))

    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        await says(box, caller, before)
        await toggle(box, on=True)
        assert (view(box).recording, view(box).recording_paused) == (False, True)
        assert Softkey.RESUME_RECORDING in view(box).softkeys
        assert await hear(box, caller, phone, secret), "they go on talking"
        await says(box, phone, secret)
        await box.command(HoldCall(seat=SEAT))
        await phase(box, TalkPhase.HELD)
        await box.command(ResumeCall(seat=SEAT))
        await phase(box, TalkPhase.TALKING)
        assert view(box).recording_paused, "a hold does not resume it"
        await toggle(box, on=False)
        assert view(box).recording
        await says(box, caller, after)
        caller.hang_up()
        record = await box.record()
        left, right = box.recording(record).T
        assert correlation(left, before) > 0.85
        assert correlation(left, secret) < 0.3
        assert correlation(right, secret) < 0.3
        assert correlation(left, after) > 0.85
        pauses = [k for k in kinds(record) if k in {StepKind.RECORDING_PAUSED, StepKind.RECORDING_RESUMED}]
        assert pauses == [StepKind.RECORDING_PAUSED, StepKind.RECORDING_RESUMED]
        phone.hang_up()

    conversation(tmp_path, script, card=quick_card)


def test_a_pause_ends_with_its_agent(tmp_path: Path) -> None:
    """The colleague who gets the call is recorded."""
    said = voice(74)

    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        box.sign_in("1002", "2")
        await box.command(PauseRecording(seat=SEAT, on=True))
        await box.command(Transfer(seat=SEAT, to=TransferTo.SEAT, target="2"))
        phone.hang_up()
        await box.rings(box.phone("802"))
        box.phone("802").lift()
        await box.in_state(CallState.CONNECTED)
        await says(box, box.phone("802"), said)
        caller.hang_up()
        record = await box.record()
        assert correlation(box.recording(record)[:, 1], said) > 0.85
        box.phone("802").hang_up()

    conversation(tmp_path, script, card=quick_card)


def test_every_change_reaches_the_screen_as_an_event(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        colleague = box.phone("802")
        box.events.clear()
        await box.command(Consult(seat=SEAT, number="802"))
        await box.rings(colleague)
        colleague.lift()
        await phase(box, TalkPhase.CONSULTING)
        await box.command(Conference(seat=SEAT))
        await phase(box, TalkPhase.CONFERENCE)
        colleague.hang_up()
        await phase(box, TalkPhase.TALKING)
        caller.hang_up()
        await box.record()
        phone.hang_up()
        phases = [event.call.phase for event in box.events if isinstance(event, CallChanged)]
        seen = [each for n, each in enumerate(phases) if n == 0 or each is not phases[n - 1]]
        assert seen == [
            TalkPhase.HELD,
            TalkPhase.CALLING,
            TalkPhase.CONSULTING,
            TalkPhase.CONFERENCE,
            TalkPhase.TALKING,
            None,
        ]

    conversation(tmp_path, script, card=quick_card)
