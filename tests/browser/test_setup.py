"""From a fresh box to a test call that goes through; settings that the engine follows; what goes wrong is said."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import expect

from appliance.callplan import load_callplan
from appliance.queueplan import Strategy
from appliance.telephony.call import CallResult, CallState
from appliance.wire.facts import CallRecord
from appliance.wire.virtualphone import PhoneCall
from tests.browser.desk import Desk, desk
from tests.system.livebox import LiveBox

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NUISANCE = "13900000666"


async def _next(person: Desk, step: str) -> None:
    await person.click("wizard-next")
    await expect(person.at(f"wizard-at-{step}")).to_be_visible()


async def _guide(box: LiveBox, person: Desk) -> None:
    """Every step, as somebody does it who has never seen the box."""
    await person.set_up()
    await expect(person.at("wizard-at-bureau")).to_be_visible()
    await person.at("wizard-hotline").fill("热线")
    await person.click("wizard-next")
    await expect(person.page.get_by_text("应为号码")).to_be_visible()
    await person.at("wizard-hotline").fill("0551 96599")
    await person.at("wizard-hotline").fill("055196599")
    await expect(person.at("wizard-area")).to_have_value("0551")
    await _next(person, "lines")
    assert (load_callplan(box.data / "callplan.json").hotline, box.snapshot.hotline) == ("0551-96599", "0551-96599")
    await person.click("wizard-ring-2")
    await person.reads("wizard-line-2", "收到振铃")
    await expect(person.at("wizard-line-1")).to_contain_text("等待来电")
    await _next(person, "seats")
    await person.click("wizard-lift-803")
    await person.reads("wizard-station-803", "已摘机")
    await _next(person, "staff")
    await person.page.get_by_text("从表格粘贴").click()
    await person.at("people-paste").fill("张三\t1002\t话务员\n李四\t1001\t班长")
    await person.click("people-take", "people-create")
    await expect(person.at("person-0")).to_contain_text("已建立")
    await expect(person.page.get_by_text("1001").last).to_be_visible()  # taken: the administrator has it
    await person.at("person-number-1").fill("1003")
    await person.click("people-create")
    await expect(person.at("person-1")).to_contain_text("已建立")
    await _next(person, "welcome")
    await expect(person.at("wizard-welcome")).to_be_visible()
    await person.click("wizard-skip")
    await expect(person.at("wizard-at-flow")).to_be_visible()


async def _resumed(person: Desk) -> None:
    """Whoever closes the page goes on where it stopped."""
    await person.page.goto(f"{person.url}/wizard")
    await expect(person.at("wizard-at-flow")).to_be_visible()
    await person.click("wizard-skip")


async def _test_call(box: LiveBox, person: Desk) -> None:
    """It rings, the menu answers, the agent lifts, both talk, and the page says so."""
    await person.click("test-sign-in")
    await expect(person.at("test-seated")).to_be_visible()
    await person.click("test-call")
    await expect(person.at("test-trail")).to_contain_text("语音流程：主菜单", timeout=20_000)
    await person.click("test-key-1", "test-answer")
    await person.reads("test-trail", "通话中")
    await person.click("test-hang-up")
    await expect(person.at("test-ok")).to_be_visible(timeout=20_000)
    await person.reads("test-trail", "已通话")
    assert box.records[-1].result is CallResult.TALKED


async def _from_an_empty_box_to_a_call(folder: Path) -> None:
    async with desk(folder) as (box, person):
        await _guide(box, person)
        await _resumed(person)
        await _test_call(box, person)
        assert person.complaints == []
        assert person.foreign == []


def test_the_guide_leads_from_an_empty_box_to_a_call_that_goes_through(tmp_path: Path) -> None:
    asyncio.run(_from_an_empty_box_to_a_call(tmp_path))


async def _wrong_field(person: Desk) -> None:
    await person.page.goto(f"{person.url}/settings/queues")
    await person.page.locator("#queues-label").fill(" ")
    await person.click("settings-save")
    await expect(person.at("setting-queues-label")).to_contain_text("名称不能为空")
    await person.click("section-hours")
    await expect(person.page.get_by_text("刚才的修改就没有了")).to_be_visible()
    await person.page.get_by_role("button", name="留在这里").click()
    await person.click("settings-revert")


async def _strategy(box: LiveBox, person: Desk) -> None:
    """All phones ring: the engine does it from the next caller on."""
    await person.page.locator("#queues-strategy").click()
    await person.click("option-queues-strategy-ring_all")
    await person.page.keyboard.press("Control+s")
    await expect(person.at("settings-clean")).to_be_visible()
    plan = load_callplan(box.data / "callplan.json")
    assert plan.queues[0].strategy is Strategy.RING_ALL
    await box.sign_in("2001", "1", "repair")
    await box.sign_in("2002", "2", "repair")
    await box.calls_in("out-1", "13905620001", line=1)
    await asyncio.sleep(1.0)
    await box.presses("out-1", "1")
    await box.rings("801")
    await box.rings("802")
    await box.hangs_up("out-1")
    await box.until(lambda: not box.snapshot.calls, 20)


async def _blacklist(box: LiveBox, person: Desk) -> None:
    """The caller that is put on the list hears it ring for ever."""
    await person.click("section-lists")
    await person.at("list-number").fill("139 0000 0666")
    await person.at("list-note").fill("<b>骚扰</b>")
    await person.click("list-number-add")
    await expect(person.at("list-numbers")).to_contain_text(f"{NUISANCE}<b>骚扰</b>")
    await person.click("settings-save")
    await expect(person.at("settings-clean")).to_be_visible()
    record = await _calls_once(box)
    while record.peer_number != NUISANCE:  # a machine that loses frames loses a caller ID now and then
        record = await _calls_once(box)
    assert (record.result, record.answered_at) == (CallResult.REJECTED, None)


async def _calls_once(box: LiveBox) -> CallRecord:
    """The caller on the list calls until the box has decided, and hangs up."""
    before = len(box.records)
    await box.link.command(PhoneCall(phone="out-1", number=NUISANCE))  # any line: the last one may be settling yet
    answered = {CallState.IN_FLOW, CallState.QUEUED}
    await box.until(lambda: len(box.records) > before or any(call.state in answered for call in box.snapshot.calls), 30)
    await box.hangs_up("out-1")
    await box.until(lambda: len(box.records) > before and box.at_rest(), 30)
    return box.records[-1]


async def _two_people(person: Desk) -> None:
    """Both change a queue: what each changed alone is kept, the same field asks."""
    other = Desk(await person.page.context.new_page(), person.url)
    for one in (person, other):
        await one.page.goto(f"{one.url}/settings/queues")
        await one.page.locator("#queues-label").wait_for()
    await other.page.locator("#queues-ring_s").fill("15")
    await other.click("settings-save")
    await expect(other.at("settings-clean")).to_be_visible()
    await person.page.locator("#queues-label").fill("故障报修")
    await person.click("settings-save")
    await expect(person.at("settings-clean")).to_be_visible()
    await expect(person.page.locator("#queues-ring_s")).to_have_value("15")
    await other.page.locator("#queues-label").fill("维修")
    await other.click("settings-save")
    await expect(other.at("settings-conflict")).to_be_visible()
    await other.click("settings-theirs")
    await expect(other.page.locator("#queues-label")).to_have_value("故障报修")


async def _settings(folder: Path) -> None:
    async with desk(folder) as (box, person):
        await person.set_up()
        await _wrong_field(person)
        await _strategy(box, person)
        await _blacklist(box, person)
        await _two_people(person)
        assert person.complaints == []


def test_the_engine_follows_the_settings(tmp_path: Path) -> None:
    asyncio.run(_settings(tmp_path))


SECTIONS = (
    "bureau", "lines", "seats", "phones", "hours", "queues", "lists", "boxes", "members", "breaks", "reasons",
    "recording", "dial",
)  # fmt: skip


async def _every_page(folder: Path) -> None:
    async with desk(folder) as (_box, person):
        await person.set_up()
        await person.page.goto(f"{person.url}/settings")
        for section in SECTIONS:
            await person.click(f"section-{section}")
            await expect(person.at("settings-clean")).to_be_visible()
            wide = await person.page.evaluate(
                "(main => main.scrollWidth > main.clientWidth)(document.querySelector('main'))"
            )
            assert not wide, f"{section} is wider than the window"
        assert person.complaints == []


def test_every_page_of_settings_opens(tmp_path: Path) -> None:
    asyncio.run(_every_page(tmp_path))
