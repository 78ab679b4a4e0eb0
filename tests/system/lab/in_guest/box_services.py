"""Runs in the guest as root, on a box under systemd: what the units promise."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import pwd
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from appliance.callplan import write_callplan
from appliance.settings import Settings
from appliance.telephony.call import CallResult, CallState, HangUpCause
from appliance.telephony.ids import CallId
from appliance.wire.client import EngineDown
from appliance.wire.messages import ReloadCallPlan
from drivers.sim.speech import speech
from drivers.sim.steps import Voice
from tests.system.lab.box import DATA
from tests.system.livebox import LiveBox, played, quick_plan
from webui.engine_link import EngineLink

ENGINE, WEB = "hotlinebox-engine.service", "hotlinebox-web.service"
PASSWORD = "Guangdian-96599-tongling"
SLOW_S = 120.0
"""For what takes a second on a real machine."""


class InstalledBox(LiveBox):
    """The box that runs here already: nothing of it is a child of ours."""

    def __init__(self) -> None:
        self.data = DATA
        self.folder = DATA
        self.processes = []
        self.records = []
        self.states = []
        self.link = EngineLink(Settings(data_dir=str(DATA)).wire_path)
        self.link.watch(self)

    async def ready(self) -> None:
        await self.until(lambda: self.link.mirror.snapshot() is not None, SLOW_S)

    async def talks(self) -> CallId:
        """A caller talks to agent 1001."""
        await self.sign_in("1001", "1", "repair")
        call_id = await self.calls_in("out-1", "13905621231", 1)
        await self.presses("out-1", "1")
        await self.rings("801")
        await self.lifts("801")
        await self.in_state(call_id, CallState.CONNECTED)
        return call_id


class Pages:
    """A browser of few words."""

    def __init__(self, port: int = 80) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SLOW_S)
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "X-Xsrftoken": self.cookies.get("_xsrf", ""),
        }
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        content = answer.read()
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        connection.close()
        return answer.status, content


def systemctl(*words: str) -> str:
    done = subprocess.run(["systemctl", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout.strip()


def shown(unit: str, name: str) -> str:
    return systemctl("show", "--value", "-p", name, unit)


def wait_for(condition: Callable[[], object], within_s: float = SLOW_S) -> None:
    end_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end_s, "waited in vain"
        time.sleep(0.1)


@pytest.fixture(scope="module", autouse=True)
def _plan() -> None:
    write_callplan(DATA / "callplan.json", quick_plan())

    async def load() -> None:
        async with InstalledBox() as box:
            await box.ready()
            await box.link.command(ReloadCallPlan())

    asyncio.run(load())


def test_nothing_of_the_box_runs_as_root() -> None:
    owners = {}
    for unit in (ENGINE, WEB):
        for pid in (
            (Path("/sys/fs/cgroup") / shown(unit, "ControlGroup").lstrip("/") / "cgroup.procs").read_text().split()
        ):
            owners[pwd.getpwuid(Path(f"/proc/{pid}").stat().st_uid).pw_name] = unit
    assert owners == {"hotlinebox-engine": ENGINE, "hotlinebox-web": WEB}
    assert oct(DATA.stat().st_mode & 0o777) == "0o770"


def test_the_first_user_needs_the_secret_of_the_label(tmp_path: Path) -> None:
    label = (DATA / "label.txt").read_text(encoding="utf-8")
    secret = label.strip().rpartition("：")[2]
    assert secret in Path("/run/host/console").read_text(encoding="utf-8", errors="replace")
    pages = Pages()
    assert pages.ask("GET", "/api/session")[0] == 200
    assert pages.ask("POST", "/api/setup", {"password": PASSWORD})[0] == 422
    assert pages.ask("POST", "/api/setup", {"password": PASSWORD, "secret": "AAAA-AAAA-AAAA"})[0] == 422
    status, said = pages.ask("POST", "/api/setup", {"password": PASSWORD, "secret": secret})
    assert status == 200, said
    assert not (DATA / "label.txt").exists()


def test_a_call_is_recorded_found_and_exported() -> None:
    async def script() -> CallId:
        async with InstalledBox() as box:
            await box.ready()
            assert box.snapshot.health.realtime, "the tick thread may ask for SCHED_FIFO"
            call_id = await box.talks()
            await box.talks_into("out-1", speech(Voice(1, 3.0)))
            await box.hangs_up("out-1")
            await box.hangs_up("801")
            record = await box.record(call_id, SLOW_S)
            assert record.result is CallResult.TALKED
            assert record.recording is not None
            assert len(played(DATA / record.recording.path)) > 8000 * 2
            await box.until(box.at_rest, SLOW_S)
            return call_id

    call_id = asyncio.run(script())
    pages = Pages()
    pages.ask("GET", "/api/session")
    assert pages.ask("POST", "/api/login", {"login": "admin", "password": PASSWORD})[0] == 200
    wait_for(lambda: pages.ask("GET", f"/api/calls/{call_id}")[0] == 200)
    status, sound = pages.ask("GET", f"/api/calls/{call_id}/recording")
    assert (status, sound[:4]) == (200, b"RIFF")
    status, said = pages.ask("POST", "/api/exports", {})
    assert status in {200, 201}, said
    export = json.loads(said)["id"]
    wait_for(lambda: json.loads(pages.ask("GET", f"/api/exports/{export}")[1])["state"] == "done")
    assert pages.ask("GET", f"/api/exports/{export}/file")[1][:2] == b"PK"
    units = subprocess.run(["journalctl", "-b", "-o", "cat", "--no-pager"], capture_output=True, text=True, check=True)
    assert "One export, import or clean-up" in units.stdout, "the job ran in a unit of its own"


def test_an_engine_that_is_killed_is_back_and_closed_its_calls() -> None:
    async def script() -> None:
        async with InstalledBox() as box:
            await box.ready()
            call_id = await box.talks()
            killed = int(shown(ENGINE, "MainPID"))
            os.kill(killed, signal.SIGKILL)
            await box.until(lambda: shown(ENGINE, "MainPID") not in {"0", str(killed)}, SLOW_S)
            await box.until(lambda: shown(ENGINE, "ActiveState") == "active", SLOW_S)
            await box.until(lambda: call_id in box.ended(), SLOW_S)
            assert box.ended()[call_id].hang_up_cause is HangUpCause.ENGINE_RESTART

    asyncio.run(script())


def test_clients_that_knock_while_the_web_restarts_are_all_served() -> None:
    over = threading.Event()
    served, refused = [], []

    def knock() -> None:
        while not over.is_set():
            try:
                served.append(Pages().ask("GET", "/api/session")[0])
            except (OSError, http.client.HTTPException) as error:
                refused.append(repr(error))
            time.sleep(0.02)

    clients = [threading.Thread(target=knock) for _ in range(4)]
    for client in clients:
        client.start()
    time.sleep(2)
    before = shown(WEB, "MainPID")
    systemctl("restart", WEB)
    time.sleep(2)
    over.set()
    for client in clients:
        client.join()
    assert shown(WEB, "MainPID") != before
    assert refused == []
    assert set(served) == {200}
    assert len(served) > 8


def test_a_stop_waits_for_the_running_call() -> None:
    async def script() -> None:
        async with InstalledBox() as box:
            await box.ready()
            call_id = await box.talks()
            systemctl("stop", "--no-block", ENGINE)
            await asyncio.sleep(15)  # longer than the watchdog waits
            assert shown(ENGINE, "ActiveState") == "deactivating"
            assert call_id not in box.ended()
            await box.hangs_up("out-1")
            await box.hangs_up("801")
            await box.until(lambda: call_id in box.ended(), SLOW_S)
            assert box.ended()[call_id].result is CallResult.TALKED
            assert box.ended()[call_id].hang_up_cause is not HangUpCause.ENGINE_STOPPED
            await box.until(lambda: shown(ENGINE, "ActiveState") == "inactive", SLOW_S)
            assert shown(ENGINE, "Result") == "success"
        systemctl("start", ENGINE)

    asyncio.run(script())


def test_an_engine_that_hangs_is_killed_and_back() -> None:
    hung = shown(ENGINE, "MainPID")
    os.kill(int(hung), signal.SIGSTOP)
    wait_for(lambda: shown(ENGINE, "MainPID") not in {"0", hung})
    wait_for(lambda: shown(ENGINE, "ActiveState") == "active")

    async def script() -> None:
        async with InstalledBox() as box:
            await box.ready()
            with suppress(EngineDown):
                await box.talks()
            assert list(box.snapshot.calls)

    asyncio.run(script())
