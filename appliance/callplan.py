"""The call plan: everything the engine needs to know to take calls, as one immutable value.

The web process writes `callplan.json` (validated, atomic rename); the engine reads it at start and on `ReloadCallPlan`.
A broken plan is refused with the field and what was expected, and the one in force stays in force.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec

from appliance.atomicfile import replace_file
from appliance.ivr.callerlist import CallerList as CallerList  # noqa: PLC0414 - part of the plan, as hours are
from appliance.ivr.callerlist import ListEffect as ListEffect  # noqa: PLC0414
from appliance.ivr.callerlist import ListNote as ListNote  # noqa: PLC0414
from appliance.ivr.context import PlanParts
from appliance.ivr.graph import FlowGraph
from appliance.ivr.hours import Hours as Hours  # noqa: PLC0414 - part of the plan, kept where flows can see it
from appliance.ivr.hours import Span as Span  # noqa: PLC0414
from appliance.ivr.problem import Problem, problem_of
from appliance.ivr.prompts import known_prompts
from appliance.ivr.validate import validate
from appliance.phoneplan import CallerIdToPhones as CallerIdToPhones  # noqa: PLC0414 - part of the plan
from appliance.phoneplan import FeatureCodes as FeatureCodes  # noqa: PLC0414
from appliance.phoneplan import NumberedPrompt as NumberedPrompt  # noqa: PLC0414
from appliance.phoneplan import PhoneRules as PhoneRules  # noqa: PLC0414
from appliance.phoneplan import feature_problems
from appliance.queueplan import DEFAULT_SKILL as DEFAULT_SKILL  # noqa: PLC0414 - part of the plan
from appliance.queueplan import AgentSkill as AgentSkill  # noqa: PLC0414
from appliance.queueplan import BreakReason, follow_up_problems, missing_queues, queue_problems, skill_problems
from appliance.queueplan import FollowUpOwner as FollowUpOwner  # noqa: PLC0414
from appliance.queueplan import FollowUpRules as FollowUpRules  # noqa: PLC0414
from appliance.queueplan import MissedCallRules as MissedCallRules  # noqa: PLC0414
from appliance.queueplan import Queue as Queue  # noqa: PLC0414
from appliance.queueplan import Strategy as Strategy  # noqa: PLC0414
from appliance.smsplan import SmsRules as SmsRules  # noqa: PLC0414 - part of the plan
from appliance.storageplan import StorageRules as StorageRules  # noqa: PLC0414 - part of the plan
from appliance.storageplan import storage_problems
from appliance.talkplan import CodeMeaning as CodeMeaning  # noqa: PLC0414 - part of the plan
from appliance.talkplan import TalkCode as TalkCode  # noqa: PLC0414
from appliance.talkplan import TalkRules as TalkRules  # noqa: PLC0414
from appliance.talkplan import talk_problems
from appliance.telephony.ids import AgentId, BoxId, FlowId, LineId, PromptId, QueueId, SeatId, StationId
from appliance.telephony.number import NumberClass
from drivers.base import PortId

RequestHost = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9.-]{1,253}(:\d{1,5})?$")]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=86400)]


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Line(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An outside line and how its exchange behaves. Every hang-up sign is listened for unless switched off."""

    id: LineId
    port: PortId
    label: str = ""
    number: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{0,20}$")] = ""
    """As another line of the box dials it: a line test then calls it. Empty: it is not called."""
    enabled: bool = True
    flow: FlowId | None = None
    """Inbound flow; None: the plan's default."""
    answer_after_rings: Annotated[int, msgspec.Meta(ge=1, le=10)] = 2
    """Without caller ID the box answers when this ring begins; with caller ID it answers at once."""
    hang_up_by_tone: bool = True
    hang_up_by_polarity: bool = True
    hang_up_by_loop: bool = True
    answer_by_polarity: bool = False
    """The operator provides answer reversal on this line: nothing else counts as an answer then, and it is certain.
    Off: a reversal counts as well, beside what is inferred from ring-back and voice."""
    outgoing: bool = True
    outgoing_priority: Annotated[int, msgspec.Meta(ge=0, le=99)] = 0
    """With seizing order `priority` lines with a higher one are taken first."""
    guard_s: Annotated[float, msgspec.Meta(ge=0.2, le=10)] = 1.0
    """On hook at least so long before we dial on the line again, so that the exchange sees the release."""
    echo_canceller: bool = True
    """Take our own voice's echo out of what this line's far end says."""
    rx_gain_db: Annotated[float, msgspec.Meta(ge=-20, le=20)] = 0.0
    tx_gain_db: Annotated[float, msgspec.Meta(ge=-20, le=20)] = 0.0


class Station(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An attached phone and the seat it stands at."""

    id: StationId
    port: PortId
    seat: SeatId
    label: str = ""
    enabled: bool = True


class Agent(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: AgentId
    name: str
    queues: tuple[QueueId, ...] = ()
    rights: tuple[NumberClass, ...] | None = None
    """What this agent may dial; None: as `dial.allowed` says for all."""
    skills: tuple[AgentSkill, ...] = ()
    """Levels other than 5, for queues with strategy `by_skill`."""
    pin_hash: str = ""
    """Of the PIN keyed at a phone set (`appliance/pincode.py`); empty: the agent signs in on the screen only."""
    supervises: bool = False
    """May listen to, whisper into and join calls from a phone set."""
    records_prompts: bool = False
    """May record prompts at a phone set."""


class VoicemailBox(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: BoxId
    label: str
    max_s: Seconds = 120.0
    min_s: Seconds = 1.0
    queues: tuple[QueueId, ...] = ()
    """Whose agents hear messages that are for nobody in particular; none: everybody who may hear messages."""


class RecordingRules(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether conversations are recorded; shorter ones than `min_s` are thrown away at the end.

    The exempt lists have no limit; one hit is enough for a conversation not to be recorded.
    """

    enabled: bool = True
    windows: tuple[Span, ...] = ()
    """Only conversations that begin in one of these are recorded; none: at any time."""
    exempt_agents: tuple[AgentId, ...] = ()
    exempt_lines: tuple[LineId, ...] = ()
    exempt_numbers: tuple[str, ...] = ()
    """Numbers of the other side as they stand in the call log, e.g. `13905620001`, `05622812345`."""
    min_s: Seconds = 0.0
    max_s: Seconds = 7200.0
    announcement: PromptId | None = None
    """Told to a caller (and the agent) before the first conversation that is recorded; None: nothing is told."""


class PrefixLimit(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Outside calls to numbers that begin with `prefix`, of all seats and flows together."""

    prefix: Annotated[str, msgspec.Meta(pattern=r"^[0-9]+$")]
    calls_per_hour: Annotated[int, msgspec.Meta(ge=0, le=1000)]


class DialRules(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    outside_prefix: Annotated[str, msgspec.Meta(pattern=r"^[0-9*#]$")] = "9"
    first_digit_s: Seconds = 10.0
    inter_digit_s: Seconds = 4.0
    no_answer_s: Seconds = 60.0
    """Give up an outgoing call that only rings."""
    max_digits: Annotated[int, msgspec.Meta(ge=3, le=24)] = 16
    allowed: tuple[NumberClass, ...] = (NumberClass.LOCAL, NumberClass.MOBILE, NumberClass.SERVICE)
    """What agents without rights of their own may dial; long distance, international and premium are off."""
    blocked_prefixes: tuple[Annotated[str, msgspec.Meta(pattern=r"^[0-9]+$")], ...] = ()
    calls_per_hour: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 60
    """Outside calls of one seat within an hour: more is fraud or a fault."""
    calls_per_day: Annotated[int, msgspec.Meta(ge=1, le=10000)] = 400
    """Outside calls of one seat within 24 hours."""
    prefix_limits: tuple[PrefixLimit, ...] = ()
    signed_in_only: bool = False
    """Outside calls only from phones at which somebody is signed in (emergency numbers from all)."""


class SeizeOrder(StrEnum):
    """Which of the free lines an outgoing call takes first. Where rules say nothing, the highest line first."""

    DESCENDING = "descending"
    ASCENDING = "ascending"
    LEAST_USED = "least_used"
    """The one with the fewest calls today, incoming ones counted."""
    MOST_IDLE = "most_idle"
    """The one that has been on hook longest."""
    PRIORITY = "priority"
    """By the lines' `outgoing_priority`, then the highest line."""


class SeizingRules(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How outgoing calls take lines. Exchanges hunt callers in from the lowest line up: hence the default."""

    order: SeizeOrder = SeizeOrder.DESCENDING
    kept_for_callers: Annotated[int, msgspec.Meta(ge=0, le=64)] = 0
    """So many free lines are left to callers: an outgoing call that would take the last of them is refused."""


class CallPlan(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: int
    bureau: str
    hotline: str
    """Public number of the bureau, e.g. `0562-96599`."""
    area_code: Annotated[str, msgspec.Meta(pattern=r"^0\d{2,3}$")]
    country: str = "cn"
    """Tone plan of the lines and of the phones."""
    default_flow: FlowId
    lines: tuple[Line, ...]
    stations: tuple[Station, ...]
    queues: tuple[Queue, ...]
    agents: tuple[Agent, ...] = ()
    hours: tuple[Hours, ...] = ()
    boxes: tuple[VoicemailBox, ...] = ()
    caller_lists: tuple[CallerList, ...] = ()
    request_hosts: tuple[RequestHost, ...] = ()
    """Servers that flows may ask, `192.168.1.20` or with port `erp.local:8080`; nobody else is asked."""
    flows: tuple[FlowGraph, ...]
    recording: RecordingRules = RecordingRules()
    dial: DialRules = DialRules()
    features: FeatureCodes = FeatureCodes()
    phones: PhoneRules = PhoneRules()
    talk: TalkRules = TalkRules()
    seizing: SeizingRules = SeizingRules()
    storage: StorageRules = StorageRules()
    sms: SmsRules = SmsRules()
    missed_calls: MissedCallRules = MissedCallRules()
    follow_ups: FollowUpRules = FollowUpRules()
    break_reasons: tuple[BreakReason, ...] = ()
    """What an agent can give as reason for a break; empty: anything."""
    priority_worth_s: Seconds = 120.0
    """Each step of a caller's priority counts as so many seconds of waiting: nobody is passed for ever."""
    max_call_s: Seconds = 14400.0
    silence_hang_up_s: Seconds = 600.0


class CallPlanError(Exception):
    """The call plan cannot be used; the text is a Chinese sentence with file, field and what was expected."""


def load_callplan(path: Path) -> CallPlan:
    """The plan in `path`. Raises `CallPlanError` for the first grave fault.

    A prompt without a sound is not grave: the caller misses a sentence, not the call.
    """
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        raise CallPlanError(f"读不到话务方案 {path}：{error.strerror}。请检查路径和权限。") from error
    except UnicodeDecodeError as error:
        raise CallPlanError(f"话务方案 {path} 第 {error.start + 1} 字节不是 UTF-8 文字，请另存为 UTF-8。") from error
    try:
        decoded = json.loads(text)
    except json.JSONDecodeError as error:
        expected = _syntax_sentence(error)
        raise CallPlanError(f"话务方案 {path} 第 {error.lineno} 行第 {error.colno} 列：{expected}") from error
    try:
        plan = msgspec.convert(decoded, CallPlan)
    except msgspec.ValidationError as error:
        raise _refusal(path, problem_of(error, decoded, CallPlan)) from error
    _refuse_faults(path, plan)
    return plan


def write_callplan(path: Path, plan: CallPlan) -> None:
    """Put `plan` in force at `path`, wholly or not at all. Raises `CallPlanError`; the file is then as before."""
    _refuse_faults(path, plan)
    try:
        replace_file(path, msgspec.json.format(msgspec.json.encode(plan), indent=1))
    except OSError as error:
        raise CallPlanError(f"写不了话务方案 {path}：{error.strerror}。请检查磁盘空间和权限。") from error


def plan_parts(plan: CallPlan, prompts: Collection[PromptId] | None = None) -> PlanParts:
    """What the plan's flows may refer to; `prompts` None: the built-in ones."""
    return PlanParts(
        hours={hours.id: hours for hours in plan.hours},
        queue_leave_keys={queue.id: queue.leave_key for queue in plan.queues},
        queue_surveys={queue.id: queue.survey_flow for queue in plan.queues if queue.survey},
        box_max_s={box.id: box.max_s for box in plan.boxes},
        prompts=frozenset(known_prompts() if prompts is None else prompts),
        agents=frozenset(agent.id for agent in plan.agents),
        seats=frozenset(station.seat for station in plan.stations),
        stations=frozenset(station.id for station in plan.stations),
        flows={flow.id: flow for flow in plan.flows},
        caller_lists={each.id: each for each in plan.caller_lists},
        request_hosts=frozenset(plan.request_hosts),
    )


def check_callplan(plan: CallPlan, prompts: Collection[PromptId] | None = None) -> list[Problem]:
    """Everything wrong with `plan`, each with its path from the plan's root (`flows[0].nodes[3].exits.1`).

    `prompts` are all prompts that have a sound (`known_prompts(folder)`); None: the built-in ones.
    """
    parts = plan_parts(plan, prompts)
    found = [*_check_unique(plan), *_check_references(plan), *_check_queues(plan, parts)]
    found += feature_problems(plan.features, [station.id for station in plan.stations], plan.dial.outside_prefix)
    found += storage_problems(plan.storage)
    found += talk_problems(
        plan.talk,
        plan.dial.outside_prefix,
        seats=parts.seats,
        queues=parts.queue_leave_keys.keys(),
        flows=parts.flows.keys(),
        stations=parts.stations,
    )
    for index, hours in enumerate(plan.hours):
        found += [problem.below(f"hours[{index}]") for problem in hours.problems()]
    for index, flow in enumerate(plan.flows):
        found += [_from_root(problem, flow, f"flows[{index}]") for problem in validate(flow, parts)]
    return found


def _from_root(problem: Problem, flow: FlowGraph, path: str) -> Problem:
    if problem.node is not None:
        # A repeated id is reported at its last use.
        at = max(index for index, node in enumerate(flow.nodes) if node.id == problem.node)
        path = f"{path}.nodes[{at}]"
    return problem.below(path)


def _check_unique(plan: CallPlan) -> Iterable[Problem]:
    """Ids, ports and seats that are used twice; the later one is named."""
    columns: list[tuple[str, Sequence[tuple[str, str]]]] = [
        ("编号", [(f"lines[{n}].id", str(line.id)) for n, line in enumerate(plan.lines)]),
        ("编号", [(f"stations[{n}].id", station.id) for n, station in enumerate(plan.stations)]),
        ("编号", [(f"queues[{n}].id", queue.id) for n, queue in enumerate(plan.queues)]),
        ("工号", [(f"agents[{n}].id", agent.id) for n, agent in enumerate(plan.agents)]),
        ("编号", [(f"hours[{n}].id", hours.id) for n, hours in enumerate(plan.hours)]),
        ("编号", [(f"boxes[{n}].id", box.id) for n, box in enumerate(plan.boxes)]),
        ("编号", [(f"caller_lists[{n}].id", each.id) for n, each in enumerate(plan.caller_lists)]),
        ("编号", [(f"flows[{n}].id", flow.id) for n, flow in enumerate(plan.flows)]),
        ("座席", [(f"stations[{n}].seat", station.seat) for n, station in enumerate(plan.stations)]),
        (
            "端口",
            [(f"lines[{n}].port", line.port) for n, line in enumerate(plan.lines)]
            + [(f"stations[{n}].port", station.port) for n, station in enumerate(plan.stations)],
        ),
    ]
    for word, uses in columns:
        first: dict[str, str] = {}
        for field, value in uses:
            if value in first:
                yield Problem(field=field, text=f"{word}“{value}”已在 {first[value]} 用过，不能重复。")
            first.setdefault(value, field)


def _check_references(plan: CallPlan) -> Iterable[Problem]:
    flows = {flow.id for flow in plan.flows}
    queues = {queue.id for queue in plan.queues}
    wanted = [("default_flow", plan.default_flow)]
    wanted += [(f"lines[{n}].flow", line.flow) for n, line in enumerate(plan.lines) if line.flow is not None]
    for field, flow in wanted:
        if flow not in flows:
            yield Problem(field=field, text=f"没有编号为“{flow}”的流程，请填已有流程的编号。")
    for index, agent in enumerate(plan.agents):
        for at, queue in enumerate(agent.queues):
            if queue not in queues:
                text = f"没有编号为“{queue}”的技能组，请填已有技能组的编号。"
                yield Problem(field=f"agents[{index}].queues[{at}]", text=text)
        yield from skill_problems(agent.skills, queues, f"agents[{index}]")
    for index, box in enumerate(plan.boxes):
        yield from missing_queues(box.queues, queues, f"boxes[{index}].queues")
    yield from follow_up_problems(
        plan.follow_ups, queues, {hours.id for hours in plan.hours}, {each.id for each in plan.caller_lists}
    )


def _check_queues(plan: CallPlan, parts: PlanParts) -> Iterable[Problem]:
    announcement = plan.recording.announcement
    if announcement is not None and announcement not in parts.prompts:
        text = f"没有名为“{announcement}”的提示音，请先录制或上传，或换一个。"
        yield Problem(field="recording.announcement", text=text, grave=False)
    yield from queue_problems(plan.queues, parts.flows)
    for index, queue in enumerate(plan.queues):
        for name in ("music", "enter_prompt", "repeat_prompt"):
            prompt = getattr(queue, name)
            if prompt is not None and prompt not in parts.prompts:
                text = f"没有名为“{prompt}”的提示音，请先录制或上传，或换一个。"
                yield Problem(field=f"queues[{index}].{name}", text=text, grave=False)


def _refuse_faults(path: Path, plan: CallPlan) -> None:
    grave = [problem for problem in check_callplan(plan) if problem.grave]
    if grave:
        raise _refusal(path, grave[0], others=len(grave) - 1)


def _refusal(path: Path, problem: Problem, others: int = 0) -> CallPlanError:
    where = f"的 {problem.field}" if problem.field else ""
    more = f"（另有 {others} 处问题）" if others else ""
    return CallPlanError(f"话务方案 {path} {where}：{problem.text}{more}".replace("  ", " ").replace(" ：", "："))


_SYNTAX = {
    "Expecting ',' delimiter": "这里应为逗号或右括号。",
    "Expecting ':' delimiter": "这里应为冒号。",
    "Expecting property name enclosed in double quotes": "这里应为双引号括起的名称（检查前面是否多了逗号）。",
    "Expecting value": "这里应为一个值（检查是否漏写或多了逗号）。",
    "Extra data": "方案到此已经结束，后面不应再有内容。",
    "Unterminated string starting at": "从这里开始的文字缺少右引号。",
    "Invalid control character at": "引号内不能换行。",
}


def _syntax_sentence(error: json.JSONDecodeError) -> str:
    return _SYNTAX.get(error.msg, f"不是正确的 JSON（{error.msg}）。")
