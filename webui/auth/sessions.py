"""Who is calling: login sessions with idle expiry, kept in the database and, for speed, in memory."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from appliance.store.connection import Connection
from appliance.store.database import Database
from appliance.store.sessions import add_session, end_session, end_sessions_of, find_session, touch_session
from appliance.store.sight import Sight, sight_of
from appliance.store.users import User, get_user, permissions_of
from webui.auth.permissions import P

COOKIE = "hotlinebox_session"
SECURE_COOKIE = f"__Host-{COOKIE}"
"""By https: no page that came by http can read, set or stand in for it (RFC 6265bis, 4.1.3.2)."""
IDLE_S = 4 * 3600.0
"""Without a request or an open live page for this long a session ends."""
LONGEST_S = 7 * 86400.0
"""However busy, a session ends after this."""
CONFIRMED_S = 600.0
"""Who gave the password (at login or since) may do what is risky; each such deed counts anew."""
_TOUCH_EVERY_S = 60.0
_KNOWN = frozenset(P)


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in person and what the person may do."""

    user: User
    permissions: frozenset[P]
    token_hash: str
    began_at: float
    sight: Sight
    """Whose calls, recordings, customers … the person sees."""

    def may(self, *permissions: P) -> bool:
        """Whether one of the permissions is held."""
        return any(permission in self.permissions for permission in permissions)


@dataclass(slots=True)
class _Known:
    caller: Caller
    touched_at: float
    confirmed_at: float


class Sessions:
    """Opens, finds and ends sessions. Only a hash of a token is kept anywhere."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, _Known] = {}
        self._open_pages: dict[str, set[Callable[[], None]]] = {}

    async def open(self, user: User, address: str, old_token: str | None, browser: str = "") -> tuple[str, Caller]:
        """A new session and its token for the cookie; the session of `old_token` ends (rotation at login)."""
        if old_token is not None:
            await self.end(old_token)
        token = secrets.token_urlsafe(32)
        caller = await self._database.write(_open, user.id, _hash(token), time.time(), address, browser)
        self._known[caller.token_hash] = _Known(caller, time.time(), caller.began_at)
        return token, caller

    async def find(self, token: str | None) -> Caller | None:
        """The person behind a cookie, None when there is none or the session has expired."""
        if not token:
            return None
        token_hash = _hash(token)
        known = self._known.get(token_hash)
        if known is None:
            caller = await self._database.read(_find, token_hash, time.time())
            if caller is None:
                return None
            known = self._known.setdefault(token_hash, _Known(caller, 0.0, caller.began_at))
        return known.caller if await self.touch(known.caller) else None

    def current(self, token_hash: str) -> Caller | None:
        """The person of an open session as roles are now; None when it has ended."""
        known = self._known.get(token_hash)
        return known.caller if known else None

    def confirm(self, caller: Caller) -> None:
        """The person has just given the password once more."""
        if known := self._known.get(caller.token_hash):
            known.confirmed_at = time.time()

    def is_confirmed(self, caller: Caller) -> bool:
        """Whether the password was given, or something risky done, not long ago."""
        known = self._known.get(caller.token_hash)
        return known is not None and 0 <= time.time() - known.confirmed_at < CONFIRMED_S

    def attach(self, caller: Caller, ended: Callable[[], None]) -> None:
        """An open page of the session: `ended` is called as soon as the session ends."""
        self._open_pages.setdefault(caller.token_hash, set()).add(ended)

    def detach(self, caller: Caller, ended: Callable[[], None]) -> None:
        pages = self._open_pages.get(caller.token_hash, set())
        pages.discard(ended)
        if not pages:
            self._open_pages.pop(caller.token_hash, None)

    async def touch(self, caller: Caller) -> bool:
        """The session is in use (a request came or a live page is open); False when it has ended."""
        known = self._known.get(caller.token_hash)
        now = time.time()
        if known is None:
            return False
        idle_since = known.touched_at or now
        if now > min(idle_since + IDLE_S, caller.began_at + LONGEST_S):
            await self._forget(caller.token_hash)
            return False
        if now - known.touched_at > _TOUCH_EVERY_S:
            known.touched_at = now
            expires_at = min(now + IDLE_S, caller.began_at + LONGEST_S)
            await self._database.write(touch_session, caller.token_hash, now, expires_at)
        return True

    async def end(self, token: str) -> None:
        """Log out."""
        await self._forget(_hash(token))

    async def end_all_of(self, user_id: int, *, but: str = "") -> None:
        """Log a person out everywhere, but in the session with token hash `but`."""
        await self._database.write(end_sessions_of, user_id, keep_token_hash=but)
        for token_hash, known in list(self._known.items()):
            if known.caller.user.id == user_id and token_hash != but:
                self._drop(token_hash)

    async def end_by_hash(self, token_hash: str) -> None:
        """End one session, wherever it is open."""
        await self._forget(token_hash)

    async def reload(self, user_id: int | None = None) -> None:
        """Name, roles, unit or password state of the person (None: of anybody) changed: sessions see it at once."""
        for token_hash, known in list(self._known.items()):
            if user_id in (None, known.caller.user.id):
                user, permissions, sight = await self._database.read(person_now, known.caller.user.id)
                known.caller = replace(known.caller, user=user, permissions=permissions, sight=sight)
                if not user.active:
                    await self._forget(token_hash)

    async def _forget(self, token_hash: str) -> None:
        self._drop(token_hash)
        await self._database.write(end_session, token_hash)

    def _drop(self, token_hash: str) -> None:
        self._known.pop(token_hash, None)
        for ended in self._open_pages.pop(token_hash, set()):
            ended()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def person_now(db: Connection, user_id: int) -> tuple[User, frozenset[P], Sight]:
    """Who the user is, may do and sees. Raises `NotFoundError`."""
    held = permissions_of(db, user_id)
    permissions = frozenset(permission for permission in _KNOWN if permission.value in held)
    return get_user(db, user_id), permissions, sight_of(db, user_id)


def _open(db: Connection, user_id: int, token_hash: str, at: float, address: str, browser: str) -> Caller:
    add_session(
        db, token_hash=token_hash, user_id=user_id, at=at, expires_at=at + IDLE_S, address=address, browser=browser
    )
    user, permissions, sight = person_now(db, user_id)
    return Caller(user, permissions, token_hash, at, sight)


def _find(db: Connection, token_hash: str, at: float) -> Caller | None:
    session = find_session(db, token_hash, at)
    if session is None:
        return None
    user, permissions, sight = person_now(db, session.user_id)
    return Caller(user, permissions, token_hash, session.created_at, sight)
