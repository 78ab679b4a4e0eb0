"""Data policies: per kind of thing, whose a role (or one person) sees, and which of its fields are masked.

A policy belongs to a role; a person has the widest reach of the roles that open such things at all, unless the person
has a policy of the own. What was never set is as `default_policy` says.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from appliance.store.connection import Connection, execute, fetch_all


class PolicyObject(StrEnum):
    CALL = "call"
    RECORDING = "recording"
    VOICEMAIL = "voicemail"
    CUSTOMER = "customer"
    TICKET = "ticket"
    REPORT = "report"


class Level(StrEnum):
    """Each of the first four holds all of the one before it."""

    OWN = "own"
    TEAM = "team"
    DEPARTMENT = "department"
    ORGANISATION = "organisation"
    UNITS = "units"
    """The own, and those of chosen units and below them."""
    AREAS = "areas"
    """The own, and those of customers of chosen areas."""


class MaskedField(StrEnum):
    NUMBER = "number"
    ID_NUMBER = "id_number"
    ADDRESS = "address"


class DataPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    object: PolicyObject
    level: Level
    units: tuple[int, ...] = ()
    """For `units`."""
    areas: tuple[str, ...] = ()
    """For `areas`."""
    masked: tuple[MaskedField, ...] = ()


GATES: dict[PolicyObject, frozenset[str]] = {
    PolicyObject.CALL: frozenset(
        {"call.view", "mon.queue", "mon.agents", "mon.listen", "mon.whisper", "mon.barge", "mon.hangup"}
    ),
    PolicyObject.RECORDING: frozenset({"rec.list", "rec.play", "rec.play_own"}),
    PolicyObject.VOICEMAIL: frozenset({"vm.own", "vm.sub"}),
    PolicyObject.CUSTOMER: frozenset({"cust.view"}),
    PolicyObject.TICKET: frozenset({"tkt.view"}),
    PolicyObject.REPORT: frozenset({"rpt.traffic", "rpt.agent", "rpt.business", "rpt.satisfaction", "rpt.sla"}),
}
"""Permissions that open such things: the policy of a role with none of them does not count."""

_LEVELS = {"manager": Level.ORGANISATION, "quality": Level.ORGANISATION, "leader": Level.TEAM}
_SHARED = frozenset({PolicyObject.CUSTOMER, PolicyObject.VOICEMAIL})
"""Everybody may have to do with every customer; voicemails have bounds of their own that a policy can only narrow."""


def default_policy(role: str, kind: PolicyObject) -> DataPolicy:
    """Of a role for which nobody set one."""
    level = Level.ORGANISATION if kind in _SHARED else _LEVELS.get(role, Level.OWN)
    return DataPolicy(object=kind, level=level)


def role_holder(role: str) -> str:
    return f"role:{role}"


def user_holder(user_id: int) -> str:
    return f"user:{user_id}"


def set_policies(db: Connection, holder: str) -> dict[PolicyObject, DataPolicy]:
    """What was set for a role or a person; without defaults."""
    rows = fetch_all(db, "SELECT object, level, units, areas, masked FROM data_policies WHERE holder = ?", (holder,))
    return {
        PolicyObject(kind): DataPolicy(
            object=PolicyObject(kind),
            level=Level(level),
            units=msgspec.json.decode(units, type=tuple[int, ...]),
            areas=msgspec.json.decode(areas, type=tuple[str, ...]),
            masked=msgspec.json.decode(masked, type=tuple[MaskedField, ...]),
        )
        for kind, level, units, areas, masked in rows
    }


def policies_of_role(db: Connection, role: str) -> tuple[DataPolicy, ...]:
    """One per kind of thing."""
    known = set_policies(db, role_holder(role))
    return tuple(known.get(kind) or default_policy(role, kind) for kind in PolicyObject)


def replace_policies(db: Connection, holder: str, policies: Iterable[DataPolicy]) -> None:
    """What is not among them is as by default again."""
    execute(db, "DELETE FROM data_policies WHERE holder = ?", (holder,))
    for policy in {policy.object: policy for policy in policies}.values():
        execute(
            db,
            "INSERT INTO data_policies (holder, object, level, units, areas, masked) VALUES (?, ?, ?, ?, ?, ?)",
            (
                holder,
                policy.object.value,
                policy.level.value,
                msgspec.json.encode(policy.units).decode(),
                msgspec.json.encode(policy.areas).decode(),
                msgspec.json.encode(policy.masked).decode(),
            ),
        )
