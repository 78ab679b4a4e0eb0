"""Names for the ids that stand in the operation log, also of what is retired or deleted by now."""

from __future__ import annotations

import msgspec

from appliance.store.connection import Connection, fetch_all
from appliance.store.roles import list_roles
from appliance.store.units import list_units
from appliance.store.users import list_users


class AuditNames(msgspec.Struct, frozen=True, kw_only=True):
    """By id. Those of deleted roles and units are what they were called last."""

    roles: dict[str, str]
    units: dict[str, str]
    users: dict[str, str]


class _Named(msgspec.Struct):
    label: str = ""


def audit_names(db: Connection) -> AuditNames:
    """Of every role, unit and person that there is or was."""
    return AuditNames(
        roles=_deleted(db, "role") | {role.id: role.label for role in list_roles(db)},
        units=_deleted(db, "unit") | {str(unit.id): unit.label for unit in list_units(db)},
        users={str(user.id): user.name for user in list_users(db)},
    )


def _deleted(db: Connection, subject: str) -> dict[str, str]:
    """An entry with nothing after it says what was deleted."""
    rows = fetch_all(
        db,
        "SELECT subject_id, before FROM audit_entries WHERE subject = ? AND after = '' AND before <> '' ORDER BY id",
        (subject,),
    )
    named = ((str(subject_id), _label(before)) for subject_id, before in rows)
    return {subject_id: label for subject_id, label in named if label}


def _label(before: str) -> str:
    try:
        return msgspec.json.decode(before, type=_Named).label
    except msgspec.DecodeError:
        return ""
