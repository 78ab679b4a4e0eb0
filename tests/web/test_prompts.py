from __future__ import annotations

import asyncio
import io
import math
import struct
import wave
from pathlib import Path

import pytest

from appliance.telephony.call import StationState
from appliance.telephony.ids import CallId
from appliance.wire.messages import RecordAtPhone, ReloadCallPlan
from appliance.wire.take import take_file
from tests.web.box import Box, Browser, in_box
from webui.handlers import prompts


def spoken(length_s: float = 1.0) -> bytes:
    """A WAV file at 16 kHz with a tone that comes and goes, as speech does."""
    rate = 16_000
    samples = [
        int(9000 * math.sin(n * 2 * math.pi * 440 / rate) * (1 if (n // 1600) % 3 else 0.3))
        for n in range(int(length_s * rate))
    ]
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return file.getvalue()


def test_an_own_prompt_and_back_again(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        listed = {prompt["id"]: prompt for prompt in (await browser.get("/api/prompts")).json}
        assert listed["welcome"]["own"] is False
        assert "您好" in listed["welcome"]["text"]
        own = await browser.ask("PUT", "/api/prompts/welcome", raw=spoken())
        assert own.status == 200, own.body
        assert own.json["own"] is True
        assert 0.8 <= own.json["length_s"] <= 1.2
        assert any(isinstance(command, ReloadCallPlan) for command in box.engine.commands)
        sound = await browser.get("/api/prompts/welcome/audio?v=1")
        assert (sound.headers["Content-Type"], sound.body[:4]) == ("audio/wav", b"RIFF")
        with wave.open(io.BytesIO(sound.body)) as heard:
            assert (heard.getframerate(), heard.getnchannels()) == (8000, 1)
        assert (await browser.delete("/api/prompts/welcome")).json["own"] is False
        assert [path.name for path in (tmp_path / "prompts").iterdir()] == []

    in_box(tmp_path, test)


@pytest.mark.parametrize(("body", "said"), [(b"", "没有收到"), (b"no sound at all" * 100, "录音")])
def test_what_is_no_recording_is_refused(tmp_path: Path, body: bytes, said: str) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        answer = await browser.ask("PUT", "/api/prompts/welcome", raw=body)
        assert (answer.status, said in answer.error) == (422, True), answer.body
        assert list((tmp_path / "prompts").iterdir()) == []
        assert (await browser.ask("PUT", "/api/prompts/nothing", raw=spoken())).status == 404

    in_box(tmp_path, test)


def test_a_file_too_large_is_refused_and_nothing_kept(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(prompts.PromptHandler, "most_bytes", 100_000)

    async def test(box: Box) -> None:
        browser = await box.everything()
        answer = await browser.ask("PUT", "/api/prompts/welcome", raw=bytes(3_000_000))
        assert answer.status == 413
        assert "50 MB" in answer.error
        assert not (tmp_path / "prompts").exists()
        assert (await browser.get("/api/prompts")).status == 200

    in_box(tmp_path, test)


def test_a_prompt_of_the_bureaus_own(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        made = await browser.post("/api/prompts", {"label": " 停电  通知 ", "text": "今晚停电。"})
        assert (made.json["label"], made.json["length_s"], made.json["own"]) == ("停电 通知", None, False)
        second = (await browser.post("/api/prompts", {"label": "又一条"})).json["id"]
        assert second != made.json["id"]
        path = f"/api/prompts/{made.json['id']}"
        assert (await browser.ask("PUT", path, raw=spoken())).json["own"] is True
        listed = {prompt["id"]: prompt for prompt in (await browser.get("/api/prompts")).json}
        assert (listed[made.json["id"]]["text"], listed[second]["label"]) == ("今晚停电。", "又一条")
        offered = (await browser.get("/api/flow-choices")).json["prompt"]
        assert {"id": second, "label": "又一条", "text": ""} in offered
        assert (await browser.post("/api/prompts", {"label": " "})).status == 422
        assert (await browser.post("/api/prompts", {"label": "长" * 41})).status == 422

    in_box(tmp_path, test)


async def becomes(browser: Browser, take: str, state: str) -> None:
    async with asyncio.timeout(10.0):
        while (await browser.get(take)).json != {"state": state}:
            await asyncio.sleep(0.02)


def test_a_prompt_is_spoken_into_a_phone_listened_to_and_kept(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        take = CallId((await browser.post("/api/prompt-takes", {"seat": "2"})).json["take"])
        where = f"/api/prompt-takes/{take}"
        assert (await browser.get(where)).json == {"state": "ringing"}
        box.engine.phone_is("2", StationState.TALKING, take)
        await becomes(browser, where, "speaking")
        kept = take_file(tmp_path / "prompts", take)
        kept.parent.mkdir(exist_ok=True)
        kept.write_bytes(spoken())
        box.engine.phone_is("2", StationState.ON_HOOK)
        await becomes(browser, where, "done")
        sound = await browser.get(f"{where}/audio")
        assert sound.body == spoken()
        assert (await browser.ask("PUT", "/api/prompts/welcome", raw=sound.body)).json["own"] is True
        assert [prompt["id"] for prompt in (await browser.get("/api/prompts")).json if prompt["own"]] == ["welcome"]
        kept.unlink()
        assert (await browser.get(where)).json == {"state": "nothing"}
        assert (await browser.get(f"{where}/audio")).status == 404

    in_box(tmp_path, test)


def test_a_phone_that_is_in_use_and_takes_that_are_none(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        box.engine.refusals[RecordAtPhone] = "您的话机正在使用，请先挂机。"
        assert (await browser.post("/api/prompt-takes", {"seat": "2"})).status == 409
        assert (await browser.post("/api/prompt-takes")).error == "您还没有签入座席，请先签入。"
        for name in ("take-1", "..%2Fwelcome", "take-0123456789abcdeg"):
            assert (await browser.get(f"/api/prompt-takes/{name}")).status == 404
            assert (await browser.get(f"/api/prompt-takes/{name}/audio")).status == 404

    in_box(tmp_path, test)
