"""Web hooks: tells other programs over HTTP what happens, in order, until they said that they got it.

Each hook is one task that reads the event feed from where the hook stands. An event counts as arrived with a 2xx
answer; until then it is sent again with growing pauses, and what comes after it waits (order). After a day without
success the hook is paused, which its page shows; nothing in the feed is lost by that. Each event has an id that stays
the same in every try, so a receiver can drop what it got twice.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

import msgspec

from appliance.ivr.remote import HttpRequest, Network, RemoteError
from appliance.store.connection import Connection
from appliance.store.database import Database
from appliance.store.errors import NotFoundError
from appliance.store.event_feed import FeedEntry, add_passing, read_feed
from appliance.store.interface_log import LogKind
from appliance.store.scope import Scope
from appliance.store.settings import get_setting, set_setting
from appliance.store.sight import EVERYTHING_IN_SIGHT
from appliance.store.users import User
from appliance.store.web_hooks import (
    Hook,
    HookTerms,
    add_hook,
    change_hook,
    delete_hook,
    get_hook,
    hook_arrived,
    hook_failed,
    list_hooks,
    pause_hooks_of,
    resume_hook,
)
from appliance.wire.messages import AnyEvent
from webui.auth.permissions import P
from webui.auth.sessions import Caller
from webui.callview import shown_row
from webui.interfaces.events import CallEvent, LineEvent, Passing, RecordEvent, Topic, masked, passing_event, topic_of
from webui.interfaces.journal import InterfaceJournal
from webui.interfaces.target import checked_networks, permitted

log = logging.getLogger(__name__)

TIMEOUT_S = 10.0
"""For one try, from looking up the name to the last byte of the answer."""
FIRST_PAUSE_S = 5.0
LONGEST_PAUSE_S = 900.0
GIVE_UP_S = 86_400.0
LOOK_EVERY_S = 30.0
WRITE_EVERY_S = 0.2
"""Passing events go into the feed together."""
_MOST_WAITING = 5000
_CALLS = Scope(everything=True)
"""Every record; voicemails are for people (S025)."""
_PAGE = 50
_NETWORKS = "hook_networks"


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What a try came to."""

    ok: bool
    status: int
    """Of the answer; 0: none came."""
    text: str
    """Chinese sentence; empty when it arrived."""
    took_ms: int


class Hooks:
    """Runs while the web runs. Every method may be called from the loop; nothing here holds up anything else."""

    def __init__(self, database: Database, journal: InterfaceJournal, *, this_machine: bool) -> None:
        self._database = database
        self._journal = journal
        self._this_machine = this_machine
        self._networks: tuple[str, ...] = ()
        self._network = Network(self._permits)
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._wake: dict[int, asyncio.Event] = {}
        self._topics: frozenset[Topic] = frozenset()
        self._passing: list[tuple[str, str]] = []
        self._writer: asyncio.Task[None] | None = None
        self.first_pause_s = FIRST_PAUSE_S

    async def start(self) -> asyncio.Task[None]:
        """Begin. The task ends only when it breaks."""
        text = await self._database.read(get_setting, _NETWORKS, "[]")
        self._networks = msgspec.json.decode(text, type=tuple[str, ...])
        await self._refresh()
        self._writer = asyncio.create_task(self._write_passing(), name="hook-events")
        return self._writer

    async def stop(self) -> None:
        """What was not sent is sent after the next start."""
        tasks = [*self._tasks.values(), *([self._writer] if self._writer else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._flush()

    # --- what happens ---------------------------------------------------------------------------------------------

    def engine_event(self, event: AnyEvent) -> None:
        """Kept for hooks that want it."""
        if (passing := passing_event(event)) is not None:
            self.tell(passing)

    def tell(self, passing: Passing) -> None:
        """Kept for hooks that want it."""
        if topic_of(passing) not in self._topics or len(self._passing) >= _MOST_WAITING:
            return
        self._passing.append((topic_of(passing).value, msgspec.json.encode(passing).decode()))

    def engine_lost(self) -> None:
        """Nothing to tell: states that nobody changed."""

    def records_stored(self) -> None:
        """New records are in the feed."""
        for wake in self._wake.values():
            wake.set()

    # --- what an administrator does ---------------------------------------------------------------------------------

    @property
    def networks(self) -> tuple[str, ...]:
        """Where hooks may go."""
        return self._networks

    async def allow(self, networks: Sequence[str]) -> tuple[str, ...]:
        """Replace the list. Raises `InvalidError`."""
        checked = checked_networks(networks)
        await self._database.write(set_setting, _NETWORKS, msgspec.json.encode(checked).decode())
        self._networks = checked
        self.records_stored()
        return checked

    async def add(self, terms: HookTerms, by: str) -> Hook:
        """A new hook with a new secret. Raises `InvalidError`."""
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        hook = await self._database.write(add_hook, terms, secret=secrets.token_urlsafe(32), at=now, by=by)
        await self._refresh()
        return hook

    async def change(self, hook_id: int, terms: HookTerms) -> Hook:
        """Raises `InvalidError`, `NotFoundError`."""
        hook = await self._database.write(change_hook, hook_id, terms)
        await self._restart(hook_id)
        return hook

    async def remove(self, hook_id: int) -> None:
        """Raises `NotFoundError`."""
        await self._database.write(delete_hook, hook_id)
        await self._restart(hook_id)

    async def resume(self, hook_id: int, *, skip: bool) -> Hook:
        """Send again after a pause. Raises `NotFoundError`."""
        hook = await self._database.write(resume_hook, hook_id, skip=skip)
        await self._restart(hook_id)
        return hook

    async def pause_all_of(self, key_id: int) -> None:
        """The key is revoked: the hooks that it made end with it."""
        await self._database.write(pause_hooks_of, maker_of(key_id), "设置它的接口密钥已吊销。")
        await self._refresh()

    async def test(self, hook_id: int) -> Delivery:
        """Send a `test` event once, now. Raises `NotFoundError`."""
        hook = await self._database.read(get_hook, hook_id)
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        return await self._deliver(hook, f"test-{secrets.token_hex(6)}", "test", f'{{"type":"test","at":"{now}"}}')

    # --- sending --------------------------------------------------------------------------------------------------

    async def _refresh(self) -> None:
        """Run a task for every hook that is to be told, and no other."""
        hooks = await self._database.read(list_hooks)
        wanted = {hook.id: hook for hook in hooks if hook.terms.active and not hook.paused}
        self._topics = frozenset(topic for hook in wanted.values() for topic in hook.terms.topics) - {Topic.RECORDS}
        for hook_id in list(self._tasks):
            if hook_id not in wanted:
                self._tasks.pop(hook_id).cancel()
                self._wake.pop(hook_id, None)
        for hook_id in wanted:
            if hook_id not in self._tasks:
                self._wake[hook_id] = asyncio.Event()
                self._tasks[hook_id] = asyncio.create_task(self._tell(hook_id), name=f"hook-{hook_id}")

    async def _restart(self, hook_id: int) -> None:
        task = self._tasks.pop(hook_id, None)
        self._wake.pop(hook_id, None)
        if task is not None:
            task.cancel()
        await self._refresh()

    async def _tell(self, hook_id: int) -> None:
        """One hook, for ever; a database that cannot be read now is asked again later."""
        wake = self._wake[hook_id]
        while True:
            wake.clear()
            try:
                if not await self._tell_all(hook_id):
                    await self._refresh()
                    return
            except NotFoundError:
                return
            except Exception:
                log.exception("web hook %d: trying again in a moment", hook_id)
                await asyncio.sleep(LOOK_EVERY_S)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await wake.wait()

    async def _tell_all(self, hook_id: int) -> bool:
        """Send what there is, waiting after a failure; False: the hook is paused now."""
        while True:
            hook = await self._database.read(get_hook, hook_id)
            topics = tuple(topic.value for topic in hook.terms.topics)
            entries, seen = await self._database.read(read_feed, hook.sent_to, topics, _CALLS, limit=_PAGE)
            for entry in entries:
                event_id, kind, body = _message(entry, hook)
                delivery = await self._deliver(hook, event_id, kind, body)
                if not delivery.ok:
                    return await self._failed(hook_id, delivery)
                await self._database.write(hook_arrived, hook_id, entry.n, _now())
            if seen == hook.sent_to:
                return True
            await self._database.write(hook_arrived, hook_id, seen, "")

    async def _failed(self, hook_id: int, delivery: Delivery) -> bool:
        hook = await self._database.read(get_hook, hook_id)
        now = time.time()
        dead = hook.failing_since and now - hook.failing_since >= GIVE_UP_S
        paused = f"一天内都没有送达，推送已暂停。最后一次：{delivery.text}" if dead else ""
        await self._database.write(hook_failed, hook_id, delivery.text, now, paused)
        if paused:
            log.warning("web hook %d (%s) is paused: nothing arrived for a day", hook_id, hook.terms.label)
            return False
        self._wake[hook_id].set()  # try again as soon as the pause is over
        await asyncio.sleep(min(LONGEST_PAUSE_S, self.first_pause_s * 2.0 ** min(hook.tries, 20)))
        return True

    async def _deliver(self, hook: Hook, event_id: str, kind: str, body: str) -> Delivery:
        """One try."""
        content = body.encode()
        stamp = str(int(time.time()))
        headers = (
            ("Content-Type", "application/json; charset=utf-8"),
            ("User-Agent", "hotlinebox"),
            ("X-Hotlinebox-Event", kind),
            ("X-Hotlinebox-Id", event_id),
            ("X-Hotlinebox-Timestamp", stamp),
            ("X-Hotlinebox-Signature", signature(hook.secret, stamp, content)),
        )
        began = time.monotonic()
        status, text = 0, ""
        try:
            answer = await self._network.http(HttpRequest("POST", hook.terms.url, headers, content), TIMEOUT_S)
            status = answer.status
            if not 200 <= status <= 299:
                text = f"对方答复 {status}。"
        except RemoteError as error:
            text = f"{error}。"
        took_ms = int((time.monotonic() - began) * 1000)
        self._journal.add(
            LogKind.HOOK, hook.terms.label, hook.terms.url, f"{kind} {event_id}", status=status, note=text,
            took_ms=took_ms,
        )  # fmt: skip
        return Delivery(ok=not text, status=status, text=text, took_ms=took_ms)

    def _permits(self, address: str) -> bool:
        return permitted(address, self._networks, this_machine=self._this_machine)

    # --- the feed ---------------------------------------------------------------------------------------------------

    async def _write_passing(self) -> None:
        while True:
            await asyncio.sleep(WRITE_EVERY_S)
            await self._flush()

    async def _flush(self) -> None:
        if not self._passing:
            return
        events, self._passing = self._passing, []
        try:
            await self._database.write(_add_passing, events)
        except Exception:
            log.exception("%d events for web hooks could not be kept", len(events))
        self.records_stored()


def maker_of(key_id: int) -> str:
    """Who made a hook, when a program did."""
    return f"api-key-{key_id}"


def signature(secret: str, stamp: str, body: bytes) -> str:
    """`v1=` and the hexadecimal HMAC-SHA256 of `<time stamp>.<body>`: made by us, and not long ago."""
    return "v1=" + hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _message(entry: FeedEntry, hook: Hook) -> tuple[str, str, str]:
    """Id, kind and JSON of an event as the hook may see it."""
    if entry.row is not None:
        permissions = frozenset({P.CALL_VIEW_NUMBER_FULL}) if hook.terms.full_numbers else frozenset()
        viewer = Caller(User(id=0, login="", name=""), permissions, "", 0.0, EVERYTHING_IN_SIGHT)
        event = RecordEvent(n=entry.n, call=shown_row(entry.row, viewer))
        return f"record-{entry.row.call_id}", "record", msgspec.json.encode(event).decode()
    kind = entry.topic.removesuffix("s")
    if hook.terms.full_numbers or entry.topic not in {Topic.CALLS, Topic.LINES}:
        return f"{kind}-{entry.n}", kind, entry.body
    passing = msgspec.json.decode(entry.body, type=CallEvent | LineEvent)
    return f"{kind}-{entry.n}", kind, msgspec.json.encode(masked(passing)).decode()


def _add_passing(db: Connection, events: Sequence[tuple[str, str]]) -> None:
    add_passing(db, events, time.time())


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
