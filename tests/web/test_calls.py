"""The call log: who sees which calls, what is edited, recordings by range, exports."""

from __future__ import annotations

import asyncio
import io
import json
import wave
from pathlib import Path
from urllib.parse import quote

import openpyxl

from appliance.telephony.call import CallResult
from appliance.telephony.ids import AgentId, BoxId
from appliance.wire.facts import CallRecord, Recording, Step, Voicemail
from tests.web.box import Box, Browser, in_box, until_true
from tests.web.fake_engine import record
from webui import exports

FIRST, SECOND, THIRD = (f"20261102-09000{n}-0001" for n in range(3))


def wav(length_s: float = 2.0) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(range(256)) * int(length_s * 125))
    return file.getvalue()


def three_calls(data: Path) -> list[CallRecord]:
    """Recorded and taken by 1001; taken by 1002; a voicemail that nobody took."""
    for folder in ("recordings", "voicemail"):
        (data / folder).mkdir()
        (data / folder / "a.wav").write_bytes(wav())
    return [
        record(
            FIRST, "13812341234", recording=Recording(path="recordings/a.wav", start_s=10.0, length_s=2.0),
            steps=(Step(at_s=0.0, kind="rang"), Step(at_s=10.0, kind="connected", agent="1001")),
        ),
        record(SECOND, "13812341234", "1002", started_at="2026-11-02T09:00:01+08:00"),
        record(
            THIRD, "05622821234", None, started_at="2026-11-02T09:00:02+08:00", result=CallResult.VOICEMAIL,
            voicemail=Voicemail(path="voicemail/a.wav", length_s=2.0, box=BoxId("public")),
        ),
    ]  # fmt: skip


async def logged(box: Box, browser: Browser) -> None:
    calls = three_calls(box.data)
    for call in calls:
        box.engine.log_call(call)

    async def all_there() -> bool:
        return (await browser.get("/api/calls")).json["count"] == len(calls)

    await until_true(all_there)


def ids(page: dict[str, list[dict[str, str]]]) -> list[str]:
    return [row["call_id"] for row in page["rows"]]


def test_list_search_and_pages(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        await logged(box, browser)
        page = (await browser.get("/api/calls?limit=2")).json
        assert (ids(page), page["count"], page["count_capped"]) == ([THIRD, SECOND], 3, False)
        rest = (await browser.get(f"/api/calls?limit=2&before={page['next']}")).json
        assert (ids(rest), rest["next"]) == ([FIRST], None)
        search = quote(json.dumps({"peer_number": {"match": "ends", "numbers": ["1234"]}, "talk_sec": {"min": 30}}))
        assert ids((await browser.get(f"/api/calls?search={search}")).json) == [THIRD, SECOND, FIRST]
        negated = quote(json.dumps({"result": {"values": ["talked"], "not": True}}))
        assert ids((await browser.get(f"/api/calls?search={negated}")).json) == [THIRD]
        wrong = await browser.get(f"/api/calls?search={quote(json.dumps({'talk_sec': {'min': 9, 'max': 1}}))}")
        assert (wrong.status, wrong.json["error"]["field"]) == (422, "talk_sec")
        assert (await browser.get("/api/calls?limit=1000")).json["error"]["field"] == "limit"

    in_box(tmp_path, test)


def test_an_agent_sees_own_calls_and_those_that_nobody_took(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        await logged(box, await box.everything())
        agent = await box.person("zhang", "agent", agent="1002")
        assert ids((await agent.get("/api/calls")).json) == [THIRD, SECOND]
        assert (await agent.get(f"/api/calls/{FIRST}")).status == 404
        assert (await agent.get(f"/api/calls/{FIRST}/recording")).status == 404
        assert (await agent.patch(f"/api/calls/{FIRST}", {"summary": "x"})).status == 404
        checker = await box.person("qa", "quality")
        rows = (await checker.get("/api/calls")).json["rows"]
        assert [row["peer_number"] for row in rows] == ["056****1234", "138****1234", "138****1234"]

    in_box(tmp_path, test)


def test_one_call_with_everything_that_hangs_on_it(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        await browser.post("/api/customers", {"name": "赵老师", "numbers": ["13812341234"]})
        await logged(box, browser)
        call = (await browser.get(f"/api/calls/{SECOND}")).json
        assert call["customer"]["name"] == "赵老师"
        assert [row["call_id"] for row in call["earlier"]] == [FIRST]
        assert call["recording"] is None
        first = (await browser.get(f"/api/calls/{FIRST}")).json
        assert [step["kind"] for step in first["steps"]] == ["rang", "connected"]
        assert first["recording"] == {"url": f"/api/calls/{FIRST}/recording", "length_s": 2.0}
        assert first["recording_path"] is None
        assert first["agent_name"] == "系统管理员"

    in_box(tmp_path, test)


def test_reason_summary_and_customer(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        leader = await box.everything()
        await logged(box, leader)
        agent = await box.person("zhang", "agent", agent="1002")
        reason = (await agent.get("/api/reasons")).json[0]["children"][0]
        path = f"/api/calls/{SECOND}"
        noted = (await agent.patch(path, {"reason": reason["id"], "summary": "无信号，已派工"})).json
        assert (noted["reason"], noted["summary"]) == (reason["id"], "无信号，已派工")
        assert noted["reason_label"] == f"报修/{reason['label']}"
        assert (await agent.patch(path, {"summary": "改了"})).json["reason"] == reason["id"]
        assert (await agent.patch(path, {"reason": None})).json["reason"] is None
        assert (await agent.patch(path, {"reason": 999_999})).json["error"]["field"] == "reason"
        assert (await agent.patch(path, {})).status == 422
        customer = (await agent.post("/api/customers", {"name": "钱先生"})).json
        assert (await agent.patch(path, {"customer": customer["id"]})).json["customer_name"] == "钱先生"
        assert (await leader.patch(path, {"summary": "班长改的"})).json["summary"] == "班长改的"

    in_box(tmp_path, test)


def test_recordings_by_range(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        await logged(box, browser)
        path, whole = f"/api/calls/{FIRST}/recording", wav()
        answer = await browser.get(path)
        assert (answer.status, answer.body) == (200, whole)
        assert answer.headers["Content-Type"] == "audio/wav"
        assert answer.headers["Accept-Ranges"] == "bytes"
        part = await browser.get(path, Range="bytes=100-199")
        assert (part.status, part.body) == (206, whole[100:200])
        assert part.headers["Content-Range"] == f"bytes 100-199/{len(whole)}"
        assert (await browser.get(path, Range="bytes=-44")).body == whole[-44:]
        beyond = await browser.get(path, Range=f"bytes={len(whole)}-")
        assert (beyond.status, beyond.headers["Content-Range"]) == (416, f"bytes */{len(whole)}")
        saved = await browser.get(f"{path}?download=1")
        assert f"{FIRST}.wav" in saved.headers["Content-Disposition"]
        assert (await browser.get(f"/api/calls/{SECOND}/recording")).status == 404
        leader = await box.person("li", "leader")
        assert (await leader.get(f"{path}?download=1")).status == 403
        assert (await leader.get(path)).status == 200
        (tmp_path / "recordings" / "a.wav").unlink()
        assert "清理" in (await browser.get(path)).error

    in_box(tmp_path, test)


def test_an_agent_plays_only_own_recordings(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        await logged(box, await box.everything())
        box.engine.log_call(
            record(
                "20261102-090005-0001", "13812341234", "1002", agents=(AgentId("1001"), AgentId("1002")),
                recording=Recording(path="recordings/a.wav", start_s=0, length_s=2.0),
            )
        )  # fmt: skip
        mine = await box.person("zhang", "agent", agent="1002")
        await until_true(lambda: can_get(mine, "/api/calls/20261102-090005-0001"))
        assert (await mine.get("/api/calls/20261102-090005-0001/recording")).status == 200

    in_box(tmp_path, test)


async def can_get(browser: Browser, path: str) -> bool:
    return (await browser.get(path)).status == 200


def test_no_file_outside_the_data_folder_is_sent(tmp_path: Path) -> None:
    (tmp_path / "secret.wav").write_bytes(wav())

    async def test(box: Box) -> None:
        browser = await box.everything()
        box.engine.log_call(record(FIRST, "1", recording=Recording(path="../secret.wav", start_s=0, length_s=1.0)))
        await until_true(lambda: can_get(browser, f"/api/calls/{FIRST}"))
        assert (await browser.get(f"/api/calls/{FIRST}/recording")).status == 404

    in_box(tmp_path / "data", test)


def test_a_voicemail_is_heard_once_it_was_played(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        await logged(box, await box.everything())
        agent = await box.person("zhang", "agent", agent="1002")
        call = (await agent.get(f"/api/calls/{THIRD}")).json
        assert (call["voicemail"]["box"], call["voicemail"]["state"]) == ("public", "new")
        assert (await agent.get(f"/api/calls/{THIRD}/voicemail", Range="bytes=0-3")).body == b"RIFF"
        assert (await agent.get(f"/api/calls/{THIRD}")).json["voicemail"]["state"] == "heard"
        checker = await box.person("qa", "quality")
        assert (await checker.get(f"/api/calls/{THIRD}/voicemail")).status == 403

    in_box(tmp_path, test)


async def finished(browser: Browser, export_id: str) -> bool:
    return (await browser.get(f"/api/exports/{export_id}")).json["state"] != "running"


def test_an_export_is_a_real_workbook(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        await logged(box, browser)
        wish = {"search": {"result": {"values": ["talked"]}}}
        begun = (await browser.post("/api/exports", wish)).json
        path = f"/api/exports/{begun['id']}"
        await until_true(lambda: finished(browser, begun["id"]))
        done = (await browser.get(path)).json
        assert (done["state"], done["done_rows"], done["total_rows"]) == ("done", 2, 2), done
        file = await browser.get(f"{path}/file")
        assert "attachment" in file.headers["Content-Disposition"]
        sheet = openpyxl.load_workbook(io.BytesIO(file.body)).active
        assert sheet is not None
        assert sheet.max_row == 3
        english = (await browser.post("/api/exports?language=en", wish)).json["id"]
        await until_true(lambda: finished(browser, english))
        file = await browser.get(f"/api/exports/{english}/file?language=en")
        assert "calls-" in file.headers["Content-Disposition"]
        assert openpyxl.load_workbook(io.BytesIO(file.body)).active["A1"].value == "Started"
        assert (await browser.delete(f"/api/exports/{english}")).status == 200
        other = await box.person("boss", "manager")
        assert (await other.get(path)).status == 404
        assert (await browser.delete(path)).json["state"] == "cancelled"
        assert (await browser.get(f"{path}/file")).status == 409
        assert list((tmp_path / "exports").glob("*.xlsx*")) == []
        wrong = await browser.post("/api/exports", {"columns": ["nonsense"]})
        assert (wrong.status, wrong.json["error"]["field"]) == (422, "columns")

    in_box(tmp_path, test)


def test_an_export_is_cancelled_and_one_that_breaks_says_so(tmp_path: Path, monkeypatch) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()

        async def sleeper(module: str, *arguments: str) -> asyncio.subprocess.Process:
            return await asyncio.create_subprocess_exec(
                "sleep", "60", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
            )

        async def breaker(module: str, *arguments: str) -> asyncio.subprocess.Process:
            return await asyncio.create_subprocess_exec(
                "false", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
            )

        monkeypatch.setattr(exports, "start_job", sleeper)
        begun = [(await browser.post("/api/exports", {})).json for _ in range(exports.MOST_RUNNING)]
        assert (await browser.post("/api/exports", {})).status == 409
        assert begun[0]["state"] == "running"
        for export in begun:
            assert (await browser.delete(f"/api/exports/{export['id']}")).status == 200
            assert (await browser.get(f"/api/exports/{export['id']}")).json["state"] == "cancelled"
        monkeypatch.setattr(exports, "start_job", breaker)
        broken = (await browser.post("/api/exports", {})).json
        await until_true(lambda: finished(browser, broken["id"]))
        said = (await browser.get(f"/api/exports/{broken['id']}")).json
        assert (said["state"], said["text"]) == ("failed", "导出意外中断，请重新导出。")
        left = (await browser.post("/api/exports", {})).json
        assert left["id"]

    in_box(tmp_path, test)
