"""Calls through the nodes that need a telephone: a wanted seat, a second line, a rating, a server, another language."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from appliance.callplan import CallerList, CallPlan, check_callplan
from appliance.defaults.plan import default_plan
from appliance.ivr.callerbook import CallerEntry, write_callerbook
from appliance.ivr.graph import FlowGraph, Node
from appliance.journal import read_facts
from appliance.telephony.call import AgentState, AgentStatus, CallResult, CallState, HangUpCause, LineState, Side
from appliance.telephony.ids import AgentId, FlowId, LineId, NodeId
from appliance.wire.facts import CallBackBooked, Step
from appliance.wire.messages import CallChanged, HangUpCall, ScreenPop, SetAgentStatus
from drivers.sim.card import SimCard
from drivers.sim.directory import DirectoryEntry, FarOutcome
from drivers.sim.profile import HangUpShown, LineProfile
from drivers.sim.speech import speech
from drivers.sim.steps import HangUp, Say, Voice, Wait, WaitHangUp
from tests.unit import bad_server
from tests.unit.bad_server import serving

from .box import Box, conversation, correlation

MOBILE = "13900000001"
FAR = (
    DirectoryEntry(MOBILE, FarOutcome.ANSWERS, after_s=6.0, steps=(Wait(0.5), Say(Voice(7, 4.0)), WaitHangUp())),
    DirectoryEntry("13900000002", FarOutcome.BUSY),
    DirectoryEntry("13900000003", FarOutcome.NO_ANSWER),
    DirectoryEntry(
        "13900000004", FarOutcome.ANSWERS, after_s=3.0, steps=(Wait(0.5), Say(Voice(8, 3.0)), Wait(1.0), HangUp())
    ),
)


def card() -> SimCard:
    return SimCard(lines=[LineProfile(hang_up=HangUpShown.BUSY_TONE)] * 4, directory=FAR, paced=False)


def quick_card() -> SimCard:
    return SimCard(lines=[LineProfile(hang_up=HangUpShown.POLARITY)] * 4, directory=FAR, paced=False)


def node(name: str, kind: str, params: dict[str, object] | None = None, /, **exits: str) -> Node:
    return Node(
        id=NodeId(name), kind=kind, params=params or {}, exits={key: NodeId(target) for key, target in exits.items()}
    )


def plan_of(*nodes: Node, hosts: tuple[str, ...] = (), lists: tuple[CallerList, ...] = ()) -> CallPlan:
    """A plan whose flow answers and goes on with `nodes`; `bye` says goodbye and hangs up."""
    end = (
        node("bye", "play", {"prompts": ["goodbye"]}, next="end"),
        node("end", "hangup"),
    )
    start = () if nodes[0].id == "first" else (node("first", "answer", next=nodes[0].id),)
    flow = FlowGraph(id=FlowId("main"), label="", start=NodeId("first"), nodes=(*start, *nodes, *end))
    plan = default_plan("铜陵广电", "0562-96599", "0562")
    plan = msgspec.structs.replace(plan, flows=(flow,), request_hosts=hosts, caller_lists=lists)
    assert [problem for problem in check_callplan(plan) if problem.grave] == []
    return plan


def kinds(steps: tuple[Step, ...]) -> list[str]:
    return [step.kind.value for step in steps]


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


def to_mobile(number: str, **params: object) -> CallPlan:
    exits = dict.fromkeys(("busy", "no_answer", "no_line"), "bye")
    return plan_of(node("out", "dial", {"number": number, "ring_s": 20} | params, **exits))


@pytest.mark.parametrize("music", [None, "music"])
def test_the_technicians_mobile_over_a_second_line_is_recorded(tmp_path: Path, music: str | None) -> None:
    caller_says = speech(Voice(3, 4.0))

    async def script(box: Box) -> None:
        caller = box.outside()
        caller.call("13905621234")
        await box.answered(caller)
        await box.in_state(CallState.CONNECTED, within_s=40)
        call = next(iter(box.engine.switch.book))
        taken = [line for line in box.engine.switch.lines.values() if line.call_id == call.id]
        assert [(line.plan.id, line.state) for line in taken] == [(1, LineState.TALKING), (4, LineState.TALKING)]
        await box.passes(5)
        caller.say(caller_says)
        await box.until(lambda: not caller.mouth.speaking)
        caller.hang_up()
        record = await box.record()
        assert record.result is CallResult.TALKED
        assert (record.line, record.direction.value) == (1, "inbound")
        assert record.transfers == (f"external:{MOBILE}",)
        assert record.hang_up_side is Side.PEER
        left, right = box.recording(record).T
        assert correlation(left, caller_says) > 0.9, "the caller is on the left"
        if music is None:
            assert correlation(right, speech(Voice(7, 4.0))) > 0.9, "the first words of the far end are there"
        await box.passes(3)
        assert {line.state for line in box.engine.switch.lines.values()} == {LineState.IDLE}

    plan = to_mobile(MOBILE) if music is None else to_mobile(MOBILE, music=music)
    conversation(tmp_path, script, card=card, plan=plan)


def test_when_the_mobile_hangs_up_the_flow_goes_on(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller = box.outside()
        caller.call("13905621234")
        await box.answered(caller)
        record = await box.record(within_s=60)
        assert record.result is CallResult.TALKED
        assert record.hang_up_cause is HangUpCause.FLOW_ENDED
        assert "far_end_hung_up" in kinds(record.steps)
        assert next(step.exit for step in record.steps if step.node == "out") == "served"

    conversation(tmp_path, script, card=card, plan=to_mobile("13900000004"))


@pytest.mark.parametrize(("number", "outcome"), [("13900000002", "busy"), ("13900000003", "no_answer")])
def test_a_mobile_that_is_not_reached(tmp_path: Path, number: str, outcome: str) -> None:
    async def script(box: Box) -> None:
        caller = box.outside()
        caller.call("13905621234")
        await box.answered(caller)
        record = await box.record(within_s=60)
        assert [step.note for step in record.steps if step.kind == "dial_failed"] == [outcome]
        assert record.result is CallResult.AGENT_NO_ANSWER
        assert record.recording is None
        assert not list((box.data / "recordings").rglob("*.wav"))
        await box.passes(3)
        assert {line.state for line in box.engine.switch.lines.values()} == {LineState.IDLE}

    conversation(tmp_path, script, card=card, plan=to_mobile(number))


def test_without_a_free_line_the_caller_is_told(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller = box.outside()
        caller.call("13905621234", line=box.engine.switch.lines[LineId(1)].port)
        await box.answered(caller)
        record = await box.record(within_s=40)
        assert [step.note for step in record.steps if step.kind == "dial_failed"] == ["no_line"]

    plan = to_mobile(MOBILE)
    lines = tuple(msgspec.structs.replace(line, outgoing=line.id == 1) for line in plan.lines)
    conversation(tmp_path, script, card=card, plan=msgspec.structs.replace(plan, lines=lines))


def test_a_supervisor_ends_the_whole_call_not_its_second_line(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller = box.outside()
        caller.call("13905621234", line=box.engine.switch.lines[LineId(4)].port)
        await box.answered(caller)
        await box.in_state(CallState.CONNECTED, within_s=40)
        await box.command(HangUpCall(call_id=next(iter(box.engine.switch.book)).id))
        record = await box.record()
        assert (record.hang_up_side, record.hang_up_cause) == (Side.SYSTEM, HangUpCause.SUPERVISOR)

    conversation(tmp_path, script, card=card, plan=to_mobile(MOBILE))


def test_overflow_from_a_queue_to_the_mobile_and_a_second_talk_in_one_recording(tmp_path: Path) -> None:
    """Nobody answers in the queue, the technician does; afterwards the caller wants the agent once more."""
    agent_says = speech(Voice(5, 3.0))
    onward = dict.fromkeys(("no_agent", "timeout", "full", "agents_no_answer"), "out")
    plan = plan_of(
        node("repair", "queue", {"queue": "repair"}, **onward),
        node("out", "dial", {"number": "13900000004"}, busy="bye", no_answer="bye", no_line="bye", served="seat"),
        node("seat", "ring", {"target": "seat", "name": "1"}, busy="bye", no_answer="bye", absent="bye"),
    )

    async def script(box: Box) -> None:
        caller, phone = box.outside(), box.phone("801")
        caller.call("13905621234")
        await box.answered(caller)
        await box.rings(phone, within_s=60)
        phone.lift()
        await box.in_state(CallState.CONNECTED)
        phone.say(agent_says)
        await box.until(lambda: not phone.mouth.speaking)
        caller.hang_up()
        record = await box.record()
        right = box.recording(record)[:, 1]
        assert correlation(right, speech(Voice(8, 3.0))) > 0.9, "the technician"
        assert correlation(right, agent_says) > 0.9, "and the seat, in the same file"

    conversation(tmp_path, script, card=card, plan=plan)


def test_call_back_is_a_fact_in_the_journal(tmp_path: Path) -> None:
    plan = plan_of(node("back", "callback", {"queue": "repair"}, booked="bye", no_number="bye"))

    async def script(box: Box) -> None:
        caller = box.outside()
        caller.call("13905621234")
        await box.answered(caller)
        await box.passes(2)
        caller.press("1")
        record = await box.record()
        assert [(step.number, step.queue) for step in record.steps if step.kind == "call_back"] == [
            ("13905621234", "repair")
        ]

    box = conversation(tmp_path, script, card=quick_card, plan=plan)
    facts = [line.fact for line in read_facts(box.data / "journal", {})]
    booked = [fact for fact in facts if isinstance(fact, CallBackBooked)]
    assert [(fact.number, fact.queue) for fact in booked] == [("13905621234", "repair")]


@pytest.mark.parametrize("key", ["", "3"])
def test_a_survey_without_a_key_is_unrated(tmp_path: Path, key: str) -> None:
    plan = plan_of(node("survey", "survey", {"tries": 1}, rated="bye", unrated="bye"))

    async def script(box: Box) -> None:
        caller = box.outside()
        caller.call("13905621234")
        await box.answered(caller)
        await box.passes(1)
        if key:
            caller.press(key)
        assert (await box.record()).rating == ("dissatisfied" if key else "unrated")

    conversation(tmp_path, script, card=quick_card, plan=plan)


def test_a_blacklisted_caller_is_never_answered_and_a_vip_goes_ahead(tmp_path: Path) -> None:
    plan = plan_of(
        node(
            "first",
            "route",
            {
                "rules": [
                    {"exit": "black", "by": "on_list", "value": "black"},
                    {"exit": "vip", "by": "level", "value": "VIP"},
                ]
            },
            black="end",
            vip="answer",
            other="end",
        ),
        node("answer", "answer", next="bye"),
        lists=(CallerList(id="black", label="黑名单", numbers=("1390000000*",)),),
    )

    async def script(box: Box) -> None:
        write_callerbook(box.data / "callerbook.json", {"13912345678": CallerEntry(name="王", level="VIP")})
        bad = box.outside("13900000005")
        bad.call("13900000005")
        record = await box.record()
        assert record.result is CallResult.REJECTED
        assert record.answered_at is None
        bad.hang_up()
        await box.passes(8)
        vip = box.outside("13912345678")
        vip.call("13912345678")
        await box.answered(vip)
        assert (await box.record(2)).result is CallResult.SELF_SERVED

    conversation(tmp_path, script, card=quick_card, plan=plan)


def test_english_is_heard_after_the_caller_chose_it(tmp_path: Path) -> None:
    plan = plan_of(
        node(
            "menu",
            "menu",
            {"prompts": ["language_menu", "language_menu.en"], "keys": [{"digit": "1"}, {"digit": "2"}]},
            **{"1": "bye", "2": "english", "invalid": "bye", "no_input": "bye"},
        ),
        node("english", "language", {"language": "en"}, next="bye"),
    )

    async def script(box: Box) -> None:
        lengths = []
        for key in "12":
            caller = box.outside(f"1390000001{key}")
            caller.call(f"1390000001{key}")
            await box.answered(caller)
            await box.passes(1)
            caller.press(key)
            record = await box.record(len(lengths) + 1)
            step = {step.node: step.at_s for step in record.steps if step.kind == "node"}
            lengths.append(step["bye"] - step["english" if key == "2" else "menu"])
            caller.hang_up()
            await box.passes(8)
        chinese, english = lengths
        own = {name: box.engine.media._prompts.clip(name).samples.size / 8000 for name in ("goodbye", "goodbye.en")}  # type: ignore[union-attr,arg-type]
        assert chinese == pytest.approx(own["goodbye"], abs=0.1)
        assert english == pytest.approx(own["goodbye.en"], abs=0.1)

    conversation(tmp_path, script, card=quick_card, plan=plan)


def asking(port: int, **params: object) -> CallPlan:
    ask = {"url": f"http://127.0.0.1:{port}/call", "timeout_s": 3, "show": [{"path": "owes", "label": "欠费"}]} | params
    return plan_of(
        node("http", "http", ask, done="seat", no_result="seat"),
        node("seat", "ring", {"target": "seat", "name": "1"}, busy="bye", no_answer="bye", absent="bye"),
        hosts=("127.0.0.1",),
    )


def test_the_servers_answer_is_on_the_screen_before_the_agent_lifts(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        async with serving(bad_server.answers(b'{"owes": 12.5}')) as server:
            box.engine.switch.load(asking(server.port))
            caller = box.outside()
            caller.call("13905621234")
            await box.answered(caller)
            await box.rings(box.phone("801"))
            assert b'"caller":"13905621234"' in server.asked[0]
            caller.hang_up()
            await box.record()

    box = conversation(tmp_path, script, card=quick_card)
    (pop,) = [event for event in box.events if isinstance(event, ScreenPop)]
    assert [(field.label, field.value) for field in pop.call.shown] == [("欠费", "12.5")]


@pytest.mark.parametrize(
    "behaviour", [bad_server.hangs, bad_server.floods, bad_server.answers(b"{oops"), bad_server.drops]
)
def test_a_bad_server_holds_up_nobody(tmp_path: Path, behaviour: bad_server.Behaviour) -> None:
    """Three callers wait for the server; a fourth talks meanwhile, and they go on in time."""

    async def script(box: Box) -> None:
        async with serving(behaviour) as server:
            box.engine.switch.load(asking(server.port, wait_prompts=[], failure_prompts=[]))
            started: list[float] = []
            for number in ("13900000021", "13900000022", "13900000023"):
                caller = box.outside(number)
                caller.call(number)
                await box.answered(caller)
                started.append(asyncio.get_running_loop().time())
            await box.until(lambda: len(box.records) == 2 or box.phone("801").ringing is not None, 10)
            phone = box.phone("801")
            await box.rings(phone, within_s=10)
            phone.lift()
            await box.in_state(CallState.CONNECTED)
            assert asyncio.get_running_loop().time() - started[0] < 3 + 3 * 6
            await box.until(lambda: len(box.records) == 2, 30)

    box = conversation(tmp_path, script, card=quick_card)
    for record in box.records:
        (step,) = [step for step in record.steps if step.node == "http"]
        assert step.exit == "no_result"
        assert step.note.startswith("v1 ")
        answered_s = next(each.at_s for each in record.steps if each.kind == "answered")
        assert step.at_s - answered_s < 3.5


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
