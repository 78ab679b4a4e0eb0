"""What the conditions of a search may be about: people, units, and the values that customers and tickets have."""

from __future__ import annotations

import msgspec

from appliance.store.connection import Connection, fetch_all
from appliance.store.units import list_units
from appliance.store.users import list_users
from appliance.telephony.ids import AgentId


class AgentChoice(msgspec.Struct, frozen=True, kw_only=True):
    agent: AgentId
    name: str


class UnitChoice(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    parent: int | None
    label: str


class CallChoices(msgspec.Struct, frozen=True, kw_only=True):
    agents: tuple[AgentChoice, ...]
    """Also people who have left: their calls are still there."""
    units: tuple[UnitChoice, ...]
    statuses: tuple[str, ...]
    levels: tuple[str, ...]
    areas: tuple[str, ...]
    ticket_kinds: tuple[str, ...]
    ticket_statuses: tuple[str, ...]


def call_choices(db: Connection) -> CallChoices:
    """As things are now."""
    agents = (AgentChoice(agent=user.agent, name=user.name) for user in list_users(db) if user.agent)
    return CallChoices(
        agents=tuple(sorted(agents, key=lambda each: each.agent)),
        units=tuple(UnitChoice(id=unit.id, parent=unit.parent, label=unit.label) for unit in list_units(db)),
        statuses=_values(db, "customers", "status"),
        levels=_values(db, "customers", "level"),
        areas=_values(db, "customers", "area"),
        ticket_kinds=_values(db, "tickets", "kind"),
        ticket_statuses=_values(db, "tickets", "status"),
    )


def _values(db: Connection, table: str, column: str) -> tuple[str, ...]:
    rows = fetch_all(db, f"SELECT DISTINCT {column} FROM {table} WHERE {column} <> '' ORDER BY {column}")  # noqa: S608
    return tuple(str(value) for (value,) in rows)
