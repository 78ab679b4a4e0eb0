"""From an event of the engine to twenty agents' screens: 50 events a second, one of the screens a real browser."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import numpy as np
from playwright.async_api import Page, async_playwright

from appliance.telephony.call import AgentState, CallState
from appliance.telephony.ids import AgentId, CallId, SeatId
from appliance.wire.messages import AgentChanged, CallChanged, QueueChanged
from tests.web.box import PASSWORD, Box, Browser, Socket, box_in
from webui.main import STATIC

AGENTS = 20
EVENTS_PER_S = 50
BAR_MS = 150.0
WARM_UP_S = 3.0
CALLER = "13905620001"
_WATCH = """() => {
  window.late = []
  const seen = new Set()
  const look = () => {
    for (const [stamp] of document.body.innerText.matchAll(/#\\d{13}/g)) {
      if (seen.has(stamp)) continue
      seen.add(stamp)
      requestAnimationFrame(() => window.late.push(Date.now() - Number(stamp.slice(1))))
    }
  }
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true })
}"""
"""A stamp counts when the frame in which it stands is drawn."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(_serve(options.serve))
        return
    print(f"load of this machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_measure(Path(folder), options.seconds))


# --- the box, a process of its own: the real web, an engine that only talks -----------------------------------------


async def _serve(folder: Path) -> None:
    async with box_in(folder, STATIC) as box:
        for number in range(1, AGENTS + 1):
            await box.add_user(f"a{number}", "agent", agent=str(1000 + number))
        print(box.web.url, flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        _begin(box)
        number = 0
        at_s = time.monotonic()
        while True:
            at_s += 1 / EVENTS_PER_S
            await asyncio.sleep(max(0.0, at_s - time.monotonic()))
            number += 1
            _event(box, number)


def _begin(box: Box) -> None:
    """Every agent talks with a caller."""
    for number in range(1, AGENTS + 1):
        agent, seat, call_id = AgentId(str(1000 + number)), SeatId(str(number)), CallId(f"bench-{number}")
        box.engine.ring(call_id, CALLER, agent, seat=seat)
        view = msgspec.structs.replace(box.engine.agents[agent], call_id=call_id, state=AgentState.ON_CALL)
        box.engine.agents[agent] = view
        box.engine.publish(AgentChanged(agent=view))


def _event(box: Box, number: int) -> None:
    """Half calls, the rest agents and queues: everybody sees most of them."""
    stamp = f"#{time.time() * 1000:.0f}"
    call = box.engine.calls[CallId(f"bench-{number // 2 % AGENTS + 1}")]
    if number % 2 == 0:
        box.engine.publish(CallChanged(call=msgspec.structs.replace(call, state=CallState.CONNECTED, node_label=stamp)))
    elif number % 4 == 1:
        view = box.engine.agents[AgentId(str(1000 + number % AGENTS + 1))]
        box.engine.publish(AgentChanged(agent=msgspec.structs.replace(view, since=stamp)))
    else:
        (queue,) = box.engine.snapshot().queues
        box.engine.publish(QueueChanged(queue=msgspec.structs.replace(queue, label=stamp)))


# --- the people ---------------------------------------------------------------------------------------------------


async def _measure(folder: Path, seconds: float) -> None:
    box = await asyncio.create_subprocess_exec(
        sys.executable, __file__, "--serve", str(folder),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )  # fmt: skip
    assert box.stdin is not None
    assert box.stdout is not None
    try:
        url = (await box.stdout.readline()).decode().strip()
        async with async_playwright() as driver:
            browser = await driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            page = await browser.new_page(viewport={"width": 1366, "height": 768}, locale="zh-CN")
            await _open_desk(page, url)
            sockets = [await _agent(url, number) for number in range(2, AGENTS + 1)]
            box.stdin.write(b"\n")
            await box.stdin.drain()
            clients = [asyncio.create_task(_listen(socket)) for socket in sockets]
            await asyncio.sleep(WARM_UP_S)
            await page.evaluate(_WATCH)
            _heard.clear()
            await asyncio.sleep(seconds)
            _show("event to screen, a real browser among them", await page.evaluate("window.late"), BAR_MS)
            heard = list(_heard)
            for client in clients:
                client.cancel()
            _show(f"event to socket, {len(sockets)} other agents", heard, BAR_MS)
            await browser.close()
    finally:
        box.kill()
        await box.wait()


async def _open_desk(page: Page, url: str) -> None:
    await page.goto(f"{url}login")
    await page.get_by_test_id("login-name").fill("a1")
    await page.get_by_test_id("login-password").fill(PASSWORD)
    await page.get_by_test_id("login-submit").click()
    await page.get_by_test_id("desk-idle").wait_for()
    await page.get_by_test_id("seat-select").click()
    await page.get_by_test_id("seat-option-1").click()
    await page.get_by_test_id("sign-in").click()
    await page.get_by_test_id("my-seat").wait_for()


async def _agent(url: str, number: int) -> Socket:
    browser = Browser(url, [])
    assert (await browser.log_in(f"a{number}")).status == 200
    assert (await browser.post("/api/seat/sign-in", {"seat": str(number)})).status == 200
    return await browser.socket("/live")


_heard: list[float] = []
"""Milliseconds that events took to the other agents."""


async def _listen(socket: Socket) -> None:
    while True:
        message = await socket.next()
        now_ms = time.time() * 1000
        for part in (message.get("call", {}), message.get("agent"), message.get("queue", {})):
            if isinstance(part, dict):
                texts = (str(part.get(name)) for name in ("node_label", "since", "label"))
                _heard.extend(now_ms - float(text[1:]) for text in texts if text.startswith("#"))


def _show(what: str, delays_ms: list[float], bar_ms: float) -> None:
    p50, p95, worst = (float(np.percentile(delays_ms, part)) for part in (50, 95, 100))
    verdict = "ok" if p95 <= bar_ms else "MISSED"
    print(
        f"{what:<46} {len(delays_ms):>6} events  p50 {p50:6.1f}  p95 {p95:6.1f}  worst {worst:6.1f} ms"
        f"   bar p95 {bar_ms:.0f} ms  {verdict}"
    )


if __name__ == "__main__":
    main()
