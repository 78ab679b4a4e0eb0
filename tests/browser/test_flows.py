"""Drawing a call flow: from a blank sheet by drag and wire to a caller who hears it, and back to an earlier version."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import Locator, expect

from appliance.ivr.prompts import prompt_file
from appliance.telephony.ids import PromptId
from appliance.wire.messages import AnyEvent, PhoneHeard
from appliance.wire.virtualphone import ListenPhone
from tests.browser.desk import Desk, desk
from tests.browser.test_call import ALIKE, likeness
from tests.system.livebox import LiveBox, played

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OPEN_WITHIN_MS = 1500
CROWD = 200


async def middle(part: Locator) -> tuple[float, float]:
    box = await part.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def top(part: Locator) -> float:
    box = await part.bounding_box()
    assert box is not None
    return box["y"]


async def drag_in(person: Desk, kind: str, x: float, y: float) -> None:
    """A kind from the palette to a place of the drawing."""
    target = {"x": x, "y": y}
    await person.at(f"kind-{kind}").drag_to(person.at("flow-canvas"), target_position=target)  # type: ignore[arg-type]
    await expect(person.at(f"node-{kind}")).to_be_visible()


async def pull_wire(person: Desk, node: str, exit_name: str, to: str) -> None:
    """From the dot of an exit onto another node, anywhere."""
    mouse = person.page.mouse
    await mouse.move(*await middle(person.at(f"exit-{node}-{exit_name}")))
    await mouse.down()
    await mouse.move(*await middle(person.at(f"node-{to}")), steps=8)
    await mouse.up()


async def new_flow(person: Desk, template: str = "blank") -> None:
    await person.click("nav-flows", "flow-create", f"template-{template}")
    await expect(person.at("flow-canvas")).to_be_visible()


async def draw(person: Desk) -> None:
    """Three nodes; one wire by mouse, the other by keyboard in the form."""
    await new_flow(person)
    await person.at("flow-label").locator("input").or_(person.at("flow-label")).first.fill("停电通知")
    await drag_in(person, "answer", 130, 120)
    await drag_in(person, "play", 360, 220)
    await drag_in(person, "hangup", 590, 120)
    await pull_wire(person, "answer", "next", "play")
    await expect(person.at("node-problem-answer")).to_have_count(0)
    await expect(person.at("node-problem-play")).to_be_visible()
    await person.page.keyboard.press("Escape")
    await person.at("problem").filter(has_text="没有接到下一个节点").first.click()
    await expect(person.at("node-label")).to_have_value("放音")
    await person.at("inspector").get_by_role("button", name="移除").first.click()
    await person.at("prompt-add").first.click()
    await person.page.keyboard.type("请稍候")
    await person.page.keyboard.press("Enter")
    await person.at("wire-next").click()
    await person.page.keyboard.type("挂机")
    await person.page.keyboard.press("Enter")
    await expect(person.at("node-problem-play")).to_have_count(0)
    await person.reads("flow-saving", "已保存")


async def try_out(person: Desk) -> None:
    await person.click("flow-try", "walk-begin")
    await person.reads("walk-transcript", "请稍候")
    await person.reads("walk-end", "通话结束")
    await expect(person.at("node-hangup")).to_have_class(re.compile("been"))
    await person.at("walk").get_by_role("button", name="关闭").click()


async def publish(person: Desk, version: int) -> None:
    await person.click("flow-publish")
    await person.at("publish-reason").fill("第一次用")
    await person.click("publish-confirm")
    await expect(person.page.get_by_text(f"已发布 · 第 {version} 版")).to_be_visible(timeout=10_000)


class Ear:
    """What comes out of the outside phone."""

    def __init__(self) -> None:
        self.heard = bytearray()

    def engine_event(self, event: AnyEvent) -> None:
        if isinstance(event, PhoneHeard) and event.phone == "out-1":
            self.heard += event.pcm

    def engine_lost(self) -> None:
        pass


async def call_and_hear(box: LiveBox) -> None:
    ear = Ear()
    box.link.watch(ear)
    await box.link.command(ListenPhone(phone="out-1", on=True))
    call = await box.calls_in("out-1", "13905620001", 1)
    record = await box.record(call, 30)
    assert [step.node for step in record.steps if step.node] == ["answer", "play", "hangup"]
    file = prompt_file(PromptId("please_wait"))
    assert file is not None
    heard = np.frombuffer(bytes(ear.heard), "<i2").astype(float)
    assert likeness(heard, played(file)[:, 0].astype(float)) > ALIKE


async def see_caller(box: LiveBox, person: Desk) -> None:
    """Somebody is in the flow that is open: the node they are at says so, until they hang up."""
    await person.click("flow-back", "flow-main")
    await expect(person.at("node-answer")).to_be_visible()
    await box.calls_in("out-2", "13905620002", 2)
    await person.reads("callers-menu", "1 人")
    await box.hangs_up("out-2")
    await expect(person.at("callers-menu")).to_have_count(0, timeout=20_000)


async def _story(folder: Path) -> None:
    async with desk(folder) as (box, person):
        await person.set_up()
        await draw(person)
        await try_out(person)
        await publish(person, 1)
        await person.click("flow-back", "flow-more-flow1", "flow-use-flow1", "use-default", "use-save")
        await expect(person.at("flows")).to_contain_text("默认流程")
        await call_and_hear(box)
        await person.click("flow-flow1")
        await person.at("node-play").click()
        await person.at("node-label").fill("请等一等")
        await person.reads("flow-saving", "已保存")
        await publish(person, 2)
        await person.click("flow-history-open", "roll-back-1")
        await person.page.get_by_role("button", name="回退到这一版").last.click()
        await expect(person.at("node-play")).to_contain_text("放音")
        await person.page.keyboard.press("Escape")
        await person.click("flow-back", "flow-more-main", "flow-use-main", "use-default", "use-save", "flow-flow1")
        await see_caller(box, person)
        assert person.complaints == []
        assert person.foreign == []


def test_from_a_blank_sheet_to_a_caller_who_hears_it(tmp_path: Path) -> None:
    """(S007) A flow is drawn, checked, tried and published without a parameter file."""
    asyncio.run(_story(tmp_path))


async def _crowd(folder: Path) -> None:
    """A flow of 200 nodes is there to work with in time; only what is in view was rendered."""
    async with desk(folder) as (_box, person):
        await person.set_up()
        file = folder / "crowd.flow.json"
        file.write_text(json.dumps(crowd()), encoding="utf-8")
        await person.click("nav-flows")
        async with person.page.expect_file_chooser() as chooser:
            await person.click("flow-import")
        await (await chooser.value).set_files(file)
        await expect(person.at("node-menu0")).to_be_visible()
        await person.click("flow-back")
        await expect(person.at("flow-flow1")).to_be_visible()
        took_ms = await busy_ms(person, OPENING)
        assert took_ms <= OPEN_WITHIN_MS
        rendered = await person.page.locator(".vue-flow__node").count()
        assert 0 < rendered < CROWD / 4
        await person.at("flow-find").click()
        await person.page.keyboard.type("菜单 150")
        await person.page.keyboard.press("Enter")
        await expect(person.at("node-menu150")).to_be_visible()
        assert person.complaints == []


async def busy_ms(person: Desk, script: str) -> float:
    """Processor time of the page while `script` runs: other work on the machine is no fault of the page."""
    session = await person.page.context.new_cdp_session(person.page)
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})

    async def spent_s() -> float:
        metrics = (await session.send("Performance.getMetrics"))["metrics"]
        return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))

    before_s = await spent_s()
    await person.page.evaluate(script)
    return (await spent_s() - before_s) * 1000


OPENING = """async () => {
    document.querySelector('[data-testid="flow-flow1"]').click()
    while (!document.querySelector('[data-testid="node-menu0"]')) await new Promise(requestAnimationFrame)
    await new Promise(requestAnimationFrame)
}"""
"""From the click in the list until the beginning of the flow is on the screen."""


def crowd() -> dict[str, object]:
    """Menus in a long chain, each with ways out of it."""
    keys = [{"digit": "1", "label": "下一步"}, {"digit": "0", "label": "回头"}]
    ways = {"1": 1, "0": 7, "invalid": 3, "no_input": 1}
    nodes = [
        {
            "id": f"menu{n}", "kind": "menu", "label": f"菜单 {n}", "x": (n // 10) * 320.0, "y": (n % 10) * 260.0,
            "params": {"prompts": ["main_menu"], "keys": keys},
            "exits": {name: f"menu{(n + step) % CROWD}" for name, step in ways.items()},
        }
        for n in range(CROWD)
    ]  # fmt: skip
    return {"hotlinebox_flow": 1, "flow": {"id": "crowd", "label": "大流程", "start": "menu0", "nodes": nodes}}


def test_two_hundred_nodes_open_quickly(tmp_path: Path) -> None:
    asyncio.run(_crowd(tmp_path))


async def by_keyboard(person: Desk) -> None:
    """Everything that the mouse does to nodes."""
    keys = person.page.keyboard
    node = person.page.locator('.vue-flow__node[data-id="hours"]')
    await node.focus()
    await keys.press("Enter")
    await expect(person.at("node-label")).to_have_value("上班时间？")
    before = await top(node)
    await keys.press("ArrowDown")
    await expect(person.at("flow-undo")).to_be_enabled()
    assert await top(node) > before
    await keys.press("Control+d")
    await expect(person.at("node-hours2")).to_have_count(1)
    await keys.press("Delete")
    await expect(person.at("node-hours2")).to_have_count(0)
    await keys.press("Control+z")
    await keys.press("Control+z")
    await keys.press("Control+z")
    await expect(person.at("flow-undo")).to_be_disabled()
    assert await top(node) == pytest.approx(before, abs=2)
    await person.reads("flow-saving", "已保存")


async def _two_people(folder: Path) -> None:
    """Whoever saves second is told, and loses nothing."""
    async with desk(folder) as (_box, person):
        await person.set_up()
        await new_flow(person, "standard")
        await by_keyboard(person)
        url = person.page.url
        other = Desk(await person.page.context.new_page(), person.url)
        await other.page.goto(url)
        await other.at("node-menu").click()
        await other.at("node-label").fill("总菜单")
        await other.reads("flow-saving", "已保存")
        await person.at("node-menu").click()
        await person.at("node-label").fill("我的菜单")
        await person.reads("flow-unsaved", "改过这个流程")
        await expect(person.at("node-menu")).to_contain_text("我的菜单")
        await person.page.get_by_role("button", name="另存为副本").click()
        await expect(person.at("node-menu")).to_contain_text("我的菜单")
        await person.reads("flow-saving", "已保存")
        await expect(other.at("node-menu")).to_contain_text("总菜单")
        assert person.complaints == other.complaints == []


def test_two_editors_of_one_flow(tmp_path: Path) -> None:
    asyncio.run(_two_people(tmp_path))
