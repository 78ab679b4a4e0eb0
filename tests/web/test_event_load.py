"""Twenty programs on the event stream at fifty events a second: the live page is as quick as without them."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest

from appliance.wire.messages import CallChanged
from tests.web.box import Box, Browser, Socket, in_box, until
from tests.web.keyed import program
from tests.web.test_event_stream import Line, greeted, line, opened

PROGRAMS = 20
EVENTS = 150
EVERY_S = 1 / 50
WORST_P95_S = 0.1
"""Much more than is measured (about 10 ms, 1 ms without programs): a busy machine must not fail this."""


async def p95_s(box: Box, socket: Socket) -> float:
    """Delay from the engine to the live page, clients and engine on the same loop."""
    call = box.engine.calls["c1"]
    delays = []
    for n in range(EVENTS):
        sent_at = time.perf_counter()
        box.engine.publish(CallChanged(call=msgspec.structs.replace(call, node_label=str(n))))
        while (await socket.until("CallChanged"))["call"]["node_label"] != str(n):
            pass
        took_s = time.perf_counter() - sent_at
        delays.append(took_s)
        await asyncio.sleep(max(0.0, EVERY_S - took_s))
    return sorted(delays)[int(len(delays) * 0.95)]


async def watching(browser: Browser) -> Socket:
    socket = await browser.socket("/live")
    await socket.until("Snapshot")
    return socket


@pytest.mark.slow
def test_many_programs_do_not_delay_the_live_page(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        await opened(box)
        admin = await box.everything()
        shop = await program(box, admin)
        box.engine.ring("c1", "13812341234", "1001")
        await until(lambda: box.context.link.mirror.call("c1") is not None)
        socket = await watching(admin)
        alone_s = await p95_s(box, socket)
        heard = [0] * PROGRAMS

        async def count(n: int, connection: Line) -> None:
            while await connection.until("call"):
                heard[n] += 1

        async with AsyncExitStack() as stack:
            tasks = []
            for n in range(PROGRAMS):
                connection = await stack.enter_async_context(line(box))
                await greeted(connection, shop, "calls", "agents", "queues", "lines", "records")
                tasks.append(asyncio.create_task(count(n, connection)))
            crowd_s = await p95_s(box, socket)
            await until(lambda: all(each >= EVENTS for each in heard))
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        assert crowd_s < WORST_P95_S, (
            f"p95 {crowd_s * 1000:.1f} ms with {PROGRAMS} programs, {alone_s * 1000:.1f} alone"
        )

    in_box(tmp_path, test)
