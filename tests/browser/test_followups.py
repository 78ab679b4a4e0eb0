"""At the desk: a missed call comes up and goes away by itself; a voicemail is seen by whom it is for (S025)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import numpy as np
import pytest
from playwright.async_api import expect

from appliance.telephony.call import CallResult, Direction
from appliance.telephony.ids import AgentId, BoxId, CallId, LineId
from appliance.wire.facts import CallEnded, CallRecord, Voicemail
from tests.browser.desk import PASSWORD, Desk, desk
from tests.system.livebox import LiveBox, write_wav

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CALLER, LEFT = "13905620001", "13905620007"
SECOND_PASSWORD = "另一匹马的电池订书钉"


def leave_message(data: Path, agent: str) -> None:
    """A voicemail for the agent, as an engine left it in an earlier run."""
    write_wav(data / "voicemail" / "m-1.wav", np.zeros(16_000, np.int16))
    record = CallRecord(
        call_id=CallId("m-1"), direction=Direction.INBOUND, result=CallResult.VOICEMAIL, line=LineId(1),
        started_at="2026-11-02T09:00:00+08:00", ended_at="2026-11-02T09:00:30+08:00", peer_number=LEFT,
        voicemail=Voicemail(path="voicemail/m-1.wav", length_s=2.0, box=BoxId("public"), for_agent=AgentId(agent)),
    )  # fmt: skip
    fact = CallEnded(id="m-1", at=record.ended_at, record=record)
    with (data / "journal" / "zz-earlier.jsonl").open("ab") as file:
        file.write(msgspec.json.encode(fact) + b"\n")


async def missed_call(person: Desk, box: LiveBox) -> None:
    """The caller gives up while the phone rings, calls again, and the pop says that somebody was to call back."""
    await box.calls_in("out-1", CALLER, line=1)
    await box.presses("out-1", "1")
    await box.rings("801")
    await box.hangs_up("out-1")
    await person.reads("count-followUps", "1")
    await person.click("nav-followUps")
    await person.reads("follow-ups", CALLER)
    await person.reads("follow-up-due", "还有")
    await person.reads("follow-up-day", "待回")
    await box.calls_in("out-1", CALLER, line=2)
    await box.presses("out-1", "1")
    await person.reads("pop-waiting", "有 1 条未接待回拨")
    await box.rings("801")
    await box.lifts("801")
    await person.reads("pop-state", "通话中")
    await box.hangs_up("out-1")
    await box.hangs_up("801")
    await person.reads("follow-ups", "没有要回电的客户")
    await expect(person.at("count-followUps")).to_be_hidden()
    await person.click("follow-up-filter-closed")
    await person.reads("follow-ups", "客户再次打通")


async def log_in(person: Desk, login: str) -> None:
    """The first time with a new password."""
    await person.click("user-menu", "menu-leave")
    await person.at("login-name").fill(login)
    await person.at("login-password").fill(PASSWORD)
    await person.click("login-submit")
    await person.at("password-old").fill(PASSWORD)
    for field in ("password-new", "password-again"):
        await person.at(field).fill(SECOND_PASSWORD)
    await person.click("password-submit")
    await expect(person.at("password-submit")).to_be_hidden()


async def add_agent(person: Desk, login: str, agent: str) -> None:
    wanted = {"login": login, "name": login, "roles": ["agent"], "agent": agent, "password": PASSWORD}
    status = await person.page.evaluate(
        """async (user) => (await fetch('/api/users', {method: 'POST', body: JSON.stringify(user),
            headers: {'X-XSRFToken': decodeURIComponent(/_xsrf=([^;]*)/.exec(document.cookie)[1])}})).status""",
        wanted,
    )
    assert status == 200


async def s025(person: Desk, box: LiveBox) -> None:
    await add_agent(person, "zhang", "1002")
    await add_agent(person, "wang", "1003")
    leave_message(box.data, "1002")
    await person.reads("count-voicemails", "1")
    await log_in(person, "wang")
    await person.click("nav-voicemails")
    await person.reads("voicemails", "没有留言")
    await expect(person.at("count-voicemails")).to_be_hidden()
    await log_in(person, "zhang")
    await person.reads("count-voicemails", "1")
    await person.click("nav-voicemails")
    await person.reads("voicemails", LEFT)
    await person.click("voicemail-row", "voicemail-play")
    await expect(person.at("count-voicemails")).to_be_hidden(timeout=20_000)
    await person.reads("voicemail-row", "已听")
    await person.at("voicemail-note").fill("已回电")
    await person.at("voicemail-row").focus()
    await person.page.keyboard.press("d")
    await person.reads("voicemail-row", "已处理")
    await person.reads("voicemail-row", "已回电")


async def at_the_desk(person: Desk, box: LiveBox) -> None:
    await person.set_up()
    await person.sign_in_at_seat("1")
    await missed_call(person, box)
    await s025(person, box)
    assert person.complaints == []
    assert person.foreign == []


async def _run(folder: Path) -> None:
    async with desk(folder) as (box, person):
        await at_the_desk(person, box)


def test_s025_and_missed_calls_at_the_desk(tmp_path: Path) -> None:
    asyncio.run(_run(tmp_path))
