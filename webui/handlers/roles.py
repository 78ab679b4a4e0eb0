"""Roles: bundles of the 150 permissions, with what their holders see."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec

from appliance.store.connection import Connection
from appliance.store.errors import ConflictError, InvalidError
from appliance.store.policies import (
    DataPolicy,
    default_policy,
    policies_of_role,
    replace_policies,
    role_holder,
    set_policies,
)
from appliance.store.roles import Role, delete_role, get_role, list_roles, save_role
from webui.auth.access import needs, signed_in
from webui.auth.permissions import P
from webui.auth.standing import guarded
from webui.errors import Refusal
from webui.handlers.base import NOTHING, ApiHandler, Nothing

Label = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class RoleView(Role, frozen=True, kw_only=True):
    policies: tuple[DataPolicy, ...]
    """What holders see, one of each kind."""
    changed: bool
    """A built-in one is not as it came."""


class RoleChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    label: Label
    permissions: tuple[str, ...]
    policies: tuple[DataPolicy, ...] | None = None
    """None: as they are; needs adm.scope otherwise. A kind left out is as by default."""


class PermissionView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    label: str
    description: str
    area: str
    risk: int
    scoped: bool
    in_use: bool
    """False: what it is for is not in this version."""


class RolesHandler(ApiHandler):
    @needs(P.ADM_USER, P.ADM_ROLE)
    async def get(self) -> list[RoleView]:
        """Every role with the ids of its permissions and its data policies."""
        return await self.context.database.read(_views)

    @needs(P.ADM_ROLE)
    async def post(self, body: RoleChange) -> RoleView:
        """A role of the bureau's own."""
        if body.policies is not None:
            self.require(P.ADM_SCOPE)
        view = await self.context.database.write(guarded, self.me, _save, "", body)
        await self.audit("adm.role", "role", view.id, after=_text(view))
        return view


class RoleHandler(ApiHandler):
    @needs(P.ADM_ROLE)
    async def put(self, role_id: str, body: RoleChange) -> RoleView:
        """Replace its name, permissions and policies; its holders' sessions follow at once."""
        before = await self.context.database.read(_view, role_id)
        if body.policies is not None and set(body.policies) != set(before.policies):
            self.require(P.ADM_SCOPE)
        view = await self.context.database.write(guarded, self.me, _save, role_id, body)
        await self.context.sessions.reload()
        await self.audit("adm.role", "role", role_id, before=_text(before), after=_text(view))
        return view

    @needs(P.ADM_ROLE)
    async def delete(self, role_id: str) -> Nothing:
        """Not a built-in one, and not one that people have."""
        before = await self.context.database.read(_view, role_id)
        await self.context.database.write(delete_role, role_id)
        await self.audit("adm.role", "role", role_id, before=_text(before))
        return NOTHING


class RoleResetHandler(ApiHandler):
    @needs(P.ADM_ROLE)
    async def post(self, role_id: str) -> RoleView:
        """A built-in role as it came, with its policies."""
        before = await self.context.database.read(_view, role_id)
        if not before.built_in:
            raise Refusal(409, f"“{before.label}”是本单位自己的角色，没有出厂设置。")
        self.require(P.ADM_SCOPE)
        as_it_came = RoleChange(label=before.label, permissions=_as_it_came(role_id), policies=())
        view = await self.context.database.write(guarded, self.me, _save, role_id, as_it_came)
        await self.context.sessions.reload()
        await self.audit("adm.role", "role", role_id, before=_text(before), after=_text(view))
        return view


class PermissionsHandler(ApiHandler):
    @signed_in
    async def get(self) -> list[PermissionView]:
        """The catalogue of permissions, in the order of the permission matrix."""
        return [
            PermissionView(
                id=permission.value,
                label=permission.label,
                description=permission.description,
                area=permission.area.label,
                risk=permission.risk,
                scoped=permission.scoped,
                in_use=permission in self.context.permissions_in_use,
            )
            for permission in P
        ]


def _views(db: Connection) -> list[RoleView]:
    return [_view(db, role.id) for role in list_roles(db)]


def _view(db: Connection, role_id: str) -> RoleView:
    role = get_role(db, role_id)
    changed = role.built_in and (
        set(role.permissions) != set(_as_it_came(role_id)) or bool(set_policies(db, role_holder(role_id)))
    )
    return RoleView(
        id=role.id,
        label=role.label,
        permissions=role.permissions,
        built_in=role.built_in,
        policies=policies_of_role(db, role_id),
        changed=changed,
    )


def _save(db: Connection, role_id: str, change: RoleChange) -> RoleView:
    """An empty id: a new one. Raises `InvalidError`, `ConflictError`."""
    known = {permission.value for permission in P}
    for permission in change.permissions:
        if permission not in known:
            raise InvalidError(f"没有权限“{permission}”。", "permissions")
    roles = list_roles(db)
    if any(role.label == change.label.strip() and role.id != role_id for role in roles):
        raise ConflictError(f"已经有角色“{change.label.strip()}”，请换一个名称。", "label")
    if not role_id:
        numbers = [int(role.id[5:]) for role in roles if re.fullmatch(r"role-\d+", role.id)]
        role_id = f"role-{max(numbers, default=0) + 1}"
    save_role(db, role_id, change.label, change.permissions)
    if change.policies is not None:
        set_apart = [each for each in change.policies if each != default_policy(role_id, each.object)]
        replace_policies(db, role_holder(role_id), set_apart)
    return _view(db, role_id)


def _as_it_came(role_id: str) -> tuple[str, ...]:
    return tuple(permission.value for permission in P if role_id in permission.roles)


def _text(view: RoleView) -> str:
    return msgspec.json.encode(view).decode()
