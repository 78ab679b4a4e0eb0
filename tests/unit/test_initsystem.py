"""What we tell whoever started us, and the sockets that we are given."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from appliance import initsystem

SERVES = """
import sys
from appliance.initsystem import inherited_sockets
for each in inherited_sockets():
    print(each.name, each.socket.getsockname()[1], each.socket.getblocking())
"""


def test_words_reach_the_socket_that_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        initsystem.tell("READY=1", "STATUS=可以接打电话")
        assert manager.recv(100).decode() == "READY=1\nSTATUS=可以接打电话"


def test_words_to_nobody_are_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    initsystem.tell("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    initsystem.tell("READY=1")


def test_the_watchdog_counts_for_the_process_that_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    assert initsystem.watchdog_s() == 0
    monkeypatch.setenv("WATCHDOG_USEC", "10000000")
    assert initsystem.watchdog_s() == 10
    monkeypatch.setenv("WATCHDOG_PID", str(os.getppid()))
    assert initsystem.watchdog_s() == 0


@pytest.mark.parametrize(("pid", "said"), [("$$", "web {port} False\n"), ("1", "")])
def test_sockets_from_descriptor_3_on(pid: str, said: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        fd = listening.fileno()
        script = f'exec 3<&{fd}; LISTEN_PID={pid} LISTEN_FDS=1 LISTEN_FDNAMES=web exec "$0" -c "$1"'
        done = subprocess.run(
            ["bash", "-c", script, sys.executable, SERVES], pass_fds=[fd], capture_output=True, text=True, check=True
        )
    assert done.stdout == said.format(port=port)
