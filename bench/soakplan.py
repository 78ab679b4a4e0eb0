"""The office of the soak: a call plan with every way a caller can go, and a card whose lines are all different."""

from __future__ import annotations

import msgspec

from appliance.callplan import (
    CallPlan,
    DialRules,
    MissedCallRules,
    RecordingRules,
    SeizeOrder,
    SeizingRules,
    Strategy,
    check_callplan,
)
from appliance.defaults.plan import default_plan
from appliance.ivr.graph import FlowGraph, Node
from appliance.telephony.ids import FlowId, NodeId
from drivers.sim.card import SimCard
from drivers.sim.directory import DirectoryEntry, FarOutcome
from drivers.sim.profile import CallerIdSending, HangUpShown, LineProfile
from drivers.sim.steps import HangUp, Say, Voice, Wait, WaitHangUp

TECHNICIAN = "13700000001"
"""Key 6 of the menu: over a second line."""
QUEUE_KEYS = "123"
INFO_KEY, MAIL_KEY, OUTSIDE_KEY, SEAT_KEY = "4", "5", "6", "7"
LEAVE_KEY = "*"
ASKED_FLOW = FlowId("asked")
SILENCE_S = 40.0
WRAP_UP_S = 1.0

_ANSWER = (Wait(0.4), Say(Voice(7, 1.5)))
DIRECTORY = (
    DirectoryEntry(TECHNICIAN, FarOutcome.ANSWERS, after_s=2.0, steps=(*_ANSWER, Wait(2.0), HangUp())),
    DirectoryEntry("1380xxxxxxx", FarOutcome.ANSWERS, after_s=2.0, steps=(*_ANSWER, WaitHangUp())),
    DirectoryEntry("1381xxxxxxx", FarOutcome.ANSWERS, after_s=2.0, steps=(*_ANSWER, Wait(3.0), HangUp())),
    DirectoryEntry("1382xxxxxxx", FarOutcome.BUSY),
    DirectoryEntry("1383xxxxxxx", FarOutcome.NO_ANSWER),
    DirectoryEntry("1384xxxxxxx", FarOutcome.CONGESTION),
)


def card(seed: int) -> SimCard:
    """Four lines, each with another exchange's habits."""
    profiles = [
        LineProfile(caller_id=CallerIdSending.FSK, hang_up=HangUpShown.BUSY_TONE),
        LineProfile(caller_id=CallerIdSending.DTMF_AFTER_RING, hang_up=HangUpShown.CONGESTION_TONE),
        LineProfile(caller_id=CallerIdSending.FSK_V23, hang_up=HangUpShown.LOOP_BREAK),
        LineProfile(caller_id=CallerIdSending.FSK, hang_up=HangUpShown.POLARITY, polarity_on_answer=True),
    ]
    return SimCard(lines=profiles, directory=DIRECTORY, paced=False, seed=seed)


def plan(
    version: int = 1, strategy: Strategy = Strategy.LONGEST_IDLE, order: SeizeOrder = SeizeOrder.DESCENDING
) -> CallPlan:
    """The plan in force, and those that it is exchanged for in mid-traffic."""
    base = default_plan("铜陵广电", "0562-96599", "0562")
    queues = tuple(
        msgspec.structs.replace(
            queue,
            strategy=strategy,
            wrap_up_s=WRAP_UP_S,
            ring_s=6.0,
            max_attempts=3,
            max_wait_s=25.0,
            leave_key=LEAVE_KEY,
            enter_prompt=None,
            repeat_prompt=None,
            announce_position_every_s=7.0,
        )
        for queue in base.queues
    )
    made = msgspec.structs.replace(
        base,
        version=version,
        queues=queues,
        flows=(_flow(), _asked_flow()),
        missed_calls=MissedCallRules(pause_s=2.0, break_after=0),
        dial=DialRules(calls_per_hour=1000, calls_per_day=10_000, no_answer_s=15.0),
        seizing=SeizingRules(order=order, kept_for_callers=1),
        recording=RecordingRules(max_s=60.0),
        silence_hang_up_s=SILENCE_S,
        max_call_s=180.0,
    )
    assert not [problem for problem in check_callplan(made) if problem.grave]
    return made


def _flow() -> FlowGraph:
    keys = f"{QUEUE_KEYS}{INFO_KEY}{MAIL_KEY}{OUTSIDE_KEY}{SEAT_KEY}"
    targets = dict(zip(keys, ("repair", "service", "complaint", "info", "message", "outside", "seat"), strict=True))
    menu = {"prompts": ["main_menu"], "keys": [{"digit": key} for key in keys], "wait_s": 3, "tries": 1}
    leaving = dict.fromkeys(("no_agent", "timeout", "full", "agents_no_answer", "key_pressed"), "message")
    failing = {"busy": "message", "no_answer": "message", "absent": "message"}
    dialling = {"busy": "message", "no_answer": "message", "no_line": "message"}
    nodes = [
        _node("answer", "answer", next="menu"),
        _node("menu", "menu", menu, **targets, invalid="service", no_input="service"),
        _node("info", "play", {"prompts": ["goodbye"]}, next="end"),
        _node("message", "voicemail", {"box": "public"}, done="end", empty="end"),
        _node("outside", "dial", {"number": TECHNICIAN, "ring_s": 12, "max_s": 30, "music": "music"}, **dialling),
        _node("seat", "ring", {"target": "seat", "name": "2", "ring_s": 6, "music": "music"}, **failing),
        _node("end", "hangup"),
    ]
    nodes += [_node(queue, "queue", {"queue": queue}, **leaving) for queue in ("repair", "service", "complaint")]
    return FlowGraph(id=FlowId("main"), label="浸泡试验", start=NodeId("answer"), nodes=tuple(nodes))


def _asked_flow() -> FlowGraph:
    """Where an agent sends the caller in mid-call."""
    answer = _node("answer", "answer", next="said")
    said = _node("said", "play", {"prompts": ["goodbye"]}, next="back")
    return FlowGraph(id=ASKED_FLOW, label="查询", start=answer.id, nodes=(answer, said, _node("back", "hangup")))


def _node(name: str, kind: str, params: dict[str, object] | None = None, /, **exits: str) -> Node:
    return Node(id=NodeId(name), kind=kind, params=params or {}, exits={key: NodeId(to) for key, to in exits.items()})
