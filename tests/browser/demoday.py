"""A box in the middle of a working day: people, customers, a few hundred calls, sounds, agents at their seats.

Everything follows from one seed, but for the day, which is today.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
from argon2 import PasswordHasher
from playwright.async_api import TimeoutError as Late
from playwright.async_api import expect

from appliance.ivr.prompts import promptbook
from appliance.store.connection import Connection, execute, fetch_all
from appliance.store.database import open_read_only
from appliance.store.units import UnitKind
from appliance.store.users import UserDraft, add_user
from appliance.telephony.ids import AgentId
from bench.callsample import SampleCall, each_call, make_sample
from bench.callstore import fill
from tests.browser.desk import PASSWORD, Desk, desk
from tests.browser.pages import PageAddress
from tests.system.livebox import LiveBox, write_wav
from webui.auth.permissions import Role

SEED = 7
DAYS = 3
CUSTOMERS = 120
GAP_S = 300.0
DAY_S = 86_400
PHRASE_S = 12.0
UNIT_KINDS = (UnitKind.ORGANISATION, UnitKind.DEPARTMENT, UnitKind.TEAM, UnitKind.TEAM)
"""Of the sample's units, in the order of their ids."""
LANGUAGES = ("中文",)
"""Languages are called as they call themselves."""
AGENTS = {"1001": "1", "1002": "2", "1003": "3"}
"""Who sits where."""


def seed_day(data: Path, days: int = DAYS) -> None:
    """Fills the data folder of a box that does not run: the calls of some days end now, `admin` has every role."""
    now = datetime.now().astimezone()
    sample = replace(make_sample(SEED, CUSTOMERS), start=now - timedelta(days=days))
    more_than_there_is_time_for = 3 * int(days * DAY_S / GAP_S)
    every = each_call(sample, more_than_there_is_time_for, GAP_S)
    past = itertools.takewhile(lambda call: _ended_before(call, now), every)
    calls = list(past)
    database = fill(data / "hotlinebox.db", sample, calls)
    try:
        database.write_now(_staff, now)
    finally:
        database.close()
    _put_sounds(data, calls)


def _ended_before(call: SampleCall, moment: datetime) -> bool:
    return datetime.fromisoformat(call.record.ended_at) < moment


def _staff(db: Connection, now: datetime) -> None:
    for unit, kind in enumerate(UNIT_KINDS, 1):
        execute(db, "UPDATE units SET kind = ? WHERE id = ?", (kind, unit))
    draft = UserDraft(login="admin", name="王建国", roles=tuple(role.value for role in Role), agent=AgentId("1000"))
    add_user(db, draft, PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD), now)


def _put_sounds(data: Path, calls: list[SampleCall]) -> None:
    """What the calls promise: a phrase and a pause, again and again."""
    at_s = np.arange(int(PHRASE_S * 8000)) / 8000
    phrase = data / "phrase.wav"
    write_wav(phrase, 6000 * np.sin(2 * np.pi * 300 * at_s) * (np.sin(2 * np.pi * 1.7 * at_s) > 0) * (at_s % 4 < 2.6))
    for call in calls:
        for kept in (call.record.recording, call.record.voicemail):
            if kept is not None:
                (data / kept.path).parent.mkdir(parents=True, exist_ok=True)
                (data / kept.path).hardlink_to(phrase)


@asynccontextmanager
async def demo_day(folder: Path, days: int = DAYS) -> AsyncIterator[tuple[LiveBox, Desk]]:
    """The box, with three agents at their seats, one talking and a caller in the menu; a browser not signed in."""
    data = folder / "data"
    data.mkdir(parents=True)
    seed_day(data, days)
    async with desk(folder) as (box, person):
        for agent, seat in AGENTS.items():
            await box.sign_in(agent, seat, "repair")
        await box.calls_in("out-1", "13905620001", line=1)
        await box.presses("out-1", "1")
        yield box, person


async def sign_in(person: Desk) -> None:
    await person.page.goto(person.url)
    await person.at("login-name").fill("admin")
    await person.at("login-password").fill(PASSWORD)
    await person.click("login-submit")
    await expect(person.at("user-menu")).to_be_visible()


async def turn(person: Desk, *, dark: bool) -> None:
    """The theme of the page that is open, also where there is no button for it."""
    await person.page.evaluate("dark => { document.documentElement.classList.toggle('dark', dark) }", dark)


async def speak(person: Desk, language: str) -> None:
    """The language of pages that are opened from now on."""
    await person.page.evaluate("language => localStorage.setItem('language', language)", language)


async def open_page(person: Desk, address: PageAddress) -> None:
    """Opens it as a bookmark does, and waits until it has what it asked for."""
    await person.page.goto(person.url + address.path, wait_until="load")
    await expect(person.page.locator("main")).to_contain_text(re.compile(r"\S"))
    try:
        await person.page.wait_for_load_state("networkidle", timeout=5_000)
    except Late:  # a page that asks again and again has what it needs by now
        return


def own_words(data: Path) -> str:
    """Everything that the bureau itself wrote: what may be Chinese on an English page."""
    plan = msgspec.json.decode((data / "callplan.json").read_bytes())
    database = open_read_only("", data)
    try:
        return "\n".join((*_texts(plan), *database.read_now(_written), *_spoken(), *LANGUAGES))
    finally:
        database.close()


def _spoken() -> list[str]:
    """What callers hear and what it is called; ids too, which look like keys of sentences."""
    return [text for prompt in promptbook() for text in (prompt.id, f"{prompt.id}.en", prompt.label, prompt.text)]


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for part in value.values() for text in _texts(part)]
    return [text for part in value for text in _texts(part)] if isinstance(value, list) else []


_WRITTEN = (
    "users", "units", "reasons", "customers", "call_details", "calls", "tickets", "voicemails", "flow_drafts",
)  # fmt: skip


def _written(db: Connection) -> list[str]:
    rows = [row for table in _WRITTEN for row in fetch_all(db, f"SELECT * FROM {table}")]
    return [cell for row in rows for cell in row if isinstance(cell, str)]
