"""The engine's end of the wire: takes commands, answers them, and tells every subscriber what became so."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from appliance.wire.address import socket_address
from appliance.wire.codec import MAX_LINE_BYTES, WireError, decode_command, encode_line, sequence_of
from appliance.wire.messages import AnyCommand, AnyEvent, AnyReply, PhoneHeard, Refused, Snapshot

log = logging.getLogger(__name__)

AUDIO_BACKLOG_BYTES = 64 << 10
"""With more than this unsent, a connection gets no more `PhoneHeard`: late audio is worthless."""
MAX_BACKLOG_BYTES = 4 << 20
"""With more than this unsent, the reader is cut off; it comes back and gets a fresh snapshot."""


class Connection:
    """One client of the engine. All methods return at once and never raise because the other side is slow or gone."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._transport = writer.transport
        self.subscribed = False
        self.phones: set[str] = set()
        """Virtual phones whose earpiece this client hears."""

    def send(self, message: AnyReply | AnyEvent) -> None:
        """Queue a message for this client alone."""
        self.send_line(encode_line(message))

    def send_line(self, line: bytes) -> None:
        """Queue an encoded line; cuts the client off when it does not read."""
        if self._transport.is_closing():
            return
        if self._transport.get_write_buffer_size() + len(line) > MAX_BACKLOG_BYTES:
            log.warning("a reader of the wire does not read: disconnected with %d bytes unsent", MAX_BACKLOG_BYTES)
            self._transport.abort()
            return
        self._writer.write(line)

    def wants(self, event: AnyEvent) -> bool:
        """Whether this client gets the event now."""
        if isinstance(event, PhoneHeard):
            return event.phone in self.phones and self._transport.get_write_buffer_size() <= AUDIO_BACKLOG_BYTES
        return self.subscribed

    def listen(self, phone: str, *, on: bool) -> None:
        """Start or stop the phone's `PhoneHeard` events for this client (command `ListenPhone`)."""
        if on:
            self.phones.add(phone)
        else:
            self.phones.discard(phone)

    def abort(self) -> None:
        self._transport.abort()


Handle = Callable[[AnyCommand, Connection], Awaitable[AnyReply | None]]
"""Carries out one command; None where the command is not answered (`PhoneAudio`). A command that takes long
starts its own task: the next command of the same connection waits for this one."""


class WireServer:
    """Unix socket of the engine. `publish` numbers events and encodes each once for all subscribers."""

    def __init__(self, path: Path, handle: Handle) -> None:
        self._path = path
        self._handle = handle
        self._server: asyncio.Server | None = None
        self._connections: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._n = 0

    async def start(self) -> None:
        """Listen. A socket left by a dead engine is replaced; raises `WireError` when a living one holds it."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            self._bind(listener)
            self._server = await asyncio.start_unix_server(self._serve, sock=listener, limit=MAX_LINE_BYTES)
        except OSError as error:
            listener.close()
            raise WireError(f"cannot listen on {self._path}: {error.strerror}") from error
        except WireError:
            listener.close()
            raise

    def _bind(self, listener: socket.socket) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with socket_address(self._path) as address:
            if _answers(address):
                raise WireError(f"another engine already listens on {self._path}; stop it first")
            self._path.unlink(missing_ok=True)
            listener.bind(address)
        self._path.chmod(0o660)  # before listen(): nobody connects with wider rights in between

    async def stop(self) -> None:
        """Close the socket and every connection; the socket file is gone afterwards."""
        if self._server is None:
            return
        self._server.close()
        for connection in list(self._connections):
            connection.abort()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()
        self._path.unlink(missing_ok=True)
        self._server = None

    def subscribe(self, connection: Connection, snapshot: Snapshot) -> None:
        """Carry out `Subscribe`: the snapshot now, every later event after it."""
        connection.subscribed = True
        connection.send(msgspec.structs.replace(snapshot, n=self._n))

    def listened(self, phone: str) -> bool:
        """Whether anybody wants the phone's `PhoneHeard` events."""
        return any(phone in connection.phones for connection in self._connections)

    def publish(self, event: AnyEvent) -> None:
        """Tell all subscribers; `n` is set here (audio is not counted). Never blocks."""
        if not isinstance(event, PhoneHeard):
            self._n += 1
        line: bytes | None = None
        for connection in self._connections:
            if connection.wants(event):
                if line is None:
                    numbered = event if isinstance(event, PhoneHeard) else msgspec.structs.replace(event, n=self._n)
                    line = encode_line(numbered)
                connection.send_line(line)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(writer)
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(connection)
        self._tasks.add(task)
        try:
            await self._converse(reader, connection)
        except (ConnectionError, asyncio.CancelledError):
            pass  # the client went, or the engine stops: nothing to tell
        finally:
            self._connections.discard(connection)
            self._tasks.discard(task)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, connection: Connection) -> None:
        while True:
            try:
                line = await reader.readuntil(b"\n")
            except asyncio.IncompleteReadError:
                return
            except asyncio.LimitOverrunError:
                log.warning("a client of the wire sent a line over %d bytes: disconnected", MAX_LINE_BYTES)
                return
            reply = await self._answer(line, connection)
            if reply is not None:
                connection.send(reply)

    async def _answer(self, line: bytes, connection: Connection) -> AnyReply | None:
        try:
            command = decode_command(line)
        except WireError as error:
            log.warning("%s", error)
            return Refused(seq=sequence_of(line), text="话务引擎不认识这条命令，请确认网页服务与引擎是同一版本。")
        try:
            return await self._handle(command, connection)
        except Exception:
            log.exception("%s could not be carried out", type(command).__name__)
            return Refused(seq=command.seq, text="话务引擎内部错误，命令未执行，请稍后重试；如仍出现请联系厂商。")


def _answers(address: str) -> bool:
    """Whether a living engine accepts connections there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(address)
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        return True
