"""What a node knows besides its own parameters: the pieces of the call plan, and what this call has gathered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from appliance.ivr.callerbook import Callers, Strangers
from appliance.ivr.callerlist import CallerList
from appliance.ivr.callvalues import value_of
from appliance.ivr.graph import FlowGraph
from appliance.ivr.hours import Hours
from appliance.ivr.remote import Network, Remote
from appliance.ivr.template import fill
from appliance.telephony.ids import AgentId, BoxId, FlowId, NodeId, PromptId, QueueId, SeatId, StationId
from appliance.telephony.leg import CallerLeg

MAX_DEPTH = 5
"""Flows inside flows."""


@dataclass(frozen=True, slots=True)
class PlanParts:
    """The pieces of a call plan that a flow may refer to."""

    hours: Mapping[str, Hours] = field(default_factory=dict)
    queue_leave_keys: Mapping[QueueId, str] = field(default_factory=dict)
    """Every queue with the digit that takes a waiting caller out of it, or ''."""
    queue_surveys: Mapping[QueueId, FlowId | None] = field(default_factory=dict)
    """Every queue whose callers are asked for a rating, with the flow that asks; None: the built-in invitation."""
    box_max_s: Mapping[BoxId, float] = field(default_factory=dict)
    """Every voicemail box with the longest message it takes."""
    prompts: frozenset[PromptId] = frozenset()
    """Every prompt there is a sound for: built-in or the bureau's own."""
    agents: frozenset[AgentId] = frozenset()
    seats: frozenset[SeatId] = frozenset()
    stations: frozenset[StationId] = frozenset()
    flows: Mapping[FlowId, FlowGraph] = field(default_factory=dict)
    caller_lists: Mapping[str, CallerList] = field(default_factory=dict)
    request_hosts: frozenset[str] = frozenset()
    """`host` or `host:port` of every server that flows may ask."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Whom a flow can ask during a call."""

    callers: Callers = field(default_factory=Strangers)
    remote: Remote = field(default_factory=Network)


class FlowEnd(StrEnum):
    """Why a flow was over."""

    FINISHED = "finished"
    """A node ended it, or its exit leads nowhere by intention."""
    ENDLESS = "endless"
    """A loop bound was hit."""
    FAILED = "failed"
    """A node broke down and had no failure exit."""


class Context:
    """One call's way through its flows: variables, keyed digits and how often each node was entered."""

    def __init__(self, parts: PlanParts, sources: Sources, enter: Callable[[FlowGraph], Awaitable[FlowEnd]]) -> None:
        self.parts = parts
        self.sources = sources
        self.enter = enter
        """Take the caller through another flow and come back when it is over, without releasing the line."""
        self.variables: dict[str, str] = {}
        """What nodes keep for later ones, by the name that the flow gives it."""
        self.visits: Counter[tuple[FlowId, NodeId]] = Counter()
        self.flow: FlowId = FlowId("")
        self.node: NodeId = NodeId("")
        """Where the caller is."""
        self.depth = 0
        """Flows around the present one."""
        self.gone = False
        """The call ended under the flow, and its last node has been reported."""
        self.returned: str | None = None
        """Set by a node that goes back to the flow around: how the inner flow ended, in its own words."""
        self._shown_digits = ""
        self._remark = ""

    @property
    def visits_here(self) -> int:
        """How often the call has entered the present node, this time included."""
        return self.visits[self.flow, self.node]

    def keyed(self, digits: str, *, secret: bool = False) -> None:
        """Note what the caller keyed in this node, for the journal and the screen; secret digits show as `*`."""
        self._shown_digits += "*" * len(digits) if secret else digits

    def take_shown_digits(self) -> str:
        """Digits noted since the last call of this, as they may be shown."""
        shown, self._shown_digits = self._shown_digits, ""
        return shown

    def remark(self, text: str) -> None:
        """Note in a Chinese half sentence what happened in this node, for the time line; the last one counts."""
        self._remark = text

    def take_remark(self) -> str:
        """The remark since the last call of this, or ''."""
        remark, self._remark = self._remark, ""
        return remark

    def filled(self, template: str, leg: CallerLeg) -> str:
        """`template` with the call's values in its places."""
        return fill(template, lambda name: value_of(name, leg, self))
