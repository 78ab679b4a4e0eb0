"""What one person sees: the data policies of the person's roles, worked out on the organisation as it is now.

A level is a set of people. The *team* is everybody in and below the nearest team above a person (without one, those who
hang on the very same unit); the *department* likewise (without one, the team); the *organisation* is everybody below
the nearest organisation, and simply everybody where there is one only. A bureau without units is one team. Whoever
has no unit where others have one is of the same team as all who have none, and stands above all organisations.
So each level holds all of the one before it, and its results do too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from appliance.store.call_clause import among
from appliance.store.connection import Connection, fetch_all
from appliance.store.policies import (
    GATES,
    DataPolicy,
    Level,
    MaskedField,
    PolicyObject,
    default_policy,
    role_holder,
    set_policies,
    user_holder,
)
from appliance.store.scope import Scope
from appliance.store.units import Unit, UnitKind, list_units
from appliance.telephony.ids import AgentId


class CustomerScope(msgspec.Struct, frozen=True, kw_only=True):
    """Which customers a person sees."""

    everything: bool = False
    areas: tuple[str, ...] = ()
    managers: tuple[AgentId, ...] = ()
    """Customers of the areas that these people look after."""


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What one person sees of each kind of thing."""

    calls: Scope = Scope()
    recordings: Scope = Scope()
    voicemails: Scope = Scope()
    """Narrows who may hear a voicemail (`voicemail_reach`), never widens it."""
    tickets: Scope = Scope()
    reports: Scope = Scope()
    customers: CustomerScope = CustomerScope()
    masked: frozenset[tuple[PolicyObject, MaskedField]] = frozenset()

    def hides(self, kind: PolicyObject, field: MaskedField) -> bool:
        return (kind, field) in self.masked

    def sees_agent(self, agent: str | None) -> bool:
        """Whether somebody's work is within the calls that are seen; None: nobody's."""
        return self.calls.everything or (self.calls.unassigned if agent is None else agent in self.calls.agents)


_EVERY = Scope(everything=True)
EVERYTHING_IN_SIGHT = Sight(
    calls=_EVERY, recordings=_EVERY, voicemails=_EVERY, tickets=_EVERY, reports=_EVERY,
    customers=CustomerScope(everything=True),
)  # fmt: skip
"""For programs, which have a reach of their own."""


class Staffing(msgspec.Struct, frozen=True, kw_only=True):
    """Units, and the staff numbers of the people that hang on each (None: on no unit)."""

    units: Mapping[int, Unit]
    members: Mapping[int | None, frozenset[str]]

    def at_level(self, level: Level, unit: int | None) -> frozenset[str] | None:
        """Staff numbers of everybody at a level around somebody in `unit`, None: everybody, with
        an account or not. Levels that are not about the organisation are of nobody.
        """
        if level not in (Level.TEAM, Level.DEPARTMENT, Level.ORGANISATION):
            return frozenset()
        if not any(each.active for each in self.units.values()):
            return None
        if unit is None:
            return None if level is Level.ORGANISATION else self.members.get(None, frozenset())
        team = self._around(unit, UnitKind.TEAM)
        if level is Level.TEAM:
            return self.below((team,)) if team is not None else self.members.get(unit, frozenset())
        department = self._around(unit if team is None else team, UnitKind.DEPARTMENT)
        if level is Level.DEPARTMENT:
            return self.at_level(Level.TEAM, unit) if department is None else self.below((department,))
        tops = [each.id for each in self.units.values() if each.parent is None and each.active]
        smaller = team if department is None else department
        organisation = self._around(unit if smaller is None else smaller, UnitKind.ORGANISATION)
        top = self._top(unit) if organisation is None else organisation
        return None if tops == [top] else self.below((top,))

    def below(self, units: Iterable[int]) -> frozenset[str]:
        """Staff numbers of everybody in these units or below them."""
        children: dict[int | None, list[int]] = {}
        for each in self.units.values():
            children.setdefault(each.parent, []).append(each.id)
        found: set[str] = set()
        todo = [unit for unit in units if unit in self.units]
        while todo:
            unit = todo.pop()
            found |= self.members.get(unit, frozenset())
            todo += children.get(unit, [])
        return frozenset(found)

    def _around(self, unit: int, kind: UnitKind) -> int | None:
        """The nearest unit of this kind, from `unit` upwards."""
        at: int | None = unit
        while at is not None and at in self.units:
            if self.units[at].kind is kind:
                return at
            at = self.units[at].parent
        return None

    def _top(self, unit: int) -> int:
        while unit in self.units and (parent := self.units[unit].parent) is not None:
            unit = parent
        return unit


def sight_of(db: Connection, user_id: int) -> Sight:
    """What the user sees now. Somebody unknown sees nothing."""
    rows = fetch_all(db, "SELECT agent, unit_id FROM users WHERE id = ?", (user_id,))
    if not rows:
        return Sight()
    agent, unit = rows[0]
    roles = [role for (role,) in fetch_all(db, "SELECT role_id FROM user_roles WHERE user_id = ?", (user_id,))]
    mine = set_policies(db, user_holder(user_id))
    of_roles = {role: set_policies(db, role_holder(role)) for role in roles}
    gates = _gates(db, roles)
    policies: dict[PolicyObject, list[DataPolicy]] = {}
    for kind in PolicyObject:
        if kind in mine:
            policies[kind] = [mine[kind]]
        else:
            opening = [role for role in roles if gates[role] & GATES[kind]]
            policies[kind] = [of_roles[role].get(kind) or default_policy(role, kind) for role in opening]
    return compose(policies, staffing(db), None if agent is None else AgentId(agent), unit)


def staffing(db: Connection) -> Staffing:
    """Units and people as they are now, also those who have left."""
    members: dict[int | None, set[str]] = {}
    for unit, agent in fetch_all(db, "SELECT unit_id, agent FROM users WHERE agent IS NOT NULL"):
        members.setdefault(unit, set()).add(agent)
    return Staffing(
        units={unit.id: unit for unit in list_units(db)},
        members={unit: frozenset(agents) for unit, agents in members.items()},
    )


def areas_in_use(db: Connection) -> tuple[str, ...]:
    """Areas of the bureau's list, and those that customers are of."""
    rows = fetch_all(db, "SELECT label FROM areas UNION SELECT area FROM customers WHERE area <> '' ORDER BY 1")
    return tuple(area for (area,) in rows)


def compose(
    policies: Mapping[PolicyObject, list[DataPolicy]], around: Staffing, agent: AgentId | None, unit: int | None
) -> Sight:
    """The widest of each list of policies together; a field is masked where all of them mask it. Pure."""
    scopes = {kind: _scope(policies.get(kind, []), around, agent, unit) for kind in PolicyObject}
    customer = scopes[PolicyObject.CUSTOMER]
    return Sight(
        calls=scopes[PolicyObject.CALL],
        recordings=scopes[PolicyObject.RECORDING],
        voicemails=scopes[PolicyObject.VOICEMAIL],
        tickets=scopes[PolicyObject.TICKET],
        reports=scopes[PolicyObject.REPORT],
        customers=CustomerScope(everything=customer.everything, areas=customer.areas, managers=customer.agents),
        masked=frozenset(
            (kind, field)
            for kind, given in policies.items()
            for field in MaskedField
            if given and all(field in policy.masked for policy in given)
        ),
    )


def _scope(policies: list[DataPolicy], around: Staffing, agent: AgentId | None, unit: int | None) -> Scope:
    agents = {agent} if agent else set()
    areas: set[str] = set()
    for policy in policies:
        at_level = around.at_level(policy.level, unit)
        if at_level is None:
            return Scope(everything=True)
        agents |= {AgentId(each) for each in at_level}
        if policy.level is Level.UNITS:
            agents |= {AgentId(each) for each in around.below(policy.units)}
        elif policy.level is Level.AREAS:
            areas |= set(policy.areas)
    return Scope(agents=tuple(sorted(agents)), areas=tuple(sorted(areas)), unassigned=True)


def is_wider(new: Sight, old: Sight) -> bool:
    """Whether somebody sees anything in `new` that is not in `old`."""
    pairs = (
        (new.calls, old.calls),
        (new.recordings, old.recordings),
        (new.voicemails, old.voicemails),
        (new.tickets, old.tickets),
        (new.reports, old.reports),
    )
    customers = Scope(everything=new.customers.everything, agents=new.customers.managers, areas=new.customers.areas)
    were = Scope(everything=old.customers.everything, agents=old.customers.managers, areas=old.customers.areas)
    return bool(old.masked - new.masked) or any(not _holds(was, now) for now, was in (*pairs, (customers, were)))


def _holds(wide: Scope, narrow: Scope) -> bool:
    if wide.everything:
        return True
    return (
        not narrow.everything
        and set(narrow.agents) <= set(wide.agents)
        and set(narrow.areas) <= set(wide.areas)
        and (wide.unassigned or not narrow.unassigned)
    )


def _gates(db: Connection, roles: list[str]) -> dict[str, set[str]]:
    held: dict[str, set[str]] = {role: set() for role in roles}
    if roles:
        sql, parameters = among("role_id", tuple(roles))
        for role, permission in fetch_all(
            db, f"SELECT role_id, permission FROM role_permissions WHERE {sql}", parameters  # noqa: S608 marks only
        ):  # fmt: skip
            held[role].add(permission)
    return held
