"""Jobs carried out behind a socket, as the box does it; systemd is played by the test."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.jobs.away import JOBS, SOCKET_VARIABLE
from webui.jobs import start_job

SERVE = "import socket, sys; from appliance.jobs.away import serve; sys.exit(serve(socket.socket(fileno=0)))"


class Units:
    """Accepts connections and starts a unit for each, with it as standard input."""

    def __init__(self, path: Path) -> None:
        self.processes: list[subprocess.Popen[bytes]] = []
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listening.bind(str(path))
        self._listening.listen()

    def start_one(self) -> subprocess.Popen[bytes]:
        connection, _ = self._listening.accept()
        with connection:
            self.processes.append(subprocess.Popen([sys.executable, "-c", SERVE], stdin=connection))
        return self.processes[-1]

    def close(self) -> None:
        self._listening.close()
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Units]:
    path = tmp_path / "job.sock"
    monkeypatch.setenv(SOCKET_VARIABLE, str(path))
    units = Units(path)
    yield units
    units.close()


def test_a_job_behind_the_socket_is_like_a_child(units: Units, tmp_path: Path) -> None:
    async def script() -> None:
        job = await start_job("proof", "--data", str(tmp_path), "--call", "20260101-090000-0001", "--out", "x.zip")
        await asyncio.to_thread(units.start_one)
        _, errors = await asyncio.wait_for(job.communicate(), 60)
        words = ["--data", str(tmp_path), "--call", "20260101-090000-0001", "--out", "x.zip"]
        command = [sys.executable, "-m", "appliance.jobs.proof", *words]
        here = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False)
        assert here.returncode != 0
        assert (job.returncode, errors) == (here.returncode, here.stderr)

    asyncio.run(script())


def test_to_stop_the_web_s_end_stops_the_job(units: Units, tmp_path: Path) -> None:
    source = tmp_path / "endless.wav"

    async def script() -> None:
        os.mkfifo(source)  # the job waits for its content
        job = await start_job("promptimport", str(source), str(tmp_path / "out.wav"))
        unit = await asyncio.to_thread(units.start_one)
        await asyncio.sleep(1.0)
        assert job.returncode is None
        job.terminate()
        await asyncio.wait_for(job.wait(), 60)
        assert job.returncode != 0
        assert await asyncio.to_thread(unit.wait, 30) == 0

    asyncio.run(script())


def test_when_the_web_dies_the_job_does_not_stay(units: Units, tmp_path: Path) -> None:
    async def script() -> None:
        os.mkfifo(tmp_path / "endless.wav")
        job = await start_job("promptimport", str(tmp_path / "endless.wav"), str(tmp_path / "out.wav"))
        unit = await asyncio.to_thread(units.start_one)
        await asyncio.sleep(0.5)
        job.kill()
        await asyncio.wait_for(job.wait(), 60)
        assert await asyncio.to_thread(unit.wait, 30) == 0

    asyncio.run(script())


def test_a_unit_that_is_killed_is_a_job_that_failed(units: Units, tmp_path: Path) -> None:
    async def script() -> None:
        job = await start_job("export", "--data", str(tmp_path), "--job", "1")
        unit = await asyncio.to_thread(units.start_one)
        unit.kill()
        await asyncio.wait_for(job.communicate(), 60)
        assert job.returncode not in {0, None}

    asyncio.run(script())


@pytest.mark.parametrize("request_", [b"", b"{}", b'["os"]', json.dumps(["proof", 7]).encode(), b'["../x"]'])
def test_only_our_own_jobs(units: Units, tmp_path: Path, request_: bytes) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as there:
        there.connect(str(tmp_path / "job.sock"))
        if request_:
            socket.send_fds(there, [request_], [1, 2])
        else:
            there.shutdown(socket.SHUT_WR)
        assert units.start_one().wait(30) == 2
        assert there.recv(16) == b""


def test_every_job_of_the_web_is_known() -> None:
    """What `start_job` is called with anywhere can also be done away."""
    started = set()
    for path in (Path(__file__).parents[2] / "webui").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        started |= {part.split('"')[0] for part in text.split('start_job("')[1:]}
    assert started | {"check", "clean"} == JOBS
    for job in JOBS:
        assert (Path(__file__).parents[2] / "appliance" / "jobs" / f"{job}.py").exists()
