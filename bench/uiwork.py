"""Heavy work in the front end, in Chromium: a flow of 200 nodes opens; a call log of 10,000 rows is scrolled.

Frames stand beside those of a page that scrolls an empty box of the same height in the same run, the opening beside
the way back to the list of flows, and both beside the processor time that the page itself took: on a machine with
other work to do, the difference is that work. Ends with exit code 1 when a bar is missed.
"""

# slow: two minutes of a browser

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.async_api import CDPSession, Page, expect

from bench.ui import judged, p95
from tests.browser.demoday import demo_day, sign_in
from tests.browser.desk import Desk
from tests.browser.test_flows import OPENING, crowd

OPENINGS = 7
OPEN_MS, FRAME_MS = 1500, 20
ROWS = 10_000
ROW_PX = 40
DAYS = 60
"""Time enough for that many calls, nights are quiet."""
FRAMES = 240
STEP_PX = 90
"""A quick turn of the wheel, again and again: five rows in two frames."""
LATE_MS = 60_000

_SCROLL = """async ([selector, frames, step]) => {
    const box = document.querySelector(selector), spent = []
    let last = await new Promise(requestAnimationFrame)
    for (let n = 0; n < frames; n++) {
        box.scrollTop += step
        const now = await new Promise(requestAnimationFrame)
        spent.push(now - last)
        last = now
    }
    return spent
}"""
_TO_THE_END = """async ([selector, wanted]) => {
    const box = document.querySelector(selector), rows = () => box.querySelector('.rows').clientHeight
    while (rows() < wanted && box.getAttribute('aria-rowcount') === '-1') {
        box.scrollTop = box.scrollHeight
        await new Promise(requestAnimationFrame)
    }
    const reached = rows()
    box.scrollTop = 0
    return reached
}"""
_EMPTY_BOX = """height => {
    const box = '<div id="box" style="height:600px;overflow:auto">'
    document.body.innerHTML = `${box}<div style="height:${height}px"></div></div>`
}"""
_CLICK_TO_LIST = """async () => {
    const began = performance.now()
    document.querySelector('[data-testid="flow-back"]').click()
    while (!document.querySelector('[data-testid^="flow-flow"]')) await new Promise(requestAnimationFrame)
    await new Promise(requestAnimationFrame)
    return performance.now() - began
}"""


class BusyTime:
    """Processor time of the page's main thread so far, in ms."""

    def __init__(self, session: CDPSession) -> None:
        self._session = session

    @classmethod
    async def of(cls, page: Page) -> BusyTime:
        session = await page.context.new_cdp_session(page)
        await session.send("Performance.enable", {"timeDomain": "threadTicks"})
        return cls(session)

    async def ms(self) -> float:
        metrics = (await self._session.send("Performance.getMetrics"))["metrics"]
        return 1000 * float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))


async def import_crowd(person: Desk, folder: Path) -> None:
    """The flow of 200 nodes, drawn by hand somewhere else; afterwards the list of flows is open."""
    file = folder / "crowd.flow.json"
    file.write_text(json.dumps(crowd()), encoding="utf-8")
    await person.click("nav-flows")
    async with person.page.expect_file_chooser() as chooser:
        await person.click("flow-import")
    await (await chooser.value).set_files(file)
    await expect(person.at("node-menu0")).to_be_visible(timeout=LATE_MS)


async def openings(page: Page) -> tuple[list[float], list[float], list[float]]:
    """Milliseconds of each way from the list to the drawing, of each way back, of the processor on the way there."""
    there: list[float] = []
    back: list[float] = []
    busy_ms: list[float] = []
    busy = await BusyTime.of(page)
    for _ in range(OPENINGS):
        back.append(float(await page.evaluate(_CLICK_TO_LIST)))
        await page.wait_for_timeout(500)
        before_ms = await busy.ms()
        began = float(await page.evaluate("() => performance.now()"))
        there.append(float(await page.evaluate(f"({OPENING})().then(() => performance.now())")) - began)
        busy_ms.append(await busy.ms() - before_ms)
        await page.wait_for_timeout(500)
    return there, back, busy_ms


async def scrolled(page: Page, url: str) -> tuple[list[float], list[float], float]:
    """Frame lengths of the call log with all its rows, of the empty box, in turns; processor time of a frame."""
    await page.goto(f"{url}/calls")
    await expect(page.get_by_test_id("call-row").first).to_be_visible(timeout=LATE_MS)
    reached = await page.evaluate(_TO_THE_END, ["[data-testid=calls]", ROWS * ROW_PX])
    assert reached >= ROWS * ROW_PX, f"only {reached / ROW_PX:.0f} calls there"
    control = await page.context.new_page()
    await control.evaluate(_EMPTY_BOX, ROWS * ROW_PX)
    frames: list[float] = []
    bare: list[float] = []
    busy, busy_ms = await BusyTime.of(page), 0.0
    for _ in range(3):
        await page.bring_to_front()
        before_ms = await busy.ms()
        frames += await page.evaluate(_SCROLL, ["[data-testid=calls]", FRAMES, STEP_PX])
        busy_ms += await busy.ms() - before_ms
        await control.bring_to_front()
        bare += await control.evaluate(_SCROLL, ["#box", FRAMES, STEP_PX])
    return frames, bare, busy_ms / len(frames)


async def measure() -> bool:
    with tempfile.TemporaryDirectory(prefix="bench-uiwork-") as folder:
        async with demo_day(Path(folder) / "day", DAYS) as (_box, person):
            await sign_in(person)
            await import_crowd(person, Path(folder))
            there, back, busy_ms = await openings(person.page)
            frames, bare, frame_ms = await scrolled(person.page, person.url)
    way = f"median {statistics.median(there):.0f} ms, of processor {statistics.median(busy_ms):.0f} ms"
    way += f"; back to the list {statistics.median(back):.0f} ms"
    scroll = f"median {statistics.median(frames):.1f} ms, of processor {frame_ms:.1f} ms; empty box {p95(bare):.1f} ms"
    held = [
        judged("flow of 200 nodes opens (worst)", max(there), OPEN_MS, "ms", way),
        judged(f"frame while {ROWS:,} calls are scrolled (p95)", p95(frames), FRAME_MS, "ms", scroll),
    ]
    return all(held)


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    print(f"load of this machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    sys.exit(0 if asyncio.run(measure()) else 1)


if __name__ == "__main__":
    main()
