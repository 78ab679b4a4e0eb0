"""Recordings and their disk over the API: evidence, lock, notes, delete, proof, water marks, check and clean-up."""

from __future__ import annotations

import asyncio
import io
import zipfile
from pathlib import Path

import msgspec

from appliance.jobs.storage_outcomes import PROGRESS_FILE
from appliance.store.audit import list_audit_entries
from appliance.store.roles import save_role
from appliance.store.storage_runs import RunKind, last_runs
from appliance.telephony.ids import AgentId, CallId
from appliance.wire.facts import CallRecord
from tests.unit.recording_shelf import Shelf
from tests.web.box import Box, Browser, in_box, until_true
from webui.auth.permissions import P


def shelved(data: Path, count: int = 1, **more: object) -> list[CallRecord]:
    """Real recordings with a ledger, their rows in the database before the web starts; all of agent 1011."""
    data.mkdir(exist_ok=True)
    shelf = Shelf(data)
    records = []
    for _ in range(count):
        record = shelf.record(evidence=True, stored=False)
        record = msgspec.structs.replace(record, agent=AgentId("1011"), agents=(AgentId("1011"),), **more)
        shelf.store(record)
        records.append(record)
    shelf.close()
    return records


async def state(browser: Browser, call_id: CallId) -> dict[str, object]:
    answer = await browser.get(f"/api/calls/{call_id}/recording/state")
    assert answer.status == 200, answer.body
    found: dict[str, object] = answer.json
    return found


def test_evidence_is_played_by_those_who_may_hear_the_call(tmp_path: Path) -> None:
    (record,) = shelved(tmp_path)

    async def test(box: Box) -> None:
        await box.everything()
        leader = await box.person("li", "leader")
        path = f"/api/calls/{record.call_id}/evidence"
        assert (await state(leader, record.call_id))["evidence"] == path
        answer = await leader.get(path, Range="bytes=0-43")
        assert (answer.status, answer.headers["Content-Type"], answer.body[:4]) == (206, "audio/wav", b"RIFF")
        own = await box.person("wang", "agent", agent="1011")
        assert (await own.get(path)).status == 200
        other = await box.person("sun", "agent", agent="1012")
        assert (await other.get(path)).status in {403, 404}
        assert (await (await box.person("chen", "field")).get(path)).status == 403
        assert (await leader.get("/api/calls/nobody/evidence")).status == 404
        (box.data / record.evidence).unlink()
        assert (await leader.get(path)).status == 404

    in_box(tmp_path, test)


def test_a_lock_is_set_seen_and_taken_off(tmp_path: Path) -> None:
    (record,) = shelved(tmp_path)

    async def test(box: Box) -> None:
        everything = await box.everything()
        leader = await box.person("li", "leader")
        path = f"/api/calls/{record.call_id}/recording/lock"
        answer = await leader.put(path, {"locked": True})
        assert (answer.status, answer.json["locked"]) == (200, True)
        locked = (await everything.get("/api/storage")).json["locked"]
        assert [row["call_id"] for row in locked] == [record.call_id]
        assert "recording_path" not in locked[0] or locked[0]["recording_path"] is None
        assert (await leader.put(path, {"locked": False})).json["locked"] is False
        assert (await leader.put(path, {})).status == 422
        own = await box.person("wang", "agent", agent="1011")
        assert (await own.put(path, {"locked": True})).status == 403
        assert (await leader.put("/api/calls/nobody/recording/lock", {"locked": True})).status == 404

    in_box(tmp_path, test)


def test_notes_at_moments_of_a_recording(tmp_path: Path) -> None:
    (record,) = shelved(tmp_path)

    async def test(box: Box) -> None:
        await box.everything()
        leader, quality = await box.person("li", "leader"), await box.person("zhao", "quality")
        path = f"/api/calls/{record.call_id}/recording/notes"
        await leader.post(path, {"at_s": 2.0, "text": "语气好"})
        notes = (await quality.post(path, {"at_s": 0.5, "text": "没有报工号"})).json
        assert [note["text"] for note in notes] == ["没有报工号", "语气好"]
        assert (await state(leader, record.call_id))["notes"] == notes
        assert (await leader.post(path, {"at_s": 99.0, "text": "晚"})).json["error"]["field"] == "at_s"
        assert (await leader.delete(f"{path}/{notes[0]['id']}")).status == 404, "another's note"
        assert [note["text"] for note in (await quality.delete(f"{path}/{notes[0]['id']}")).json] == ["语气好"]
        own = await box.person("wang", "agent", agent="1011")
        assert (await own.post(path, {"at_s": 0.5, "text": "x"})).status == 403

    in_box(tmp_path, test)


def test_a_recording_is_deleted_for_ever_and_that_is_written_down(tmp_path: Path) -> None:
    (record,) = shelved(tmp_path)
    assert record.recording is not None

    async def test(box: Box) -> None:
        await box.everything()
        path = f"/api/calls/{record.call_id}/recording"
        await box.context.database.write(save_role, "archive", "档案员", (P.REC_DELETE.value,))
        archivist = await box.person("he", "archive", "manager")
        manager = await box.person("liu", "manager")
        assert (await manager.delete(path)).status == 403, "nobody has the right by itself"
        await archivist.put(f"{path}/lock", {"locked": True})
        refused = await archivist.delete(path)
        assert (refused.status, "解锁" in refused.error) == (422, True)
        await archivist.put(f"{path}/lock", {"locked": False})
        answer = await archivist.delete(path)
        assert (answer.status, answer.json["there"], answer.json["fate"]) == (200, False, "deleted")
        assert answer.json["chain"] == record.recording.chain, "the hash stays"
        assert not list((box.data / "recordings").rglob("*.*"))
        row = (await archivist.get(f"/api/calls/{record.call_id}")).json
        assert (row["has_recording"], row["no_recording"], row["recording"]) == (False, "deleted", None)
        assert (await archivist.get(path)).status == 404
        assert (await archivist.delete(path)).status == 404
        entries = await box.context.database.read(list_audit_entries)
        actions = [entry.action for entry in reversed(entries) if entry.action.startswith("rec.")]
        assert actions == ["rec.lock", "rec.unlock", "rec.delete"]
        assert entries[0].after == record.recording.sha256

    in_box(tmp_path, test)


def test_the_proof_of_a_call(tmp_path: Path) -> None:
    record, gone = shelved(tmp_path, 2)
    assert record.recording is not None
    sound = (tmp_path / record.recording.path).read_bytes()

    async def test(box: Box) -> None:
        await box.everything()
        manager = await box.person("liu", "manager")
        answer = await manager.get(f"/api/calls/{record.call_id}/proof")
        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/zip")
        with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
            assert archive.read(f"{record.call_id}.wav") == sound

        async def tidied() -> bool:
            return not list((box.data / "exports").iterdir())

        await until_true(tidied)
        (box.data / str(gone.recording and gone.recording.path)).unlink()
        refused = await manager.get(f"/api/calls/{gone.call_id}/proof")
        assert (refused.status, "不在磁盘上" in refused.error) == (409, True)
        assert (await (await box.person("li", "leader")).get(f"/api/calls/{record.call_id}/proof")).status == 403

    in_box(tmp_path, test)


def test_water_marks_are_part_of_the_plan(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        everything = await box.everything()
        view = (await everything.get("/api/storage")).json
        assert view["disk"]["total_mb"] > view["disk"]["free_mb"] > 0
        assert view["stop_free_mb"] == 512, "that of the settings"
        assert (view["running"], view["last_check"], view["locked"]) == (None, None, [])
        rules = {**view["rules"], "warn_free_mb": 9000, "clean_free_mb": 8000, "stop_free_mb": 700, "keep_days": 365}
        assert (await everything.put("/api/storage/rules", rules)).json == rules
        again = (await everything.get("/api/storage")).json
        assert (again["rules"], again["stop_free_mb"]) == (rules, 700)
        plan = await box.context.plan.read()
        assert plan is not None
        assert (plan.storage.keep_days, plan.version) == (365, 2)
        wrong = await everything.put("/api/storage/rules", {**rules, "clean_free_mb": 9001})
        assert (wrong.status, wrong.json["error"]["field"]) == (422, "warn_free_mb")
        assert (await everything.put("/api/storage/rules", {**rules, "check_at": "25:00"})).status == 422
        manager = await box.person("liu", "manager")
        assert (await manager.get("/api/storage")).status == 200
        assert (await manager.put("/api/storage/rules", rules)).status == 403
        assert (await (await box.person("wang", "agent", agent="1011")).get("/api/storage")).status == 403

    in_box(tmp_path, test)


def test_a_check_and_a_clean_up_run_beside_the_web(tmp_path: Path) -> None:
    changed, missing = shelved(tmp_path, 2)
    path = tmp_path / str(changed.recording and changed.recording.path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    (tmp_path / str(missing.recording and missing.recording.path)).unlink()

    async def test(box: Box) -> None:
        everything = await box.everything()
        started = await everything.post("/api/storage/runs", {"kind": "check", "everything": True})
        assert started.status == 200
        assert (await everything.post("/api/storage/runs", {"kind": "clean"})).status == 409, "one at a time"

        async def ended() -> bool:
            return (await everything.get("/api/storage")).json["last_check"] is not None

        await until_true(ended)
        outcome = (await everything.get("/api/storage")).json["last_check"]["outcome"]
        assert sorted(finding["kind"] for finding in outcome["findings"]) == ["changed", "missing"]
        assert (await state(everything, missing.call_id))["fate"] == "lost"

        async def idle() -> bool:
            return (await everything.post("/api/storage/runs", {"kind": "clean"})).status == 200

        await until_true(idle)

        async def cleaned() -> bool:
            return (await everything.get("/api/storage")).json["last_clean"] is not None

        await until_true(cleaned)
        assert not (box.data / PROGRESS_FILE).exists()
        manager = await box.person("liu", "manager")
        assert (await manager.post("/api/storage/runs", {"kind": "clean"})).status == 403
        assert (await (await box.person("li", "leader")).post("/api/storage/runs", {"kind": "check"})).status == 403

    in_box(tmp_path, test)


def test_what_is_due_is_started_by_itself(tmp_path: Path) -> None:
    shelved(tmp_path)

    async def test(box: Box) -> None:
        storage, database = box.context.storage, box.context.database
        for kind in (RunKind.CHECK, RunKind.CLEAN):
            await storage._look()
            assert storage._job is not None
            await asyncio.wait_for(storage._job.task, 20)
            assert await database.read(last_runs, kind), "the check of the night first, then the clean-up"
        await storage._look()
        assert not storage._job.runs, "once a night"

    in_box(tmp_path, test)
