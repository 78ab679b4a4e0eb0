"""What dies, dies alone: kill -9 of the engine, of the web, of the supervisor, and a disk that is full."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from appliance.telephony.call import AgentStatus, CallResult, CallState, HangUpCause, LineState, NoRecordingReason, Side
from appliance.wire.facts import CallEnded, CallRecord, RecordingStarted, VoicemailStarted
from appliance.wire.messages import HangUpCall
from drivers.base import SAMPLE_RATE
from drivers.dsp.tones import dtmf_samples
from drivers.sim.speech import speech
from drivers.sim.steps import Voice

from .livebox import LiveBox, Process, alive, children, command_line, kill_process, played

pytestmark = pytest.mark.slow

ROUNDS = 5
LINES = (1, 2, 3, 4)
CALLER_KEYS = "147*2580"
AGENT_KEYS = "963#8520"


async def talk(box: LiveBox, line: int, agent_phone: str) -> str:
    """Out-`line` calls over line `line`, keys 1, and an agent answers; returns the call id."""
    call_id = await box.calls_in(f"out-{line}", f"1390562123{line}", line)
    await box.presses(f"out-{line}", "1")
    await box.rings(agent_phone)
    await box.lifts(agent_phone)
    await box.in_state(call_id, CallState.CONNECTED)
    return call_id


def test_engine_killed_in_mid_call(tmp_path: Path) -> None:
    async def script() -> None:
        async with LiveBox(tmp_path) as box:
            engine, _web = box.run("engine"), box.run("web")
            await box.engine_up()
            await box.sign_in("1001", "1", "repair")
            talking = await talk(box, 1, "801")
            leaving = await box.calls_in("out-2", "13905621232", 2)
            await box.presses("out-2", "3")
            waiting = await box.calls_in("out-3", "13905621233", 3)
            await box.presses("out-3", "1")
            await box.in_state(waiting, CallState.QUEUED)
            await box.in_state(leaving, CallState.IN_VOICEMAIL)
            await asyncio.gather(
                box.talks_into("out-1", speech(Voice(1, 2.5))),
                box.talks_into("801", speech(Voice(2, 2.5))),
                box.talks_into("out-2", speech(Voice(3, 2.5))),
            )
            assert {call.call_id for call in box.snapshot.calls} == {talking, leaving, waiting}
            killed_at = datetime.now().astimezone()
            engine.kill()

            began = {f.call_id: f for f in box.facts() if isinstance(f, RecordingStarted | VoicemailStarted)}
            assert set(began) == {talking, leaving}
            for call_id, channels in ((talking, 2), (leaving, 1)):
                expected_s = (killed_at - datetime.fromisoformat(began[call_id].at)).total_seconds()
                samples = played(box.data / began[call_id].path)
                assert samples.shape[1] == channels
                assert expected_s - 1.0 < len(samples) / SAMPLE_RATE < expected_s + 0.1
                assert all(loudness(samples[-SAMPLE_RATE:], channel) > 300 for channel in range(channels))

            await box.until(lambda: not box.link.mirror.snapshot(), 10)
            box.run("engine")
            await box.engine_up()
            ended = box.ended()
            assert set(ended) == {talking, leaving, waiting}
            check_recovered(box, ended, killed_at, talking, leaving, waiting)
            assert box.at_rest()
            await box.web_up()
            await box.until(lambda: sorted(box.stored()) == sorted(ended), 10)

            (seated,) = [each for each in box.snapshot.agents if each.status is not AgentStatus.LOGGED_OUT]
            assert (seated.agent, seated.seat, seated.status) == ("1001", "1", AgentStatus.READY), "seated again"
            again = await talk(box, 1, "801")
            await asyncio.sleep(0.5)
            await box.hangs_up("801")
            await box.hangs_up("out-1")
            record = await box.record(again)
            assert (record.result, record.agent) == (CallResult.TALKED, "1001")
            await box.until(box.at_rest, 10)
            await box.until(lambda: sorted(box.stored()) == sorted(box.ended()), 10)
            assert len(box.stored()) == 4

    asyncio.run(script())


def check_recovered(
    box: LiveBox, ended: dict[str, CallRecord], killed_at: datetime, talking: str, leaving: str, waiting: str
) -> None:
    for record in ended.values():
        assert (record.hang_up_side, record.hang_up_cause) == (Side.SYSTEM, HangUpCause.ENGINE_RESTART)
    for call_id in (talking, leaving):
        assert abs((datetime.fromisoformat(ended[call_id].ended_at) - killed_at).total_seconds()) < 1.0
    assert ended[talking].result is CallResult.TALKED
    assert ended[talking].agent == "1001"
    assert ended[waiting].result is CallResult.ABANDONED_IN_QUEUE
    assert ended[leaving].result is CallResult.VOICEMAIL
    recording, voicemail = ended[talking].recording, ended[leaving].voicemail
    assert recording is not None
    assert voicemail is not None
    for path, length_s in ((recording.path, recording.length_s), (voicemail.path, voicemail.length_s)):
        assert len(played(box.data / path)) / SAMPLE_RATE == pytest.approx(length_s)


def loudness(samples: np.ndarray, channel: int) -> float:
    return float(np.sqrt(np.mean(samples[:, channel].astype(np.float64) ** 2)))


def test_web_killed_again_and_again_during_20_calls(tmp_path: Path) -> None:
    async def one_line(box: LiveBox, line: int, calls: list[str]) -> None:
        station = f"80{line}"
        for _ in range(ROUNDS):
            call_id = await talk(box, line, station)
            calls.append(call_id)
            # Keys are made inside the engine at the card's own pace: nothing here can be late but the box itself.
            for phone, keys in ((f"out-{line}", CALLER_KEYS), (station, AGENT_KEYS)):
                await box.presses(phone, keys)
                await asyncio.sleep(len(keys) * 0.2 + 0.1)
            await box.hangs_up(station)
            await box.hangs_up(f"out-{line}")
            await box.record(call_id)
            await box.until(lambda: box.snapshot.lines[line - 1].state is LineState.IDLE, 10)

    async def killer(box: LiveBox, serve: Process, killed: list[int]) -> None:
        while True:
            pid = (await box.web_up(other_than=killed[-1] if killed else 0)).pid
            assert pid in children(serve.pid)
            await box.until(lambda: sum(call.state is CallState.CONNECTED for call in box.snapshot.calls) >= 2, 60)
            kill_process(pid)
            killed.append(pid)

    async def script() -> None:
        async with LiveBox(tmp_path) as box:
            serve = box.run("serve")
            await box.engine_up()
            boot = box.snapshot.health.boot
            for seat in LINES:
                await box.sign_in(f"100{seat}", str(seat), "repair")
            calls: list[str] = []
            killed: list[int] = []
            killing = asyncio.create_task(killer(box, serve, killed))
            await asyncio.gather(*(one_line(box, line, calls) for line in LINES))
            assert not killing.done(), killing.exception()
            killing.cancel()
            assert len(killed) >= 2
            assert box.snapshot.health.boot == boot
            assert len(set(calls)) == len(calls) == ROUNDS * len(LINES)
            await box.web_up()
            await box.until(lambda: len(box.stored()) >= len(calls), 10)
            assert sorted(box.stored()) == sorted(calls)
            for record in box.ended().values():
                check_undisturbed(box, record)

    asyncio.run(script())


def check_undisturbed(box: LiveBox, record: CallRecord) -> None:
    """Talked, and both sides are heard from the first key to the last without a sample lost or late."""
    assert record.result is CallResult.TALKED
    assert record.recording is not None
    heard = played(box.data / record.recording.path)
    assert len(heard) / SAMPLE_RATE == pytest.approx(record.talk_s, abs=0.2)
    for channel, keys in enumerate((CALLER_KEYS, AGENT_KEYS)):
        assert likeness(heard[:, channel], dtmf_samples(keys, 100.0, 100.0)) > 0.9, f"{record.call_id} {channel}"


def likeness(heard: np.ndarray, said: np.ndarray) -> float:
    """Normalised correlation of all that was said, in one piece, with the best place of what was heard."""
    cross = np.correlate(heard.astype(np.float32), said.astype(np.float32), "valid")
    at = int(np.argmax(cross))
    there = heard[at : at + len(said)].astype(np.float32)
    return float(cross[at] / (np.linalg.norm(there) * np.linalg.norm(said.astype(np.float32))))


def test_web_that_finds_its_settings_broken_ends_no_call(tmp_path: Path) -> None:
    async def script() -> None:
        async with LiveBox(tmp_path) as box:
            serve = box.run("serve")
            await box.engine_up()
            first = await box.web_up()
            await box.sign_in("1001", "1")
            call_id = await talk(box, 1, "801")
            settings = tmp_path / "settings.toml"
            settings.write_text("[web\n", encoding="utf-8")
            kill_process(first.pid)
            await box.until(lambda: "web 进程意外退出（代码 2）" in serve.said, 20)
            settings.write_text("", encoding="utf-8")
            await box.web_up(other_than=first.pid)
            await box.hangs_up("out-1")
            record = await box.record(call_id)
            assert (record.result, record.hang_up_cause) == (CallResult.TALKED, HangUpCause.BUSY_TONE)

    asyncio.run(script())


def test_supervisor_killed_leaves_no_orphans(tmp_path: Path) -> None:
    async def script() -> None:
        async with LiveBox(tmp_path) as box:
            serve = box.run("serve")
            await box.engine_up()
            await box.web_up()
            await box.sign_in("1001", "1")
            call_id = await talk(box, 1, "801")
            kids = children(serve.pid)
            assert sorted(command_line(pid).split()[3] for pid in kids) == ["engine", "web"]
            serve.kill()
            await box.until(lambda: not any(alive(pid) for pid in kids), 10)
            assert box.ended()[call_id].hang_up_cause is HangUpCause.ENGINE_STOPPED
            assert not (box.data / "web.json").exists()

    asyncio.run(script())


def test_asked_to_stop_the_box_ends_its_calls_with_records(tmp_path: Path) -> None:
    async def script() -> None:
        async with LiveBox(tmp_path) as box:
            serve = box.run("serve")
            await box.engine_up()
            await box.web_up()
            await box.sign_in("1001", "1", "repair")
            talking = await talk(box, 1, "801")
            waiting = await box.calls_in("out-2", "13905621232", 2)
            await box.presses("out-2", "1")
            await box.in_state(waiting, CallState.QUEUED)
            await asyncio.sleep(1.0)
            began_s = time.monotonic()
            serve.terminate()
            assert await serve.ends(10) == 0, serve.said
            assert time.monotonic() - began_s < 5.0
            ended = box.ended()
            assert {ended[each].hang_up_cause for each in (talking, waiting)} == {HangUpCause.ENGINE_STOPPED}
            recording = ended[talking].recording
            assert recording is not None
            assert len(played(box.data / recording.path)) / SAMPLE_RATE == pytest.approx(recording.length_s)
            assert recording.length_s > 0.9
            assert "Traceback" not in serve.said

    asyncio.run(script())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_full_disk_costs_recordings_never_calls(small_disk: Path, tmp_path: Path) -> None:
    async def script() -> None:
        async with LiveBox(tmp_path, data=small_disk / "data", settings="[engine]\ndisk_reserve_mb = 0\n") as box:
            engine = box.run("engine")
            await box.engine_up()
            await box.sign_in("1001", "1")
            cut_short = await talk(box, 1, "801")
            await asyncio.sleep(1.0)
            filler = small_disk / "filler"
            fill(filler)
            await box.hangs_up("801")
            await box.hangs_up("out-1")
            await box.record(cut_short)
            await box.until(box.at_rest, 10)

            unrecorded = await talk(box, 2, "801")
            await asyncio.sleep(1.0)
            await box.link.command(HangUpCall(call_id=unrecorded))
            record = await box.record(unrecorded)
            assert record.result is CallResult.TALKED
            assert (record.recording, record.no_recording) == (None, NoRecordingReason.DISK)
            await box.hangs_up("801")
            await box.hangs_up("out-2")
            await box.until(box.at_rest, 10)
            await box.until(lambda: "流水写不进磁盘" in engine.said, 5)
            assert unrecorded not in box.ended()

            filler.unlink()
            await box.until(lambda: {cut_short, unrecorded} <= set(box.ended()), 10)
            ids = [fact.id for fact in box.facts() if isinstance(fact, CallEnded)]
            assert len(ids) == len(set(ids)) == 2
            recording = box.ended()[cut_short].recording
            if recording is not None:
                assert len(played(box.data / recording.path)) / SAMPLE_RATE == pytest.approx(recording.length_s)

    asyncio.run(script())


def fill(path: Path) -> None:
    """Until nothing fits any more."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return
