"""Bounded outgoing messages of a WebSocket: a slow browser loses audio first, then the connection; never our memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClosedError

LONGEST = 256
AUDIO_LONGEST = 25
"""Half a second of 20 ms frames."""


class Outbox:
    """Sends one message after the other; `full` closes the socket."""

    def __init__(self, send: Callable[[str | bytes], Awaitable[None]], full: Callable[[], None]) -> None:
        self._send = send
        self._full = full
        self._messages: asyncio.Queue[str | bytes] = asyncio.Queue(LONGEST)
        self._task = asyncio.create_task(self._deliver(), name="outbox")

    def put(self, message: str | bytes) -> None:
        """Queue a message that must not be lost: with no room for it the socket is closed."""
        try:
            self._messages.put_nowait(message)
        except asyncio.QueueFull:
            self.close()
            self._full()

    def put_audio(self, message: bytes) -> None:
        """Queue a message that is worthless when late: dropped when others wait."""
        if self._messages.qsize() < AUDIO_LONGEST:
            self._messages.put_nowait(message)

    def close(self) -> None:
        self._task.cancel()

    async def _deliver(self) -> None:
        try:
            while True:
                await self._send(await self._messages.get())
        except (WebSocketClosedError, StreamClosedError):
            return
