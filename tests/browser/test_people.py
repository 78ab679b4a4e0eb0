"""The administrator draws the organisation; a team leader sees the calls of the own team only (S057, S058)."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from playwright.async_api import expect

from appliance.telephony.call import CallResult, Direction
from appliance.telephony.ids import AgentId, CallId, LineId
from appliance.wire.facts import CallEnded, CallRecord
from tests.browser.desk import Desk, desk
from tests.system.livebox import LiveBox

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OURS, THEIRS = "13905620001", "13905620007"
LEADERS_OWN = "班长自己的订书钉"


def talked(box: LiveBox, call_id: str, number: str, agent: str) -> None:
    """A call that the agent took, as an engine noted it in an earlier run."""
    began = datetime.now().astimezone() - timedelta(minutes=1)
    record = CallRecord(
        call_id=CallId(call_id), direction=Direction.INBOUND, result=CallResult.TALKED, line=LineId(1),
        started_at=began.isoformat(), connected_at=(began + timedelta(seconds=5)).isoformat(),
        ended_at=(began + timedelta(seconds=25)).isoformat(), talk_s=20.0, peer_number=number,
        agent=AgentId(agent), agents=(AgentId(agent),),
    )  # fmt: skip
    fact = CallEnded(id=call_id, at=record.ended_at, record=record)
    with (box.data / "journal" / "zz-earlier.jsonl").open("ab") as file:
        file.write(msgspec.json.encode(fact) + b"\n")


async def add_unit(person: Desk, label: str, kind: str, below: str = "") -> None:
    if below:
        await person.at(f"unit-{below}").hover()
    await person.click(f"unit-add-{below}" if below else "unit-add")
    await person.at("unit-label").fill(label)
    await person.click(f"unit-kind-{kind}", "unit-save")
    await person.reads("unit-tree", label)


async def add_person(person: Desk, login: str, name: str, agent: str, role: str, unit: str) -> str:
    """In the dialog; the first password from the slip."""
    await person.click(f"unit-{unit}", "user-create")
    await person.at("user-name").fill(name)
    await person.at("user-login").fill(login)
    await person.at("user-agent").fill(agent)
    if role != "agent":
        await person.click("user-role-agent", f"user-role-{role}")
    await person.click("user-save")
    password = await person.at("slip-password").inner_text()
    await person.page.keyboard.press("Escape")
    await expect(person.at("slip")).to_be_hidden()
    await person.reads("users", name)
    return password


async def enter_first(person: Desk, login: str, password: str) -> None:
    """Sign in with the password from the slip and change it."""
    await person.click("user-menu", "menu-leave")
    await person.at("login-name").fill(login)
    await person.at("login-password").fill(password)
    await person.click("login-submit")
    await person.at("password-old").fill(password)
    for field in ("password-new", "password-again"):
        await person.at(field).fill(LEADERS_OWN)
    await person.click("password-submit")
    await expect(person.at("password-submit")).to_be_hidden()


async def story(person: Desk, box: LiveBox) -> None:
    await person.set_up()
    talked(box, "ours", OURS, "1002")
    talked(box, "theirs", THEIRS, "1003")
    await person.click("nav-users")
    await add_unit(person, "铜陵广电网络", "organisation")
    await add_unit(person, "话务一班", "team", below="铜陵广电网络")
    await add_unit(person, "话务二班", "team", below="铜陵广电网络")
    password = await add_person(person, "zhang", "张班长", "1009", "leader", "话务一班")
    await add_person(person, "li", "李丽", "1002", "agent", "话务一班")
    await add_person(person, "wang", "王芳", "1003", "agent", "话务二班")
    await person.click("nav-operations")
    await person.reads("audit", "维护职员账号")
    async with asyncio.timeout(30):
        while await person.page.evaluate("async () => (await (await fetch('/api/calls')).json()).count") < 2:
            await asyncio.sleep(0.2)
    await person.click("nav-calls")
    await expect(person.page.get_by_text(OURS).first).to_be_visible(timeout=20_000)
    await expect(person.page.get_by_text(THEIRS).first).to_be_visible()
    await enter_first(person, "zhang", password)
    await person.click("nav-calls")
    await expect(person.page.get_by_text(OURS).first).to_be_visible(timeout=20_000)
    await expect(person.page.get_by_text(THEIRS)).to_have_count(0)
    await expect(person.at("nav-users")).to_have_count(0)


def test_a_team_leader_sees_the_calls_of_the_own_team(tmp_path: Path) -> None:
    async def run() -> None:
        async with desk(tmp_path) as (box, person):
            await story(person, box)
            assert person.complaints == []
            assert person.foreign == []

    asyncio.run(run())
