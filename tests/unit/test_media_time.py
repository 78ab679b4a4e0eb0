"""Virtual time, and the measure of real time."""

from __future__ import annotations

import asyncio
import socket
import time

import pytest

from appliance.media.lateness import Histogram, Punctuality
from appliance.media.virtualloop import VirtualDeadlockError, VirtualLoop, run_virtually


def test_a_day_passes_at_once() -> None:
    async def day() -> float:
        await asyncio.sleep(86400)
        return asyncio.get_running_loop().time()

    began_s = time.monotonic()
    assert run_virtually(day()) == pytest.approx(86400)
    assert time.monotonic() - began_s < 5


def test_timers_come_in_the_order_of_their_time() -> None:
    async def race() -> list[str]:
        order: list[str] = []

        async def runner(name: str, steps: list[float]) -> None:
            for step_s in steps:
                await asyncio.sleep(step_s)
                order.append(f"{name}{asyncio.get_running_loop().time():.2f}")

        async with asyncio.TaskGroup() as group:
            group.create_task(runner("a", [0.3, 0.3]))
            group.create_task(runner("b", [0.5, 0.05]))
        return order

    assert run_virtually(race()) == ["a0.30", "b0.50", "b0.55", "a0.60"]


def test_timeouts_are_virtual() -> None:
    async def patience() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3600):
                await asyncio.Event().wait()
        return asyncio.get_running_loop().time()

    assert run_virtually(patience()) == pytest.approx(3600)


def test_waiting_for_nothing_is_an_error_and_not_a_hang() -> None:
    async def forever() -> None:
        await asyncio.Event().wait()

    with pytest.raises(VirtualDeadlockError, match="nobody will send"):
        run_virtually(forever())


def test_real_sockets_take_no_virtual_time() -> None:
    async def talk() -> tuple[bytes, float]:
        loop = asyncio.get_running_loop()
        here, there = socket.socketpair()
        with here, there:
            here.setblocking(False)
            there.setblocking(False)
            waiting = loop.create_task(loop.sock_recv(there, 10))
            await asyncio.sleep(0)
            await loop.sock_sendall(here, b"hello")
            return await waiting, loop.time()

    assert run_virtually(talk()) == (b"hello", 0.0)


def test_the_loop_knows_itself() -> None:
    async def kind() -> bool:
        return isinstance(asyncio.get_running_loop(), VirtualLoop)

    assert run_virtually(kind())


def test_percentiles() -> None:
    histogram = Histogram()
    assert histogram.percentile_s(0.99) == 0.0
    for index in range(100):
        histogram.add(index * 0.0001 + 0.00005)
    assert histogram.percentile_s(0.5) == pytest.approx(0.0050)
    assert histogram.percentile_s(0.99) == pytest.approx(0.0099)
    histogram.add(7.0)
    assert histogram.max_s == 7.0
    assert histogram.percentile_s(1.0) == pytest.approx(0.1)


def test_one_late_tick_is_late_and_its_neighbours_are_not() -> None:
    punctual = Punctuality()
    for index in range(200):
        punctual.began(index * 0.02 + (0.0055 if index == 100 else 0.0))
        punctual.worked(0.021 if index == 100 else 0.001)
    late, work = punctual.take_window()
    assert late.max_s == pytest.approx(0.0055)
    assert late.percentile_s(0.99) < 0.0002
    assert work.max_s == 0.021
    assert punctual.overruns == 1


@pytest.mark.parametrize("rate", [0.99995, 1.00005])
def test_a_card_with_a_clock_of_its_own_is_not_late(rate: float) -> None:
    punctual = Punctuality()
    for index in range(20_000):
        punctual.began(index * 0.02 * rate)
    late, _ = punctual.take_window()
    assert late.percentile_s(0.99) <= 0.0012
