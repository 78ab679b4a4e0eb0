"""A QEMU guest with the box is killed in the middle of calls and writes, again and again: nothing acknowledged is lost.

Each cut is two: QEMU is killed between two instructions, and the disk below loses a random part of what the guest had
    not flushed (`tests/system/volatiledisk.py`). It comes while people work, while the hourly copy is made, or while
    the box still starts and repairs what the cut before left. After each the database that lies on the disk is checked
    from outside, before the box has seen it; then the box has to answer by itself, and know what it acknowledged.
Most lives begin with a restored guest whose programs are loaded, every `FULL_EVERY`th with its kernel: what that spares
    and what it does not is told in `tests/system/lab/standby.py`.
As many times as `HOTLINEBOX_CUTS` says. With `HOTLINEBOX_CUTS_FOLDER` disk and notebook stay there: the next run goes
    on with them, and one with 0 cuts compares everything that was ever acknowledged.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path

import msgspec
import numpy as np
import pytest

from appliance.callplan import write_callplan
from appliance.support.boxclock import note_moment
from tests.system.lab.box import SMALL
from tests.system.lab.guest import why_no_guest
from tests.system.lab.standby import Life, Standby
from tests.system.livebox import SHORT_PROMPTS, write_wav
from tests.system.notebook import Notebook, plan_for_witness
from tests.system.test_box_services import package  # noqa: F401 - a fixture
from tests.system.volatiledisk import PowerDisk, why_no_disk
from tests.system.witness import Witness

log = logging.getLogger(__name__)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.environ.get("HOTLINEBOX_IN_QEMU"), reason="boots kernels in QEMU: ./dev lab"),
    pytest.mark.skipif(bool(why_no_guest()), reason=why_no_guest()),
    pytest.mark.skipif(bool(why_no_disk()), reason=why_no_disk()),
]

CUTS = int(os.environ.get("HOTLINEBOX_CUTS", "3"))
FULL_EVERY = 20
SLOW_S = 240.0
"""For what takes a second on a real machine."""
LATE_S = 1.0
"""An emulated processor on a loaded machine: how late what browsers are told may be."""
DISK_MB = 32_768
"""Sparse; above the marks at which recordings are cleaned up."""
SETTINGS = SMALL.replace("first_run_secret = true", 'host = "0.0.0.0"\nport = 80')
"""Nobody hands over the web's socket, nobody reads a label."""
READY = "网页已就绪"


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """One life and its end."""

    full_boot: bool
    answered_s: float
    """From switching on to the first answer; 0: cut before."""
    worked_s: float
    copying: bool
    """The hourly copy was begun in it."""
    restarts: int
    """How often engine or web ended by themselves."""


class Progress(msgspec.Struct, kw_only=True):
    """What the next run goes on with."""

    book: Notebook = msgspec.field(default_factory=Notebook)
    cuts: list[Cut] = []
    sound_s: list[float] = []
    """Of each recording that ran at a cut: how much of it is missing."""


class Series:
    """The lives of one box."""

    def __init__(self, folder: Path, package: Path) -> None:  # noqa: F811 - that fixture
        self._folder = folder
        self._note = folder / "progress.json"
        known = self._note.exists()
        self.progress = msgspec.json.decode(self._note.read_bytes(), type=Progress) if known else Progress()
        self._standby = Standby(folder / "standby", package=package, settings=SETTINGS)
        self._disk = PowerDisk(folder / "disk", len(self.progress.cuts), content=content_of(folder), size_mb=DISK_MB)

    async def lives(self, cuts: int) -> None:
        with self._disk:
            for _ in range(cuts):
                await self._cut_off()
                await asyncio.to_thread(self._look_at_database)

    async def _cut_off(self) -> None:
        """One life that ends in a power cut."""
        number = len(self.progress.cuts)
        chance = random.Random(number)
        full = number % FULL_EVERY == FULL_EVERY - 1
        early = number > 0 and not full and chance.random() < 0.25
        copying = chance.random() < 0.3
        began_s = time.monotonic()
        with self._standby.life(await asyncio.to_thread(self._disk.offered), restored=not full) as life:
            await asyncio.to_thread(life.go)
            answered_s = worked_s = 0.0
            if early:
                await asyncio.sleep(chance.uniform(0.0, self._usual_start_s()))
                await self._power_cut(life)
            else:
                await asyncio.to_thread(life.until_said, READY, SLOW_S)
                witness = self._witness(chance)
                async with witness.at(life.web_url):
                    answered_s = time.monotonic() - began_s
                    await self._compare(witness, everything=False)
                    worked_s = chance.uniform(4.0, 20.0)
                    if copying:
                        asyncio.get_running_loop().call_later(worked_s - chance.uniform(0.0, 2.0), life.order, "copy")
                    await witness.works(worked_s, lambda: self._power_cut(life))
            restarts = life.said().count("is started again")
        times = {"answered_s": round(answered_s, 1), "worked_s": round(worked_s, 1)}
        self.progress.cuts.append(Cut(full_boot=full, copying=copying, restarts=restarts, **times))
        log.info("cut %d: %s; %s", number + 1, self.progress.cuts[-1], self.progress.book.counts())
        self._note.write_bytes(msgspec.json.encode(self.progress))

    async def last_life(self) -> None:
        """Whatever was acknowledged in all the lives is there."""
        with self._disk, self._standby.life(await asyncio.to_thread(self._disk.offered), restored=False) as life:
            await asyncio.to_thread(life.go)
            await asyncio.to_thread(life.until_said, READY, SLOW_S)
            witness = self._witness(random.Random(0))
            async with witness.at(life.web_url):
                await self._compare(witness, everything=True)
            await self._power_cut(life)
        self._note.write_bytes(msgspec.json.encode(self.progress))

    async def _compare(self, witness: Witness, *, everything: bool) -> None:
        loss = await witness.compares(everything=everything)
        self.progress.sound_s += loss.sound_s
        assert loss.missing == [], f"after {len(self.progress.cuts)} cuts"

    async def _power_cut(self, life: Life) -> None:
        await asyncio.to_thread(life.power_cut)
        await asyncio.to_thread(self._disk.cut)

    def _witness(self, chance: random.Random) -> Witness:
        return Witness(chance, patience_s=SLOW_S, late_s=LATE_S, book=self.progress.book)

    def _usual_start_s(self) -> float:
        """Of restored guests, as far as it is known."""
        answered = sorted(cut.answered_s for cut in self.progress.cuts if cut.answered_s and not cut.full_boot)
        return answered[len(answered) // 2] if answered else 10.0

    def _checked_copy(self) -> Path:
        """The disk as the cut left it, with the file system's journal replayed."""
        copy = self._folder / "looked-at"
        subprocess.run(["cp", "--sparse=always", str(self._disk.medium), str(copy)], check=True)
        checked = subprocess.run(["e2fsck", "-p", str(copy)], capture_output=True, text=True, check=False)
        assert checked.returncode in {0, 1}, f"the file system is broken: {checked.stdout}"
        return copy

    def _look_at_database(self) -> None:
        files = ("hotlinebox.db", "hotlinebox.db-wal")
        database = _taken(self._checked_copy(), self._folder / "database", *files)
        if database.exists():
            with closing(sqlite3.connect(database)) as opened:
                assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                assert opened.execute("PRAGMA foreign_key_check").fetchall() == []

    def verify_recordings(self) -> None:
        """The hash chains of all recordings, and the ledger."""
        found = self._folder / "found"
        shutil.rmtree(found, ignore_errors=True)
        found.mkdir()
        subprocess.run(
            ["debugfs", "-R", f"rdump / {found}", str(self._checked_copy())], check=True, capture_output=True
        )
        words = [sys.executable, "-m", "appliance.cli.main", "verify", "--data", str(found)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def content_of(folder: Path) -> Path:
    """What lies on the data disk of a new box."""
    content = folder / "content"
    content.mkdir(exist_ok=True)
    write_callplan(content / "callplan.json", plan_for_witness())
    for prompt in SHORT_PROMPTS:
        write_wav(content / "prompts" / f"{prompt}.wav", np.zeros(1600, np.int16))
    return content


def _taken(image: Path, folder: Path, *names: str) -> Path:
    """Files out of an image; the path of the first."""
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).unlink(missing_ok=True)
        subprocess.run(["debugfs", "-R", f"dump /{name} {folder / name}", str(image)], check=True, capture_output=True)
    return folder / names[0]


def test_a_killed_guest_keeps_what_it_acknowledged(tmp_path: Path, package: Path) -> None:  # noqa: F811
    folder = Path(os.environ.get("HOTLINEBOX_CUTS_FOLDER") or tmp_path)
    folder.mkdir(exist_ok=True)
    series = Series(folder, package)
    asyncio.run(series.lives(CUTS))
    if CUTS and folder != tmp_path:
        return
    asyncio.run(series.last_life())
    assert series.progress.book.calls
    assert series.progress.book.customers
    series.verify_recordings()


def test_a_box_whose_clock_lost_the_time_takes_calls_after_its_last_moment(tmp_path: Path, package: Path) -> None:  # noqa: F811
    """No internet, and the battery of the hardware clock is empty: the machine starts in the year 2000."""
    began = datetime.now().astimezone().replace(microsecond=0)
    content = content_of(tmp_path)
    note_moment(content, began)
    standby = Standby(tmp_path / "standby", package=package, settings=SETTINGS)

    async def lives(life: Life) -> None:
        await asyncio.to_thread(life.until_said, READY, SLOW_S)
        witness = Witness(random.Random(1), patience_s=SLOW_S)
        async with witness.at(life.web_url):
            clock = await witness.asks("/api/clock")
            assert clock["raised_from"][:4] in {"1999", "2000"}
            assert datetime.fromisoformat(clock["raised_to"]) == began
            await witness.works(30.0, lambda: asyncio.to_thread(life.power_cut))
        assert witness.book.calls
        assert all(datetime.fromisoformat(each["started_at"]) >= began for each in witness.book.calls.values())

    new = PowerDisk(tmp_path / "disk", 1, content=content, size_mb=DISK_MB)
    with new as disk, standby.life(disk.offered(), restored=True) as life:
        life.go(hardware_clock_s=946_684_800)
        asyncio.run(lives(life))
