"""What a witness of power cuts writes down, and the call plan of the box that is witnessed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from appliance.callplan import Agent, CallPlan
from appliance.telephony.ids import AgentId, QueueId
from tests.system.livebox import quick_plan

LINE_WITH_NUMBERS = 3


def plan_for_witness() -> CallPlan:
    """The agent serves repairs only, so that who complains leaves a message; line 3 waits for the caller's number."""
    plan = quick_plan()
    agents = (Agent(id=AgentId("1001"), name="系统管理员", queues=(QueueId("repair"),)),)
    lines = tuple(
        msgspec.structs.replace(line, answer_after_rings=2) if line.id == LINE_WITH_NUMBERS else line
        for line in plan.lines
    )
    return msgspec.structs.replace(plan, agents=agents, lines=lines)


@dataclass
class Notebook:
    """What the box acknowledged, and has to know for ever."""

    calls: dict[str, dict[str, Any]] = field(default_factory=dict)
    customers: dict[int, str] = field(default_factory=dict)
    summaries: dict[str, str] = field(default_factory=dict)
    closed: dict[str, str] = field(default_factory=dict)
    bureau: str = ""
    bureau_asked: str = ""
    """Sent and not answered: either may be."""
    running: dict[str, float] = field(default_factory=dict)
    """Calls that went on at the last cut: seconds since they were first seen."""
    recorded: dict[str, float] = field(default_factory=dict)
    """Of those the ones that were recorded: for how many seconds that was seen."""
    numbered: int = 0
    """The number of the last caller, customer, note."""
    compared: set[str] = field(default_factory=set)
    """What was found as it was acknowledged once already."""

    def next_number(self) -> int:
        """One that nobody had."""
        self.numbered += 1
        return self.numbered

    def counts(self) -> str:
        return (
            f"{len(self.calls)} calls, {len(self.customers)} customers, {len(self.summaries)} notes,"
            f" {len(self.closed)} follow-ups closed, {len(self.running)} running, {len(self.recorded)} recorded"
        )


@dataclass
class Comparison:
    """What is not as it was acknowledged, in sentences; and how much of running recordings is missing, in seconds."""

    missing: list[str] = field(default_factory=list)
    sound_s: list[float] = field(default_factory=list)
