"""The event stream: every connected program gets what it subscribed to, however it is connected.

Each has a bounded outbox of passing events and a number up to which it was told of records. Records are read from the
database at the pace at which the program reads them, so none is lost and none waits in memory.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from time import monotonic as clock_s

import msgspec

from appliance.store.api_keys import ApiKey
from appliance.store.database import Database
from appliance.store.event_feed import RECORDS, feed_end, read_feed
from appliance.wire.messages import AnyEvent, Snapshot
from webui.callview import shown_row
from webui.engine_link import EngineLink
from webui.interfaces.events import (
    NEEDED_SCOPE,
    ByeCode,
    EngineEvent,
    Goodbye,
    Heartbeat,
    Message,
    Passing,
    RecordEvent,
    Subscribed,
    Topic,
    passing_event,
    seen_by,
    states,
    topic_of,
)
from webui.interfaces.keyring import KeyRing, caller_of
from webui.interfaces.refusal import CodedRefusal

LONGEST = 500
"""Passing events that wait for one program; one more and it is dropped."""
HEARTBEAT_S = 15.0
SEND_PATIENCE_S = 30.0
"""A program that takes nothing for so long is dropped."""
GOODBYE_PATIENCE_S = 1.0
_PAGE = 50

Send = Callable[[Message], Awaitable[None]]


class Listener:
    """One connected program. `run` sends until the program leaves, does not keep up, or may not go on."""

    def __init__(self, hub: EventHub, key: ApiKey, address: str, send: Send) -> None:
        self.key = key
        self.address = address
        self.topics: frozenset[Topic] = frozenset()
        self._hub = hub
        self._send_one = send
        self._waiting: deque[Message] = deque()
        self._wake = asyncio.Event()
        self._told_to = 0
        self._bye: Goodbye | None = None
        self._sending: asyncio.Timeout | None = None

    async def subscribe(self, topics: tuple[Topic, ...], since: int | None) -> None:
        """Take these topics from now on, records after number `since`. Raises `CodedRefusal` for one not allowed."""
        for topic in topics:
            if NEEDED_SCOPE[topic] not in self.key.terms.scopes:
                text = f"此密钥没有“{NEEDED_SCOPE[topic].value}”权限，不能订阅 {topic.value}。"
                raise CodedRefusal(403, "scope_missing", text, "topics")
        last = await self._hub.database.read(feed_end)
        self._told_to = last if since is None else min(since, last)
        self.topics = frozenset(topics)
        self.put(Subscribed(topics=topics, last=last))
        snapshot = self._hub.link.mirror.snapshot()
        self.put(EngineEvent(up=snapshot is not None))
        if snapshot is not None:
            self.show(snapshot)

    def show(self, snapshot: Snapshot) -> None:
        """The state of every subscribed topic."""
        for event in states(snapshot):
            if (seen := seen_by(self.key, event)) is not None:
                self.tell(seen)

    def tell(self, event: Passing) -> None:
        """Queue a passing event as this program may see it, if it wants it."""
        if topic_of(event) in self.topics:
            self.put(event)

    def wake(self) -> None:
        """There may be new records."""
        self._wake.set()

    def end(self, code: str, text: str) -> None:
        """Say goodbye; what waits is not sent any more."""
        if self._bye is None:
            self._bye = Goodbye(code=code, text=text)
            self._waiting.clear()
            self._wake.set()
            if self._sending is not None and not self._sending.expired():
                self._sending.reschedule(asyncio.get_running_loop().time())  # also when it takes nothing just now

    async def run(self) -> Goodbye:
        """Send until there is a reason to stop; the reason, already sent if the program took it."""
        looked_at_s = clock_s()
        while self._bye is None:
            self._wake.clear()
            await self._drain()
            if clock_s() - looked_at_s >= HEARTBEAT_S:
                looked_at_s = clock_s()
                self._look_at_key()
            if self._bye is None and not await self._woken():
                self.put(Heartbeat(at=datetime.now().astimezone().isoformat(timespec="seconds"), last=self._told_to))
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(GOODBYE_PATIENCE_S):
                await self._send_one(self._bye)
        return self._bye

    async def _woken(self) -> bool:
        try:
            async with asyncio.timeout(HEARTBEAT_S):
                await self._wake.wait()
        except TimeoutError:
            return False
        return True

    def _look_at_key(self) -> None:
        key = self._hub.keys.current(self.key.id, self.address)
        if key is None:
            self.end(ByeCode.KEY_ENDED, "接口密钥已被吊销、到期，或不再允许从此地址使用。")
        else:
            self.key = key

    async def _drain(self) -> None:
        while self._bye is None and (self._waiting or await self._more_records()):
            while self._waiting and self._bye is None:
                await self._send(self._waiting.popleft())

    async def _more_records(self) -> bool:
        """Queue the next page of records; False when there is none."""
        if Topic.RECORDS not in self.topics or self._told_to >= self._hub.newest:
            return False
        before = self._told_to
        entries, told_to = await self._hub.database.read(
            read_feed, before, (RECORDS,), self.key.terms.reach, limit=_PAGE
        )
        if self._told_to != before:  # subscribed anew meanwhile, from another number
            return True
        self._told_to = told_to
        caller = caller_of(self.key)
        for entry in entries:
            if entry.row is not None:
                await self._send(RecordEvent(n=entry.n, call=shown_row(entry.row, caller)))
        return told_to > before

    async def _send(self, message: Message) -> None:
        try:
            async with asyncio.timeout(SEND_PATIENCE_S) as self._sending:
                await self._send_one(message)
        except TimeoutError:
            self._too_slow()
        except ConnectionError:
            self.end(ByeCode.LEFT, "对方已断开。")
        finally:
            self._sending = None

    def put(self, message: Message) -> None:
        """Queue a message; the program is dropped when too many wait."""
        if self._bye is None:
            self._waiting.append(message)
            self._wake.set()
            if len(self._waiting) > LONGEST:
                self._too_slow()

    def _too_slow(self) -> None:
        self.end(ByeCode.TOO_SLOW, "读取太慢，连接已断开。请重新连接，并用 since 补收通话记录。")


class EventHub:
    """One for all; `watch` it at the engine link. `newest` is the number of the newest event."""

    def __init__(self, database: Database, link: EngineLink, keys: KeyRing, most: int) -> None:
        self.database = database
        self.link = link
        self.keys = keys
        self.newest = 0
        self._most = most
        self._listeners: set[Listener] = set()
        self._encoded: tuple[Message | None, bytes] = (None, b"")
        keys.when_changed(self._key_changed)

    @property
    def count(self) -> int:
        """Connected programs."""
        return len(self._listeners)

    async def start(self) -> None:
        """Where the feed ends now."""
        self.newest = await self.database.read(feed_end)

    def stop(self) -> None:
        """Say goodbye to everybody."""
        for listener in list(self._listeners):
            listener.end(ByeCode.STOPPING, "呼叫中心正在停止或重启，请稍后重新连接。")

    def join(self, key: ApiKey, address: str, send: Send) -> Listener:
        """A program with a good key. Raises `CodedRefusal` (503) when there are too many."""
        if len(self._listeners) >= self._most:
            raise CodedRefusal(503, ByeCode.FULL, f"事件连接已达上限 {self._most} 个，请稍后重试。")
        listener = Listener(self, key, address, send)
        self._listeners.add(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        self._listeners.discard(listener)

    def encoded(self, message: Message) -> bytes:
        """The message as JSON; one that goes to many programs is encoded once."""
        if message is not self._encoded[0]:
            self._encoded = (message, msgspec.json.encode(message))
        return self._encoded[1]

    async def records_stored(self) -> None:
        """Records were added to the feed."""
        self.newest = await self.database.read(feed_end)
        for listener in self._listeners:
            listener.wake()

    def engine_event(self, event: AnyEvent) -> None:
        if isinstance(event, Snapshot):
            for listener in list(self._listeners):
                listener.put(EngineEvent(up=True))
                listener.show(event)
            return
        if (passing := passing_event(event)) is not None:
            self.tell(passing)

    def tell(self, passing: Passing) -> None:
        """Tell every program that wants it and may see it."""
        seen: dict[int, Passing | None] = {}
        for listener in list(self._listeners):
            key = listener.key
            if key.id not in seen:
                seen[key.id] = seen_by(key, passing)
            if (shown := seen[key.id]) is not None:
                listener.tell(shown)

    def engine_lost(self) -> None:
        for listener in list(self._listeners):
            listener.put(EngineEvent(up=False))

    def _key_changed(self, key_id: int) -> None:
        for listener in list(self._listeners):
            if listener.key.id == key_id:
                listener.end(ByeCode.KEY_ENDED, "接口密钥已被修改或吊销，请重新连接。")
