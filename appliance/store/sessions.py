"""Login sessions. Only a hash of the token is stored: who reads the database cannot log in with it."""

from __future__ import annotations

import msgspec

from appliance.store.connection import Connection
from appliance.store.models.people import SessionTable, UserTable


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Times are seconds since 1970 UTC."""

    token_hash: str
    user_id: int
    created_at: float
    seen_at: float
    expires_at: float
    address: str
    browser: str = ""
    """What the browser calls itself."""


def add_session(
    db: Connection,
    *,
    token_hash: str,
    user_id: int,
    at: float,
    expires_at: float,
    address: str,
    browser: str = "",
) -> Session:
    """A new session; expired ones of everyone are removed on the way."""
    SessionTable.delete().where(SessionTable.expires_at <= at).execute(db)
    SessionTable.insert(
        token_hash=token_hash,
        user_id=user_id,
        created_at=at,
        seen_at=at,
        expires_at=expires_at,
        address=address,
        browser=browser,
    ).execute(db)
    return Session(
        token_hash=token_hash,
        user_id=user_id,
        created_at=at,
        seen_at=at,
        expires_at=expires_at,
        address=address,
        browser=browser,
    )


def list_sessions(db: Connection, at: float, user_id: int | None = None) -> list[Session]:
    """Sessions that have not expired, of one person or of everybody who is active, the last used first."""
    query = (
        SessionTable.select()
        .join(UserTable, on=(UserTable.id == SessionTable.user_id))
        .where((SessionTable.expires_at > at) & (UserTable.active == 1))
        .order_by(SessionTable.seen_at.desc())
    )
    if user_id is not None:
        query = query.where(SessionTable.user_id == user_id)
    return [_session(row) for row in query.execute(db)]


def find_session(db: Connection, token_hash: str, at: float) -> Session | None:
    """The session if it has not expired and its user is active."""
    row = (
        SessionTable.select()
        .join(UserTable, on=(UserTable.id == SessionTable.user_id))
        .where((SessionTable.token_hash == token_hash) & (SessionTable.expires_at > at) & (UserTable.active == 1))
        .first(db)
    )
    if row is None:
        return None
    return _session(row)


def touch_session(db: Connection, token_hash: str, at: float, expires_at: float) -> None:
    """The session was used; it now lasts until `expires_at`."""
    SessionTable.update(seen_at=at, expires_at=expires_at).where(SessionTable.token_hash == token_hash).execute(db)


def end_session(db: Connection, token_hash: str) -> None:
    """Log out; an unknown session is no error."""
    SessionTable.delete().where(SessionTable.token_hash == token_hash).execute(db)


def end_sessions_of(db: Connection, user_id: int, *, keep_token_hash: str = "") -> int:
    """Log the user out everywhere (but in `keep_token_hash`); how many sessions ended."""
    return int(
        SessionTable.delete()
        .where((SessionTable.user_id == user_id) & (SessionTable.token_hash != keep_token_hash))
        .execute(db)
    )


def end_all_sessions(db: Connection) -> None:
    """Log everybody out."""
    SessionTable.delete().execute(db)


def _session(row: SessionTable) -> Session:
    return Session(
        token_hash=row.token_hash,
        user_id=row.user_id,
        created_at=row.created_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        address=row.address,
        browser=row.browser,
    )
