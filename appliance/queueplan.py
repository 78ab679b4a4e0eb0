"""The queue part of the call plan: queues, how good agents are at them, and what missed calls lead to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from typing import Annotated

import msgspec

from appliance.ivr.problem import Problem
from appliance.telephony.ids import AgentId, FlowId, PromptId, QueueId

Seconds = Annotated[float, msgspec.Meta(ge=0, le=86400)]
BreakReason = Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
SkillLevel = Annotated[int, msgspec.Meta(ge=1, le=9)]
DEFAULT_SKILL: SkillLevel = 5


class Strategy(StrEnum):
    """Which of the free agents of a queue is rung."""

    LONGEST_IDLE = "longest_idle"
    FEWEST_CALLS = "fewest_calls"
    """Who talked least often today; ties by longest idle."""
    ROUND_ROBIN = "round_robin"
    """One after the other in the order of the plan; the queue remembers who was rung last."""
    RING_ALL = "ring_all"
    """All free phones ring; who picks up first has the call."""
    LINEAR = "linear"
    """Always the first free one in the order of the plan."""
    BY_SKILL = "by_skill"
    """The best for this queue; ties by longest idle."""


class Queue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Waiting callers and the agents who take them: by priority, first come first served within one priority."""

    id: QueueId
    label: str
    strategy: Strategy = Strategy.LONGEST_IDLE
    max_wait_s: Seconds = 180.0
    max_waiting: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20
    ring_s: Seconds = 20.0
    """How long one agent's phone rings before the next is tried."""
    wrap_up_s: Seconds = 10.0
    music: PromptId = PromptId("music")
    enter_prompt: PromptId | None = None
    repeat_prompt: PromptId | None = None
    repeat_every_s: Seconds = 30.0
    leave_key: str = ""
    """A digit that takes the caller out by exit `key_pressed`, or empty."""
    wait_without_agents: bool = False
    """False: with nobody signed in the caller leaves at once by exit `no_agent`."""
    skill_wait_s: Seconds = 15.0
    """By skill: after each such wait the next lower level is rung as well; 0: all levels from the beginning."""
    max_attempts: Annotated[int, msgspec.Meta(ge=0, le=50)] = 0
    """Phones rung in vain for one caller until exit `agents_no_answer`, everybody again when all were tried;
    0: every agent once."""
    announce_position_every_s: Seconds = 0.0
    """The caller hears the place in the line after each such wait; 0: never."""
    announce_wait: bool = False
    """With the place also the expected wait."""
    overflow_to: QueueId | None = None
    """Where callers go when this queue is full, has nobody, or nobody answers; they keep their time of arrival."""
    overflow_after_s: Seconds = 0.0
    """Callers who waited so long go there as well, if it takes them; 0: they do not."""
    survey: bool = False
    """After a talk that the agent ended the caller is invited to rate it."""
    survey_flow: FlowId | None = None
    """The flow that asks, with a survey node in it; None: the built-in invitation."""


class AgentSkill(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How good an agent is at what a queue asks; 9 is best."""

    queue: QueueId
    level: SkillLevel


class MissedCallRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happens to an agent who lets the phone ring until the next one is tried."""

    pause_s: Seconds = 5.0
    """No other caller for so long."""
    break_after: Annotated[int, msgspec.Meta(ge=0, le=20)] = 3
    """So many in a row put the agent on a break (`未接来电`); 0: never."""


class FollowUpOwner(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who follows up unserved calls of a queue, of an area, or of an area in a queue."""

    agent: AgentId
    queue: QueueId | None = None
    """None: of any queue, and of none."""
    area: str = ""
    """Empty: of any area, and of none."""


class FollowUpRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What unserved calls and wishes to be called back become in the ledger (未接台账)."""

    due_s: Seconds = 7200.0
    """An unserved caller is to be reached within so long of office hours."""
    call_back_due_s: Seconds = 3600.0
    """Somebody who asked to be called back, within so long of office hours."""
    hours: str | None = None
    """Office hours in which the time runs; None: round the clock."""
    before_answer: bool = False
    """Also callers who hung up before the box answered."""
    owners: tuple[FollowUpOwner, ...] = ()
    """The first that fits counts; none: all agents of the queue together."""
    skip_lists: tuple[str, ...] = ()
    """Numbers of these caller lists are not followed up; those of lists that refuse callers never are."""


def overflow_problems(queues: Sequence[Queue]) -> Iterable[Problem]:
    """A queue overflows to one that is there, and never round to itself. Fields from the plan's root."""
    onward = {queue.id: queue.overflow_to for queue in queues}
    for index, queue in enumerate(queues):
        field, passed, at = f"queues[{index}].overflow_to", {queue.id}, queue.overflow_to
        if at is not None and at not in onward:
            yield Problem(field=field, text=f"没有编号为“{at}”的技能组，请填已有技能组的编号。")
        while at is not None and at not in passed:
            passed.add(at)
            at = onward.get(at)
        if at == queue.id:
            yield Problem(field=field, text=f"技能组“{queue.id}”会转回它自己，请断开这个圈。")


def skill_problems(skills: Sequence[AgentSkill], queues: Collection[QueueId], path: str) -> Iterable[Problem]:
    """Skills are for queues that are there; `path` leads to the agent."""
    for at, skill in enumerate(skills):
        if skill.queue not in queues:
            text = f"没有编号为“{skill.queue}”的技能组，请填已有技能组的编号。"
            yield Problem(field=f"{path}.skills[{at}].queue", text=text)


def missing_queues(wanted: Sequence[QueueId], queues: Collection[QueueId], path: str) -> Iterable[Problem]:
    """Every queue named in the list at `path` is there."""
    for at, queue in enumerate(wanted):
        if queue not in queues:
            yield Problem(field=f"{path}[{at}]", text=f"没有编号为“{queue}”的技能组，请填已有技能组的编号。")


def queue_problems(queues: Sequence[Queue], flows: Collection[FlowId]) -> Iterable[Problem]:
    """What contradicts itself in the queues, prompts apart. Fields from the plan's root."""
    yield from overflow_problems(queues)
    for index, queue in enumerate(queues):
        if queue.leave_key and queue.leave_key not in tuple("0123456789*#"):
            yield Problem(field=f"queues[{index}].leave_key", text="离开排队的按键应为 0–9、* 或 # 中的一个，或留空。")
        if queue.survey_flow is not None and queue.survey_flow not in flows:
            text = f"没有编号为“{queue.survey_flow}”的流程，请填已有流程的编号，或留空。"
            yield Problem(field=f"queues[{index}].survey_flow", text=text)


def follow_up_problems(
    rules: FollowUpRules, queues: Collection[QueueId], hours: Collection[str], lists: Collection[str]
) -> Iterable[Problem]:
    """What the rules of the ledger refer to is there."""
    for index, owner in enumerate(rules.owners):
        if owner.queue is not None and owner.queue not in queues:
            text = f"没有编号为“{owner.queue}”的技能组，请填已有技能组的编号。"
            yield Problem(field=f"follow_ups.owners[{index}].queue", text=text)
    if rules.hours is not None and rules.hours not in hours:
        text = f"没有编号为“{rules.hours}”的上班时间，请填已有的编号，或留空。"
        yield Problem(field="follow_ups.hours", text=text)
    for index, each in enumerate(rules.skip_lists):
        if each not in lists:
            text = f"没有编号为“{each}”的号码名单，请填已有名单的编号。"
            yield Problem(field=f"follow_ups.skip_lists[{index}]", text=text)
