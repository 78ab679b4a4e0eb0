"""Every page of the router on a box with a day's data, in both languages, light and dark, at 100 % and 125 %."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from tests.browser.demoday import demo_day, open_page, own_words, sign_in, speak, turn
from tests.browser.desk import Desk
from tests.browser.inspection import accessibility_faults, axe_is_here, texts, too_wide
from tests.browser.pages import PageAddress, each_page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WINDOW = {"width": 1366, "height": 768}
ZOOMED = {"width": 1092, "height": 614}
"""The same window at 125 %: so many CSS pixels are left."""
PATIENCE_S = 60.0
"""A page takes one or two; one that loops for ever is named."""
KEY = re.compile(r"[a-z]\w*(\.\w+)+")
"""What vue-i18n shows of a sentence that nobody wrote."""
RAW = re.compile(r"[a-z]{3,}(_[a-z]+)*")
"""What a form shows of a field that nobody named."""
CHINESE = re.compile(r"[\u3400-\u9fff][\u3400-\u9fff\uff00-\uff0f·]*")
CHINESE_STOP = re.compile(r"[、。，；：（）]")
"""Between English words; among Chinese ones they belong to what the bureau wrote."""

Faults = dict[str, list[str]]


async def _looked_at(person: Desk, address: PageAddress, own: str, *, english: bool) -> list[str]:
    """The faults of one page in one language; `own` is what may be Chinese on an English one."""
    page = person.page
    await open_page(person, address)
    faults = [f"light: {fault}" for fault in await accessibility_faults(page)]
    await turn(person, dark=True)
    faults += [f"dark: {fault}" for fault in await accessibility_faults(page, "color-contrast")]
    await turn(person, dark=False)
    faults += await too_wide(page)
    await page.set_viewport_size(ZOOMED)  # type: ignore[arg-type]
    await page.wait_for_timeout(100)
    faults += [f"at 125 %: {fault}" for fault in await too_wide(page)]
    await page.set_viewport_size(WINDOW)  # type: ignore[arg-type]
    for text in await texts(page):
        if KEY.fullmatch(text) and text not in own:
            faults.append(f"no words: {text}")
        if not english and RAW.fullmatch(text) and text not in own:
            faults.append(f"not Chinese: {text}")
        if english and CHINESE_STOP.search(text) and not CHINESE.search(text):
            faults.append(f"Chinese mark: {text[:80]!r}")
        if english:
            faults += [f"not English: {word} in {text[:80]!r}" for word in CHINESE.findall(text) if word not in own]
    faults += [f"complains: {complaint}" for complaint in person.complaints]
    faults += [f"asks elsewhere: {url}" for url in person.foreign]
    person.complaints.clear()
    person.foreign.clear()
    return list(dict.fromkeys(faults))


async def _all_pages(folder: Path, *, english: bool) -> Faults:
    found: Faults = {}
    async with demo_day(folder) as (box, person):
        await person.page.emulate_media(reduced_motion="reduce", color_scheme="light")
        person.watch_console()
        await sign_in(person)
        await speak(person, "en" if english else "zh-CN")
        own = own_words(box.data)
        for address in each_page():
            try:
                async with asyncio.timeout(PATIENCE_S):
                    found[address.name] = await _looked_at(person, address, own, english=english)
            except TimeoutError:
                pytest.fail(f"{address.name} never comes to rest; before it: {found}")
    return {page: faults for page, faults in found.items() if faults}


@pytest.mark.skipif(not axe_is_here(), reason="needs axe-core: ./dev setup")
@pytest.mark.parametrize("english", [False, True], ids=["Chinese", "English"])
def test_every_page_is_whole_in_every_look(tmp_path: Path, english: bool) -> None:
    faults = asyncio.run(_all_pages(tmp_path / "day", english=english))
    report = [f"{page}\n" + "\n".join(f"    {fault}" for fault in each) for page, each in faults.items()]
    assert not faults, "\n" + "\n".join(report)


def test_the_list_of_pages_is_read_whole() -> None:
    pages = {address.name for address in each_page()}
    assert {"live", "calls", "flow", "wizard", "missing", "settings-queues"} <= pages
