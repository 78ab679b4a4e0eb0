"""Servers for backups on this machine's loopback: SFTP (OpenSSH's sftp-server behind paramiko), SMB (Samba's smbd).

Each serves one folder to `USER` with `PASSWORD`; `with`: it is up, and gone at the end.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import paramiko

from image.machine import free_port

USER, PASSWORD = "root", "Beifen-2026"
"""Samba wants a user that this machine knows."""
SFTP_SERVER = Path("/usr/lib/openssh/sftp-server")
SHARE = "backup"
_PIECE = 1 << 16
_SMB_CONF = """[global]
server role = standalone server
smb ports = {port}
interfaces = 127.0.0.1
bind interfaces only = yes
private dir = {own}
lock directory = {own}
state directory = {own}
cache directory = {own}
pid directory = {own}
ncalrpc dir = {own}/rpc
passdb backend = tdbsam:{own}/passwords
log file = {own}/log
[{share}]
path = {folder}
read only = no
force user = root
"""


def why_no_file_servers() -> str:
    """Why there can be none here, or ''."""
    if shutil.which("smbd") and shutil.which("smbpasswd") and SFTP_SERVER.exists():
        return ""
    return "needs Debian's packages samba and openssh-sftp-server"


class SmbServer:
    def __init__(self, folder: Path, own: Path) -> None:
        """`own` keeps what the server itself needs."""
        self.port = free_port()
        own.mkdir()
        folder.mkdir(exist_ok=True)
        self._config = own / "smb.conf"
        self._config.write_text(_SMB_CONF.format(port=self.port, own=own, folder=folder, share=SHARE))
        subprocess.run(
            ["smbpasswd", "-c", self._config, "-a", "-s", USER],
            input=f"{PASSWORD}\n{PASSWORD}\n",
            text=True,
            check=True,
            capture_output=True,
        )

    def __enter__(self) -> Self:
        command = ["smbd", "--foreground", "--no-process-group", f"--configfile={self._config}"]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()


class SftpServer:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)
        self._key = paramiko.ECDSAKey.generate()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._transports: list[paramiko.Transport] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for transport in self._transports:
            transport.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                transport = paramiko.Transport(self._listener.accept()[0])
                transport.add_server_key(self._key)
                self._transports.append(transport)
                with suppress(paramiko.SSHException, EOFError):
                    transport.start_server(server=_Doorkeeper(self._folder))


class _Doorkeeper(paramiko.ServerInterface):  # type: ignore[misc]  # paramiko has no types
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get_allowed_auths(self, _username: str) -> str:
        return "password"

    def check_auth_password(self, username: str, password: str) -> int:
        right = (username, password) == (USER, PASSWORD)
        return int(paramiko.common.AUTH_SUCCESSFUL if right else paramiko.common.AUTH_FAILED)

    def check_channel_request(self, kind: str, _chanid: int) -> int:
        if kind == "session":
            return int(paramiko.common.OPEN_SUCCEEDED)
        return int(paramiko.common.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED)

    def check_channel_subsystem_request(self, channel: paramiko.Channel, name: str) -> bool:
        if name != "sftp":
            return False
        server = subprocess.Popen([SFTP_SERVER, "-d", self._folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        threading.Thread(target=_to_server, args=(channel, server), daemon=True).start()
        threading.Thread(target=_from_server, args=(channel, server), daemon=True).start()
        return True


def _to_server(channel: paramiko.Channel, server: subprocess.Popen[bytes]) -> None:
    assert server.stdin is not None
    with suppress(OSError):
        while piece := channel.recv(_PIECE):
            server.stdin.write(piece)
            server.stdin.flush()
    server.stdin.close()
    server.wait()


def _from_server(channel: paramiko.Channel, server: subprocess.Popen[bytes]) -> None:
    assert server.stdout is not None
    with suppress(OSError):
        while piece := server.stdout.read1(_PIECE):  # type: ignore[attr-defined]
            channel.sendall(piece)
    channel.close()
