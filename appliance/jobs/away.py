"""Jobs in units of their own: on the box systemd gives each its memory limit and sandbox (`hotlinebox-job@.service`).

How: the web starts this module as it starts any job; it hands its own output and errors to the socket of the unit
    (SCM_RIGHTS), with the job's name and arguments. There `serve` runs the job, and answers with its exit code. When
    the web's end is told to stop, or dies, the job is told to stop.
Limits: one request a connection, at most 64 KiB.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from types import FrameType

SOCKET_VARIABLE = "HOTLINEBOX_JOB_SOCKET"
"""Names the socket where jobs are carried out; without it they are children of whoever starts them."""
JOBS = frozenset(
    {"backup", "check", "clean", "customerexport", "customerimport", "export", "promptimport", "promptspeech", "proof"}
)
_MAX_REQUEST_BYTES = 64 << 10
_LOST_EXIT = 137
"""The unit died without a word: killed, most likely for its memory."""
_STOP_PATIENCE_S = 10.0


def send(address: str, module: str, arguments: list[str]) -> int:
    """Have the job done behind the socket; its output is ours. Returns its exit code."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as there:
        there.connect(address)

        def stop(_number: int, _frame: FrameType | None) -> None:
            with suppress(OSError):
                there.shutdown(socket.SHUT_WR)

        signal.signal(signal.SIGTERM, stop)
        socket.send_fds(there, [json.dumps([module, *arguments]).encode()], [1, 2])
        answer = there.recv(16)
    return int(answer) if answer else _LOST_EXIT


def serve(here: socket.socket) -> int:
    """Carry out what one connection asks for. Returns 2 when it cannot be understood, else 0."""
    message, descriptors, _flags, _address = socket.recv_fds(here, _MAX_REQUEST_BYTES, 2)
    try:
        module, *arguments = json.loads(message)
        output, errors = descriptors
    except ValueError:
        return 2
    if module not in JOBS or not all(isinstance(each, str) for each in arguments):
        return 2
    process = subprocess.Popen(  # noqa: S603 - one of our own programs
        [sys.executable, "-m", f"appliance.jobs.{module}", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
    )
    for descriptor in descriptors:
        os.close(descriptor)
    code = _until_done(process, here)
    with suppress(OSError):
        here.send(str(code).encode())
    return 0


def _until_done(process: subprocess.Popen[bytes], here: socket.socket) -> int:
    """The exit code; a job whose connection ends gets SIGTERM, and some time to end by itself."""
    ended = os.pidfd_open(process.pid)
    try:
        ready, _, _ = select.select([ended, here.fileno()], [], [])
        if ended not in ready:
            process.terminate()
            if not select.select([ended], [], [], _STOP_PATIENCE_S)[0]:
                process.kill()
        return process.wait()
    finally:
        os.close(ended)


if __name__ == "__main__":
    sys.exit(send(os.environ[SOCKET_VARIABLE], sys.argv[1], sys.argv[2:]))
