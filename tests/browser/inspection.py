"""What is wrong with a page that is open: for people who need high contrast, a keyboard, or a narrow window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.async_api import Page

from tests.browser.pages import SOURCE

AXE = SOURCE.parent / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = frozenset({"serious", "critical"})

_AXE_RUN = "rules => axe.run(document, {resultTypes: ['violations'], ...(rules ? {runOnly: rules} : {})})"
_TOO_WIDE = """() => [document.documentElement, ...document.querySelectorAll('main')]
    .filter(part => part.scrollWidth > part.clientWidth + 1)
    .map(part => `${part.tagName.toLowerCase()}: ${part.scrollWidth} px in ${part.clientWidth} px`)"""
_TEXTS = """() => {
    const foreign = '[lang^=zh]:not(html), code, script, style'
    const shown = part => part.checkVisibility({checkVisibilityCSS: true}) && !part.closest(foreign)
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const texts = []
    while (walker.nextNode()) if (shown(walker.currentNode.parentElement)) texts.push(walker.currentNode.data)
    for (const name of ['placeholder', 'title', 'aria-label', 'alt'])
        for (const part of document.querySelectorAll(`[${name}]`)) if (shown(part)) texts.push(part.getAttribute(name))
    return [document.title, ...texts].map(text => text.trim()).filter(Boolean)
}"""
_CUT_OFF = """() => [...document.querySelectorAll('button, a, label, th, h1, h2, h3, .el-tag, .el-radio-button__inner')]
    .filter(part => part.checkVisibility() && !part.closest('.visually-hidden'))
    .filter(part => part.scrollWidth > part.clientWidth + 1 && part.clientWidth > 0)
    .filter(part => { const style = getComputedStyle(part)
        return style.overflowX !== 'visible' && style.textOverflow !== 'ellipsis' })
    .map(part => `${part.tagName.toLowerCase()}.${part.className}: ${part.textContent.trim().slice(0, 40)}`)"""


async def accessibility_faults(page: Page, *rules: str) -> list[str]:
    """What axe-core calls serious or critical, of these rules or of all."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text("utf-8"))
    result: dict[str, Any] = await page.evaluate(_AXE_RUN, list(rules) or None)
    return [
        f"{fault['id']}: {node['html'][:160]} ({' '.join(node['failureSummary'].split())[:200]})"
        for fault in result["violations"]
        if fault["impact"] in SERIOUS
        for node in fault["nodes"]
        if not _of_element_plus(fault["id"], node["html"])
    ]


async def faults_now(page: Page) -> list[str]:
    """Of what is open just now, light and dark; empty as well where axe-core is not installed."""
    if not axe_is_here():
        return []
    await page.emulate_media(reduced_motion="reduce", color_scheme="light")
    found = [*await accessibility_faults(page), *await too_wide(page)]
    await page.evaluate("document.documentElement.classList.add('dark')")
    found += [f"dark: {fault}" for fault in await accessibility_faults(page, "color-contrast")]
    await page.evaluate("document.documentElement.classList.remove('dark')")
    return found


def _of_element_plus(rule: str, html: str) -> bool:
    """A half-checked el-checkbox says so on its label, where it does no harm; it is not ours to change."""
    return rule == "aria-allowed-attr" and html.startswith("<label") and 'aria-checked="mixed"' in html


async def too_wide(page: Page) -> list[str]:
    """Parts that would have to be scrolled sideways, and words of controls that are cut off."""
    wide: list[str] = await page.evaluate(_TOO_WIDE)
    cut: list[str] = await page.evaluate(_CUT_OFF)
    return [*(f"too wide: {part}" for part in wide), *(f"cut off: {part}" for part in cut)]


async def texts(page: Page) -> list[str]:
    """Every text that can be seen or is read out, but for code and words marked as another language."""
    found: list[str] = await page.evaluate(_TEXTS)
    return found


def axe_is_here() -> bool:
    return Path(AXE).exists()
