"""Customers as a person works with them: a file with mistakes imported to the end, found by pinyin, changed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import FilePayload, expect

from tests.browser.desk import desk

pytestmark = [pytest.mark.slow, pytest.mark.browser]

TABLE = """客户编号,客户姓名,联系电话,安装地址,片区
K0001,张三,2812345,长江路1号,城东
K0002,李四,不是电话,长江路2号,城东
K0003,,13905620003,长江路3号,城西
K0004,单强,1.39E+10,长江路4号,城东
K0005,曾乐,13905620006/2812399,长江路5号,城西
"""


def test_a_file_with_mistakes_to_the_end(tmp_path: Path) -> None:
    asyncio.run(_import(tmp_path))


async def _import(folder: Path) -> None:
    async with desk(folder) as (_, person):
        await person.set_up()
        page = person.page
        await page.goto(f"{person.url}/customers")
        await person.click("customer-import")
        file = FilePayload(name="客户.csv", mimeType="text/csv", buffer=TABLE.encode("gb18030"))
        await person.at("import-file").set_input_files(file)
        await person.at("import-check").wait_for(timeout=30_000)
        await expect(person.at("import-columns")).to_contain_text("长江路1号")
        await person.click("import-words", "import-check")
        await person.at("import-confirm").wait_for(timeout=30_000)
        await person.reads("import-rows", "不是电话号码")
        await person.reads("import-rows", "缺少姓名")
        await person.reads("import-rows", "已丢失")
        async with page.expect_download() as download:
            await person.click("import-left-out")
        assert (await (await download.value).path()).read_bytes().startswith(b"PK")
        await expect(person.at("customers")).not_to_contain_text("张三")
        await person.click("import-confirm")
        await person.reads("import-done", "新增 2 位")
        await person.click("import-close")
        await page.locator("[data-testid=customer-find]").fill("cl")
        await expect(person.at("customers")).to_contain_text("曾乐")
        await expect(person.at("customers")).not_to_contain_text("张三")
        await page.get_by_role("button", name="曾乐").click()
        await person.reads("customer-drawer", "长江路5号")
        await person.at("customer-drawer").get_by_role("button", name="修改").click()
        await person.at("customer-note").fill("老客户")
        await person.click("customer-save")
        await page.get_by_role("tab", name="变更记录").click()
        await person.reads("customer-changes", "老客户")
        await person.reads("customer-changes", "批量导入")
        assert person.complaints == []
