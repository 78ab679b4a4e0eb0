"""The event stream over HTTP: server-sent events for programs that would rather not open a socket."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
from tornado.iostream import IOStream, StreamClosedError

from appliance.store.api_keys import KeyScope
from webui.auth.access import with_key
from webui.errors import Refusal
from webui.interfaces.events import ByeCode, Heartbeat, Message, RecordEvent, Topic
from webui.interfaces.handler import KeyHandler
from webui.interfaces.hub import GOODBYE_PATIENCE_S, Listener


class EventsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    topics: Annotated[str, msgspec.Meta(max_length=100)] = "calls"
    """`records`, `calls`, `agents`, `queues`, `lines`, `alarms`, separated by commas."""
    since: Annotated[int, msgspec.Meta(ge=0, le=2**31)] | None = None
    """Records after this number first; the header Last-Event-ID, which browsers send by themselves, goes first."""


class V1EventsHandler(KeyHandler):
    _listener: Listener | None = None

    @with_key(KeyScope.EVENTS)
    async def get(self, query: EventsQuery) -> None:
        """What happens, as it happens: server-sent events, `data` as on the TCP stream."""
        try:
            topics = tuple(Topic(name.strip()) for name in query.topics.split(",") if name.strip())
        except ValueError as error:
            names = "、".join(topic.value for topic in Topic)
            raise Refusal(422, f"topics 只能是 {names}，用逗号分开。", "topics") from error
        last_id = self.request.headers.get("Last-Event-ID", "")
        since = int(last_id) if last_id.isascii() and last_id.isdigit() and len(last_id) < 10 else query.since
        hub = self.context.interfaces.hub
        listener = self._listener = hub.join(self.key, self.address, self._send)
        try:
            await listener.subscribe(topics, since)
            self.set_header("Content-Type", "text/event-stream; charset=utf-8")
            self.set_header("X-Accel-Buffering", "no")
            await self.flush()
            self._note = (await listener.run()).code
        finally:
            hub.leave(listener)
        if self._note != ByeCode.LEFT:
            await self._hang_up()

    def on_connection_close(self) -> None:
        if self._listener is not None:
            self._listener.end(ByeCode.LEFT, "对方已断开。")

    async def _hang_up(self) -> None:
        """End the answer; a program that does not even take that is cut off."""
        try:
            async with asyncio.timeout(GOODBYE_PATIENCE_S):
                await self.finish()
        except (TimeoutError, StreamClosedError):
            stream: IOStream | None = getattr(self.request.connection, "stream", None)
            if stream is not None:
                stream.close()

    async def _send(self, message: Message) -> None:
        number = f"id: {message.n}\n" if isinstance(message, RecordEvent) else ""
        if isinstance(message, Heartbeat) and message.last:
            number = f"id: {message.last}\n"
        kind = message.__struct_config__.tag
        try:
            self.write(
                f"{number}event: {kind}\ndata: ".encode() + self.context.interfaces.hub.encoded(message) + b"\n\n"
            )
            await self.flush()
        except (StreamClosedError, asyncio.InvalidStateError) as error:
            raise ConnectionResetError from error
