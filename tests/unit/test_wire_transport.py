from __future__ import annotations

import asyncio
import socket
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from appliance.telephony.call import LineState
from appliance.telephony.ids import CallId, LineId, SeatId
from appliance.wire import server as server_module
from appliance.wire.client import EngineDown, WireClient
from appliance.wire.codec import MAX_LINE_BYTES, WireError, decode_command, decode_from_engine, encode_line
from appliance.wire.messages import (
    AnyCommand,
    AnyEvent,
    AnyReply,
    Dial,
    Done,
    EngineHealth,
    LineChanged,
    LineView,
    PhoneHeard,
    Ping,
    Refused,
    Snapshot,
    Subscribe,
)
from appliance.wire.server import Connection, WireServer
from appliance.wire.virtualphone import ListenPhone, PhoneAudio

HEALTH = EngineHealth(
    boot="b1", uptime_s=1.0, ticks=50, late_p50_ms=0.1, late_p99_ms=0.5, late_max_ms=1.0, overruns=0,
    tick_work_p99_ms=1.0, realtime=False, resident_mb=60.0, disk_free_mb=9000.0, plan_version=1,
)  # fmt: skip
SNAPSHOT = Snapshot(
    at="2026-11-02T09:00:00+08:00", bureau="县广电", hotline="0562-96599", simulated=True, lines=(), stations=(),
    agents=(), queues=(), calls=(), phones=(), health=HEALTH,
)  # fmt: skip


def line_changed(label: str = "第 1 线") -> LineChanged:
    return LineChanged(line=LineView(line=LineId(1), label=label, state=LineState.IDLE))


class Engine:
    """The least that answers: numbers dialled become call ids, `boom` breaks."""

    def __init__(self, path: Path) -> None:
        self.server = WireServer(path, self.handle)
        self.heard = bytearray()

    async def handle(self, command: AnyCommand, connection: Connection) -> AnyReply | None:
        match command:
            case Subscribe():
                self.server.subscribe(connection, SNAPSHOT)
            case ListenPhone(phone=phone, on=on):
                connection.listen(phone, on=on)
            case PhoneAudio(pcm=pcm):
                self.heard += pcm
                return None
            case Dial(number="boom"):
                raise RuntimeError("boom")
            case Dial(number="slow"):
                await asyncio.sleep(60)
            case Dial(number=number):
                return Done(seq=command.seq, call_id=CallId(f"call-{number}"))
        return Done(seq=command.seq)


@asynccontextmanager
async def engine_at(path: Path) -> AsyncIterator[Engine]:
    engine = Engine(path)
    await engine.server.start()
    try:
        yield engine
    finally:
        await engine.server.stop()


class Listener:
    def __init__(self, path: Path) -> None:
        self.events: list[AnyEvent] = []
        self.states: list[bool] = []
        self.client = WireClient(path, self.events.append, self.states.append)


@asynccontextmanager
async def client_at(path: Path) -> AsyncIterator[Listener]:
    listener = Listener(path)
    listener.client.start()
    try:
        yield listener
    finally:
        await listener.client.stop()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.002)


def test_every_message_survives_a_line() -> None:
    command = PhoneAudio(phone="801", pcm=bytes(range(256)))
    assert decode_command(encode_line(command)) == command
    assert decode_from_engine(encode_line(SNAPSHOT)) == SNAPSHOT
    assert encode_line(SNAPSHOT).count(b"\n") == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"hello\n", "malformed"),
        (b'{"type":"Dial","seat":1,"number":"1"}\n', "$.seat"),
        (b'{"type":"Explode"}\n', "Explode"),
        (b"\xff\xfe\n", "not a command"),
        (b"", "not a command"),
    ],
)
def test_garbage_is_named(line: bytes, said: str) -> None:
    with pytest.raises(WireError, match="not a command") as caught:
        decode_command(line)
    assert said in str(caught.value)


def test_a_line_too_long_is_not_sent() -> None:
    with pytest.raises(WireError, match="at most"):
        encode_line(PhoneAudio(phone="801", pcm=bytes(MAX_LINE_BYTES)))


def test_requests_events_and_audio(tmp_path: Path) -> None:
    async def run() -> None:
        path = tmp_path / "engine.sock"
        async with engine_at(path) as engine, client_at(path) as web, client_at(path) as deaf:
            await until(lambda: bool(web.events and deaf.events))
            assert web.events[0] == SNAPSHOT
            assert stat.S_IMODE(path.stat().st_mode) == 0o660
            replies = await asyncio.gather(
                *(web.client.request(Dial(seat=SeatId("1"), number=str(n))) for n in range(9))
            )
            assert [reply.call_id for reply in replies if isinstance(reply, Done)] == [f"call-{n}" for n in range(9)]
            assert isinstance(await web.client.request(Dial(seat=SeatId("1"), number="boom")), Refused)
            web.client.send(PhoneAudio(phone="801", pcm=b"\1\2"))
            await web.client.request(ListenPhone(phone="801", on=True))
            assert bytes(engine.heard) == b"\1\2"
            assert engine.server.listened("801")
            assert not engine.server.listened("802")
            engine.server.publish(line_changed())
            engine.server.publish(PhoneHeard(phone="801", pcm=b"\3\4"))
            engine.server.publish(line_changed())
            await until(lambda: len(web.events) == 4 and len(deaf.events) == 3)
            assert [event.n for event in web.events] == [0, 1, 0, 2]
            assert not any(isinstance(event, PhoneHeard) for event in deaf.events)

    asyncio.run(run())


def test_client_comes_back_after_engine_restart(tmp_path: Path) -> None:
    async def run() -> None:
        path = tmp_path / "engine.sock"
        async with client_at(path) as web:
            with pytest.raises(EngineDown):
                await web.client.request(Ping())
            async with engine_at(path):
                await until(lambda: bool(web.events))
                hanging = asyncio.create_task(web.client.request(Dial(seat=SeatId("1"), number="slow")))
                await asyncio.sleep(0.01)
            with pytest.raises(EngineDown, match="中断"):
                await hanging
            await until(lambda: web.states == [True, False])
            async with engine_at(path):
                await until(lambda: len(web.events) == 2)
                assert await web.client.request(Ping()) is not None
            await until(lambda: not web.client.up)
            with pytest.raises(EngineDown):
                web.client.send(PhoneAudio(phone="801", pcm=b""))

    asyncio.run(run())


def test_no_answer_in_time(tmp_path: Path) -> None:
    async def run() -> None:
        path = tmp_path / "engine.sock"
        async with engine_at(path), client_at(path) as web:
            await until(lambda: web.client.up)
            with pytest.raises(EngineDown, match="及时"):
                await web.client.request(Dial(seat=SeatId("1"), number="slow"), timeout_s=0.02)

    asyncio.run(run())


def test_stale_socket_is_replaced_and_a_living_one_respected(tmp_path: Path) -> None:
    async def run() -> None:
        path = tmp_path / "engine.sock"
        dead = socket.socket(socket.AF_UNIX)
        dead.bind(str(path))
        dead.close()
        async with engine_at(path):
            with pytest.raises(WireError, match="another engine"):
                await Engine(path).server.start()
            async with client_at(path) as web:
                await until(lambda: bool(web.events))
        assert not path.exists()

    asyncio.run(run())


def test_folder_names_of_any_length(tmp_path: Path) -> None:
    async def run() -> None:
        path = tmp_path / ("深" * 40) / "engine.sock"
        async with engine_at(path), client_at(path) as web:
            await until(lambda: bool(web.events))

    asyncio.run(run())


def test_slow_reader_loses_audio_first_and_then_the_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "MAX_BACKLOG_BYTES", 1 << 20)

    async def run() -> None:
        path = tmp_path / "engine.sock"
        async with engine_at(path) as engine, client_at(path) as good:
            slow = socket.socket(socket.AF_UNIX)
            slow.connect(str(path))
            slow.sendall(encode_line(Subscribe()) + encode_line(ListenPhone(phone="801", on=True)))
            await until(lambda: engine.server.listened("801") and bool(good.events))
            connection = next(c for c in engine.server._connections if c.phones)
            audio = PhoneHeard(phone="801", pcm=bytes(320))
            while connection.wants(audio):
                engine.server.publish(audio)
            backlog = connection._transport.get_write_buffer_size()
            for _ in range(1000):
                engine.server.publish(audio)
            assert connection._transport.get_write_buffer_size() == backlog
            sent = 0
            while not connection._transport.is_closing():
                engine.server.publish(line_changed("长" * 1000))
                sent += 1
                await asyncio.sleep(0)
                assert sent < 5000
            await until(lambda: connection not in engine.server._connections)
            await until(lambda: len(good.events) == sent + 1)
            slow.close()

    asyncio.run(run())


def test_bad_lines_do_not_end_the_conversation(tmp_path: Path) -> None:
    async def run() -> None:
        path = tmp_path / "engine.sock"
        async with engine_at(path) as engine:
            reader, writer = await asyncio.open_unix_connection(path, limit=MAX_LINE_BYTES)
            writer.write(b'{"type":"FromTheFuture","seq":7}\nnonsense\n' + encode_line(Ping(seq=9)))
            replies = [decode_from_engine(await reader.readline()) for _ in range(3)]
            assert [type(reply) for reply in replies] == [Refused, Refused, Done]
            assert [reply.seq for reply in replies if isinstance(reply, Refused | Done)] == [7, 0, 9]
            writer.write(b"x" * (MAX_LINE_BYTES * 2))
            with suppress(ConnectionResetError):
                assert await reader.read() == b""
            await until(lambda: not engine.server._connections)
            writer.close()

    asyncio.run(run())
