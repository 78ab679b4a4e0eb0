"""The call plan: everything the engine needs to know to take calls, as one immutable value.

The web process writes `callplan.json` (validated, atomic rename); the engine reads it at start and on `ReloadCallPlan`.
A broken plan is refused with the field and what was expected, and the one in force stays in force.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from appliance.ivr.graph import FlowGraph
from appliance.telephony.ids import AgentId, BoxId, FlowId, LineId, PromptId, QueueId, SeatId, StationId
from drivers.base import PortId

Seconds = Annotated[float, msgspec.Meta(ge=0, le=86400)]


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Line(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An outside line and how its exchange behaves. Every hang-up sign is listened for unless switched off."""

    id: LineId
    port: PortId
    label: str = ""
    enabled: bool = True
    flow: FlowId | None = None
    """Inbound flow; None: the plan's default."""
    answer_after_rings: Annotated[int, msgspec.Meta(ge=1, le=10)] = 2
    """Without caller ID the box answers when this ring begins; with caller ID it answers at once."""
    hang_up_by_tone: bool = True
    hang_up_by_polarity: bool = True
    hang_up_by_loop: bool = True
    answer_by_polarity: bool = False
    """The operator provides answer reversal on this line: only then an outgoing answer is certain."""
    outgoing: bool = True
    rx_gain_db: Annotated[float, msgspec.Meta(ge=-20, le=20)] = 0.0
    tx_gain_db: Annotated[float, msgspec.Meta(ge=-20, le=20)] = 0.0


class Station(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An attached phone and the seat it stands at."""

    id: StationId
    port: PortId
    seat: SeatId
    label: str = ""
    enabled: bool = True


class Strategy(StrEnum):
    LONGEST_IDLE = "longest_idle"


class Queue(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Waiting callers and the agents who take them, first come first served."""

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


class Agent(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: AgentId
    name: str
    queues: tuple[QueueId, ...] = ()


class Span(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Weekdays (1 Monday … 7 Sunday) and a time span `HH:MM`–`HH:MM` of the local day; `until` may be `24:00`."""

    days: tuple[Annotated[int, msgspec.Meta(ge=1, le=7)], ...]
    since: Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    until: Annotated[str, msgspec.Meta(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]


class Hours(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Office hours; `closed_on` and `open_on` (`YYYY-MM-DD`) override the weekly spans (holidays, make-up workdays)."""

    id: str
    label: str
    spans: tuple[Span, ...]
    closed_on: tuple[str, ...] = ()
    open_on: tuple[str, ...] = ()


class VoicemailBox(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: BoxId
    label: str
    max_s: Seconds = 120.0
    min_s: Seconds = 1.0


class RecordingRules(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether conversations are recorded; shorter ones than `min_s` are thrown away at the end."""

    enabled: bool = True
    min_s: Seconds = 0.0
    max_s: Seconds = 7200.0


class DialRules(_Part, frozen=True, kw_only=True, forbid_unknown_fields=True):
    outside_prefix: Annotated[str, msgspec.Meta(pattern=r"^[0-9*#]$")] = "9"
    first_digit_s: Seconds = 10.0
    inter_digit_s: Seconds = 4.0
    no_answer_s: Seconds = 60.0
    """Give up an outgoing call that only rings."""
    max_digits: Annotated[int, msgspec.Meta(ge=3, le=24)] = 16


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
    flows: tuple[FlowGraph, ...]
    recording: RecordingRules = RecordingRules()
    dial: DialRules = DialRules()
    max_call_s: Seconds = 14400.0
    silence_hang_up_s: Seconds = 600.0
