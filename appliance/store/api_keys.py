"""Keys of other programs. A key is shown once; what is kept is its hash and what it may do."""

from __future__ import annotations

import ipaddress
from datetime import date
from enum import StrEnum
from typing import Annotated

import msgspec

from appliance.store.connection import Connection, execute, fetch_all, fetch_value
from appliance.store.errors import InvalidError, NotFoundError
from appliance.store.scope import EVERYTHING, Scope

MOST_KEYS = 200
_COLUMNS = "id, hint, terms, created_at, created_by, last_used_at, last_address, revoked_at"


class KeyScope(StrEnum):
    """What a program may do with its key."""

    CALLS_READ = "calls:read"
    """Live calls, call records, queues and lines."""
    CALLS_ORIGINATE = "calls:originate"
    """Start calls and end them."""
    RECORDINGS_READ = "recordings:read"
    CUSTOMERS_READ = "customers:read"
    CUSTOMERS_WRITE = "customers:write"
    AGENTS_READ = "agents:read"
    AGENTS_WRITE = "agents:write"
    EVENTS = "events"
    METRICS_READ = "metrics:read"
    """How the box is, for monitoring programs."""
    """The event stream; what it carries is limited by the reading scopes."""
    HOOKS = "hooks"
    """Set up web hooks."""


class DialClass(StrEnum):
    """Outside numbers a program may have dialled."""

    LOCAL = "local"
    MOBILE = "mobile"
    LONG_DISTANCE = "long_distance"
    INTERNATIONAL = "international"


class KeyTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What whoever holds the key may do, as an administrator wrote it."""

    label: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    scopes: Annotated[tuple[KeyScope, ...], msgspec.Meta(min_length=1, max_length=len(KeyScope))]
    networks: Annotated[
        tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=50)], ...], msgspec.Meta(max_length=50)
    ] = ()
    """Addresses or networks (`192.168.1.0/24`) from which the key works; empty: from everywhere."""
    expires_on: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    """Last day on which the key works."""
    reach: Scope = EVERYTHING
    """Which calls the key may see."""
    full_numbers: bool = False
    """Numbers of callers whole; otherwise masked, as for people without the permission."""
    dial: Annotated[tuple[DialClass, ...], msgspec.Meta(max_length=len(DialClass))] = (
        DialClass.LOCAL,
        DialClass.MOBILE,
    )
    per_minute: Annotated[int, msgspec.Meta(ge=1, le=6000)] = 300
    """Requests a minute."""


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """Times are ISO 8601 local, empty for never."""

    id: int
    hint: str
    """The last four characters."""
    terms: KeyTerms
    created_at: str
    created_by: str
    last_used_at: str
    last_address: str
    revoked_at: str


def add_api_key(db: Connection, terms: KeyTerms, *, secret_hash: str, hint: str, at: str, by: str) -> ApiKey:
    """Raises `InvalidError` for an address that is none, a day that is none, or too many keys."""
    _check(terms)
    if int(fetch_value(db, "SELECT count(*) FROM api_keys WHERE revoked_at = ''")) >= MOST_KEYS:
        raise InvalidError(f"密钥已有 {MOST_KEYS} 个，请先吊销不用的密钥。")
    key_id = fetch_value(
        db,
        "INSERT INTO api_keys (secret_hash, hint, terms, created_at, created_by) VALUES (?, ?, ?, ?, ?) RETURNING id",
        (secret_hash, hint, msgspec.json.encode(terms).decode(), at, by),
    )
    return get_api_key(db, int(key_id))


def get_api_key(db: Connection, key_id: int) -> ApiKey:
    """Raises `NotFoundError`."""
    rows = fetch_all(db, f"SELECT {_COLUMNS} FROM api_keys WHERE id = ?", (key_id,))  # noqa: S608 own names
    if not rows:
        raise NotFoundError("没有这个接口密钥，请刷新页面。")
    return _key(*rows[0])


def list_api_keys(db: Connection) -> list[ApiKey]:
    """All, also those revoked; newest first."""
    return [_key(*row) for row in fetch_all(db, f"SELECT {_COLUMNS} FROM api_keys ORDER BY id DESC")]  # noqa: S608


def api_keys_by_hash(db: Connection) -> dict[str, ApiKey]:
    """Every key that was not revoked, by the hash of its secret."""
    rows = fetch_all(db, f"SELECT secret_hash, {_COLUMNS} FROM api_keys WHERE revoked_at = ''")  # noqa: S608 own names
    return {secret_hash: _key(*row) for secret_hash, *row in rows}


def change_api_key(db: Connection, key_id: int, terms: KeyTerms) -> ApiKey:
    """The secret stays. Raises as `add_api_key`, and `InvalidError` for a revoked key."""
    _check(terms)
    if get_api_key(db, key_id).revoked_at:
        raise InvalidError("这个密钥已吊销，不能再修改。请新建一个。")
    execute(db, "UPDATE api_keys SET terms = ? WHERE id = ?", (msgspec.json.encode(terms).decode(), key_id))
    return get_api_key(db, key_id)


def revoke_api_key(db: Connection, key_id: int, at: str) -> ApiKey:
    """For ever; revoking twice changes nothing. Raises `NotFoundError`."""
    execute(db, "UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at = ''", (at, key_id))
    return get_api_key(db, key_id)


def note_key_use(db: Connection, key_id: int, at: str, address: str) -> None:
    """When and from where the key was used last."""
    execute(db, "UPDATE api_keys SET last_used_at = ?, last_address = ? WHERE id = ?", (at, address, key_id))


def _check(terms: KeyTerms) -> None:
    if not terms.label.strip():
        raise InvalidError("请填写密钥的名称，例如使用它的系统。", "label")
    for network in terms.networks:
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError as error:
            raise InvalidError(
                f"“{network}”不是地址或网段，应如 192.168.1.20 或 192.168.1.0/24。", "networks"
            ) from error
    if terms.expires_on is not None:
        try:
            date.fromisoformat(terms.expires_on)
        except ValueError as error:
            raise InvalidError(f"没有“{terms.expires_on}”这一天。", "expires_on") from error


def _key(
    key_id: int, hint: str, terms: str, created_at: str, created_by: str, used_at: str, address: str, revoked_at: str
) -> ApiKey:
    return ApiKey(
        id=key_id,
        hint=hint,
        terms=msgspec.json.decode(terms, type=KeyTerms),
        created_at=created_at,
        created_by=created_by,
        last_used_at=used_at,
        last_address=address,
        revoked_at=revoked_at,
    )
