"""The page that verifies a recording off-line, in a real browser, from a file on disk."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from appliance.jobs.proof import write_proof
from appliance.store.calls import get_call
from tests.unit.recording_shelf import NOW, Shelf

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(offline=True)
        yield context.new_page()
        browser.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An export, unpacked."""
    shelf = Shelf(tmp_path / "data")
    shelf.record()
    record = shelf.record(seconds=20.5)
    out = tmp_path / "proof.zip"
    write_proof(shelf.data, shelf.database.read_now(get_call, record.call_id), shelf.row(record), out, NOW)
    shelf.close()
    with zipfile.ZipFile(out) as archive:
        archive.extractall(tmp_path / "unpacked")
    return tmp_path / "unpacked"


def verdict(page: Page, folder: Path, wav: Path) -> tuple[str, list[str]]:
    page.goto((folder / "verify.html").as_uri())
    page.set_input_files("#file", str(wav))
    expect(page.locator("#verdict")).to_have_text(re.compile("^校验"))
    bad = page.locator("#checks li.bad").all_text_contents()
    return page.inner_text("#verdict"), bad


def test_sha256_of_the_page_is_sha256(page: Page, folder: Path) -> None:
    page.goto((folder / "verify.html").as_uri())
    sizes = [0, 1, 3, 31, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 1000, 4096, 65_537]
    for size in sizes:
        content = os.urandom(size)
        cut = size // 3
        script = """([text, cut]) => {
            const bytes = bytesOf(text)
            return hex(new Sha256().update(bytes.subarray(0, cut)).update(bytes.subarray(cut)).digest())
        }"""
        assert page.evaluate(script, [content.hex(), cut]) == hashlib.sha256(content).hexdigest(), size


def test_a_whole_recording_passes(page: Page, folder: Path) -> None:
    (wav,) = folder.glob("*.wav")
    assert verdict(page, folder, wav) == ("校验通过：录音完整，未被改动。", [])
    assert page.inner_text("#gaps") == "没有间断。"


@pytest.mark.parametrize(
    ("place", "complaint"), [(10, "文件头"), (44, "第 0 秒"), (44 + 32_000 * 7 + 5, "第 7 秒"), (-1, "逐字节|不同")]
)
def test_a_changed_byte_anywhere_is_found(page: Page, folder: Path, place: int, complaint: str) -> None:
    (wav,) = folder.glob("*.wav")
    content = bytearray(wav.read_bytes())
    content[place] ^= 1
    wav.write_bytes(content)
    said, (bad,) = verdict(page, folder, wav)
    assert said.startswith("校验不通过")
    assert any(word in bad for word in complaint.split("|"))


def test_shorter_longer_and_another_file(page: Page, folder: Path) -> None:
    (wav,) = folder.glob("*.wav")
    content = wav.read_bytes()
    for changed in (content[:-320], content + b"\0\0\0\0", content[:44] + content[44 + 320 :], b"RIFF"):
        wav.write_bytes(changed)
        said, bad = verdict(page, folder, wav)
        assert said.startswith("校验不通过")
        assert bad


def test_a_changed_ledger_is_found(page: Page, folder: Path) -> None:
    (wav,) = folder.glob("*.wav")
    html = folder / "verify.html"
    text = html.read_text(encoding="utf-8")
    assert text.count('\\"at\\":\\"2026') >= 1
    html.write_text(text.replace('\\"at\\":\\"2026', '\\"at\\":\\"2025', 1), encoding="utf-8")
    _, bad = verdict(page, folder, wav)
    assert any("不相接" in each for each in bad)
