"""Asking another computer during a call: HTTP and plain TCP, hard limits on time and size.

What: `Network.http` and `Network.tcp`, one exchange each on a connection of its own. Whatever the other side does (no
    answer, drops, garbage, gigabytes, one byte a second) the caller waits `timeout_s` at most and gets an answer or a
    `RemoteError`.
How: asyncio streams, so no other call waits; h11 reads HTTP/1.1. Names are looked up in threads of our own: a resolver
    that hangs holds up neither the loop nor anybody else's threads.
Limits: no redirects (a 3xx is an answer like any other), no proxies, no compression, no connection reuse.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, Self
from urllib.parse import urlsplit

import h11

MAX_ANSWER_BYTES = 256 * 1024
MAX_HEADER_BYTES = 16 * 1024
_CHUNK = 16 * 1024
_LOOKUPS_AT_ONCE = 4


class RemoteError(Exception):
    """No usable answer; the text is a Chinese half sentence for the time line."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    method: str
    url: str
    """Absolute, `http` or `https`, percent-encoded."""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class LineRequest:
    """Send `line` and read one line."""

    host: str
    port: int
    line: bytes


class Remote(Protocol):
    """What nodes ask; `Network`, or a script when a flow is tried out."""

    async def http(self, request: HttpRequest, timeout_s: float) -> HttpAnswer:
        """One request. Raises `RemoteError`, in `timeout_s` at the latest."""
        ...

    async def tcp(self, request: LineRequest, timeout_s: float) -> bytes:
        """The answer without its line end. Raises `RemoteError`, in `timeout_s` at the latest."""
        ...


class Network:
    """The real one."""

    def __init__(self, permits: Callable[[str], bool] | None = None) -> None:
        """`permits` looks at the very IP address that will be connected to; None: any."""
        self._permits = permits
        self._lookups = ThreadPoolExecutor(_LOOKUPS_AT_ONCE, thread_name_prefix="lookup")
        self._tls: ssl.SSLContext | None = None

    async def http(self, request: HttpRequest, timeout_s: float) -> HttpAnswer:
        parts = urlsplit(request.url)
        secure = parts.scheme == "https"
        host, port = parts.hostname or "", parts.port or (443 if secure else 80)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = [
            ("Host", parts.netloc.rpartition("@")[2]),
            ("Connection", "close"),
            ("Accept-Encoding", "identity"),
            *request.headers,
            *([("Content-Length", str(len(request.body)))] if request.body else []),
        ]
        try:
            asked = h11.Request(method=request.method, target=target, headers=headers)
            async with asyncio.timeout(timeout_s):
                async with _Connection(*await self._open(host, port, secure=secure)) as connection:
                    return await _exchange(connection, asked, request.body)
        except h11.LocalProtocolError as error:
            raise RemoteError("请求内容不合 HTTP 规定") from error
        except h11.RemoteProtocolError as error:
            raise RemoteError("对方的答复不合 HTTP 规定") from error
        except TimeoutError as error:
            raise RemoteError("对方没有及时答复") from error
        except (OSError, UnicodeError) as error:  # ssl.SSLError is an OSError
            raise RemoteError("连不上对方") from error

    async def tcp(self, request: LineRequest, timeout_s: float) -> bytes:
        try:
            async with asyncio.timeout(timeout_s):
                async with _Connection(*await self._open(request.host, request.port, secure=False)) as connection:
                    connection.writer.write(request.line + b"\r\n")
                    return await _line(connection.reader)
        except TimeoutError as error:
            raise RemoteError("对方没有及时答复") from error
        except (OSError, UnicodeError) as error:
            raise RemoteError("连不上对方") from error

    async def _open(self, host: str, port: int, *, secure: bool) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        tls = await self._tls_context() if secure else None
        address = await self._address(host, port)
        if self._permits is not None and not self._permits(address):
            raise RemoteError(f"地址 {address} 不在允许的范围内")
        return await asyncio.open_connection(
            address, port, ssl=tls, server_hostname=host if tls else None, limit=_CHUNK
        )

    async def _address(self, host: str, port: int) -> str:
        try:
            return str(ipaddress.ip_address(host))
        except ValueError:
            pass
        found = await asyncio.get_running_loop().run_in_executor(
            self._lookups, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        return str(found[0][4][0])

    async def _tls_context(self) -> ssl.SSLContext:
        """Reading the trusted certificates takes tens of milliseconds: once, and beside the loop."""
        if self._tls is None:
            self._tls = await asyncio.get_running_loop().run_in_executor(self._lookups, ssl.create_default_context)
        return self._tls


class _Connection:
    """Reader and writer that are cut, not closed politely: the other side may not answer any more."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        self.writer.transport.abort()


async def _exchange(connection: _Connection, request: h11.Request, body: bytes) -> HttpAnswer:
    http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEADER_BYTES)
    for part in (request, *([h11.Data(data=body)] if body else []), h11.EndOfMessage()):
        connection.writer.write(http.send(part) or b"")
    status, answer = 0, bytearray()
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            http.receive_data(await connection.reader.read(_CHUNK))
        elif isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            answer += event.data
            if len(answer) > MAX_ANSWER_BYTES:
                raise RemoteError(f"对方的答复超过 {MAX_ANSWER_BYTES // 1024} KB")
        elif isinstance(event, h11.EndOfMessage):
            return HttpAnswer(status, bytes(answer))
        elif isinstance(event, h11.ConnectionClosed):
            raise RemoteError("对方中途断开")


async def _line(reader: asyncio.StreamReader) -> bytes:
    answer = bytearray()
    while b"\n" not in answer:
        if len(answer) > MAX_ANSWER_BYTES:
            raise RemoteError(f"对方的答复超过 {MAX_ANSWER_BYTES // 1024} KB")
        received = await reader.read(_CHUNK)
        if not received and not answer:
            raise RemoteError("对方没有答复就断开")
        if not received:
            break
        answer += received
    return bytes(answer).partition(b"\n")[0].rstrip(b"\r")
