"""The web's end of the wire: stays connected, sends commands, hands on events."""

from __future__ import annotations

import asyncio
import itertools
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from appliance.wire.address import socket_address
from appliance.wire.codec import MAX_LINE_BYTES, WireError, decode_from_engine, encode_line
from appliance.wire.messages import AnyCommand, AnyEvent, AnyReply, Event, Reply, Subscribe

log = logging.getLogger(__name__)

FIRST_RETRY_S = 0.1
LAST_RETRY_S = 2.0
MAX_UNSENT_BYTES = 1 << 20
"""An engine that does not read for this long is as good as down."""


class EngineDown(WireError):  # noqa: N818 - a fact, not an error
    """The engine cannot be reached or did not answer in time; the text is a Chinese sentence."""


class WireClient:
    """One lasting connection to the engine, made again with growing pauses whenever it breaks.

    `on_event` gets every event in order, a fresh `Snapshot` first after each connection; `on_state` gets True when
    the engine is reached and False when it is lost. Both are called in the loop and must return at once.
    """

    def __init__(self, path: Path, on_event: Callable[[AnyEvent], None], on_state: Callable[[bool], None]) -> None:
        self._path = path
        self._on_event = on_event
        self._on_state = on_state
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[AnyReply]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def up(self) -> bool:
        return self._writer is not None

    def start(self) -> asyncio.Task[None]:
        """Begin to connect; returns at once. The task never ends by itself: if it does, that is a mistake in here."""
        self._task = asyncio.create_task(self._stay_connected(), name="wire-client")
        return self._task

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def request(self, command: AnyCommand, timeout_s: float = 5.0) -> AnyReply:
        """Send and wait for the reply. Raises `EngineDown`."""
        seq = next(self._numbers)
        reply: asyncio.Future[AnyReply] = asyncio.get_running_loop().create_future()
        self._waiting[seq] = reply
        try:
            self.send(msgspec.structs.replace(command, seq=seq))
            async with asyncio.timeout(timeout_s):
                return await reply
        except TimeoutError as error:
            raise EngineDown("话务引擎没有及时应答，请稍后重试。") from error
        finally:
            del self._waiting[seq]

    def send(self, command: AnyCommand) -> None:
        """Send without waiting (`PhoneAudio`). Raises `EngineDown`."""
        if self._writer is None or self._writer.transport.is_closing():
            raise EngineDown("话务引擎未连接，请稍后重试。")
        if self._writer.transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            self._writer.transport.abort()
            raise EngineDown("话务引擎没有响应，请稍后重试。")
        self._writer.write(encode_line(command))

    async def _stay_connected(self) -> None:
        pause_s = FIRST_RETRY_S
        while True:
            try:
                reader, writer = await self._connect()
            except OSError:
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, LAST_RETRY_S)
                continue
            pause_s = FIRST_RETRY_S
            try:
                await self._converse(reader, writer)
            except asyncio.IncompleteReadError:
                log.warning("the engine closed the wire")
            except (OSError, asyncio.LimitOverrunError) as error:
                log.warning("the engine is lost: %s", error)
            finally:
                self._lost(writer)
            await asyncio.sleep(pause_s)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            with socket_address(self._path) as address:
                await asyncio.get_running_loop().sock_connect(stream, address)
            return await asyncio.open_unix_connection(sock=stream, limit=MAX_LINE_BYTES)
        except BaseException:
            stream.close()
            raise

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        writer.write(encode_line(Subscribe()))
        self._on_state(True)
        while True:
            line = await reader.readuntil(b"\n")
            try:
                message = decode_from_engine(line)
            except WireError as error:
                log.warning("%s", error)
                continue
            if isinstance(message, Reply):
                future = self._waiting.get(message.seq)
                if future is not None and not future.done():
                    future.set_result(message)
            elif isinstance(message, Event):
                self._hand_on(message)

    def _hand_on(self, event: AnyEvent) -> None:
        try:
            self._on_event(event)
        except Exception:
            log.exception("%s could not be handled", type(event).__name__)

    def _lost(self, writer: asyncio.StreamWriter) -> None:
        self._writer = None
        writer.close()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(EngineDown("与话务引擎的连接中断，请稍后重试。"))
        self._on_state(False)
