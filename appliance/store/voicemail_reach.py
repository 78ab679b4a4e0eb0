"""Who may see and hear which voicemails (S025): the addressed agent and the superiors in the organisation, nobody else.

A *superior* of an agent is somebody with `vm.sub` in a unit above the agent's; in the agent's own unit only if the
agent has no `vm.sub`: leaders of one team do not hear each other's messages. An agent without a unit belongs to the top
unit if there is one only. Messages for nobody in particular lie in a box: agents of the box's queues hear them and the
superiors of these agents; a box without queues is everybody's who may hear messages at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from appliance.store.call_clause import among
from appliance.store.connection import Connection, fetch_all

OWN, SUB = "vm.own", "vm.sub"


class VoicemailReach(msgspec.Struct, frozen=True, kw_only=True):
    """What one person may see and hear; part of every query. The empty one: nothing."""

    everything: bool = False
    agents: tuple[str, ...] = ()
    """Messages for these staff numbers …"""
    boxes: tuple[str, ...] = ()
    """… and those for nobody in particular in these boxes."""

    @property
    def clause(self) -> tuple[str, tuple[object, ...]]:
        """Over `voicemails v`; deleted ones are nobody's."""
        if self.everything:
            return "v.deleted_at = ''", ()
        agents, of_agents = among("v.for_agent", self.agents)
        boxes, of_boxes = among("v.box", self.boxes)
        sql = f"(v.deleted_at = '' AND ((v.for_agent <> '' AND {agents}) OR (v.for_agent = '' AND {boxes})))"
        return sql, (*of_agents, *of_boxes)

    @property
    def clause_of_call(self) -> tuple[str, tuple[object, ...]]:
        """Over `calls c`: it has a voicemail within reach."""
        seen, parameters = self.clause
        return f"EXISTS (SELECT 1 FROM voicemails v WHERE v.id = c.id AND {seen})", parameters  # noqa: S608 own names

    def holds(self, for_agent: str, box: str) -> bool:
        """As `clause`, for one message."""
        return self.everything or (for_agent in self.agents if for_agent else box in self.boxes)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody stands in the organisation."""

    agent: str
    """Staff number, or empty."""
    unit: int | None
    own: bool
    """May hear the own messages."""
    sub: bool
    """May hear those of subordinates."""


class Organisation(msgspec.Struct, frozen=True, kw_only=True):
    parents: Mapping[int, int | None]
    places: Mapping[int, Place]
    """By user."""

    def is_superior(self, chief: Place, agent: Place) -> bool:
        """Whether `chief` stands above `agent`."""
        if not chief.sub:
            return False
        if chief.unit == agent.unit:
            return not agent.sub
        return chief.unit is not None and chief.unit in self._above(agent.unit)

    def _above(self, unit: int | None) -> set[int]:
        if unit is None:
            tops = [each for each, parent in self.parents.items() if parent is None]
            return set(tops) if len(tops) == 1 else set()
        above: set[int] = set()
        parent = self.parents.get(unit)
        while parent is not None and parent not in above:
            above.add(parent)
            parent = self.parents.get(parent)
        return above


class BoxQueues(msgspec.Struct, frozen=True, kw_only=True):
    """A box of the call plan and the agents of its queues."""

    box: str
    members: frozenset[str] | None
    """None: everybody."""
    known: frozenset[str] = frozenset()
    """All agents of the plan: somebody else is in every queue."""
    left_over: bool = False
    """The plan has no such box any more: its messages are the superiors'."""

    def has(self, agent: str) -> bool:
        return self.members is None or agent in self.members or agent not in self.known


def reach(user_id: int, organisation: Organisation, boxes: Iterable[BoxQueues]) -> VoicemailReach:
    """What the user may see and hear."""
    me = organisation.places.get(user_id)
    if me is None or not (me.own or me.sub):
        return VoicemailReach()
    agents = {
        other.agent for other in organisation.places.values() if other.agent and organisation.is_superior(me, other)
    }
    agents.discard(me.agent)
    if me.own and me.agent:
        agents.add(me.agent)
    return VoicemailReach(
        agents=tuple(sorted(agents)), boxes=tuple(box.box for box in boxes if _hears_box(me, box, agents))
    )


def organisation_of(db: Connection) -> Organisation:
    """Units and people as they are now, with what their roles allow."""
    holders: dict[str, set[int]] = {OWN: set(), SUB: set()}
    for user_id, permission in fetch_all(
        db,
        "SELECT r.user_id, p.permission FROM user_roles r JOIN role_permissions p ON p.role_id = r.role_id"
        " WHERE p.permission IN (?, ?)",
        (OWN, SUB),
    ):
        holders[permission].add(user_id)
    return Organisation(
        parents=dict(fetch_all(db, "SELECT id, parent_id FROM units")),
        places={
            user_id: Place(agent=agent or "", unit=unit, own=user_id in holders[OWN], sub=user_id in holders[SUB])
            for user_id, agent, unit in fetch_all(db, "SELECT id, agent, unit_id FROM users")
        },
    )


def boxes_now(db: Connection, boxes: Iterable[BoxQueues]) -> list[BoxQueues]:
    """The boxes of the plan, and those of which only messages are left."""
    found = {box.box: box for box in boxes}
    for (box,) in fetch_all(db, "SELECT DISTINCT box FROM voicemails WHERE for_agent = ''"):
        found.setdefault(box, BoxQueues(box=box, members=frozenset(), left_over=True))
    return list(found.values())


def reach_of(db: Connection, user_id: int, boxes: tuple[BoxQueues, ...]) -> VoicemailReach:
    """What the user may see and hear now."""
    return reach(user_id, organisation_of(db), boxes_now(db, boxes))


def _hears_box(me: Place, box: BoxQueues, agents: set[str]) -> bool:
    if box.left_over or box.members is None:
        return me.sub or not box.left_over
    if me.own and me.agent and box.has(me.agent):
        return True
    return me.sub and any(box.has(agent) for agent in agents if agent != me.agent)
