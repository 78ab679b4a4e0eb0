"""The bureau's prompts, spoken into a seat's phone that rings and is lifted; listened to and kept."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import expect

from tests.browser.desk import desk
from tests.system.livebox import played

BEEP_WITHIN_S = 8.0
"""By then the phone has said what to do."""
LENGTH_S = 2.0
VOICE = (5000 * np.sin(np.arange(int(LENGTH_S * 8000)) * 2 * np.pi * 440 / 8000)).astype(np.int16)

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_prompt_is_recorded_at_the_phone_and_kept_when_its_speaker_is_content(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as (box, person):
            await person.set_up()
            await person.click("nav-prompts", "prompt-record-night", "prompt-way-phone")
            await person.click("take-ring")
            await box.rings("801")
            await person.reads("take-state", "请拿起听筒")
            await box.lifts("801")
            await person.reads("take-state", "说完挂机")
            await asyncio.sleep(BEEP_WITHIN_S)
            await box.talks_into("801", VOICE)
            await box.hangs_up("801")
            await expect(person.at("prompt-heard")).to_be_visible(timeout=20_000)
            assert not (box.data / "prompts" / "night.wav").exists(), "nothing is kept before it is saved"
            await person.click("prompt-save")
            await expect(person.at("prompt-maker")).to_be_hidden()
            await expect(person.page.locator("tr", has=person.at("prompt-play-night"))).to_contain_text("自录")
            kept = played(box.data / "prompts" / "night.wav")
            assert 0.6 * LENGTH_S < len(kept) / 8000 < 1.6 * LENGTH_S
            assert not person.complaints

    asyncio.run(story())
