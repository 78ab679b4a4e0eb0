"""Made-up calls and searches with the proportions of a county cable-TV bureau, for tests and measurements.

Everything follows from the seed. Four lines, a dozen agents, three queues, two flows, about a quarter of the calls from
customers on file.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from appliance.store.customers import CustomerDraft
from appliance.telephony.call import CallerIdKind, CallResult, Direction, HangUpCause, NoRecordingReason, Side, StepKind
from appliance.telephony.ids import AgentId, BoxId, CallId, LineId, QueueId, SeatId, StationId
from appliance.wire.facts import CallRecord, Recording, Step, Voicemail

AREA_CODE = "0562"
AGENTS = tuple(f"10{number:02}" for number in range(1, 13))
QUEUES = ("repair", "business", "Complaint")
FLOWS = {"main": ("welcome", "menu", "hours", "q_repair", "q_business"), "night": ("closed", "menu", "box")}
STATUSES = ("正常", "欠费停机", "报停", "新装", "销户")
LEVELS = ("普通", "银卡", "金卡")
AREAS = ("城东", "城西", "城南", "城北", "顺安镇", "钟鸣镇", "天门镇")
RATINGS = ("satisfied", "neutral", "dissatisfied", "unrated", "")
WORDS = (
    *("机顶盒", "无信号", "遥控器", "马赛克", "宽带", "缴费", "套餐", "高清", "信号弱", "已派单", "用户", "上门"),
    *("重启后正常", "智能卡", "E01", "Err-48", "ＣＡ卡", "停电", "光缆", "整改"),
)
SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡林郭何高罗"
GIVEN = "伟芳娜敏静强磊军洋勇艳杰娟涛明超秀霞平刚桂英华建国红玉兰"
STREETS = ("长江路", "北京路", "义安大道", "石城路", "翠湖一路", "铜官大道", "建设新村", "金山路")
_INBOUND = (
    (CallResult.TALKED, 62),
    (CallResult.HUNG_UP_IN_FLOW, 9),
    (CallResult.ABANDONED_IN_QUEUE, 8),
    (CallResult.SELF_SERVED, 6),
    (CallResult.VOICEMAIL, 4),
    (CallResult.NO_AGENT, 3),
    (CallResult.HUNG_UP_BEFORE_ANSWER, 4),
    (CallResult.AGENT_NO_ANSWER, 3),
    (CallResult.REJECTED, 0.7),
    (CallResult.LINE_FAULT, 0.3),
)
_OUTBOUND = ((CallResult.TALKED, 70), (CallResult.PEER_NO_ANSWER, 20), (CallResult.BUSY, 9), (CallResult.LINE_FAULT, 1))


@dataclass(frozen=True)
class SampleCall:
    """A record and what people did to it afterwards."""

    record: CallRecord
    reason: int | None = None
    summary: str = ""
    voicemail_state: str = "new"
    locked: bool = False
    checked: bool = False


@dataclass(frozen=True)
class Sample:
    """Where calls are taken from: `customers` are on file, `strangers` are numbers that are not."""

    seed: int
    customers: tuple[CustomerDraft, ...]
    strangers: tuple[str, ...]
    reasons: tuple[int, ...] = tuple(range(1, 30))
    start: datetime = field(default_factory=lambda: datetime.fromisoformat("2024-01-01T00:00:00+08:00"))


def make_sample(seed: int, customers: int) -> Sample:
    """A bureau with this many customers on file."""
    dice = random.Random(seed)
    numbers = random.Random(seed + 1)
    taken: set[str] = set()
    drafts = tuple(_customer(dice, numbers, taken, at) for at in range(customers))
    strangers = tuple(_number(numbers, taken) for _ in range(customers * 3))
    return Sample(seed, drafts, strangers)


def each_call(sample: Sample, count: int, mean_gap_s: float = 100.0) -> Iterator[SampleCall]:
    """Calls in the order of their start."""
    dice = random.Random(sample.seed + 2)
    moment = sample.start
    for number in range(count):
        moment += timedelta(seconds=round(dice.expovariate(1 / mean_gap_s), 3))
        if moment.hour < 7 and dice.random() < 0.9:
            moment += timedelta(hours=7 - moment.hour)
        yield _call(sample, dice, moment, number)


def _call(sample: Sample, dice: random.Random, moment: datetime, number: int) -> SampleCall:
    draw = dice.random()
    direction = Direction.INBOUND if draw < 0.78 else Direction.OUTBOUND if draw < 0.97 else Direction.INTERNAL
    results, weights = zip(*(_INBOUND if direction is Direction.INBOUND else _OUTBOUND), strict=True)
    result = dice.choices(results, weights)[0]
    talked = result is CallResult.TALKED
    outside = direction is not Direction.INTERNAL
    queued = direction is Direction.INBOUND and result in {
        CallResult.TALKED, CallResult.ABANDONED_IN_QUEUE, CallResult.AGENT_NO_ANSWER, CallResult.NO_AGENT,
    }  # fmt: skip
    queue = QueueId(dice.choice(QUEUES)) if queued else None
    agents = tuple(AgentId(agent) for agent in dice.sample(AGENTS, 2 if dice.random() < 0.06 else 1)) if talked else ()
    if direction is Direction.OUTBOUND and not agents:
        agents = (AgentId(dice.choice(AGENTS)),)
    wait_s = round(dice.expovariate(1 / 18), 2) if queued else 0.0
    talk_s = round(min(7200.0, dice.lognormvariate(4.3, 0.9)), 2) if talked else 0.0
    ring_s = round(dice.uniform(1, 12), 2)
    raw = _peer(sample, dice) if outside and dice.random() < 0.97 else ""
    recording, no_recording = _recording(dice, number, talked=talked, talk_s=talk_s)
    total_s = ring_s + wait_s + talk_s
    voicemail = None
    if result is CallResult.VOICEMAIL:
        for_agent = AgentId(dice.choice(AGENTS)) if dice.random() < 0.2 else None
        voicemail = Voicemail(path=f"voicemail/{number}.wav", length_s=20.0, box=BoxId("public"), for_agent=for_agent)
    record = CallRecord(
        call_id=CallId(f"{moment:%Y%m%d-%H%M%S}-{number:07}"),
        direction=direction,
        result=result,
        started_at=moment.isoformat(timespec="milliseconds"),
        ended_at=(moment + timedelta(seconds=total_s)).isoformat(timespec="milliseconds"),
        connected_at=(moment + timedelta(seconds=ring_s + wait_s)).isoformat(timespec="milliseconds")
        if talked
        else None,
        line=LineId(dice.choices((1, 2, 3, 4), (40, 30, 20, 10))[0]) if outside else None,
        hotline="0562-96599",
        peer_number=AREA_CODE + raw if len(raw) == 7 else raw,
        peer_number_raw=raw,
        caller_id=CallerIdKind.FSK if raw else CallerIdKind.NONE,
        queue=queue,
        agents=agents if talked else (),
        agent=agents[-1] if agents else None,
        seat=SeatId("1") if agents else None,
        station=StationId("801") if agents else None,
        ring_s=ring_s,
        wait_s=wait_s,
        talk_s=talk_s,
        total_s=round(total_s, 2),
        hang_up_side=dice.choice(tuple(Side)),
        hang_up_cause=HangUpCause.BUSY_TONE if outside else HangUpCause.HOOK,
        transfers=_transfers(dice) if talked and dice.random() < 0.05 else (),
        steps=_steps(dice, queue) if direction is Direction.INBOUND else (_DIALLED,),
        recording=recording,
        no_recording=no_recording,
        voicemail=voicemail,
        rating=dice.choices(RATINGS, (20, 5, 2, 13, 60))[0] if talked else "",
    )
    return _filed(sample, dice, record)


def _filed(sample: Sample, dice: random.Random, record: CallRecord) -> SampleCall:
    talked = record.result is CallResult.TALKED
    return SampleCall(
        record=record,
        reason=dice.choice(sample.reasons) if talked and dice.random() < 0.7 else None,
        summary=" ".join(_phrase(dice) for _ in range(dice.randint(1, 3))) if talked and dice.random() < 0.4 else "",
        voicemail_state=dice.choice(("new", "heard", "done")),
        locked=record.recording is not None and dice.random() < 0.02,
        checked=record.recording is not None and dice.random() < 0.05,
    )


def _phrase(dice: random.Random) -> str:
    return "".join(dice.choice(WORDS) for _ in range(dice.randint(1, 4)))


def _transfers(dice: random.Random) -> tuple[str, ...]:
    kind = dice.choice(("agent", "external", "conference", "senior"))
    return (f"{kind}:{'1390562' + str(dice.randint(1000, 9999)) if kind == 'external' else dice.choice(AGENTS)}",)


def _recording(
    dice: random.Random, number: int, *, talked: bool, talk_s: float
) -> tuple[Recording | None, NoRecordingReason | None]:
    if not talked:
        return None, NoRecordingReason.NOT_TALKED
    if talk_s < 5:
        return None, NoRecordingReason.TOO_SHORT
    if dice.random() < 0.03:
        return None, dice.choice((NoRecordingReason.RULE, NoRecordingReason.DISK, NoRecordingReason.FAILED))
    return Recording(path=f"recordings/{number}.wav", start_s=4.0, length_s=talk_s), None


_DIALLED = Step(at_s=0.0, kind=StepKind.DIALLED)


def _steps(dice: random.Random, queue: QueueId | None) -> tuple[Step, ...]:
    flow = "main" if dice.random() < 0.9 else "night"
    steps = [Step(at_s=0.0, kind=StepKind.RANG), Step(at_s=3.0, kind=StepKind.FLOW, flow=flow)]
    at_s = 3.0
    for node in FLOWS[flow][: dice.randint(0, len(FLOWS[flow]))]:
        digits = str(dice.choice((1, 1, 1, 2, 2, 3, 0))) if node == "menu" else ""
        steps.append(Step(at_s=at_s, kind=StepKind.NODE, flow=flow, node=node, label=node, digits=digits, exit="done"))
        at_s += dice.randint(1, 8)
    if queue is not None:
        steps.append(Step(at_s=at_s, kind=StepKind.QUEUED, queue=queue))
    return tuple(steps)


def _peer(sample: Sample, dice: random.Random) -> str:
    if sample.customers and dice.random() < 0.25:
        return dice.choice(dice.choice(sample.customers).numbers)
    return dice.choice(sample.strangers) if sample.strangers else "13905620000"


def _customer(dice: random.Random, numbers: random.Random, taken: set[str], at: int) -> CustomerDraft:
    return CustomerDraft(
        name=dice.choice(SURNAMES) + "".join(dice.choice(GIVEN) for _ in range(dice.randint(1, 2))),
        code=f"C{at:06}",
        card=f"8{dice.randint(10**13, 10**14 - 1)}",
        address=f"{dice.choice(STREETS)}{dice.randint(1, 300)}号{dice.randint(1, 30)}栋{dice.randint(101, 2602)}室",
        status=dice.choices(STATUSES, (80, 9, 5, 4, 2))[0],
        level=dice.choices(LEVELS, (80, 15, 5))[0],
        area=dice.choice(AREAS),
        numbers=tuple(_number(numbers, taken) for _ in range(dice.choice((1, 1, 2)))),
    )


def _number(dice: random.Random, taken: set[str]) -> str:
    while True:
        if dice.random() < 0.4:
            number = f"2{dice.randint(100000, 999999)}"
        else:
            number = f"{dice.choice(('139', '138', '150', '187', '177'))}0562{dice.randint(0, 9999):04}"
            number = number if dice.random() < 0.3 else f"{number[:3]}{dice.randint(10**7, 10**8 - 1)}"
        if number not in taken:
            taken.add(number)
            return number
