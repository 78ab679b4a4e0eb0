"""Accounts of the people who work here, and the roles they may have."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from appliance.store.connection import Connection
from appliance.store.roles import Role, list_roles
from appliance.store.users import User, UserDraft, add_user, get_user, list_users, set_password, update_user
from appliance.telephony.ids import AgentId
from webui.auth.access import needs, signed_in
from webui.auth.passwords import weakness
from webui.auth.permissions import P
from webui.auth.permissions import Role as BuiltIn
from webui.errors import Refusal
from webui.handlers.base import ApiHandler

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
StaffNumber = Annotated[str, msgspec.Meta(max_length=12, pattern=r"^[0-9A-Za-z]*$")]


class UserChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    login: Text
    name: Text
    roles: tuple[str, ...]
    agent: StaffNumber | None = None
    """Staff number; needed to sign in at a seat."""
    active: bool = True
    password: str | None = None
    """A new password, to be changed at the next login; null keeps the old one."""

    def draft(self, *, must_change_password: bool) -> UserDraft:
        return UserDraft(
            login=self.login,
            name=self.name,
            roles=self.roles,
            agent=AgentId(self.agent) if self.agent else None,
            active=self.active,
            must_change_password=must_change_password,
        )


class NewUser(UserChange, frozen=True, kw_only=True, forbid_unknown_fields=True):
    password: str


class PermissionView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    label: str
    description: str
    area: str
    risk: int
    scoped: bool


class UsersHandler(ApiHandler):
    @needs(P.ADM_USER)
    async def get(self) -> list[User]:
        """Everybody with an account."""
        return await self.context.database.read(list_users)

    @needs(P.ADM_USER)
    async def post(self, body: NewUser) -> User:
        """Add a person, who changes the password at the first login."""
        if said := weakness(body.password, body.login):
            raise Refusal(422, said, "password")
        password_hash = await self.context.passwords.hash(body.password)
        user = await self.context.database.write(
            add_user, body.draft(must_change_password=True), password_hash, datetime.now().astimezone()
        )
        await self.audit("adm.user", "user", str(user.id), after=msgspec.json.encode(user).decode())
        return user


class UserHandler(ApiHandler):
    @needs(P.ADM_USER)
    async def put(self, user_id: str, body: UserChange) -> User:
        """Change a person; sessions see new roles at once, those of somebody switched off end."""
        number = int(user_id)
        before = await self.context.database.read(get_user, number)
        if number == self.me.user.id:
            _keep_reasonable(before, body)
        if body.password is not None:
            self.require(P.ADM_RESET_PWD)
            if said := weakness(body.password, body.login):
                raise Refusal(422, said, "password")
        password_hash = None if body.password is None else await self.context.passwords.hash(body.password)
        user = await self.context.database.write(_change_user, before, body, password_hash)
        if password_hash is not None:
            await self.context.sessions.end_all_of(number)
        await self.context.sessions.reload(number)
        await self.audit("adm.user", "user", user_id, after=msgspec.json.encode(user).decode())
        return user


class RolesHandler(ApiHandler):
    @needs(P.ADM_USER)
    async def get(self) -> list[Role]:
        """Every role with the ids of its permissions."""
        return await self.context.database.read(list_roles)


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
            )
            for permission in P
        ]


def _change_user(db: Connection, before: User, change: UserChange, password_hash: str | None) -> User:
    must_change = before.must_change_password or password_hash is not None
    update_user(
        db, before.id, msgspec.structs.replace(change.draft(must_change_password=must_change), unit=before.unit)
    )
    if password_hash is not None:
        set_password(db, before.id, password_hash, must_change=True)
    return get_user(db, before.id)


def _keep_reasonable(before: User, change: UserChange) -> None:
    """Nobody locks themselves out or gives themselves more. Raises `Refusal`."""
    if not change.active:
        raise Refusal(422, "不能停用自己的账号，请由其他系统管理员操作。", "active")
    if BuiltIn.ADMIN in before.roles and BuiltIn.ADMIN not in change.roles:
        raise Refusal(422, "不能取消自己的系统管理员角色，请由其他系统管理员操作。", "roles")
    if set(change.roles) - set(before.roles):
        raise Refusal(422, "不能给自己增加角色，请由其他系统管理员操作。", "roles")
    if change.password is not None:
        raise Refusal(422, "请在“修改密码”中修改自己的密码。", "password")
