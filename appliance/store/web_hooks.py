"""Web hooks: addresses of other programs that are told what happens. Each remembers how far in the feed it was told."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from appliance.store.connection import Connection, execute, fetch_all, fetch_value
from appliance.store.errors import InvalidError, NotFoundError
from appliance.store.event_feed import feed_end

MOST_HOOKS = 20
_COLUMNS = """id, terms, secret, sent_to, paused, failing_since, tries, last_error, last_ok_at, created_at, created_by,
    (SELECT count(*) FROM event_feed f WHERE f.n > web_hooks.sent_to)"""


class HookTopic(StrEnum):
    RECORDS = "records"
    CALLS = "calls"
    AGENTS = "agents"
    QUEUES = "queues"
    LINES = "lines"
    ALARMS = "alarms"


class HookTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    label: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    url: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    topics: Annotated[tuple[HookTopic, ...], msgspec.Meta(min_length=1, max_length=len(HookTopic))]
    full_numbers: bool = False
    active: bool = True


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    terms: HookTerms
    secret: str
    """Signs what is sent; kept readable, since it has to sign."""
    sent_to: int
    """Number of the last event that arrived."""
    paused: str
    """Why nothing is sent any more, a Chinese sentence; empty while it is."""
    failing_since: float
    """Seconds since 1970 of the first failure in a row, 0 when the last delivery arrived."""
    tries: int
    last_error: str
    last_ok_at: str
    created_at: str
    created_by: str
    behind: int
    """Events in the feed after `sent_to`, wanted or not."""


def add_hook(db: Connection, terms: HookTerms, *, secret: str, at: str, by: str) -> Hook:
    """Told of what happens from now on. Raises `InvalidError`."""
    _check(terms)
    if int(fetch_value(db, "SELECT count(*) FROM web_hooks")) >= MOST_HOOKS:
        raise InvalidError(f"推送地址最多 {MOST_HOOKS} 个，请先删除不用的。")
    hook_id = fetch_value(
        db,
        "INSERT INTO web_hooks (terms, secret, sent_to, created_at, created_by) VALUES (?, ?, ?, ?, ?) RETURNING id",
        (_text(terms), secret, feed_end(db), at, by),
    )
    return get_hook(db, int(hook_id))


def list_hooks(db: Connection) -> list[Hook]:
    """Oldest first."""
    return [_hook(row) for row in fetch_all(db, f"SELECT {_COLUMNS} FROM web_hooks ORDER BY id")]  # noqa: S608 own names


def get_hook(db: Connection, hook_id: int) -> Hook:
    """Raises `NotFoundError`."""
    rows = fetch_all(db, f"SELECT {_COLUMNS} FROM web_hooks WHERE id = ?", (hook_id,))  # noqa: S608 own names
    if not rows:
        raise NotFoundError("没有这个推送地址，可能已被删除。请刷新页面。")
    return _hook(rows[0])


def change_hook(db: Connection, hook_id: int, terms: HookTerms) -> Hook:
    """Secret and place in the feed stay; it is tried again at once. Raises `InvalidError`, `NotFoundError`."""
    _check(terms)
    get_hook(db, hook_id)
    execute(
        db,
        "UPDATE web_hooks SET terms = ?, paused = '', failing_since = 0, tries = 0 WHERE id = ?",
        (_text(terms), hook_id),
    )
    return get_hook(db, hook_id)


def delete_hook(db: Connection, hook_id: int) -> None:
    """Raises `NotFoundError`."""
    get_hook(db, hook_id)
    execute(db, "DELETE FROM web_hooks WHERE id = ?", (hook_id,))


def resume_hook(db: Connection, hook_id: int, *, skip: bool) -> Hook:
    """Send again; `skip`: what waits is left out. Raises `NotFoundError`."""
    hook = get_hook(db, hook_id)
    execute(
        db,
        "UPDATE web_hooks SET paused = '', failing_since = 0, tries = 0, sent_to = ? WHERE id = ?",
        (feed_end(db) if skip else hook.sent_to, hook_id),
    )
    return get_hook(db, hook_id)


def pause_hooks_of(db: Connection, made_by: str, why: str) -> None:
    """Nothing more is sent to hooks that this one made."""
    execute(db, "UPDATE web_hooks SET paused = ? WHERE created_by = ?", (why, made_by))


def hook_arrived(db: Connection, hook_id: int, n: int, at: str) -> None:
    """Everything up to number `n` is done; `at` empty: nothing was sent, it was not wanted."""
    execute(
        db,
        "UPDATE web_hooks SET sent_to = ?, failing_since = 0, tries = 0, last_error = '',"
        " last_ok_at = CASE WHEN ? = '' THEN last_ok_at ELSE ? END WHERE id = ? AND sent_to < ?",
        (n, at, at, hook_id, n),
    )


def hook_failed(db: Connection, hook_id: int, error: str, at: float, paused: str) -> None:
    """One more try failed; `paused`, if not empty, says why there will be no other."""
    execute(
        db,
        "UPDATE web_hooks SET tries = tries + 1, last_error = ?, paused = ?,"
        " failing_since = CASE WHEN failing_since = 0 THEN ? ELSE failing_since END WHERE id = ?",
        (error, paused, at, hook_id),
    )


def _check(terms: HookTerms) -> None:
    if not terms.label.strip():
        raise InvalidError("请填写名称。", "label")
    try:
        parts = urlsplit(terms.url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidError("推送地址写法不对，应如 http://192.168.1.20/hotline。", "url") from error
    if parts.scheme not in {"http", "https"} or not host or port == 0 or not terms.url.isascii() or " " in terms.url:
        raise InvalidError("推送地址应以 http:// 或 https:// 开头，如 http://192.168.1.20/hotline。", "url")
    if parts.username is not None or parts.password is not None:
        raise InvalidError("推送地址中不能写用户名和密码，对方可以用签名确认来源。", "url")


def _text(terms: HookTerms) -> str:
    return msgspec.json.encode(terms).decode()


def _hook(row: tuple[object, ...]) -> Hook:
    values = dict(zip(Hook.__struct_fields__, row, strict=True))
    return Hook(**{**values, "terms": msgspec.json.decode(str(values["terms"]), type=HookTerms)})  # type: ignore[arg-type]
