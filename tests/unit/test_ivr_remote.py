"""The other computer hangs, lies or is down: one clear failure, in time, and nobody else waits."""

from __future__ import annotations

import asyncio
import time

import pytest

from appliance.ivr.remote import MAX_ANSWER_BYTES, HttpRequest, LineRequest, Network, RemoteError
from tests.unit import bad_server
from tests.unit.bad_server import Behaviour, serving

PATIENCE_S = 0.4


async def asked(behaviour: Behaviour, body: bytes = b"") -> tuple[int, bytes]:
    async with serving(behaviour) as server:
        request = HttpRequest("POST" if body else "GET", f"{server.url}/call?x=1", body=body)
        answer = await Network().http(request, PATIENCE_S)
        assert server.asked[0].startswith(b"POST /call?x=1 " if body else b"GET /call?x=1 ")
        assert server.asked[0].endswith(b"\r\n\r\n" + body)
        assert f"Host: 127.0.0.1:{server.port}".encode() in server.asked[0]
        return answer.status, answer.body


def test_an_answer() -> None:
    assert asyncio.run(asked(bad_server.answers(b"{}"))) == (200, b"{}")
    assert asyncio.run(asked(bad_server.answers(b"{}", "201 Created"), b"a=1")) == (201, b"{}")
    assert asyncio.run(asked(bad_server.chunked(b"ab", b"c" * 5000))) == (200, b"ab" + b"c" * 5000)
    assert asyncio.run(asked(bad_server.says(b"HTTP/1.0 200 OK\r\n\r\nuntil the end"))) == (200, b"until the end")


@pytest.mark.parametrize(
    ("behaviour", "why"),
    [
        (bad_server.hangs, "没有及时"),
        (bad_server.drips, "没有及时"),
        (bad_server.floods, f"超过 {MAX_ANSWER_BYTES // 1024} KB"),
        (bad_server.drops, "断开|不合 HTTP|连不上"),
        (bad_server.says(b"SSH-2.0-OpenSSH\r\n\r\n"), "不合 HTTP"),
        (bad_server.says(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf"), "不合 HTTP"),
        (bad_server.says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), "不合 HTTP"),
        (bad_server.says(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 5000), "不合 HTTP"),
    ],
)
def test_a_bad_server_is_a_failure_in_time(behaviour: Behaviour, why: str) -> None:
    async def main() -> float:
        async with serving(behaviour) as server:
            began = time.monotonic()
            with pytest.raises(RemoteError, match=why):
                await Network().http(HttpRequest("GET", server.url), PATIENCE_S)
            return time.monotonic() - began

    assert asyncio.run(main()) < PATIENCE_S + 0.6


def test_a_server_that_is_down() -> None:
    async def main() -> None:
        async with serving(bad_server.hangs) as server:
            port = server.port
        with pytest.raises(RemoteError, match="连不上"):
            await Network().http(HttpRequest("GET", f"http://127.0.0.1:{port}/"), PATIENCE_S)
        with pytest.raises(RemoteError, match="连不上"):
            await Network().http(HttpRequest("GET", "http://no-such-host.invalid/"), 5.0)
        with pytest.raises(RemoteError, match="连不上"):
            await Network().http(HttpRequest("GET", f"https://127.0.0.1:{port}/"), 5.0)

    asyncio.run(main())


def test_a_plain_server_behind_an_https_address() -> None:
    async def main() -> None:
        async with serving(bad_server.says(b"HTTP/1.1 400 Bad\r\n\r\n")) as server:
            with pytest.raises(RemoteError, match=r"连不上|没有及时"):
                await Network().http(HttpRequest("GET", f"https://127.0.0.1:{server.port}/"), PATIENCE_S)

    asyncio.run(main())


def test_a_header_cannot_be_smuggled_in() -> None:
    async def main() -> None:
        async with serving(bad_server.answers(b"")) as server:
            request = HttpRequest("GET", server.url, headers=(("X", "a\r\nEvil: 1"),))
            with pytest.raises(RemoteError, match="请求内容"):
                await Network().http(request, PATIENCE_S)
            assert server.asked == []

    asyncio.run(main())


def test_nobody_else_waits_for_a_server_that_hangs() -> None:
    async def main() -> float:
        network = Network()
        async with serving(bad_server.hangs) as slow, serving(bad_server.answers(b"1")) as good:
            hanging = [
                asyncio.create_task(network.http(HttpRequest("GET", slow.url), PATIENCE_S * 3)) for _ in range(20)
            ]
            await asyncio.sleep(0.05)
            began = time.monotonic()
            await network.http(HttpRequest("GET", good.url), PATIENCE_S)
            took_s = time.monotonic() - began
            assert not any(task.done() for task in hanging)
            for task in hanging:
                task.cancel()
            await asyncio.gather(*hanging, return_exceptions=True)
        return took_s

    assert asyncio.run(main()) < PATIENCE_S


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        (bad_server.says_line(b"OK,12.50\r\nmore"), b"OK,12.50"),
        (bad_server.says_line(b"no line end"), b"no line end"),
    ],
)
def test_a_line_for_a_line(behaviour: Behaviour, expected: bytes) -> None:
    async def main() -> None:
        async with serving(behaviour) as server:
            request = LineRequest("127.0.0.1", server.port, b"CALL,138")
            assert await Network().tcp(request, PATIENCE_S) == expected
            assert server.asked == [b"CALL,138\r\n"]

    asyncio.run(main())


@pytest.mark.parametrize(
    ("behaviour", "why"),
    [(bad_server.hangs, "没有及时"), (bad_server.floods_a_line, "超过"), (bad_server.says_line(b""), "断开|连不上")],
)
def test_no_line_is_a_failure_in_time(behaviour: Behaviour, why: str) -> None:
    async def main() -> None:
        async with serving(behaviour) as server, asyncio.timeout(PATIENCE_S + 1):
            with pytest.raises(RemoteError, match=why):
                await Network().tcp(LineRequest("127.0.0.1", server.port, b"x"), PATIENCE_S)

    asyncio.run(main())
