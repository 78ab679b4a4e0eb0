"""The whole call, as a newcomer makes it on a laptop: virtual phones, own voice, screen pop, log, recording, Excel."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
from openpyxl import load_workbook
from playwright.async_api import expect
from scipy.signal import butter, correlate, resample_poly, sosfilt

from drivers.base import SAMPLE_RATE
from tests.browser.desk import MICROPHONE_HZ, Desk, desk
from tests.system.livebox import LiveBox, played

VOICE_S = 2.0
TALK_MS = 6000
PIECES = 8
ALIKE = 0.6
"""A quiet machine gives 0.97, one that loses frames of sound on the way 0.78; a stranger's voice 0.15."""

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def voice(seed: int) -> np.ndarray:
    """Speech-like: noise of the telephone band in syllables of uneven length, 48 kHz."""
    random = np.random.default_rng(seed)
    noise = random.standard_normal(int(VOICE_S * MICROPHONE_HZ))
    band = sosfilt(butter(4, (400, 2600), "bandpass", fs=MICROPHONE_HZ, output="sos"), noise)
    loudness = np.repeat(random.choice([0.0, 0.5, 1.0], 20, p=[0.25, 0.35, 0.4]), len(noise) // 20)
    spoken = np.zeros(len(noise))
    spoken[: len(loudness)] = band[: len(loudness)] * loudness
    return 0.4 * spoken / float(np.abs(spoken).max())


def likeness(heard: np.ndarray, said: np.ndarray) -> float:
    """How well the pieces of one spoken round (8 kHz) are found in what was heard: median of their best correlations.

    Pieces, because a busy machine loses a frame of sound now and then, and what follows is then a little earlier.
    """
    return float(np.median([_best_match(heard, piece) for piece in np.array_split(said, PIECES)]))


def _best_match(heard: np.ndarray, piece: np.ndarray) -> float:
    rounds = correlate(heard, piece, "valid", "fft")
    energy = np.sqrt(np.maximum(correlate(heard**2, np.ones(len(piece)), "valid", "fft"), 1e-9))
    return float(np.max(np.abs(rounds) / (energy * np.sqrt(np.sum(piece**2)))))


async def _call(person: Desk) -> None:
    """Out-1 calls, chooses repair, talks with seat 801; the agent falls silent and out-1 hangs up."""
    await person.click("nav-phones")
    await person.page.get_by_text("摘机时自动接过来").click()
    await person.click("phone-out-1-ear")
    await person.reads("microphone", "已打开")
    await person.click("phone-out-1-call")
    await person.reads("phone-out-1-state", "通话中")
    await person.click("phone-out-1-key-1")
    await person.reads("phone-801-state", "振铃")
    await person.reads("pop-number", "13905620001")
    await person.reads("pop-customer", "陌生来电")
    await person.reads("pop-path", "主菜单")
    await person.click("phone-801-hook")
    await person.reads("pop-state", "通话中")
    await person.page.wait_for_timeout(TALK_MS)
    await person.at("note-summary").fill("机顶盒没有信号")
    await person.reads("note-state", "已保存")
    await person.click("phone-801-ear")
    await person.page.wait_for_timeout(TALK_MS)
    await person.click("phone-801-ear", "phone-out-1-hook")
    await person.reads("pop-state", "已结束")
    await person.click("phone-801-hook")


async def _find_in_log(person: Desk) -> None:
    await person.click("nav-calls")
    await expect(person.at("call-row")).to_have_count(1, timeout=20_000)
    await person.at("call-row").click()
    await person.reads("time-line", "接通")
    await expect(person.at("note-summary").last).to_have_value("机顶盒没有信号")
    await person.click("player-play")
    await person.reads("player-time", "0:02")
    await person.page.keyboard.press("Escape")


async def _export(person: Desk, folder: Path) -> list[tuple[object, ...]]:
    await person.click("export")
    async with person.page.expect_download() as download:
        await person.at("export-download").click(timeout=30_000)
    path = folder / "calls.xlsx"
    await (await download.value).save_as(path)
    return [tuple(row) for row in load_workbook(path).worksheets[0].iter_rows(values_only=True)]


async def _whole_call(folder: Path) -> None:
    said = voice(1)
    async with desk(folder, said) as (box, person):
        await person.set_up()
        await person.sign_in_at_seat("1")
        await _call(person)
        await _find_in_log(person)
        rows = await _export(person, folder)
        assert any("13905620001" in [str(cell) for cell in row] for row in rows[1:]), rows
        _voice_is_there(box, resample_poly(said, 1, MICROPHONE_HZ // SAMPLE_RATE))
        assert person.complaints == []
        assert person.foreign == []


def _voice_is_there(box: LiveBox, said: np.ndarray) -> None:
    """First as the customer (left), then as the agent (right)."""
    (record,) = box.ended().values()
    assert record.recording is not None
    sound = played(box.data / record.recording.path).astype(float)
    early, late = sound[: len(sound) // 2], sound[len(sound) // 2 :]
    stranger = resample_poly(voice(2), 1, MICROPHONE_HZ // SAMPLE_RATE)
    assert likeness(early[:, 0], said) > ALIKE
    assert likeness(late[:, 1], said) > ALIKE
    assert likeness(early[:, 0], stranger) < ALIKE / 2


def test_own_voice_goes_through_the_whole_call(tmp_path: Path) -> None:
    asyncio.run(_whole_call(tmp_path))
