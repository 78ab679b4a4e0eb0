"""The desk as a person uses it: Chromium on the built front end of a real box, with a WAV file as microphone."""

from __future__ import annotations

import os
import shutil
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import Locator, Page, async_playwright, expect

from appliance.callplan import CallPlan
from appliance.defaults.plan import default_plan
from tests.system.livebox import ALWAYS, LiveBox

PASSWORD = "正确的马电池订书钉"
MICROPHONE_HZ = 48_000
PATIENCE_MS = 20_000
"""So long a page may take on a machine that has a lot to do; one that is done goes on at once."""
STATIC = Path(__file__).parents[2] / "webui" / "static" / "index.html"


class Desk:
    """One person at one browser."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url.rstrip("/")
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "request", lambda request: None if request.url.startswith(self._own) else self.foreign.append(request.url)
        )

    @property
    def _own(self) -> tuple[str, ...]:
        return (self.url, "data:", "blob:")

    def at(self, test_id: str) -> Locator:
        return self.page.get_by_test_id(test_id)

    def watch_console(self) -> None:
        """From now on errors that the browser writes down are complaints too."""
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)

    async def click(self, *test_ids: str) -> None:
        for test_id in test_ids:
            await self.at(test_id).click()

    async def set_up(self) -> None:
        """The first run: administrator, bureau, hotline."""
        await self.page.goto(self.url)
        await self.at("setup-bureau").fill("铜陵广电")
        await self.at("setup-hotline").fill("0562-96599")
        await self.at("setup-name").fill("王建国")
        for field in ("setup-password", "setup-again"):
            await self.at(field).fill(PASSWORD)
        await self.click("setup-submit")
        await expect(self.at("user-menu")).to_contain_text("王建国")

    async def sign_in_at_seat(self, seat: str) -> None:
        await self.at("seat-select").click()
        await self.click(f"seat-option-{seat}", "sign-in")
        await expect(self.at("my-state")).to_contain_text("就绪")

    async def reads(self, test_id: str, text: str, within_s: float = 20.0) -> None:
        """Waits until it is there to read."""
        await expect(self.at(test_id)).to_contain_text(text, timeout=within_s * 1000)


@asynccontextmanager
async def desk(
    folder: Path,
    voice: np.ndarray | None = None,
    plan: CallPlan | None = None,
    *,
    settings: str = "",
    data: Path | None = None,
    host: str = "",
    home: Callable[[str], Path] | None = None,
) -> AsyncIterator[tuple[LiveBox, Desk]]:
    """A box with nobody set up, and a browser that speaks `voice` (48 kHz) again and again.

    `settings`: text of settings.toml. `host`: a name by which the browser finds the box. `home`: makes the folder of
    the person's own, in which the browser finds whom to trust, once the box serves at the address that it is given.
    """
    chromium = shutil.which("chromium")
    if chromium is None or not STATIC.exists():
        pytest.skip("needs Chromium and the built front end: ./dev setup brings both")
    microphone = folder / "microphone.wav"
    _write_microphone(microphone, np.zeros(MICROPHONE_HZ) if voice is None else voice)
    flags = [
        "--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={microphone}", "--autoplay-policy=no-user-gesture-required",
    ]  # fmt: skip
    if host:
        flags.append(f"--host-resolver-rules=MAP {host} 127.0.0.1")
    plan = plan or default_plan("铜陵广电", "0562-96599", "0562", hours=ALWAYS)
    expect.set_options(timeout=PATIENCE_MS)
    async with LiveBox(folder, plan=plan, settings=settings, data=data) as box, async_playwright() as driver:
        box.run("serve")
        await box.engine_up()
        url = (await box.web_up()).url
        env: dict[str, str | float | bool] = {**os.environ, **({"HOME": str(home(url))} if home else {})}
        browser = await driver.chromium.launch(executable_path=chromium, args=flags, env=env)
        try:
            context = await browser.new_context(
                viewport={"width": 1366, "height": 768}, locale="zh-CN", permissions=["microphone"]
            )
            yield box, Desk(await context.new_page(), url.replace("127.0.0.1", host) if host else url)
        finally:
            await browser.close()


def _write_microphone(path: Path, samples: np.ndarray) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(MICROPHONE_HZ)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
