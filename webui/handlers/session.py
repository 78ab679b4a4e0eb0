"""First set-up, login, logout, own password, and who am I."""

from __future__ import annotations

import asyncio
import math
import re
from datetime import datetime
from typing import Annotated

import msgspec

from appliance.store.connection import Connection
from appliance.store.errors import ConflictError
from appliance.store.users import (
    User,
    UserDraft,
    add_user,
    count_users,
    find_credentials,
    former_passwords,
    get_credentials,
    set_password,
)
from appliance.support.firstboot import FirstRunSecret
from appliance.telephony.ids import AgentId
from appliance.wire.client import EngineDown
from appliance.wire.messages import ReloadCallPlan
from webui.auth.access import before_password_change, public, signed_in
from webui.auth.passwords import weakness
from webui.auth.permissions import Role
from webui.errors import Refusal
from webui.handlers.base import NOTHING, ApiHandler, Nothing

_AREA_CODE = re.compile(r"(0\d{2,3})-")
FIRST_LOGIN = "admin"
FIRST_AGENT = AgentId("1001")
FIRST_ROLES = (Role.ADMIN, Role.MANAGER, Role.LEADER, Role.AGENT)
"""In a bureau of four the person who sets the box up also leads and answers; take roles away when others come."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """The signed-in user."""

    id: int
    login: str
    name: str
    roles: tuple[str, ...]
    permissions: tuple[str, ...]
    agent: AgentId | None
    must_change_password: bool


class SessionState(msgspec.Struct, frozen=True, kw_only=True):
    version: str
    set_up: bool
    """False until the first user exists: show the set-up page."""
    secret_needed: bool
    """The first user must know the secret of the box's label."""
    simulated: bool
    virtual_phones: bool
    """There are phones with their hooks in the browser: the simulated card's, or sound cards."""
    bureau: str
    hotline: str
    user: Person | None


class SetUp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    password: str
    name: Annotated[str, msgspec.Meta(max_length=40)] = "系统管理员"
    bureau: Annotated[str, msgspec.Meta(max_length=60)] = ""
    hotline: Annotated[str, msgspec.Meta(max_length=20, pattern=r"^[0-9-]*$")] = ""
    secret: Annotated[str, msgspec.Meta(max_length=40)] = ""
    """From the box's label or screen, where one is asked for."""


class Login(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    login: Annotated[str, msgspec.Meta(max_length=64)]
    password: Annotated[str, msgspec.Meta(max_length=1024)]


class NewPassword(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    old: Annotated[str, msgspec.Meta(max_length=1024)]
    new: Annotated[str, msgspec.Meta(max_length=1024)]


class Confirmation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    password: Annotated[str, msgspec.Meta(max_length=1024)]


class ConfirmationState(msgspec.Struct, frozen=True, kw_only=True):
    confirmed: bool


class _Entry(ApiHandler):
    """What entering has in common."""

    async def state(self) -> SessionState:
        plan = await self.context.plan.read()
        caller = self.caller
        assert self.xsrf_token  # makes sure that the page gets the cookie
        return SessionState(
            version=self.context.version,
            set_up=caller is not None or await self.context.database.read(count_users) > 0,
            secret_needed=self.context.settings.web.first_run_secret,
            simulated=any(card.family == "sim" for card in self.context.settings.cards),
            virtual_phones=self.context.virtual_phones,
            bureau=plan.bureau if plan else "",
            hotline=plan.hotline if plan else "",
            user=None
            if caller is None
            else Person(
                id=caller.user.id,
                login=caller.user.login,
                name=caller.user.name,
                roles=caller.user.roles,
                permissions=tuple(sorted(permission.value for permission in caller.permissions)),
                agent=caller.user.agent,
                must_change_password=caller.user.must_change_password,
            ),
        )

    async def enter(self, user: User) -> None:
        """Open a session under a new token and set its cookie."""
        browser = self.request.headers.get("User-Agent", "")[:200]
        token, self.caller = await self.context.sessions.open(
            user, self.address, self.get_cookie(self.session_cookie), browser
        )
        self.set_cookie(self.session_cookie, token, httponly=True, samesite="Strict", secure=self.secure, path="/")


class SessionHandler(_Entry):
    @public
    async def get(self) -> SessionState:
        """Version, whether the box is set up, and who is signed in."""
        return await self.state()


class SetUpHandler(_Entry):
    @public
    async def post(self, body: SetUp) -> SessionState:
        """Create the first user, who is signed in afterwards; 409 once a user exists.

        Where `secret_needed`, 422 without the secret of the label; tries are limited as at the sign-in.
        """
        if await self.context.database.read(count_users) > 0:
            raise _already_set_up()
        if self.context.settings.web.first_run_secret:
            await self._ask_for_secret(body.secret)
        if said := weakness(body.password, FIRST_LOGIN):
            raise Refusal(422, said, "password")
        password_hash = await self.context.passwords.hash(body.password)
        draft = UserDraft(login=FIRST_LOGIN, name=body.name, roles=FIRST_ROLES, agent=FIRST_AGENT)
        user = await self.context.database.write(_add_first_user, draft, password_hash)
        await asyncio.to_thread(FirstRunSecret(self.context.settings.data).forget)
        await self._name_bureau(body)
        await self.enter(user)
        await self.audit("setup", "user", str(user.id))
        return await self.state()

    async def _ask_for_secret(self, said: str) -> None:
        wait_s = self.context.attempts.begin(FIRST_LOGIN, self.address)
        if wait_s > 0:
            raise _too_many("口令错误次数过多", wait_s)
        if not await asyncio.to_thread(FirstRunSecret(self.context.settings.data).is_right, said):
            raise Refusal(422, "首次设置口令不对。口令印在机身标签上，也显示在本机的屏幕上。", "secret")
        self.context.attempts.succeeded(FIRST_LOGIN, self.address)

    async def _name_bureau(self, body: SetUp) -> None:
        plan = await self.context.plan.read()
        if plan is None or not (body.bureau or body.hotline):
            return
        area = _AREA_CODE.match(body.hotline)
        named = msgspec.structs.replace(
            plan,
            version=plan.version + 1,
            bureau=body.bureau or plan.bureau,
            hotline=body.hotline or plan.hotline,
            area_code=area[1] if area else plan.area_code,
        )
        await self.context.plan.write(named)
        try:
            await self.context.link.command(ReloadCallPlan())
        except EngineDown:
            return  # it reads the plan when it starts


class LoginHandler(_Entry):
    @public
    async def post(self, body: Login) -> SessionState:
        """Sign in; the former session of this browser ends."""
        wait_s = self.context.attempts.begin(body.login, self.address)
        if wait_s > 0:
            raise _too_many("登录失败次数过多", wait_s)
        credentials = await self.context.database.read(find_credentials, body.login.strip())
        encoded = credentials.password_hash if credentials else None
        right = await self.context.passwords.matches(encoded, body.password)
        if not right or credentials is None:
            await self.audit("login_failed", "user", body.login[:64])
            raise Refusal(401, "登录名或密码不正确，请重新输入。", "password")
        if not credentials.user.active:
            raise Refusal(403, "此账号已停用，请联系系统管理员。", "login")
        self.context.attempts.succeeded(body.login, self.address)
        await self.enter(credentials.user)
        await self.audit("login", "user", str(credentials.user.id))
        return await self.state()


class LogoutHandler(ApiHandler):
    @before_password_change
    async def post(self) -> Nothing:
        """Sign out of this browser; the agent stays signed in at the seat until signed out there."""
        await self.context.sessions.end(self.get_cookie(self.session_cookie) or "")
        self.clear_cookie(self.session_cookie, path="/", secure=self.secure)
        await self.audit("logout", "user", str(self.me.user.id))
        return NOTHING


class PasswordHandler(ApiHandler):
    @before_password_change
    async def post(self, body: NewPassword) -> Nothing:
        """Change the own password; every other session of this person ends."""
        user = self.me.user
        wait_s = self.context.attempts.begin(user.login, self.address)
        if wait_s > 0:
            raise _too_many("旧密码输错次数过多", wait_s)
        credentials = await self.context.database.read(get_credentials, user.id)
        if not await self.context.passwords.matches(credentials.password_hash, body.old):
            raise Refusal(422, "旧密码不正确，请重新输入。", "old")
        self.context.attempts.succeeded(user.login, self.address)
        if said := weakness(body.new, user.login):
            raise Refusal(422, said, "new")
        if body.new == body.old:
            raise Refusal(422, "新密码不能与旧密码相同。", "new")
        for former in await self.context.database.read(former_passwords, user.id):
            if await self.context.passwords.matches(former, body.new):
                raise Refusal(422, "这个密码以前用过，请换一个没有用过的密码。", "new")
        password_hash = await self.context.passwords.hash(body.new)
        await self.context.database.write(set_password, user.id, password_hash, must_change=False)
        await self.context.sessions.end_all_of(user.id, but=self.me.token_hash)
        await self.context.sessions.reload(user.id)
        await self.audit("password", "user", str(user.id))
        return NOTHING


class ConfirmationHandler(ApiHandler):
    @signed_in
    async def post(self, body: Confirmation) -> Nothing:
        """Give the own password once more: what is risky can be done for some minutes."""
        user = self.me.user
        wait_s = self.context.attempts.begin(user.login, self.address)
        if wait_s > 0:
            raise _too_many("密码输错次数过多", wait_s)
        credentials = await self.context.database.read(get_credentials, user.id)
        if not await self.context.passwords.matches(credentials.password_hash, body.password):
            await self.audit("confirm_failed", "user", str(user.id))
            raise Refusal(422, "密码不正确，请重新输入。", "password")
        self.context.attempts.succeeded(user.login, self.address)
        self.context.sessions.confirm(self.me)
        return NOTHING

    @signed_in
    async def get(self) -> ConfirmationState:
        """Whether the password would be asked for now."""
        return ConfirmationState(confirmed=self.context.sessions.is_confirmed(self.me))


def _add_first_user(db: Connection, draft: UserDraft, password_hash: str) -> User:
    if count_users(db) > 0:
        raise _already_set_up()
    return add_user(db, draft, password_hash, datetime.now().astimezone())


def _too_many(what: str, wait_s: float) -> Refusal:
    """No more passwords for a while."""
    text = f"{what}，请 {math.ceil(wait_s / 60)} 分钟后再试。"
    return Refusal(429, text, headers={"Retry-After": str(math.ceil(wait_s))})


def _already_set_up() -> ConflictError:
    return ConflictError("本机已完成首次设置，请直接登录。")
