"""What the engine knows of callers follows the customers."""

from __future__ import annotations

from pathlib import Path

from appliance.ivr.callerbook import CallerBook, CallerEntry
from tests.web.box import Box, in_box, until


def test_the_book_follows_every_change_of_a_customer(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        book = CallerBook(box.context.settings.callerbook_path)
        browser = await box.everything()
        await until(box.context.settings.callerbook_path.exists)
        draft = {"name": "赵老师", "numbers": ["2821234", "13812341234"], "level": "VIP", "area": "城关"}
        path = f"/api/customers/{(await browser.post('/api/customers', draft)).json['id']}"
        wanted = CallerEntry(name="赵老师", level="VIP", area="城关")
        await until(lambda: book.find("05622821234") == wanted)
        assert book.find("13812341234") == wanted
        for level in ("重点", "普通"):  # two changes within one second
            answer = await browser.put(path, {**draft, "level": level, "numbers": ["13812341234"]})
            assert answer.status == 200, answer.body.decode()
        await until(lambda: (found := book.find("13812341234")) is not None and found.level == "普通")
        assert book.find("05622821234") is None
        assert (await browser.delete(path)).status == 200
        await until(lambda: book.find("13812341234") is None)

    in_box(tmp_path, test)


def test_a_full_disk_or_a_lost_file_is_made_good(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        path = box.context.settings.callerbook_path
        browser = await box.everything()
        await until(path.exists)
        path.unlink()
        path.mkdir()  # nothing can be written here
        assert (await browser.post("/api/customers", {"name": "张三", "numbers": ["13900000001"]})).status == 200
        path.rmdir()
        box.context.callerbook.changed()
        await until(lambda: CallerBook(path).find("13900000001") is not None)

    in_box(tmp_path, test)
