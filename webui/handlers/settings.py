"""What the settings pages look up: who works here, the holidays of the calendar, the flows to begin with."""

from __future__ import annotations

import msgspec

from appliance.defaults.holidays import HolidayYear, holiday_years
from appliance.store.users import list_users
from appliance.telephony.ids import AgentId
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.handlers.base import ApiHandler


class StaffName(msgspec.Struct, frozen=True):
    agent: AgentId
    name: str


class StaffHandler(ApiHandler):
    @needs(P.ACD_SKILL, P.ACD_QUEUE, P.ADM_ROLE, P.REC_EXEMPT, P.ADM_USER)
    async def get(self) -> list[StaffName]:
        """Everybody with a staff number who can sign in, by staff number."""
        users = await self.context.database.read(list_users)
        return sorted(
            (StaffName(user.agent, user.name) for user in users if user.agent and user.active),
            key=lambda staff: staff.agent,
        )


class HolidaysHandler(ApiHandler):
    @needs(P.IVR_CALENDAR)
    async def get(self) -> tuple[HolidayYear, ...]:
        """The Chinese holiday calendar that the box knows, year by year."""
        return holiday_years()
