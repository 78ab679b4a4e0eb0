"""Short messages as a person sees them: a customer writes and is answered, the rules count, the customer's page."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from tests.browser.desk import Desk, desk

pytestmark = [pytest.mark.slow, pytest.mark.browser]
WITHIN_MS = 20_000
NUMBER = "13905620001"


def test_a_customer_writes_and_is_answered(tmp_path: Path) -> None:
    asyncio.run(_conversation(tmp_path))


async def _conversation(folder: Path) -> None:
    async with desk(folder) as (_, person):
        await person.set_up()
        await person.page.goto(f"{person.url}/sms")
        await person.reads("sms-module", "模拟短信")
        await person.reads("module-state", "信号 -65 dBm")
        await _customer_writes(person, "电视没有信号😀")
        row = person.at("sms-conversation")
        await expect(row).to_contain_text(NUMBER, timeout=WITHIN_MS)
        await expect(row).to_contain_text("电视没有信号😀")
        await row.click()
        await expect(_messages(person)).to_have_text([_within("电视没有信号😀")], timeout=WITHIN_MS)

        await person.at("sms-text").fill("您" * 71)
        await person.reads("sms-counter", "计 2 条 · 约 0.20 元")
        await person.at("sms-text").fill("师傅下午到")
        await person.reads("sms-counter", "5 字，计 1 条 · 约 0.10 元")
        await person.at("sms-text").press("Control+Enter")
        await expect(_messages(person)).to_have_count(2, timeout=WITHIN_MS)
        await expect(person.at("sms-state")).to_have_text("已送达", timeout=WITHIN_MS)
        await expect(person.at("sms-text")).to_have_value("")
        await person.reads("sms-today", "今天已发 1 / 200 条，0.10 元")
        await _customer_writes(person, "好的")
        await expect(_messages(person)).to_have_count(3, timeout=WITHIN_MS)

        await person.click("sms-new-customer")
        await person.page.locator("#customer-name").fill("张三")
        await person.click("customer-save")
        await person.click("sms-customer", "customer-sms")
        await person.reads("sms-of-customer", "只看客户 张三")
        await expect(person.at("sms-conversation")).to_have_count(1, timeout=WITHIN_MS)
        assert person.complaints == []


def test_the_rules_of_sending_are_set_in_the_settings(tmp_path: Path) -> None:
    asyncio.run(_rules(tmp_path))


async def _rules(folder: Path) -> None:
    async with desk(folder) as (box, person):
        await person.set_up()
        await person.page.goto(f"{person.url}/settings/sms")
        for field, given in (("price_yuan", "0.05"), ("parts_per_day", "1")):
            value = person.page.locator(f"#sms-{field}")
            await value.fill(given)
            await value.press("Tab")
        await person.click("settings-save")
        await expect(person.at("settings-clean")).to_be_visible(timeout=WITHIN_MS)
        await box.until(lambda: box.snapshot.health.plan_version > 1, 10)

        await person.page.goto(f"{person.url}/sms")
        await person.click("sms-write")
        await person.at("sms-number").fill(NUMBER)
        dialog = person.at("sms-new")
        await dialog.get_by_test_id("sms-text").fill("停机检修通知")
        await expect(dialog.get_by_test_id("sms-counter")).to_contain_text("约 0.05 元")
        await dialog.get_by_test_id("sms-send").click()
        await expect(person.at("sms-state")).to_have_text("已送达", timeout=WITHIN_MS)
        await person.at("sms-text").fill("再发一条")
        await person.click("sms-send")
        await expect(person.at("sms-thread")).to_contain_text("超过每日上限 1 条", timeout=WITHIN_MS)
        await expect(_messages(person)).to_have_count(1)
        assert person.complaints == []


async def _customer_writes(person: Desk, text: str) -> None:
    await person.click("sms-simulate")
    await person.at("simulated-number").fill(NUMBER)
    await person.at("simulated-text").fill(text)
    await person.click("simulated-receive")
    await expect(person.at("sms-simulated")).to_be_hidden()


def _messages(person: Desk) -> Locator:
    return person.at("sms-message")


def _within(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text))
