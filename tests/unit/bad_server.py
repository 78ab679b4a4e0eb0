"""Servers on the loopback that answer, hang, drip, lie or break off: what flows meet in a bureau's network."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter
Behaviour = Callable[[Reader, Writer], Awaitable[None]]


class Server:
    """Counts who came and keeps what was asked."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connections = 0
        self.asked: list[bytes] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextlib.asynccontextmanager
async def serving(*behaviours: Behaviour) -> AsyncIterator[Server]:
    """The n-th connection meets the n-th behaviour; the last one stays."""
    known = Server(0)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: Reader, writer: Writer) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        behaviour = behaviours[min(known.connections, len(behaviours) - 1)]
        known.connections += 1
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await behaviour(_Noting(reader, known), writer)
            await writer.drain()
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    known.port = server.sockets[0].getsockname()[1]
    try:
        yield known
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Noting(asyncio.StreamReader):
    """Reads for the behaviour and notes it."""

    def __init__(self, reader: Reader, known: Server) -> None:
        super().__init__()
        self._reader, self._known = reader, known

    async def request(self) -> None:
        """Read one HTTP request whole."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = next((line[15:] for line in head.split(b"\r\n") if line.startswith(b"Content-Length:")), b"0")
        self._known.asked.append(head + await self._reader.readexactly(int(length)))

    async def line(self) -> None:
        self._known.asked.append(await self._reader.readline())


def answers(body: bytes, status: str = "200 OK", kind: str = "application/json") -> Behaviour:
    async def behave(reader: Reader, writer: Writer) -> None:
        assert isinstance(reader, _Noting)
        await reader.request()
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)

    return behave


def chunked(*parts: bytes) -> Behaviour:
    async def behave(reader: Reader, writer: Writer) -> None:
        assert isinstance(reader, _Noting)
        await reader.request()
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for part in (*parts, b""):
            writer.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")

    return behave


def says(raw: bytes) -> Behaviour:
    """These bytes after the request, whatever they are, then the connection ends."""

    async def behave(reader: Reader, writer: Writer) -> None:
        assert isinstance(reader, _Noting)
        await reader.request()
        writer.write(raw)

    return behave


def says_line(raw: bytes) -> Behaviour:
    async def behave(reader: Reader, writer: Writer) -> None:
        assert isinstance(reader, _Noting)
        await reader.line()
        writer.write(raw)

    return behave


async def hangs(_reader: Reader, _writer: Writer) -> None:
    await asyncio.sleep(3600)


async def drips(_reader: Reader, writer: Writer) -> None:
    """One byte of an endless header at a time: every read succeeds, the answer never comes."""
    writer.write(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def floods(_reader: Reader, writer: Writer) -> None:
    """Five megabytes."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n")
    for _ in range(500):
        writer.write(b"x" * 10_000)
        await writer.drain()


async def floods_a_line(_reader: Reader, writer: Writer) -> None:
    while True:
        writer.write(b"x" * 10_000)
        await writer.drain()


async def drops(_reader: Reader, _writer: Writer) -> None:
    """Closes at once."""
