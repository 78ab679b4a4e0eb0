"""The call plan's part about conversations, and where a caller is sent who leaves one."""

from __future__ import annotations

import msgspec
import pytest

from appliance.callplan import CallPlan, CodeMeaning, TalkCode, TalkRules, check_callplan, plan_parts
from appliance.defaults.plan import default_plan
from appliance.engine.call import Call
from appliance.engine.route import route_to
from appliance.ivr.graph import Node
from appliance.ivr.problem import Problem
from appliance.ivr.validate import validate
from appliance.telephony.call import Direction, StepKind
from appliance.telephony.clock import WallClock
from appliance.telephony.ids import CallId, FlowId, NodeId, QueueId
from appliance.wire.facts import Step
from appliance.wire.softkeys import TransferTo

PLAN = default_plan("铜陵广电", "0562-96599", "0562")


def problems(*codes: TalkCode) -> list[Problem]:
    plan = msgspec.structs.replace(PLAN, talk=TalkRules(codes=codes))
    return [problem for problem in check_callplan(plan) if problem.field.startswith("talk.")]


def code(keys: str, to: CodeMeaning = CodeMeaning.QUEUE, target: str = "repair") -> TalkCode:
    return TalkCode(code=keys, to=to, target=target)


def test_the_codes_of_a_new_box_are_in_order() -> None:
    assert [problem for problem in check_callplan(PLAN) if problem.field.startswith("talk.")] == []


@pytest.mark.parametrize("keys", ["8", "801", "8012", "9", "91", "*70", "*7"])
def test_a_code_that_means_something_else_as_well_is_refused(keys: str) -> None:
    (problem,) = problems(code(keys))
    assert problem.grave
    assert problem.field == "talk.codes[0].code"


def test_two_codes_of_which_one_begins_the_other_are_refused() -> None:
    assert [problem.field for problem in problems(code("*81"), code("*811"))] == ["talk.codes[1].code"]


@pytest.mark.parametrize(
    ("to", "target"),
    [
        (CodeMeaning.QUEUE, "nobody"),
        (CodeMeaning.FLOW, "nothing"),
        (CodeMeaning.PUSH, "nothing"),
        (CodeMeaning.SEAT, "9"),
        (CodeMeaning.OUTSIDE, "duty"),
    ],
)
def test_a_code_that_leads_nowhere_is_told(to: CodeMeaning, target: str) -> None:
    (problem,) = problems(code("*81", to, target))
    assert problem.field == "talk.codes[0].target"


class Nobody:
    def progressed(self, call: Call, step: Step) -> None: ...


def a_call(queue: str | None = None) -> Call:
    call = Call(CallId("c1"), Direction.INBOUND, WallClock(lambda: 0.0).now, Nobody())
    call.queue = QueueId(queue) if queue else None
    return call


def test_into_a_queue_a_caller_goes_to_its_place_in_a_flow() -> None:
    route = route_to(PLAN, a_call(), StepKind.TRANSFERRED, TransferTo.QUEUE, "complaint")
    assert (route.flow.id, route.at) == ("main", "complaint")


@pytest.mark.parametrize(
    ("to", "target"), [(TransferTo.QUEUE, "repair"), (TransferTo.SEAT, "1"), (TransferTo.OUTSIDE, "13905620001")]
)
@pytest.mark.parametrize("queue", [None, "service"])
def test_a_way_that_nobody_drew_is_a_flow_without_faults(to: TransferTo, target: str, queue: str | None) -> None:
    drawn = msgspec.structs.replace(PLAN.flows[0], id=FlowId("other"), nodes=PLAN.flows[0].nodes[:1])
    plan: CallPlan = msgspec.structs.replace(PLAN, flows=(drawn,))
    route = route_to(plan, a_call(queue), StepKind.MOVED, to, target)
    assert route.flow.id == "transfer"
    answer = Node(id=NodeId("answer"), kind="answer", exits={"next": route.flow.start})  # the journey has answered
    flow = msgspec.structs.replace(route.flow, start=answer.id, nodes=(answer, *route.flow.nodes))
    assert [problem for problem in validate(flow, plan_parts(plan)) if problem.grave] == []
