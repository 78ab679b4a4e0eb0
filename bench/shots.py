"""Pictures of every page on a demonstration day, light and dark, at 1366 x 768, and sheets of them to look through.

`./dev shots [--to FOLDER] [--language en] [--only PART…]`; without a folder they go to `var/shots`, which is not
kept in the repository.
"""

# slow: for people who look

from __future__ import annotations

import argparse
import asyncio
import math
import tempfile
from pathlib import Path

from playwright.async_api import Page

from tests.browser.demoday import demo_day, open_page, sign_in, speak, turn
from tests.browser.pages import each_page

THEMES = ("light", "dark")
COLUMNS, THUMB_PX = 3, 640
_SHEET = """<!doctype html><style>
body{{margin:8px;display:grid;grid-template-columns:repeat({columns},{width}px);gap:8px;font:13px sans-serif}}
img{{width:100%;border:1px solid #888}}</style>{figures}"""
SHEET_PAGES = 6


async def take(folder: Path, language: str, only: list[str]) -> list[Path]:
    """One picture of each page and theme."""
    taken = []
    with tempfile.TemporaryDirectory(prefix="shots-") as day:
        async with demo_day(Path(day) / "day") as (_box, person):
            await person.page.emulate_media(reduced_motion="reduce", color_scheme="light")
            await sign_in(person)
            await speak(person, language)
            for page in each_page():
                if only and not any(part in page.name for part in only):
                    continue
                await open_page(person, page)
                for theme in THEMES:
                    await turn(person, dark=theme == "dark")
                    path = folder / f"{page.name}-{language}-{theme}.png"
                    await person.page.screenshot(path=path)
                    taken.append(path)
            await _make_sheets(await person.page.context.new_page(), folder, taken, language)
    return taken


async def _make_sheets(page: Page, folder: Path, taken: list[Path], language: str) -> None:
    for number in range(math.ceil(len(taken) / SHEET_PAGES)):
        shown = taken[number * SHEET_PAGES : (number + 1) * SHEET_PAGES]
        figures = "".join(f"<div>{one.stem}<img src='{one.name}'></div>" for one in shown)
        sheet = folder / f"sheet-{language}-{number + 1:02}.html"
        sheet.write_text(_SHEET.format(columns=COLUMNS, width=THUMB_PX, figures=figures), encoding="utf-8")
        await page.set_viewport_size({"width": COLUMNS * (THUMB_PX + 8) + 16, "height": 800})
        await page.goto(sheet.as_uri())
        await page.screenshot(path=sheet.with_suffix(".png"), full_page=True)
        sheet.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=Path("var/shots"), help="folder of the pictures")
    parser.add_argument("--language", choices=("zh-CN", "en"), default="zh-CN")
    parser.add_argument("--only", nargs="*", default=[], help="pages whose name has one of these in it")
    chosen = parser.parse_args()
    folder = chosen.to.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    taken = asyncio.run(take(folder, chosen.language, chosen.only))
    print(f"{len(taken)} pictures and their sheets in {folder}")


if __name__ == "__main__":
    main()
