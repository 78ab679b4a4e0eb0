"""The gate: while the administrator's leave holds there is a way in for the vendor, and nothing at all otherwise.

What: listens on a Unix socket, has each connection served by an sshd of its own, keeps the tunnel to the relay, and
    ends everything when the leave is over, by time or because its file is gone.
How: started by systemd as soon as there is a leave (`hotlinebox-support.path`), as a user of its own without any right.
    sshd and ssh are Debian's, started without a shell. What is left when the gate ends, systemd kills with it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import pwd
import shutil
import signal
import socket
import subprocess
from asyncio.subprocess import PIPE
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec

from appliance.atomicfile import replace_file
from appliance.support.grant import Grant, GrantFile
from appliance.support.happenings import HappeningKind, note_happening
from appliance.support.knock import outcome_of
from appliance.support.sessionlog import seal_torn
from appliance.support.sshdconfig import sshd_config
from appliance.support.supportplaces import SupportPlaces
from appliance.support.tunnel import TunnelPhase, TunnelState, keep_tunnel, known_hosts_line, tunnel_command

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 0.25
_PATIENCE_S = 2.0
"""Recorders end their sessions themselves; after this whatever is left is killed."""
_MOST_CONNECTIONS = 4


class GateError(Exception):
    """One sentence: why the gate cannot be opened."""


@dataclass(frozen=True, slots=True)
class Programs:
    principals: tuple[str, ...]
    """Command line that prints who is let in."""
    session: tuple[str, ...]
    """Command line that carries out a session."""
    sshd: str = "/usr/sbin/sshd"
    ssh: str = "/usr/bin/ssh"


@dataclass(slots=True)
class _Connections:
    running: set[asyncio.subprocess.Process] = field(default_factory=set)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


def make_keys(places: SupportPlaces) -> None:
    """The keys of this box, made once: `host_key` for engineers, `tunnel_key` for the relay. Raises `GateError`."""
    places.state.mkdir(parents=True, exist_ok=True)
    maker = shutil.which("ssh-keygen")
    if maker is None:
        raise GateError("没有 ssh-keygen：请安装 Debian 软件包 openssh-client。")
    for name in ("host_key", "tunnel_key"):
        path = places.state / name
        if not path.exists():
            words = [maker, "-q", "-t", "ed25519", "-N", "", "-C", name.replace("_", "-"), "-f", str(path)]
            done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603
            if done.returncode != 0:
                raise GateError(f"不能生成密钥：{done.stderr.strip()}")


async def keep_gate(places: SupportPlaces, programs: Programs) -> None:
    """Open as long as a leave holds; returns at once when there is none. Raises `GateError`, `OSError`."""
    grants = GrantFile(places.grants)
    _note_torn(places)
    while (grant := grants.valid()) is not None:
        await _carry(places, programs, grants, grant)


async def _carry(places: SupportPlaces, programs: Programs, grants: GrantFile, grant: Grant) -> None:
    _prepare(places, programs)
    note_happening(places.happenings, HappeningKind.OPENED, grant.id)
    connections = _Connections()
    tunnel = asyncio.create_task(_tunnel(places, programs, grant), name="tunnel")
    with _entry(places.entry) as listening:
        door = asyncio.create_task(_let_in(listening, places, programs, connections), name="door")
        try:
            while not door.done() and not tunnel.done() and _holds(grants, grant):  # noqa: ASYNC110 - it is a file
                await asyncio.sleep(_LOOK_EVERY_S)
        finally:
            door.cancel()
            await _end(connections)  # before the tunnel, so that engineers are told
            tunnel.cancel()
            results = await asyncio.gather(door, tunnel, return_exceptions=True)
            places.entry.unlink(missing_ok=True)
            places.tunnel_note.unlink(missing_ok=True)
            _note_torn(places)
            note_happening(places.happenings, HappeningKind.ENDED, grant.id)
    for result in results:
        if isinstance(result, Exception):
            raise result


def _holds(grants: GrantFile, grant: Grant) -> bool:
    now = grants.valid()
    return now is not None and now.id == grant.id


def _prepare(places: SupportPlaces, programs: Programs) -> None:
    if not places.vendor_ca.exists():
        raise GateError(f"没有厂家的证书公钥 {places.vendor_ca}，不能开放远程支持。")
    if not Path(programs.sshd).exists():
        raise GateError("没有 sshd：请安装 Debian 软件包 openssh-server。")
    make_keys(places)
    places.run.mkdir(parents=True, exist_ok=True)
    user = pwd.getpwuid(os.geteuid()).pw_name
    text = sshd_config(places, user, programs.principals, programs.session)
    replace_file(places.run / "sshd_config", text.encode(), 0o600)


def _entry(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    path.chmod(0o600)
    listening.listen(_MOST_CONNECTIONS)
    listening.setblocking(False)
    return listening


async def _let_in(
    listening: socket.socket, places: SupportPlaces, programs: Programs, connections: _Connections
) -> None:
    loop = asyncio.get_running_loop()
    while True:
        connection, _ = await loop.sock_accept(listening)
        with connection:
            if len(connections.running) >= _MOST_CONNECTIONS:
                continue
            connection.setblocking(True)
            process = await asyncio.create_subprocess_exec(
                programs.sshd,
                "-i",
                "-e",
                "-f",
                str(places.run / "sshd_config"),
                stdin=connection.fileno(),
                stdout=connection.fileno(),
                stderr=PIPE,
                start_new_session=True,
            )
        connections.running.add(process)
        task = asyncio.create_task(_served(process, places, connections))
        connections.tasks.add(task)
        task.add_done_callback(connections.tasks.discard)


async def _served(process: asyncio.subprocess.Process, places: SupportPlaces, connections: _Connections) -> None:
    """Follow what an sshd says of one connection to its end."""
    assert process.stderr is not None
    lines: list[str] = []
    async for line in process.stderr:
        text = line.decode("utf-8", "replace").rstrip()
        log.info("sshd: %s", text)
        lines = [*lines[-100:], text]
    await process.wait()
    connections.running.discard(process)
    outcome = outcome_of(lines)
    if not outcome.admitted:
        note_happening(places.happenings, HappeningKind.REFUSED, outcome.who, outcome.why.value)


async def _tunnel(places: SupportPlaces, programs: Programs, grant: Grant) -> None:
    known_hosts = places.run / "known_hosts"
    replace_file(known_hosts, known_hosts_line(grant.relay).encode(), 0o600)
    last: TunnelPhase | None = None

    def show(state: TunnelState) -> None:
        nonlocal last
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        replace_file(places.tunnel_note, msgspec.json.encode(msgspec.structs.replace(state, since=now)))
        if state.phase is TunnelPhase.UP:
            text = f"{grant.relay.host}:{state.port}"
            note_happening(places.happenings, HappeningKind.TUNNEL_UP, grant.id, text)
        elif state.phase is TunnelPhase.DOWN and last is not TunnelPhase.DOWN:
            note_happening(places.happenings, HappeningKind.TUNNEL_DOWN, grant.id, state.fault.value)
        last = state.phase if state.phase is not TunnelPhase.CONNECTING else last

    key = places.state / "tunnel_key"
    await keep_tunnel(tunnel_command(programs.ssh, grant.relay, key, known_hosts, places.entry), show)


async def _end(connections: _Connections) -> None:
    """Every session is over: told by its recorder within a moment, or killed."""
    if connections.tasks:
        await asyncio.wait({*connections.tasks}, timeout=_PATIENCE_S)
    for process in connections.running:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    if connections.tasks:
        await asyncio.gather(*connections.tasks, return_exceptions=True)


def _note_torn(places: SupportPlaces) -> None:
    for session in seal_torn(places.sessions):
        text = f"{session.start.bearer}: torn"
        note_happening(places.happenings, HappeningKind.SESSION_ENDED, session.start.id, text)
