"""The TCP door of the event stream: a line of JSON each way, the key first."""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import suppress
from typing import Annotated, TypeVar

import msgspec

from appliance.store.api_keys import KeyScope
from appliance.store.interface_log import LogKind
from webui.errors import Refusal, field_of
from webui.interfaces.events import ByeCode, Goodbye, Message, Pong, Topic, Welcome
from webui.interfaces.hub import HEARTBEAT_S, EventHub, Listener
from webui.interfaces.journal import InterfaceJournal
from webui.interfaces.keyring import KeyRing
from webui.interfaces.refusal import CodedRefusal, code_of

log = logging.getLogger(__name__)

LONGEST_LINE_BYTES = 8 * 1024
FIRST_LINE_WITHIN_S = 10.0
SUBSCRIBED_WITHIN_S = 60.0
"""A program with a good key that subscribes to nothing for so long is sent away."""
MOST_STRANGERS = 20
"""Connections at once that have not shown a key yet."""
MOST_SUBSCRIPTIONS = 100
"""Of one connection; each sends the whole state."""
_UNSENT_BYTES = 128 * 1024
"""On the way to one program, in our buffer and again in the system's; beyond that its events wait in its outbox."""


class Authenticate(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="auth", forbid_unknown_fields=True):
    """The first line."""

    key: Annotated[str, msgspec.Meta(max_length=200)]


class Subscribe(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="subscribe", forbid_unknown_fields=True
):
    """Replaces what was subscribed before."""

    topics: Annotated[tuple[Topic, ...], msgspec.Meta(min_length=1, max_length=len(Topic))]
    since: Annotated[int, msgspec.Meta(ge=0, le=2**31)] | None = None
    """Records after this number first; left out: only new ones."""


class Ping(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="ping", forbid_unknown_fields=True):
    pass


_first = msgspec.json.Decoder(Authenticate)
_later = msgspec.json.Decoder(Subscribe | Ping)


class StreamDoor:
    """Listens on `port` (0: a free one, see `address`) once started."""

    def __init__(self, hub: EventHub, keys: KeyRing, journal: InterfaceJournal, version: str) -> None:
        self._hub = hub
        self._keys = keys
        self._journal = journal
        self._version = version
        self._server: asyncio.Server | None = None
        self._strangers = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self.address: tuple[str, int] | None = None

    async def start(self, host: str, port: int) -> None:
        """Raises `OSError` when the port cannot be had."""
        self._server = await asyncio.start_server(self._connected, host, port, limit=LONGEST_LINE_BYTES)
        self.address = self._server.sockets[0].getsockname()[:2]
        log.info("event stream at %s:%d", *self.address)

    async def stop(self) -> None:
        """Close the door and every connection."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await _Visit(self, reader, writer).run()
        except (ConnectionError, asyncio.CancelledError):
            writer.transport.abort()
        except Exception:
            log.exception("a connection of the event stream broke")
            writer.transport.abort()
        finally:
            self._tasks.discard(task)

    async def welcome(self, visit: _Visit) -> Listener:
        """The program behind the first line. Raises `CodedRefusal`, `Refusal`."""
        if self._strangers >= MOST_STRANGERS:
            raise CodedRefusal(503, ByeCode.FULL, "等待验证的连接太多，请稍后重试。")
        self._strangers += 1
        try:
            async with asyncio.timeout(FIRST_LINE_WITHIN_S):
                line = await visit.line()
        except TimeoutError as error:
            raise CodedRefusal(408, ByeCode.IDLE, "没有及时发来密钥，连接已关闭。") from error
        finally:
            self._strangers -= 1
        key = self._keys.find(decoded(_first, line).key, visit.address)
        if KeyScope.EVENTS not in key.terms.scopes:
            raise CodedRefusal(403, "scope_missing", "此密钥没有“events”权限，请联系系统管理员。")
        self._keys.spend(key)
        self._journal.used(key.id, visit.address)
        listener = self._hub.join(key, visit.address, visit.send)
        listener.put(Welcome(label=key.terms.label, version=self._version, heartbeat_s=HEARTBEAT_S))
        return listener

    def note(self, who: str, address: str, what: str, *, status: int = 0, note: str = "") -> None:
        self._journal.add(LogKind.STREAM, who, address, what, status=status, note=note)

    def encoded(self, message: Message) -> bytes:
        return self._hub.encoded(message)

    def leave(self, listener: Listener) -> None:
        self._hub.leave(listener)


class _Visit:
    """One connection."""

    def __init__(self, door: StreamDoor, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._door = door
        self._reader = reader
        self._writer = writer
        self._subscriptions_left = MOST_SUBSCRIPTIONS
        self.address = str(writer.get_extra_info("peername")[0])
        writer.transport.set_write_buffer_limits(high=_UNSENT_BYTES)
        connection: socket.socket = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _UNSENT_BYTES)

    async def run(self) -> None:
        try:
            listener = await self._door.welcome(self)
        except Refusal as refusal:
            code = code_of(refusal, refusal.status_code)
            if code != "address_blocked":
                self._door.note("", self.address, "connect", status=refusal.status_code, note=code)
            await self._close(Goodbye(code=code, text=refusal.text))
            return
        label = listener.key.terms.label
        self._door.note(label, self.address, "connect", status=200)
        listening = asyncio.create_task(self._listen(listener), name="stream-listen")
        try:
            bye = await listener.run()
            self._door.note(label, self.address, "disconnect", status=200, note=bye.code)
        finally:
            self._door.leave(listener)
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            await self._close(None)

    async def line(self) -> bytes:
        """The next line. Raises `CodedRefusal` for one without end, `ConnectionError` when there is none any more."""
        try:
            return await self._reader.readuntil(b"\n")
        except asyncio.LimitOverrunError as error:
            raise CodedRefusal(413, ByeCode.BAD_LINE, f"一行最长 {LONGEST_LINE_BYTES} 字节。") from error
        except asyncio.IncompleteReadError as error:
            raise ConnectionResetError from error

    async def send(self, message: Message) -> None:
        if self._writer.is_closing():
            raise ConnectionResetError
        self._writer.write(self._door.encoded(message) + b"\n")
        await self._writer.drain()

    async def _listen(self, listener: Listener) -> None:
        """What the program says later."""
        try:
            while True:
                async with asyncio.timeout(None if listener.topics else SUBSCRIBED_WITHIN_S):
                    line = await self.line()
                await self._obey(listener, line)
        except TimeoutError:
            listener.end(ByeCode.IDLE, "没有订阅任何事件，连接已关闭。")
        except Refusal as refusal:
            listener.end(code_of(refusal, refusal.status_code), refusal.text)
        except ConnectionError:
            listener.end(ByeCode.LEFT, "对方已断开。")

    async def _obey(self, listener: Listener, line: bytes) -> None:
        said = decoded(_later, line)
        if isinstance(said, Ping):
            listener.put(Pong())
            return
        self._subscriptions_left -= 1
        if self._subscriptions_left < 0:
            raise CodedRefusal(429, "too_many_requests", f"一个连接最多订阅 {MOST_SUBSCRIPTIONS} 次。")
        await listener.subscribe(said.topics, said.since)

    async def _close(self, bye: Goodbye | None) -> None:
        with suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(2.0):
                if bye is not None:
                    await self.send(bye)
                self._writer.close()
                await self._writer.wait_closed()
                return
        self._writer.transport.abort()


T = TypeVar("T")


def decoded(decoder: msgspec.json.Decoder[T], line: bytes) -> T:
    """Raises `CodedRefusal` for a line that is none of ours."""
    try:
        return decoder.decode(line)
    except msgspec.ValidationError as error:
        raise CodedRefusal(422, ByeCode.BAD_LINE, field_of(error)[1]) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CodedRefusal(400, ByeCode.BAD_LINE, "这一行不是正确的 JSON。") from error
