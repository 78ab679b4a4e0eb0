"""Plans drawn for one flow test, and the simulated card that they run on."""

from __future__ import annotations

import msgspec

from appliance.callplan import CallerList, CallPlan, check_callplan
from appliance.defaults.plan import default_plan
from appliance.ivr.graph import FlowGraph, Node
from appliance.telephony.ids import FlowId, NodeId
from appliance.wire.facts import Step
from drivers.sim.card import SimCard
from drivers.sim.directory import DirectoryEntry, FarOutcome
from drivers.sim.profile import HangUpShown, LineProfile
from drivers.sim.steps import HangUp, Say, Voice, Wait, WaitHangUp

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
