"""What programs are told, one JSON object each: the events of the stream and of web hooks."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from appliance.store.alarms import Alarm
from appliance.store.api_keys import ApiKey, KeyScope
from appliance.store.call_list import CallRow
from appliance.store.web_hooks import HookTopic
from appliance.wire.messages import (
    AgentChanged,
    AgentView,
    AnyEvent,
    CallChanged,
    CallView,
    LineChanged,
    LineView,
    QueueChanged,
    QueueView,
    Snapshot,
)
from webui.interfaces.reach import sees_agent, sees_call, shown_call
from webui.masking import masked_number

Topic = HookTopic
NEEDED_SCOPE = {
    Topic.RECORDS: KeyScope.CALLS_READ,
    Topic.CALLS: KeyScope.CALLS_READ,
    Topic.QUEUES: KeyScope.CALLS_READ,
    Topic.LINES: KeyScope.CALLS_READ,
    Topic.AGENTS: KeyScope.AGENTS_READ,
    Topic.ALARMS: KeyScope.CALLS_READ,
}


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Common part; `type` tells which."""


class CallEvent(Message, frozen=True, kw_only=True, tag="call"):
    """A call's state; `ended` is the last one for that call."""

    call: CallView


class AgentEvent(Message, frozen=True, kw_only=True, tag="agent"):
    agent: AgentView


class QueueEvent(Message, frozen=True, kw_only=True, tag="queue"):
    queue: QueueView


class LineEvent(Message, frozen=True, kw_only=True, tag="line"):
    line: LineView


class AlarmEvent(Message, frozen=True, kw_only=True, tag="alarm"):
    """An alarm was raised, or is over: then `cleared_at` says when."""

    alarm: Alarm


class RecordEvent(Message, frozen=True, kw_only=True, tag="record"):
    """A call record was stored. `n` goes into `since` after a break."""

    n: int
    call: CallRow


class EngineEvent(Message, frozen=True, kw_only=True, tag="engine"):
    """Whether the telephone system runs. After `up` the states of all topics follow."""

    up: bool


class Welcome(Message, frozen=True, kw_only=True, tag="welcome"):
    """The key is good."""

    label: str
    version: str
    heartbeat_s: float


class Subscribed(Message, frozen=True, kw_only=True, tag="subscribed"):
    topics: tuple[Topic, ...]
    last: int
    """Number of the newest event now."""


class Heartbeat(Message, frozen=True, kw_only=True, tag="heartbeat"):
    at: str
    last: int
    """Number up to which this program was told of records: good for `since`, also when none came."""


class Pong(Message, frozen=True, kw_only=True, tag="pong"):
    pass


class ByeCode(StrEnum):
    TOO_SLOW = "too_slow"
    IDLE = "idle"
    KEY_ENDED = "key_ended"
    BAD_LINE = "bad_line"
    LEFT = "left"
    FULL = "full"
    STOPPING = "stopping"


class Goodbye(Message, frozen=True, kw_only=True, tag="goodbye"):
    """The last line before the box closes the connection."""

    code: str
    """A `ByeCode`, or the code of an error of the API."""
    text: str


Passing = CallEvent | AgentEvent | QueueEvent | LineEvent | AlarmEvent
"""Events that hold for a moment."""


def topic_of(event: Passing) -> Topic:
    """The topic under which an event is subscribed."""
    match event:
        case CallEvent():
            return Topic.CALLS
        case AgentEvent():
            return Topic.AGENTS
        case QueueEvent():
            return Topic.QUEUES
        case LineEvent():
            return Topic.LINES
        case AlarmEvent():
            return Topic.ALARMS


def passing_event(event: AnyEvent) -> Passing | None:
    """What an event of the engine is for programs; None: nothing."""
    match event:
        case CallChanged(call=call):
            return CallEvent(call=call)
        case AgentChanged(agent=agent):
            return AgentEvent(agent=agent)
        case QueueChanged(queue=queue):
            return QueueEvent(queue=queue)
        case LineChanged(line=line):
            return LineEvent(line=line)
        case _:
            return None


def states(snapshot: Snapshot) -> tuple[Passing, ...]:
    """Everything as it is now, as events."""
    return (
        *(LineEvent(line=line) for line in snapshot.lines),
        *(QueueEvent(queue=queue) for queue in snapshot.queues),
        *(AgentEvent(agent=agent) for agent in snapshot.agents),
        *(CallEvent(call=call) for call in snapshot.calls),
    )


def seen_by(key: ApiKey, event: Passing) -> Passing | None:
    """The event as the key may see it; None: nothing for this key."""
    match event:
        case CallEvent(call=call):
            return CallEvent(call=shown_call(call, key)) if sees_call(key.terms.reach, call) else None
        case AgentEvent(agent=agent):
            return event if sees_agent(key.terms.reach, agent.agent) else None
        case LineEvent() if not key.terms.full_numbers:
            return masked(event)
        case _:
            return event


def masked(event: Passing) -> Passing:
    """The event with the number of the caller not whole."""
    match event:
        case CallEvent(call=call):
            return CallEvent(call=msgspec.structs.replace(call, peer_number=masked_number(call.peer_number)))
        case LineEvent(line=line):
            return LineEvent(line=msgspec.structs.replace(line, peer_number=masked_number(line.peer_number)))
        case _:
            return event
