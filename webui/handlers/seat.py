"""The agent's work place: sign in and out, status, click-to-dial, hang-up."""

from __future__ import annotations

from typing import Annotated

import msgspec

from appliance.telephony.call import AgentStatus
from appliance.telephony.ids import AgentId, CallId, SeatId
from appliance.wire.messages import (
    CallView,
    Dial,
    Done,
    HangUpCall,
    PickUp,
    SetAgentStatus,
    SignIn,
    SignOut,
    Supervise,
    SupervisionMode,
)
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.auth.sessions import Caller
from webui.dialclass import NUMBER, dial_permission
from webui.errors import Refusal
from webui.handlers.base import NOTHING, ApiHandler, Nothing


class SeatChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    seat: SeatId


class StatusChoice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    status: AgentStatus
    """`ready` or `on_break`."""
    reason: Annotated[str, msgspec.Meta(max_length=40)] = ""


class NumberChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: Annotated[str, msgspec.Meta(max_length=40)]


class RingingStation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    station: Annotated[str, msgspec.Meta(max_length=8)] = ""
    """Empty: whatever rings longest in a queue of one's own."""


class ModeChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    mode: SupervisionMode


class Dialled(msgspec.Struct, frozen=True):
    call_id: CallId | None


class SeatHandler(ApiHandler):
    """What works at a seat have in common: the caller as an agent."""

    @property
    def agent(self) -> AgentId:
        """Raises `Refusal` for somebody without a staff number."""
        agent = self.me.user.agent
        if agent is None:
            raise Refusal(409, "您的账号没有工号，不能签入座席，请联系系统管理员设置工号。")
        return agent

    @property
    def seat(self) -> SeatId:
        """Where the caller is signed in. Raises `Refusal` when nowhere."""
        view = self.context.link.mirror.agent(self.agent)
        if view is None or view.seat is None or view.status is AgentStatus.LOGGED_OUT:
            raise Refusal(409, "您还没有签入座席，请先签入。")
        return view.seat

    async def dialable(self, wanted: str, field: str = "number") -> str:
        """The number without blanks. Raises `Refusal` for what is none (in `field`) or may not be dialled."""
        number = "".join(character for character in wanted if character not in " -()（）")
        if not NUMBER.fullmatch(number):
            raise Refusal(422, "电话号码只能包含数字、* 和 #，长度 2 到 24 位。", field)
        plan = await self.context.plan.read()
        self.require(dial_permission(number, plan.area_code if plan else ""))
        return number

    async def dial(self, wanted: str) -> Dialled:
        """Ring the own seat's phone, then dial. Raises `Refusal` for what is no number or may not be dialled."""
        number = await self.dialable(wanted)
        done: Done = await self.context.link.command(Dial(seat=self.seat, number=number))
        return Dialled(done.call_id)


class SignInHandler(SeatHandler):
    @needs(P.AGENT_LOGIN)
    async def post(self, body: SeatChoice) -> Nothing:
        """Sit down at a seat and take calls; 409 when the seat is taken."""
        await self.context.link.command(SignIn(agent=self.agent, name=self.me.user.name, seat=body.seat))
        return NOTHING


class SignOutHandler(SeatHandler):
    @needs(P.AGENT_LOGIN)
    async def post(self) -> Nothing:
        """Leave the seat."""
        await self.context.link.command(SignOut(agent=self.agent))
        return NOTHING


class StatusHandler(SeatHandler):
    @needs(P.AGENT_STATE)
    async def post(self, body: StatusChoice) -> Nothing:
        """Take calls, or pause for a reason."""
        if body.status is AgentStatus.LOGGED_OUT:
            raise Refusal(422, "状态只能是 ready 或 on_break；要离开座席请签出。", "status")
        if body.reason:
            self.require(P.AGENT_BREAK_REASON)
        await self.context.link.command(SetAgentStatus(agent=self.agent, status=body.status, reason=body.reason))
        return NOTHING


class DialHandler(SeatHandler):
    @needs(P.AGENT_CLICK_DIAL)
    async def post(self, body: NumberChoice) -> Dialled:
        """Ring the own seat's phone, then dial the number."""
        return await self.dial(body.number)


class PickUpHandler(SeatHandler):
    @needs(P.AGENT_PICKUP)
    async def post(self, body: RingingStation) -> Nothing:
        """Ring the own phone and answer with it what rings at a colleague's; 409 when nothing does."""
        await self.context.link.command(PickUp(seat=self.seat, station=body.station))
        return NOTHING


class HangUpHandler(SeatHandler):
    @needs(P.AGENT_ANSWER_WEB, P.MON_HANGUP)
    async def post(self, call_id: str) -> Nothing:
        """End a live call: the own one, or any with the permission to."""
        call = self.context.link.mirror.call(call_id)
        if call is None:
            raise Refusal(404, "这个通话已经结束。")
        own = self.me.user.agent is not None and call.agent == self.me.user.agent
        self.require(P.AGENT_ANSWER_WEB if own else P.MON_HANGUP)
        if not own:
            require_in_sight(self.me, call)
        await self.context.link.command(HangUpCall(call_id=call.call_id))
        if not own:
            await self.audit("mon.hangup", "call", call_id)
        return NOTHING


class SuperviseHandler(SeatHandler):
    _NEEDED = {  # noqa: RUF012 - a table, never changed
        SupervisionMode.LISTEN: P.MON_LISTEN,
        SupervisionMode.WHISPER: P.MON_WHISPER,
        SupervisionMode.BARGE: P.MON_BARGE,
    }

    @needs(P.MON_LISTEN, P.MON_WHISPER, P.MON_BARGE)
    async def post(self, call_id: str, body: ModeChoice) -> Nothing:
        """Ring the own seat's phone and let it into a live call to listen, whisper or barge in."""
        self.require(self._NEEDED[body.mode])
        if call := self.context.link.mirror.call(call_id):
            require_in_sight(self.me, call)
        await self.context.link.command(Supervise(call_id=CallId(call_id), seat=self.seat, mode=body.mode))
        await self.audit(f"mon.{body.mode.value}", "call", call_id)
        return NOTHING


def require_in_sight(caller: Caller, call: CallView) -> None:
    """Raises `Refusal` (404) for a call of people whose calls the caller does not see."""
    if not caller.sight.sees_agent(call.agent):
        raise Refusal(404, "这个通话已经结束，或不在您的数据权限内。")
