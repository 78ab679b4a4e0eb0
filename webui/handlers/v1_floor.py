"""Agents, queues and lines for other programs, and what a key is good for."""

from __future__ import annotations

from typing import Annotated

import msgspec

from appliance.store.api_keys import KeyScope
from appliance.telephony.call import AgentStatus
from appliance.telephony.ids import AgentId
from appliance.wire.messages import AgentView, LineView, QueueView, SetAgentStatus, SignOut
from webui.auth.access import with_key
from webui.errors import Refusal
from webui.handlers.base import NOTHING, Nothing
from webui.interfaces.handler import KeyHandler
from webui.interfaces.reach import sees_agent
from webui.masking import masked_number


class AboutKey(msgspec.Struct, frozen=True, kw_only=True):
    label: str
    scopes: tuple[KeyScope, ...]
    full_numbers: bool
    per_minute: int
    expires_on: str | None
    version: str
    """Of the box."""
    stream_port: int
    """TCP port of the event stream, 0 when it is off."""


class Agents(msgspec.Struct, frozen=True):
    agents: tuple[AgentView, ...]


class Queues(msgspec.Struct, frozen=True):
    queues: tuple[QueueView, ...]


class LineStates(msgspec.Struct, frozen=True):
    lines: tuple[LineView, ...]


class NewStatus(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    status: AgentStatus
    """`logged_out` takes the agent off the seat."""
    reason: Annotated[str, msgspec.Meta(max_length=40)] = ""


class V1Handler(KeyHandler):
    @with_key()
    async def get(self) -> AboutKey:
        """What the key is good for: the first thing to try."""
        terms = self.key.terms
        return AboutKey(
            label=terms.label,
            scopes=terms.scopes,
            full_numbers=terms.full_numbers,
            per_minute=terms.per_minute,
            expires_on=terms.expires_on,
            version=self.context.version,
            stream_port=self.context.settings.interfaces.stream_port,
        )


class AgentHandler(KeyHandler):
    """What works on one agent have in common."""

    def agent_view(self, agent: str) -> AgentView:
        """Raises `Refusal` (404) for somebody who is not known to the engine or not for this key."""
        self.snapshot()
        view = self.context.link.mirror.agent(agent)
        if view is None or not sees_agent(self.key.terms.reach, AgentId(agent)):
            raise Refusal(404, f"话务员 {agent} 今天没有签入过，或不在此密钥的数据范围内。")
        return view


class V1AgentsHandler(KeyHandler):
    @with_key(KeyScope.AGENTS_READ)
    async def get(self) -> Agents:
        """Agents with seat and status."""
        return Agents(tuple(view for view in self.snapshot().agents if sees_agent(self.key.terms.reach, view.agent)))


class V1AgentHandler(AgentHandler):
    @with_key(KeyScope.AGENTS_READ)
    async def get(self, agent: str) -> AgentView:
        """One agent."""
        return self.agent_view(agent)


class V1AgentStatusHandler(AgentHandler):
    @with_key(KeyScope.AGENTS_WRITE)
    async def put(self, agent: str, body: NewStatus) -> Nothing:
        """Make an agent ready, send the agent on a break or off the seat."""
        view = self.agent_view(agent)
        if body.status is AgentStatus.LOGGED_OUT:
            await self.context.link.command(SignOut(agent=view.agent))
        else:
            await self.context.link.command(SetAgentStatus(agent=view.agent, status=body.status, reason=body.reason))
        await self.audit("mon.force_state", "agent", agent, after=body.status.value)
        return NOTHING


class V1QueuesHandler(KeyHandler):
    @with_key(KeyScope.CALLS_READ)
    async def get(self) -> Queues:
        """Queues with who waits and who serves."""
        return Queues(self.snapshot().queues)


class V1LinesHandler(KeyHandler):
    @with_key(KeyScope.CALLS_READ)
    async def get(self) -> LineStates:
        """Outside lines with their states."""
        lines = self.snapshot().lines
        if not self.key.terms.full_numbers:
            lines = tuple(msgspec.structs.replace(line, peer_number=masked_number(line.peer_number)) for line in lines)
        return LineStates(lines)
