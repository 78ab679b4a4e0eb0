"""Who is signed in, who is kept out after wrong passwords, and the operation log."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec

from appliance.jobs.sheet_language import SheetLanguage
from appliance.store.audit import AuditEntry, AuditSearch, audit_actions, search_audit_entries
from appliance.store.audit_names import AuditNames, audit_names
from appliance.store.connection import Connection
from appliance.store.sessions import Session, list_sessions
from appliance.store.users import list_users
from webui.auth.access import needs, signed_in
from webui.auth.attempts import Block
from webui.auth.permissions import P
from webui.errors import Refusal
from webui.handlers.base import NOTHING, ApiHandler, Nothing
from webui.logbook import write_logbook

_ID_CHARACTERS = 16
MOST_EXPORTED = 50_000


class SessionsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    everybody: bool = False


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    """Not the token: nobody can sign in with it."""
    user: int
    user_name: str
    login: str
    began_at: str
    seen_at: str
    address: str
    browser: str
    mine: bool
    """It is the one that asks."""


class Unlocking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kind: Literal["account", "address"]
    name: Annotated[str, msgspec.Meta(max_length=100)]


class AuditQuery(AuditSearch, frozen=True, kw_only=True, forbid_unknown_fields=True):
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50
    before: int | None = None
    """`next` of the page before."""


class AuditFileQuery(AuditQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    language: SheetLanguage = SheetLanguage.CHINESE


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    rows: tuple[AuditEntry, ...]
    next: int | None


class AuditWho(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    name: str


class AuditChoices(msgspec.Struct, frozen=True, kw_only=True):
    actions: tuple[str, ...]
    people: tuple[AuditWho, ...]
    names: AuditNames
    """For ids in entries."""


class SessionsHandler(ApiHandler):
    @signed_in
    async def get(self, query: SessionsQuery) -> list[SessionView]:
        """The own sessions; everybody's with adm.kick."""
        if query.everybody:
            self.require(P.ADM_KICK)
        return await self.context.database.read(
            _sessions, time.time(), None if query.everybody else self.me.user.id, self.me.token_hash
        )


class OneSessionHandler(ApiHandler):
    @signed_in
    async def delete(self, session_id: str) -> Nothing:
        """End a session, at once and with all its open pages; those of others need adm.kick."""
        found = [
            session
            for session in await self.context.database.read(list_sessions, time.time())
            if session.token_hash.startswith(session_id) and len(session_id) == _ID_CHARACTERS
        ]
        if not found:
            raise Refusal(404, "这个登录已经结束。")
        if found[0].user_id != self.me.user.id:
            self.require(P.ADM_KICK)
        await self.context.sessions.end_by_hash(found[0].token_hash)
        await self.audit("adm.kick" if found[0].user_id != self.me.user.id else "logout", "user", str(found[0].user_id))
        return NOTHING


class LockoutsHandler(ApiHandler):
    @needs(P.ADM_USER, P.ADM_KICK)
    async def get(self) -> list[Block]:
        """Accounts and addresses that may not try passwords for a while."""
        return self.context.attempts.blocked()

    @needs(P.ADM_USER, P.ADM_KICK)
    async def post(self, body: Unlocking) -> list[Block]:
        """Let one try again at once; those that are left."""
        if self.context.attempts.release(body.kind, body.name):
            await self.audit("adm.unlock", body.kind, body.name)
        return self.context.attempts.blocked()


class AuditHandler(ApiHandler):
    @needs(P.ADM_AUDIT)
    async def get(self, query: AuditQuery) -> AuditPage:
        """The operation log, newest first."""
        rows = await self.context.database.read(
            search_audit_entries, _search(query), limit=query.limit + 1, before_id=query.before
        )
        page = tuple(rows[: query.limit])
        return AuditPage(rows=page, next=page[-1].id if len(rows) > query.limit else None)


class AuditChoicesHandler(ApiHandler):
    @needs(P.ADM_AUDIT)
    async def get(self) -> AuditChoices:
        """What there is to filter by, and names for what entries speak of."""
        return await self.context.database.read(_choices)


class AuditFileHandler(ApiHandler):
    @needs(P.ADM_AUDIT)
    async def get(self, query: AuditFileQuery) -> None:
        """The entries found, at most 50,000, newest first: text/csv."""
        rows = await self.context.database.read(
            search_audit_entries, _search(query), limit=MOST_EXPORTED, before_id=query.before
        )
        await self.audit("adm.audit", "audit", "", after=str(len(rows)))
        self.set_header("Content-Type", "text/csv; charset=utf-8")
        self.set_header("Content-Disposition", 'attachment; filename="operation-log.csv"')
        self.write(await write_logbook(rows, query.language))


def _search(query: AuditQuery) -> AuditSearch:
    return AuditSearch(**{name: getattr(query, name) for name in AuditSearch.__struct_fields__})


def _choices(db: Connection) -> AuditChoices:
    people = tuple(AuditWho(id=user.id, name=user.name) for user in list_users(db))
    return AuditChoices(actions=audit_actions(db), people=people, names=audit_names(db))


def _sessions(db: Connection, at: float, user_id: int | None, mine: str) -> list[SessionView]:
    names = {user.id: user for user in list_users(db)}
    return [_session_view(session, names[session.user_id].name, names[session.user_id].login, mine)
            for session in list_sessions(db, at, user_id) if session.user_id in names]  # fmt: skip


def _session_view(session: Session, name: str, login: str, mine: str) -> SessionView:
    return SessionView(
        id=session.token_hash[:_ID_CHARACTERS],
        user=session.user_id,
        user_name=name,
        login=login,
        began_at=_moment(session.created_at),
        seen_at=_moment(session.seen_at),
        address=session.address,
        browser=session.browser,
        mine=session.token_hash == mine,
    )


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).astimezone().isoformat(timespec="seconds")
