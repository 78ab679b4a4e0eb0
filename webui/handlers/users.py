"""Accounts of the people who work here."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from appliance.store.connection import Connection
from appliance.store.users import (
    User,
    UserDraft,
    add_user,
    get_user,
    list_users,
    permissions_of,
    set_password,
    update_user,
)
from appliance.telephony.ids import AgentId
from webui.auth.access import needs
from webui.auth.newpassword import new_password
from webui.auth.passwords import weakness
from webui.auth.permissions import P
from webui.auth.permissions import Role as BuiltIn
from webui.auth.sessions import Caller
from webui.auth.standing import guarded, permissions_in, require_over
from webui.errors import Refusal
from webui.handlers.base import NOTHING, ApiHandler, Nothing

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
StaffNumber = Annotated[str, msgspec.Meta(max_length=12, pattern=r"^[0-9A-Za-z]*$")]


class UserChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    login: Text
    name: Text
    roles: tuple[str, ...]
    agent: StaffNumber | None = None
    """Staff number; needed to sign in at a seat."""
    unit: int | msgspec.UnsetType | None = msgspec.UNSET
    """Where the person belongs; left out: as before."""
    active: bool = True
    password: str | None = None
    """A new password, to be changed at the next login; null keeps the old one."""

    def draft(self, before: User | None, *, must_change_password: bool) -> UserDraft:
        unit = self.unit
        if unit is msgspec.UNSET:
            unit = before.unit if before else None
        return UserDraft(
            login=self.login,
            name=self.name,
            roles=self.roles,
            agent=AgentId(self.agent) if self.agent else None,
            unit=unit,
            active=self.active,
            must_change_password=must_change_password,
        )


class NewUser(UserChange, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without a password the box makes one up."""


class NewAccount(User, frozen=True, kw_only=True):
    password: str
    """For the slip of paper, if the box made it up; told this once."""


class Slip(msgspec.Struct, frozen=True, kw_only=True):
    login: str
    name: str
    password: str
    """Told this once; to be changed at the next login."""


class UsersHandler(ApiHandler):
    @needs(P.ADM_USER)
    async def get(self) -> list[User]:
        """Everybody with an account."""
        return await self.context.database.read(list_users)

    @needs(P.ADM_USER)
    async def post(self, body: NewUser) -> NewAccount:
        """Add a person, who changes the password at the first login."""
        made = "" if body.password else new_password()
        password = body.password or made
        if said := weakness(password, body.login):
            raise Refusal(422, said, "password")
        require_over(self.me, await self.context.database.read(permissions_in, body.roles), "所选角色")
        password_hash = await self.context.passwords.hash(password)
        user = await self.context.database.write(
            guarded,
            self.me,
            add_user,
            body.draft(None, must_change_password=True),
            password_hash,
            datetime.now().astimezone(),
        )
        await self.context.sessions.reload()
        await self.audit("adm.user", "user", str(user.id), after=msgspec.json.encode(user).decode())
        return NewAccount(**{field: getattr(user, field) for field in user.__struct_fields__}, password=made)


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
        given = tuple(role for role in body.roles if role not in before.roles)
        require_over(self.me, await self.context.database.read(permissions_in, given), "所选角色")
        await _require_over_person(self, number)
        password_hash = None if body.password is None else await self.context.passwords.hash(body.password)
        user = await self.context.database.write(_change_user, self.me, before, body, password_hash)
        if password_hash is not None:
            await self.context.sessions.end_all_of(number)
        await self.context.sessions.reload()
        await self.audit(
            "adm.user",
            "user",
            user_id,
            before=msgspec.json.encode(before).decode(),
            after=msgspec.json.encode(user).decode(),
        )
        return user


class UserPasswordHandler(ApiHandler):
    @needs(P.ADM_RESET_PWD)
    async def post(self, user_id: str) -> Slip:
        """A new password for somebody who forgot theirs, made up by the box; all their sessions end."""
        number = int(user_id)
        user = await self.context.database.read(get_user, number)
        if number == self.me.user.id:
            raise Refusal(422, "请在“修改密码”中修改自己的密码。")
        await _require_over_person(self, number)
        password = new_password()
        password_hash = await self.context.passwords.hash(password)
        await self.context.database.write(set_password, number, password_hash, must_change=True)
        await self.context.sessions.end_all_of(number)
        self.context.attempts.release("account", user.login.lower())
        await self.audit("adm.reset_pwd", "user", user_id)
        return Slip(login=user.login, name=user.name, password=password)


class UserSignOutHandler(ApiHandler):
    @needs(P.ADM_KICK)
    async def post(self, user_id: str) -> Nothing:
        """End every session of a person, at once and with all open pages; not the one that asks."""
        number = int(user_id)
        await self.context.database.read(get_user, number)
        await self.context.sessions.end_all_of(number, but=self.me.token_hash)
        await self.audit("adm.kick", "user", user_id)
        return NOTHING


async def _require_over_person(handler: ApiHandler, user_id: int) -> None:
    if user_id != handler.me.user.id:
        held = await handler.context.database.read(permissions_of, user_id)
        require_over(handler.me, held, "此人")


def _change_user(db: Connection, caller: Caller, before: User, change: UserChange, password_hash: str | None) -> User:
    must_change = before.must_change_password or password_hash is not None
    guarded(db, caller, update_user, before.id, change.draft(before, must_change_password=must_change))
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
