"""A QEMU guest with the box is killed in the middle of calls and writes, again and again: nothing acknowledged is lost.

As many times as `HOTLINEBOX_CUTS` says. With `HOTLINEBOX_CUTS_FOLDER` disk and notebook stay there: the next run goes
on with them, and one with 0 cuts looks at everything for the last time.
"""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import msgspec
import numpy as np
import pytest

from appliance.callplan import write_callplan
from tests.system.lab.box import LEAN, BoxGuest
from tests.system.lab.guest import why_no_guest
from tests.system.livebox import SHORT_PROMPTS, quick_plan, write_wav
from tests.system.test_box_services import package  # noqa: F401 - a fixture
from tests.system.witness import Notebook, Witness

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.environ.get("HOTLINEBOX_IN_QEMU"), reason="boots kernels in QEMU: ./dev lab"),
    pytest.mark.skipif(bool(why_no_guest()), reason=why_no_guest()),
]

CUTS = int(os.environ.get("HOTLINEBOX_CUTS", "2"))
SLOW_S = 240.0
"""For what takes a second on a real machine."""
LATE_S = 3.0
"""An emulated processor on a loaded machine: how late the tick and what browsers are told may be."""


class Progress(msgspec.Struct):
    """What the next run goes on with."""

    book: Notebook = msgspec.field(default_factory=Notebook)
    cuts: int = 0
    sound_s: list[float] = []
    boots_s: list[float] = []


def test_a_killed_guest_keeps_what_it_acknowledged(tmp_path: Path, package: Path) -> None:  # noqa: F811
    folder = Path(os.environ.get("HOTLINEBOX_CUTS_FOLDER") or tmp_path)
    note = folder / "progress.json"
    progress = msgspec.json.decode(note.read_bytes(), type=Progress) if note.exists() else Progress()
    last = folder == tmp_path or not CUTS
    content = folder / "content"
    content.mkdir(exist_ok=True)
    write_callplan(content / "callplan.json", quick_plan())
    for prompt in SHORT_PROMPTS:
        write_wav(content / "prompts" / f"{prompt}.wav", np.zeros(1600, np.int16))

    async def life(*, cut: bool) -> None:
        began_s = time.monotonic()
        with BoxGuest(folder / "share", package=package, settings=LEAN, lean=True, content=content) as guest:

            async def power_cut() -> None:
                await asyncio.to_thread(guest.power_cut)

            witness = Witness(random.Random(progress.cuts), patience_s=SLOW_S, late_s=LATE_S, book=progress.book)
            await asyncio.to_thread(guest.until_said, "网页已就绪", SLOW_S)
            async with witness.at(guest.web_url):
                progress.boots_s.append(round(time.monotonic() - began_s, 1))
                loss = await witness.compares()
                progress.sound_s += loss.sound_s
                assert loss.missing == [], f"after cut {progress.cuts}"
                if cut:
                    await witness.works(witness.chance.uniform(8.0, 25.0), power_cut)
                    progress.cuts += 1
                    note.write_bytes(msgspec.json.encode(progress))

    async def lives() -> None:
        for _ in range(CUTS):
            await life(cut=True)
        if last:
            await life(cut=False)
        note.write_bytes(msgspec.json.encode(progress))

    asyncio.run(lives())
    if not last:
        return
    assert progress.book.calls
    assert progress.book.customers
    database = folder / "database"
    database.mkdir(exist_ok=True)
    for name in ("hotlinebox.db", "hotlinebox.db-wal"):
        words = ["debugfs", "-c", "-R", f"dump /{name} {database / name}", str(folder / "share" / "data.img")]
        subprocess.run(words, check=True, capture_output=True)
    with closing(sqlite3.connect(database / "hotlinebox.db")) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
