"""The card is pulled out of the box in mid-call, and plugged in again: what the people at the screens see."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import expect

from appliance.telephony.call import CallState, HangUpCause, LineState
from tests.browser.desk import desk

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WITHIN_MS = 20_000


def test_the_card_is_pulled_out_in_mid_call_and_plugged_in_again(tmp_path: Path) -> None:
    async def run() -> None:
        async with desk(tmp_path) as (box, person):
            await person.set_up()
            await person.sign_in_at_seat("1")
            call = await box.calls_in("out-1", "13905621234", line=1)
            await box.presses("out-1", "1")
            await box.rings("801")
            await box.lifts("801")
            await box.in_state(call, CallState.CONNECTED)
            await person.page.goto(f"{person.url}/lines")
            await expect(person.at("card-sim").get_by_test_id("card-state")).to_have_text("正常", timeout=WITHIN_MS)

            await person.page.goto(f"{person.url}/virtual-phones")
            await person.click("faults", "fault-card")
            await box.until(lambda: all(line.state is LineState.OUT_OF_SERVICE for line in box.snapshot.lines), 10)
            await person.reads("alarm-banner", "外线")
            await person.page.goto(f"{person.url}/lines")
            await expect(person.at("card-sim").get_by_test_id("card-state")).to_have_text("不在", timeout=WITHIN_MS)
            await person.reads("card-fault", "板卡已拔出")
            assert (await box.record(call)).hang_up_cause is HangUpCause.CARD_LOST
            await person.page.goto(f"{person.url}/calls")
            await expect(person.page.get_by_text("13905621234").first).to_be_visible(timeout=WITHIN_MS)

            await person.page.goto(f"{person.url}/virtual-phones")
            await person.click("faults", "fault-card")
            await person.page.goto(f"{person.url}/lines")
            await expect(person.at("card-sim").get_by_test_id("card-state")).to_have_text("正常", timeout=WITHIN_MS)
            assert person.complaints == []

    asyncio.run(run())
