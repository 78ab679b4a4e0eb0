"""What systemd relies on, with systemd played by the test: readiness, watchdog, a lasting socket, a patient stop."""

from __future__ import annotations

import asyncio
import http.client
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from appliance.telephony.call import CallResult, CallState, HangUpCause

from .livebox import LiveBox, Process

pytestmark = pytest.mark.slow


def test_the_engine_says_that_it_is_ready_and_that_it_lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def script() -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(str(tmp_path / "notify"))
            manager.settimeout(30)
            monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
            monkeypatch.setenv("WATCHDOG_USEC", "600000")
            async with LiveBox(tmp_path) as box:
                box.run("engine")
                said = {await asyncio.to_thread(manager.recv, 200) for _ in range(4)}
                assert said == {b"READY=1", b"WATCHDOG=1"}

    asyncio.run(script())


def test_a_stop_waits_for_the_call_that_runs(tmp_path: Path) -> None:
    async def script() -> None:
        async with LiveBox(tmp_path) as box:
            options = ["--data", str(box.data), "--config", str(tmp_path / "settings.toml"), "--drain", "60"]
            engine = Process("engine", *options, log=tmp_path / "engine.log")
            box.processes.append(engine)
            await box.engine_up()
            await box.sign_in("1001", "1", "repair")
            call_id = await box.calls_in("out-1", "13905621231", 1)
            await box.presses("out-1", "1")
            await box.rings("801")
            await box.lifts("801")
            await box.in_state(call_id, CallState.CONNECTED)
            engine.terminate()
            await asyncio.sleep(2)
            assert box.call(call_id) is not None
            await box.hangs_up("out-1")
            await box.hangs_up("801")
            assert await engine.ends(30) == 0
            record = box.ended()[call_id]
            assert record.result is CallResult.TALKED
            assert record.hang_up_cause is not HangUpCause.ENGINE_STOPPED

    asyncio.run(script())


def web_on(listening: socket.socket, data: Path, log: Path) -> subprocess.Popen[bytes]:
    """The web as systemd starts it: with a listening socket as descriptor 3."""
    fd = listening.fileno()
    script = f'exec 3<&{fd}; LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" -m appliance.cli.main web --data "$1"'
    with log.open("ab") as output:
        return subprocess.Popen(
            ["bash", "-c", script, sys.executable, str(data)], pass_fds=[fd], stdout=output, stderr=output
        )


def test_nobody_is_refused_while_the_web_restarts(tmp_path: Path) -> None:
    over = threading.Event()
    served: list[int] = []
    refused: list[str] = []
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
        port = listening.getsockname()[1]

        def knock() -> None:
            while not over.is_set():
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                try:
                    connection.request("GET", "/api/session")
                    served.append(connection.getresponse().status)
                except (OSError, http.client.HTTPException) as error:
                    refused.append(repr(error))
                connection.close()
                time.sleep(0.005)

        clients = [threading.Thread(target=knock) for _ in range(4)]
        web = web_on(listening, tmp_path, tmp_path / "log")
        try:
            for client in clients:
                client.start()
            for _ in range(2):
                before = len(served)
                while len(served) < before + 20 and not refused:
                    time.sleep(0.05)
                web.terminate()
                assert web.wait(30) == 0
                web = web_on(listening, tmp_path, tmp_path / "log")
            before = len(served)
            while len(served) < before + 20 and not refused:
                time.sleep(0.05)
        finally:
            over.set()
            for client in clients:
                client.join()
            web.terminate()
            web.wait(30)
    assert (refused[:1], set(served)) == ([], {200})
