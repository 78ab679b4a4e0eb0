"""The set-up guide: its state is kept, area code from the hotline, the built-in voice."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from appliance.callplan import load_callplan
from tests.web.box import PASSWORD, Box, in_box


def test_what_is_done_is_remembered_for_everybody(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        assert (await admin.get("/api/wizard")).json == {"steps": {}}
        steps = {"bureau": "done", "lines": "skipped"}
        assert (await admin.put("/api/wizard", {"steps": steps})).status == 200
        other = await box.person("other", "admin")
        assert (await other.get("/api/wizard")).json == {"steps": steps}
        bad: tuple[dict[str, Any], ...] = (
            {"steps": {"bureau": "half"}},
            {"steps": {"<b>": "done"}},
            {"steps": 1},
            {"more": {}},
        )
        for wrong in bad:
            assert (await admin.put("/api/wizard", wrong)).status == 422, wrong
        agent = await box.person("agent", "agent")
        assert (await agent.put("/api/wizard", {"steps": {}})).status == 403

    in_box(tmp_path, test)


def test_the_first_set_up_takes_the_area_code_from_the_hotline(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = box.browser()
        await browser.get("/api/session")
        first = {"password": PASSWORD, "bureau": "庐江广电", "hotline": "0551-96599"}
        assert (await browser.post("/api/setup", first)).status == 200
        plan = load_callplan(box.data / "callplan.json")
        assert (plan.bureau, plan.hotline, plan.area_code) == ("庐江广电", "0551-96599", "0551")

    in_box(tmp_path, test)


@pytest.mark.slow
def test_the_built_in_voice_reads_the_welcome(tmp_path: Path) -> None:
    if not shutil.which("espeak-ng") or not shutil.which("ffmpeg"):
        pytest.skip("needs espeak-ng and ffmpeg")

    async def test(box: Box) -> None:
        admin = await box.everything()
        answer = await admin.post("/api/prompts/welcome/speech", {"text": "您好，这里是铜陵广电。"})
        assert answer.status == 200, answer.body.decode()
        assert answer.json["own"] is True
        assert (await admin.get("/api/prompts/welcome/audio")).body[:4] == b"RIFF"
        wrong = await admin.post("/api/prompts/welcome/speech", {"text": "hello"})
        assert (wrong.status, "汉字" in wrong.error) == (422, True)
        assert (await admin.post("/api/prompts/nothing/speech", {"text": "您好"})).status == 404

    in_box(tmp_path, test)
