"""Live board and wallboard: today's figures, teams, and the television screens that show them."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Annotated

import msgspec

from appliance.callplan import CallPlan
from appliance.store.alarms import AlarmKind, open_alarms
from appliance.store.day_figures import DayFigures, day_figures
from appliance.store.displays import (
    Display,
    DisplayTerms,
    add_display,
    delete_display,
    display_by_hash,
    list_displays,
)
from appliance.store.teams import Team, list_teams
from appliance.telephony.ids import AgentId, QueueId
from webui.auth.access import needs, public
from webui.auth.permissions import P
from webui.board import Wallboard, wallboard
from webui.errors import Refusal
from webui.handlers.base import NOTHING, ApiHandler, Nothing

PREFIX = "hld_"
_BEARER = "Bearer "
_UNKNOWN = "这个大屏链接无效或已停用，请在实时看板的“大屏”里重新生成。"


class QueueMembers(msgspec.Struct, frozen=True, kw_only=True):
    queue: QueueId
    agents: tuple[AgentId, ...]


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """What the live board shows beyond the live events."""

    figures: DayFigures
    teams: tuple[Team, ...]
    members: tuple[QueueMembers, ...]
    long_wait_s: float
    """Whoever waits so long waits too long, by the rule of that alarm."""


class WallboardQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    queues: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    """Ids separated by commas; empty: all."""


class NewDisplay(msgspec.Struct, frozen=True, kw_only=True):
    display: Display
    secret: str
    """Told this once."""


class BoardHandler(ApiHandler):
    @needs(P.MON_LINES, P.MON_QUEUE, P.MON_AGENTS)
    async def get(self) -> Board:
        """Today's figures, teams and members of queues; agents only with mon.agents, and only those in sight."""
        rules = self.context.alarms.rules
        figures = await self.context.database.read(day_figures, _today(), rules.service_s)
        long_wait_s = rules.of(AlarmKind.WAIT_LONG).threshold
        if not self.me.may(P.MON_AGENTS):
            hidden = msgspec.structs.replace(figures, agents=())
            return Board(figures=hidden, teams=(), members=(), long_wait_s=long_wait_s)
        sees = self.me.sight.sees_agent
        plan = await plan_or_none(self)
        return Board(
            figures=msgspec.structs.replace(figures, agents=tuple(one for one in figures.agents if sees(one.agent))),
            teams=tuple(
                msgspec.structs.replace(team, agents=tuple(filter(sees, team.agents)))
                for team in await self.context.database.read(list_teams)
                if any(map(sees, team.agents))
            ),
            members=tuple(
                QueueMembers(queue=queue.id, agents=tuple(filter(sees, members_of(plan, (queue.id,)))))
                for queue in plan.queues
            )
            if plan
            else (),
            long_wait_s=long_wait_s,
        )


class WallboardMaker(ApiHandler):
    """What wallboards have in common, whoever looks."""

    async def make(self, terms: DisplayTerms) -> Wallboard:
        database = self.context.database
        figures = await database.read(day_figures, _today(), self.context.alarms.rules.service_s, terms.queues)
        plan = await plan_or_none(self)
        return wallboard(
            datetime.now().astimezone(),
            self.context.link.mirror.snapshot(),
            terms,
            figures,
            self.context.alarms.rules.of(AlarmKind.WAIT_LONG).threshold,
            await database.read(open_alarms),
            _elsewhere(plan, terms.queues) if plan and terms.queues else frozenset(),
        )


class WallboardHandler(WallboardMaker):
    @needs(P.MON_WALLBOARD)
    async def get(self, query: WallboardQuery) -> Wallboard:
        """The wallboard of this moment, for a signed-in person."""
        queues = tuple(QueueId(each) for each in query.queues.split(",") if each)
        return await self.make(DisplayTerms(label="-", queues=queues))


class DisplayShowHandler(WallboardMaker):
    @public
    async def get(self) -> Wallboard:
        """The wallboard of this moment, for a television screen with its secret; 404 without a good one."""
        given = self.request.headers.get("Authorization", "")
        secret = given.removeprefix(_BEARER)
        if not given.startswith(_BEARER + PREFIX):
            raise Refusal(404, _UNKNOWN)
        display = await self.context.database.read(display_by_hash, _hash(secret))
        if display is None:
            raise Refusal(404, _UNKNOWN)
        return await self.make(display.terms)


class DisplaysHandler(ApiHandler):
    @needs(P.MON_WALLBOARD)
    async def get(self) -> tuple[Display, ...]:
        """The screens that may show the wallboard without anybody signed in."""
        return await self.context.database.read(list_displays)

    @needs(P.MON_WALLBOARD)
    async def post(self, body: DisplayTerms) -> NewDisplay:
        """Let a screen show the wallboard: no numbers, nothing to click, until it is retired."""
        secret = PREFIX + secrets.token_urlsafe(32)
        at = datetime.now().astimezone().isoformat(timespec="seconds")
        display = await self.context.database.write(
            add_display, body, secret_hash=_hash(secret), at=at, by=self.me.user.name
        )
        await self.audit("mon.display", "display", str(display.id), after=msgspec.json.encode(body).decode())
        return NewDisplay(display=display, secret=secret)


class DisplayHandler(ApiHandler):
    @needs(P.MON_WALLBOARD)
    async def delete(self, display_id: str) -> Nothing:
        """Retire a screen: it shows nothing any more, at once."""
        display = await self.context.database.write(delete_display, int(display_id))
        await self.audit("mon.display", "display", display_id, before=display.terms.label)
        return NOTHING


async def plan_or_none(handler: ApiHandler) -> CallPlan | None:
    """The plan in force; None while there is none or it is broken."""
    try:
        return await handler.context.plan.read()
    except Refusal:
        return None


def members_of(plan: CallPlan, queues: tuple[QueueId, ...]) -> tuple[AgentId, ...]:
    """Agents of the plan who serve one of the queues."""
    return tuple(agent.id for agent in plan.agents if set(agent.queues) & set(queues))


def _elsewhere(plan: CallPlan, queues: tuple[QueueId, ...]) -> frozenset[AgentId]:
    """Agents who serve none of the queues; whom the plan does not know serves all of them."""
    return frozenset(agent.id for agent in plan.agents) - frozenset(members_of(plan, queues))


def _today() -> str:
    return datetime.now().astimezone().date().isoformat()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
