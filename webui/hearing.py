"""Who may hear which voicemails and sees which callers to be followed up: by the call plan and the organisation."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from appliance.callplan import CallPlan
from appliance.store.followups import FollowUpReach
from appliance.store.scope import Scope
from appliance.store.voicemail_reach import BoxQueues, VoicemailReach, reach_of
from webui.auth.sessions import Caller
from webui.callview import scope_of
from webui.errors import Refusal

if TYPE_CHECKING:
    from webui.context import Context


def boxes_of(plan: CallPlan | None) -> tuple[BoxQueues, ...]:
    """The plan's boxes with the agents of their queues."""
    if plan is None:
        return ()
    known = frozenset(agent.id for agent in plan.agents)
    return tuple(
        BoxQueues(
            box=box.id,
            members=frozenset(agent.id for agent in plan.agents if set(agent.queues) & set(box.queues))
            if box.queues
            else None,
            known=known,
        )
        for box in plan.boxes
    )


async def boxes_now(context: Context) -> tuple[BoxQueues, ...]:
    """Of the plan in force; a broken plan has none."""
    with suppress(Refusal):
        return boxes_of(await context.plan.read())
    return ()


async def voicemail_reach(context: Context, caller: Caller) -> VoicemailReach:
    """What the caller may see and hear; a data policy can only narrow it."""
    reach = await context.database.read(reach_of, caller.user.id, await boxes_now(context))
    within = caller.sight.voicemails
    if within.everything:
        return reach
    return msgspec.structs.replace(reach, agents=tuple(agent for agent in reach.agents if agent in within.agents))


async def call_scope(context: Context, caller: Caller) -> Scope:
    """The calls that the caller may see, with the voicemails among them."""
    return msgspec.structs.replace(scope_of(caller), voicemails=await voicemail_reach(context, caller))


async def recording_scope(context: Context, caller: Caller) -> Scope:
    """The calls whose recordings the caller may have to do with, as far as their permissions go."""
    return msgspec.structs.replace(caller.sight.recordings, voicemails=await voicemail_reach(context, caller))


async def followup_reach(context: Context, caller: Caller) -> FollowUpReach:
    """Supervisors see every caller to be followed up, agents those of their queues."""
    if scope_of(caller).everything:
        return FollowUpReach(everything=True)
    plan = None
    with suppress(Refusal):
        plan = await context.plan.read()
    me = next((agent for agent in plan.agents if agent.id == caller.user.agent), None) if plan else None
    queues = me.queues if me else tuple(queue.id for queue in plan.queues) if plan else ()
    return FollowUpReach(agent=caller.user.agent or "", queues=queues)
