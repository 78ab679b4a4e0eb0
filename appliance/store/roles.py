"""Roles: named sets of permission ids. The catalogue of permissions belongs to the web's auth."""

from __future__ import annotations

import msgspec

from appliance.store.connection import Connection, execute, fetch_all
from appliance.store.errors import ConflictError, InvalidError, NotFoundError
from appliance.store.models.people import RolePermissionTable, RoleTable, UserRoleTable


class Role(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    label: str
    permissions: tuple[str, ...] = ()
    built_in: bool = False


def list_roles(db: Connection) -> list[Role]:
    """Every role with its permissions, built-in ones first."""
    return [_role(db, row) for row in RoleTable.select().order_by(RoleTable.position, RoleTable.id).execute(db)]


def get_role(db: Connection, role_id: str) -> Role:
    """Raises `NotFoundError`."""
    row = RoleTable.select().where(RoleTable.id == role_id).first(db)
    if row is None:
        raise NotFoundError(f"没有角色“{role_id}”。")
    return _role(db, row)


def save_role(db: Connection, role_id: str, label: str, permissions: tuple[str, ...]) -> Role:
    """Add the role or replace label and permissions. Raises `InvalidError` for an empty id or label."""
    if not role_id.strip():
        raise InvalidError("角色编号不能为空。", "id")
    if not label.strip():
        raise InvalidError("角色名称不能为空。", "label")
    position = RoleTable.select().count(db)
    RoleTable.insert(id=role_id, label=label.strip(), position=position).on_conflict(
        conflict_target=[RoleTable.id], update={RoleTable.label: label.strip()}
    ).execute(db)
    RolePermissionTable.delete().where(RolePermissionTable.role_id == role_id).execute(db)
    for permission in dict.fromkeys(permissions):
        RolePermissionTable.insert(role_id=role_id, permission=permission).execute(db)
    return get_role(db, role_id)


def holders_of(db: Connection, *permissions: str) -> set[int]:
    """Active users who hold all of these permissions."""
    found: set[int] | None = None
    for permission in permissions:
        rows = fetch_all(
            db,
            "SELECT DISTINCT r.user_id FROM user_roles r JOIN role_permissions p ON p.role_id = r.role_id"
            " JOIN users u ON u.id = r.user_id WHERE u.active = 1 AND p.permission = ?",
            (permission,),
        )
        here = {user_id for (user_id,) in rows}
        found = here if found is None else found & here
    return found or set()


def delete_role(db: Connection, role_id: str) -> None:
    """Raises `ConflictError` for a built-in role or one that users still have, `NotFoundError`."""
    role = get_role(db, role_id)
    if role.built_in:
        raise ConflictError(f"“{role.label}”是内置角色，不能删除，可以修改其权限。")
    users = UserRoleTable.select().where(UserRoleTable.role_id == role_id).count(db)
    if users:
        raise ConflictError(f"还有 {users} 个用户属于“{role.label}”，请先给他们换角色。")
    execute(db, "DELETE FROM data_policies WHERE holder = ?", (f"role:{role_id}",))
    RoleTable.delete().where(RoleTable.id == role_id).execute(db)


def _role(db: Connection, row: RoleTable) -> Role:
    permissions = (
        RolePermissionTable.select(RolePermissionTable.permission)
        .where(RolePermissionTable.role_id == row.id)
        .order_by(RolePermissionTable.permission)
        .tuples()
    )
    return Role(
        id=row.id,
        label=row.label,
        permissions=tuple(permission for (permission,) in permissions.execute(db)),
        built_in=bool(row.built_in),
    )
