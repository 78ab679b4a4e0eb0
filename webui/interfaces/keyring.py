"""Who is this program: finds the key of a request, with every limit that an administrator gave it."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from collections.abc import Callable
from datetime import date, datetime

from appliance.store.api_keys import (
    ApiKey,
    KeyScope,
    KeyTerms,
    add_api_key,
    api_keys_by_hash,
    change_api_key,
    revoke_api_key,
)
from appliance.store.database import Database
from appliance.store.sight import EVERYTHING_IN_SIGHT
from appliance.store.users import User
from webui.auth.permissions import P
from webui.auth.sessions import Caller
from webui.interfaces.limits import Allowance, Guesses
from webui.interfaces.refusal import CodedRefusal

PREFIX = "hlb_"
_PERMISSIONS: dict[KeyScope, tuple[P, ...]] = {
    KeyScope.CALLS_READ: (P.CALL_VIEW, P.CALL_SEARCH_ADV, P.MON_LINES, P.MON_QUEUE),
    KeyScope.AGENTS_READ: (P.MON_AGENTS,),
    KeyScope.CUSTOMERS_READ: (P.CUST_VIEW,),
    KeyScope.RECORDINGS_READ: (P.REC_PLAY, P.REC_DOWNLOAD),
}


class KeyRing:
    """Every key in force, in memory; only hashes of secrets are kept anywhere."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._keys: dict[str, ApiKey] = {}
        self._allowance = Allowance(clock)
        self._guesses = Guesses(clock)
        self._on_change: list[Callable[[int], None]] = []

    async def load(self) -> None:
        """Read the keys; once at start."""
        self._keys = await self._database.read(api_keys_by_hash)

    def when_changed(self, tell: Callable[[int], None]) -> None:
        """`tell` gets the id of each key that was changed or revoked, at once."""
        self._on_change.append(tell)

    def find(self, secret: str, address: str) -> ApiKey:
        """The key of a request from `address`, its allowance not touched. Raises `CodedRefusal`."""
        if wait_s := self._guesses.wait_s(address):
            raise CodedRefusal(429, "address_blocked", "此地址多次使用错误的密钥，请稍后再试。", wait_s=wait_s)
        if not secret:
            text = "请在请求头 Authorization 中带上接口密钥：Bearer hlb_…"
            raise CodedRefusal(401, "key_missing", text)
        key = self._keys.get(_hash(secret))
        if key is None:
            self._guesses.wrong(address)
            raise CodedRefusal(401, "key_unknown", "接口密钥不对，或已被吊销。")
        if key.terms.expires_on is not None and date.today().isoformat() > key.terms.expires_on:  # noqa: DTZ011 local day
            raise CodedRefusal(401, "key_expired", f"接口密钥已于 {key.terms.expires_on} 到期，请联系系统管理员。")
        if not _is_within(address, key.terms.networks):
            raise CodedRefusal(403, "address_refused", f"此密钥不允许从地址 {address} 使用。")
        return key

    def spend(self, key: ApiKey) -> None:
        """Count a request of the key. Raises `CodedRefusal` (429) when it asked too often."""
        if wait_s := self._allowance.take(key.id, key.terms.per_minute):
            text = f"请求太频繁，此密钥每分钟最多 {key.terms.per_minute} 次。"
            raise CodedRefusal(429, "too_many_requests", text, wait_s=wait_s)

    def current(self, key_id: int, address: str) -> ApiKey | None:
        """The key as it is now, for somebody who stays connected; None when it does not work any more."""
        key = next((each for each in self._keys.values() if each.id == key_id), None)
        if key is None or not _is_within(address, key.terms.networks):
            return None
        expires_on = key.terms.expires_on
        return None if expires_on is not None and date.today().isoformat() > expires_on else key  # noqa: DTZ011 local day

    async def add(self, terms: KeyTerms, by: str) -> tuple[ApiKey, str]:
        """A new key and its secret, which nobody can read again. Raises `InvalidError`."""
        secret = PREFIX + secrets.token_urlsafe(32)
        secret_hash = _hash(secret)
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        key = await self._database.write(add_api_key, terms, secret_hash=secret_hash, hint=secret[-4:], at=now, by=by)
        self._keys[secret_hash] = key
        return key, secret

    async def change(self, key_id: int, terms: KeyTerms) -> ApiKey:
        """New terms, in force at once. Raises `InvalidError`, `NotFoundError`."""
        key = await self._database.write(change_api_key, key_id, terms)
        self._keys = {secret_hash: key if each.id == key_id else each for secret_hash, each in self._keys.items()}
        self._tell(key_id)
        return key

    async def revoke(self, key_id: int) -> ApiKey:
        """For ever and at once; streams of the key end. Raises `NotFoundError`."""
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        key = await self._database.write(revoke_api_key, key_id, now)
        self._keys = {secret_hash: each for secret_hash, each in self._keys.items() if each.id != key_id}
        self._allowance.forget(key_id)
        self._tell(key_id)
        return key

    def _tell(self, key_id: int) -> None:
        for tell in self._on_change:
            tell(key_id)


def caller_of(key: ApiKey) -> Caller:
    """The key as somebody who looks at calls and people: the same rules decide what it sees of them."""
    permissions = {permission for scope in key.terms.scopes for permission in _PERMISSIONS.get(scope, ())}
    if key.terms.full_numbers:
        permissions.add(P.CALL_VIEW_NUMBER_FULL)
    name = f"接口密钥“{key.terms.label}”"
    return Caller(User(id=0, login="", name=name), frozenset(permissions), "", 0.0, EVERYTHING_IN_SIGHT)


def _hash(secret: str) -> str:
    """One round is enough: a secret has 256 random bits, unlike a password."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def _is_within(address: str, networks: tuple[str, ...]) -> bool:
    if not networks:
        return True
    try:
        here = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(here, "ipv4_mapped", None)
    return any((mapped or here) in ipaddress.ip_network(network, strict=False) for network in networks)
