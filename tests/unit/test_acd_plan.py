"""What the call plan may say about queues."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from appliance.callplan import Agent, AgentSkill, CallPlan, Queue, check_callplan
from appliance.defaults.plan import default_plan
from appliance.telephony.ids import AgentId, QueueId

PLAN = default_plan("青阳县有线电视", "0562-96599", "0562")
REPAIR, SERVICE, COMPLAINT = (queue.id for queue in PLAN.queues)


def overflowing(**onward: str) -> CallPlan:
    queues = tuple(
        msgspec.structs.replace(queue, overflow_to=QueueId(onward[queue.id])) if queue.id in onward else queue
        for queue in PLAN.queues
    )
    return msgspec.structs.replace(PLAN, queues=queues)


def problems(plan: CallPlan) -> list[tuple[str, str]]:
    return [(problem.field, problem.text) for problem in check_callplan(plan)]


def test_queues_may_overflow_in_a_chain() -> None:
    assert problems(overflowing(repair="service", service="complaint")) == []


def test_a_queue_does_not_overflow_into_the_void() -> None:
    ((field, text),) = problems(overflowing(repair="nowhere"))
    assert field == "queues[0].overflow_to"
    assert "没有编号为“nowhere”的技能组" in text


@pytest.mark.parametrize("onward", [{"repair": "repair"}, {"repair": "service", "service": "repair"}])
def test_queues_do_not_overflow_in_a_circle(onward: dict[str, str]) -> None:
    found = problems(overflowing(**onward))
    assert [field for field, _ in found] == [f"queues[{n}].overflow_to" for n in range(len(onward))]
    assert all("会转回它自己" in text for _, text in found)


def test_a_queue_that_leads_into_a_circle_of_others_is_not_blamed() -> None:
    found = problems(overflowing(repair="service", service="complaint", complaint="service"))
    assert [field for field, _ in found] == ["queues[1].overflow_to", "queues[2].overflow_to"]


def test_skills_are_for_queues_of_the_plan() -> None:
    skills = (AgentSkill(queue=REPAIR, level=9), AgentSkill(queue=QueueId("other"), level=1))
    plan = msgspec.structs.replace(PLAN, agents=(Agent(id=AgentId("1001"), name="王芳", skills=skills),))
    assert [field for field, _ in problems(plan)] == ["agents[0].skills[1].queue"]


@pytest.mark.parametrize("level", [0, 10])
def test_a_skill_is_from_1_to_9(level: int) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"queue": "repair", "level": level}, AgentSkill)


def test_a_queue_of_before_is_read_as_before() -> None:
    before: dict[str, Any] = {"id": "repair", "label": "报修", "strategy": "longest_idle", "max_wait_s": 60}
    assert msgspec.convert(before, Queue) == Queue(id=REPAIR, label="报修", max_wait_s=60)
