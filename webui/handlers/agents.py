"""What supervisors do about other people's work places."""

from __future__ import annotations

from appliance.telephony.call import AgentStatus
from appliance.telephony.ids import AgentId
from appliance.wire.messages import SetAgentStatus
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.errors import Refusal
from webui.handlers.base import NOTHING, ApiHandler, Nothing
from webui.handlers.seat import StatusChoice


class AgentStatusHandler(ApiHandler):
    @needs(P.MON_FORCE_STATE)
    async def post(self, agent: str, body: StatusChoice) -> Nothing:
        """Make somebody ready, send on a break or sign out; only people within the data policy for calls."""
        view = self.context.link.mirror.agent(AgentId(agent))
        if view is None or view.status is AgentStatus.LOGGED_OUT or not self.me.sight.sees_agent(agent):
            raise Refusal(404, f"工号 {agent} 没有签入，或不在您的数据权限内。")
        await self.context.link.command(SetAgentStatus(agent=view.agent, status=body.status, reason=body.reason))
        after = f"{body.status.value} {body.reason}".strip()
        await self.audit("mon.force_state", "agent", agent, before=view.status.value, after=after)
        return NOTHING
