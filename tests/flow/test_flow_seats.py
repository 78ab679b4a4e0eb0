"""A flow wants one seat: an agent chosen by number, busy, away, not answering; then the rating."""

from __future__ import annotations

from pathlib import Path

from appliance.telephony.call import AgentState, AgentStatus, CallResult, CallState, Side
from appliance.telephony.ids import AgentId
from appliance.wire.messages import CallChanged, ScreenPop, SetAgentStatus
from drivers.sim.speech import speech
from drivers.sim.steps import Voice

from .box import Box, conversation, correlation
from .drawing import kinds, node, plan_of, quick_card

WANTED = (
    node(
        "ask",
        "collect",
        {"prompts": ["enter_number"], "max_digits": 4, "min_digits": 4},
        done="ring",
        invalid="bye",
        no_input="bye",
    ),
    node(
        "ring",
        "ring",
        {"name": "{number}", "ring_s": 12},
        busy="ask",
        no_answer="bye",
        absent="message",
        served="survey",
        failed="bye",
    ),
    node("message", "voicemail", {"box": "public"}, done="bye", empty="bye"),
    node("survey", "survey", {}, rated="bye", unrated="bye"),
)


def test_the_wanted_agent_is_rung_talks_and_is_rated(tmp_path: Path) -> None:
    said = speech(Voice(2, 4.0))

    async def script(box: Box) -> None:
        caller, phone = box.outside(), box.phone("802")
        box.sign_in("1001", "1")
        box.sign_in("1002", "2")
        caller.call("13905621234")
        await box.answered(caller)
        await box.passes(1)
        caller.press("1002")
        await box.rings(phone)
        assert box.phone("801").ringing is None
        assert box.agent_state("1002") is AgentState.OFFERED
        assert await box.hears(caller), "ring-back"
        phone.lift()
        await box.in_state(CallState.CONNECTED)
        phone.say(said)
        await box.until(lambda: not phone.mouth.speaking)
        phone.hang_up()
        await box.passes(4)
        caller.press("1")
        record = await box.record()
        assert record.result is CallResult.TALKED
        assert (record.agent, record.station, record.rating) == ("1002", "802", "satisfied")
        assert record.hang_up_side is Side.AGENT
        assert correlation(box.recording(record)[:, 1], said) > 0.9
        assert [kind for kind in kinds(record.steps) if kind in {"survey", "rated"}] == ["survey", "rated"]
        await box.passes(12)
        assert box.agent_state("1002") is AgentState.IDLE

    box = conversation(tmp_path, script, card=quick_card, plan=plan_of(*WANTED))
    assert [event.seat for event in box.events if isinstance(event, ScreenPop)] == ["2"]


def test_a_busy_agent_is_announced_and_the_caller_picks_another(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        first, second = box.outside("13900000010"), box.outside("13900000011")
        box.sign_in("1001", "1")
        box.sign_in("1002", "2")
        first.call("13900000010")
        await box.answered(first)
        first.press("1001")
        await box.rings(box.phone("801"))
        box.phone("801").lift()
        await box.in_state(CallState.CONNECTED)
        second.call("13900000011")
        await box.answered(second)
        await box.passes(1)
        second.press("1001")
        await box.passes(6)
        second.press("1002")
        await box.rings(box.phone("802"))
        assert box.phone("801").ringing is None
        box.phone("802").lift()
        await box.passes(2)
        second.hang_up()
        record = await box.record()
        assert record.agent == "1002"
        failed = [step for step in record.steps if step.kind == "ring_failed"]
        assert [(step.agent, step.note) for step in failed] == [("1001", "busy")]
        first.hang_up()
        assert (await box.record(2)).agent == "1001"

    conversation(tmp_path, script, card=quick_card, plan=plan_of(*WANTED))


def test_an_agent_who_does_not_answer_or_is_away(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller = box.outside()
        box.sign_in("1001", "1")
        caller.call("13905621234")
        await box.answered(caller)
        caller.press("1001")
        await box.rings(box.phone("801"))
        record = await box.record(within_s=40)
        assert box.phone("801").ringing is None
        assert record.result is CallResult.AGENT_NO_ANSWER
        assert box.agent_state("1001") is AgentState.IDLE
        await box.command(SetAgentStatus(agent=AgentId("1001"), status=AgentStatus.ON_BREAK))
        caller.hang_up()
        again = box.outside("13900000012")
        again.call("13900000012")
        await box.answered(again)
        again.press("1001")
        await box.in_state(CallState.IN_VOICEMAIL)
        again.hang_up()
        assert (await box.record(2)).result is CallResult.NO_AGENT

    conversation(tmp_path, script, card=quick_card, plan=plan_of(*WANTED))


def test_a_caller_who_gives_up_while_the_seat_rings(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller = box.outside()
        box.sign_in("1001", "1")
        caller.call("13905621234")
        await box.answered(caller)
        caller.press("1001")
        await box.rings(box.phone("801"))
        caller.hang_up()
        record = await box.record()
        assert record.hang_up_side is Side.PEER
        await box.until(lambda: box.phone("801").ringing is None, 5)
        assert box.agent_state("1001") is AgentState.IDLE

    conversation(tmp_path, script, card=quick_card, plan=plan_of(*WANTED))


def test_the_board_shows_where_the_caller_is(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller = box.outside()
        caller.call("13905621234")
        await box.answered(caller)
        await box.passes(1)
        assert [call.node for call in box.engine.switch.book] == ["ask"]
        caller.hang_up()
        await box.record()

    box = conversation(tmp_path, script, card=quick_card, plan=plan_of(*WANTED))
    assert any(isinstance(event, CallChanged) and event.call.node == "ask" for event in box.events)
