"""Who works in which unit of the organisation, for boards that show one group of agents."""

from __future__ import annotations

import msgspec

from appliance.store.connection import Connection
from appliance.store.units import agents_of_units, list_units


class Team(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    label: str
    agents: tuple[str, ...]
    """Staff numbers of everybody in the unit and below it."""


def list_teams(db: Connection) -> tuple[Team, ...]:
    """Every unit with agents, in the order of the organisation."""
    teams = (
        Team(id=unit.id, label=unit.label, agents=agents_of_units(db, (unit.id,)))
        for unit in list_units(db)
        if unit.active
    )
    return tuple(team for team in teams if team.agents)
