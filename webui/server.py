"""The HTTP server, which can end in order: what was asked is answered before its connection closes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    RequestStartLine,
    ResponseStartLine,
)

_LOOK_EVERY_S = 0.02


class OrderlyServer(HTTPServer):
    """Knows which connections have a request that is not answered yet."""

    def initialize(self, *args: Any, **kwargs: Any) -> None:
        super().initialize(*args, **kwargs)
        self._under_way: set[object] = set()

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> HTTPMessageDelegate:
        """A connection waits for its next request: the one before is answered."""
        self._under_way.discard(server_conn)
        inner = super().start_request(server_conn, request_conn)
        return _Begun(inner, lambda: self._under_way.add(server_conn))

    def on_close(self, server_conn: object) -> None:
        self._under_way.discard(server_conn)
        super().on_close(server_conn)

    async def end(self, grace_s: float, patience_s: float) -> None:
        """Accept no more connections; let the requests finish, up to `patience_s`, then close what is left.

        Whoever was accepted just now has `grace_s` to send the request.
        """
        self.stop()
        await asyncio.sleep(grace_s)
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                while self._under_way:  # noqa: ASYNC110 - once in the life of a process
                    await asyncio.sleep(_LOOK_EVERY_S)
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                await self.close_all_connections()


class _Begun(HTTPMessageDelegate):
    """Hands everything on, and says when a request has come."""

    def __init__(self, inner: HTTPMessageDelegate, begun: Callable[[], None]) -> None:
        self._inner = inner
        self._begun = begun

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        self._begun()
        return self._inner.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return self._inner.data_received(chunk)

    def finish(self) -> None:
        self._inner.finish()

    def on_connection_close(self) -> None:
        self._inner.on_connection_close()
