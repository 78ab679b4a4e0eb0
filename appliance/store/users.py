"""Users: the people who log in. Hashing is not done here: the caller hands over an argon2 hash and gets it back."""

from __future__ import annotations

from datetime import datetime

import msgspec

from appliance.store.connection import Connection, execute, fetch_all, fetch_value
from appliance.store.errors import ConflictError, InvalidError, NotFoundError
from appliance.store.models.people import RolePermissionTable, RoleTable, UserRoleTable, UserTable
from appliance.telephony.ids import AgentId


class User(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    login: str
    name: str
    roles: tuple[str, ...] = ()
    agent: AgentId | None = None
    """Staff number that the engine knows; unique."""
    unit: int | None = None
    active: bool = True
    must_change_password: bool = False
    created_at: str = ""


FORMER_PASSWORDS = 4
"""So many passwords before the one in force must not come back."""


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What a login is checked against."""

    user: User
    password_hash: str


class UserDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A user as an administrator writes it; without the password."""

    login: str
    name: str
    roles: tuple[str, ...] = ()
    agent: AgentId | None = None
    unit: int | None = None
    active: bool = True
    must_change_password: bool = False


def count_users(db: Connection) -> int:
    """0 only before the first set-up."""
    return int(UserTable.select().count(db))


def list_users(db: Connection) -> list[User]:
    """Everyone, by login."""
    return [_user(db, row) for row in UserTable.select().order_by(UserTable.login).execute(db)]


def get_user(db: Connection, user_id: int) -> User:
    """Raises `NotFoundError`."""
    return _user(db, _row(db, user_id))


def find_user_by_agent(db: Connection, agent: AgentId) -> User | None:
    """The user with this staff number."""
    row = UserTable.select().where(UserTable.agent == agent).first(db)
    return None if row is None else _user(db, row)


def agent_names(db: Connection) -> dict[str, str]:
    """Name of every user with a staff number, by staff number."""
    return dict(fetch_all(db, "SELECT agent, name FROM users WHERE agent IS NOT NULL"))


def find_credentials(db: Connection, login: str) -> Credentials | None:
    """What to check a password against; for a user who is not active too: the caller decides."""
    row = UserTable.select().where(UserTable.login == login).first(db)
    return None if row is None else Credentials(user=_user(db, row), password_hash=row.password_hash)


def get_credentials(db: Connection, user_id: int) -> Credentials:
    """Raises `NotFoundError`."""
    row = _row(db, user_id)
    return Credentials(user=_user(db, row), password_hash=row.password_hash)


def add_user(db: Connection, draft: UserDraft, password_hash: str, at: datetime) -> User:
    """Raises `ConflictError` when login or staff number is taken, `InvalidError` for empty fields or unknown roles."""
    _check(db, draft, None)
    user_id = UserTable.insert(
        login=draft.login.strip(),
        name=draft.name.strip(),
        agent=draft.agent or None,
        unit_id=draft.unit,
        password_hash=password_hash,
        must_change_password=draft.must_change_password,
        active=draft.active,
        created_at=at.isoformat(timespec="seconds"),
    ).execute(db)
    _set_roles(db, user_id, draft.roles)
    return get_user(db, user_id)


def update_user(db: Connection, user_id: int, draft: UserDraft) -> User:
    """Raises as `add_user`, and `NotFoundError`."""
    _row(db, user_id)
    _check(db, draft, user_id)
    UserTable.update(
        login=draft.login.strip(),
        name=draft.name.strip(),
        agent=draft.agent or None,
        unit_id=draft.unit,
        must_change_password=draft.must_change_password,
        active=draft.active,
    ).where(UserTable.id == user_id).execute(db)
    _set_roles(db, user_id, draft.roles)
    return get_user(db, user_id)


def set_password(db: Connection, user_id: int, password_hash: str, *, must_change: bool) -> None:
    """The one before is remembered as a former one. Raises `NotFoundError`."""
    row = _row(db, user_id)
    n = int(fetch_value(db, "SELECT coalesce(max(n), 0) + 1 FROM former_passwords WHERE user_id = ?", (user_id,)))
    execute(
        db,
        "INSERT INTO former_passwords (user_id, n, password_hash) VALUES (?, ?, ?)",
        (user_id, n, row.password_hash),
    )
    execute(db, "DELETE FROM former_passwords WHERE user_id = ? AND n <= ?", (user_id, n - FORMER_PASSWORDS))
    change = UserTable.update(password_hash=password_hash, must_change_password=must_change)
    change.where(UserTable.id == user_id).execute(db)


def former_passwords(db: Connection, user_id: int) -> tuple[str, ...]:
    """Hashes of the passwords before the one in force, newest first."""
    rows = fetch_all(db, "SELECT password_hash FROM former_passwords WHERE user_id = ? ORDER BY n DESC", (user_id,))
    return tuple(password_hash for (password_hash,) in rows)


def permissions_of(db: Connection, user_id: int) -> frozenset[str]:
    """Permission ids that the user's roles give together."""
    query = (
        RolePermissionTable.select(RolePermissionTable.permission)
        .join(UserRoleTable, on=(UserRoleTable.role_id == RolePermissionTable.role_id))
        .where(UserRoleTable.user_id == user_id)
        .tuples()
    )
    return frozenset(permission for (permission,) in query.execute(db))


def _row(db: Connection, user_id: int) -> UserTable:
    row: UserTable | None = UserTable.select().where(UserTable.id == user_id).first(db)
    if row is None:
        raise NotFoundError("没有这个用户，可能已被删除。请刷新页面。")
    return row


def _user(db: Connection, row: UserTable) -> User:
    roles = (
        UserRoleTable.select(UserRoleTable.role_id)
        .join(RoleTable, on=(RoleTable.id == UserRoleTable.role_id))
        .where(UserRoleTable.user_id == row.id)
        .order_by(RoleTable.position, RoleTable.id)
        .tuples()
    )
    return User(
        id=row.id,
        login=row.login,
        name=row.name,
        roles=tuple(role for (role,) in roles.execute(db)),
        agent=None if row.agent is None else AgentId(row.agent),
        unit=row.unit_id,
        active=bool(row.active),
        must_change_password=bool(row.must_change_password),
        created_at=row.created_at,
    )


def _check(db: Connection, draft: UserDraft, user_id: int | None) -> None:
    if not draft.login.strip():
        raise InvalidError("登录名不能为空。", "login")
    if not draft.name.strip():
        raise InvalidError("姓名不能为空。", "name")
    other = (
        UserTable.select().where((UserTable.login == draft.login.strip()) & (UserTable.id != (user_id or 0))).first(db)
    )
    if other is not None:
        raise ConflictError(f"登录名“{draft.login.strip()}”已被使用，请换一个。", "login")
    if draft.agent:
        other = UserTable.select().where((UserTable.agent == draft.agent) & (UserTable.id != (user_id or 0))).first(db)
        if other is not None:
            raise ConflictError(f"工号“{draft.agent}”已属于{other.name}，请换一个。", "agent")
    unit_there = draft.unit is None or fetch_value(
        db, "SELECT count(*) FROM units WHERE id = ? AND (active = 1 OR ? = 0)", (draft.unit, int(draft.active))
    )
    if not unit_there:
        raise InvalidError("所选的单位不存在或已停用，请另选一个。", "unit")
    known = {role_id for (role_id,) in RoleTable.select(RoleTable.id).tuples().execute(db)}
    for role in draft.roles:
        if role not in known:
            raise InvalidError(f"没有角色“{role}”。", "roles")


def _set_roles(db: Connection, user_id: int, roles: tuple[str, ...]) -> None:
    UserRoleTable.delete().where(UserRoleTable.user_id == user_id).execute(db)
    for role in dict.fromkeys(roles):
        UserRoleTable.insert(user_id=user_id, role_id=role).execute(db)
