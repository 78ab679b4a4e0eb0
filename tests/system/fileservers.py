"""Servers for backups on loopback: files by SFTP (paramiko's server part) and a Windows share (Debian's samba)."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import paramiko

from appliance.support.backuptarget import TargetKind, TargetPlace

USER, PASSWORD = "root", "wangpan-0562"
"""Samba wants a user of this machine."""
SMBD = shutil.which("smbd", path="/usr/sbin:/usr/bin") or ""
PATIENCE_S = 30.0


class _Sessions(paramiko.ServerInterface):
    def check_auth_password(self, username: str, password: str) -> int:
        return paramiko.AUTH_SUCCESSFUL if (username, password) == (USER, PASSWORD) else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:  # noqa: ARG002 - paramiko's signature
        return paramiko.OPEN_SUCCEEDED


class _Handle(paramiko.SFTPHandle):
    def stat(self) -> paramiko.SFTPAttributes:
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))


def _answered(work: Any) -> Any:
    """An error of the disk as SFTP has it."""
    try:
        return work()
    except OSError as error:
        return paramiko.SFTPServer.convert_errno(error.errno or 0)


class _Files(paramiko.SFTPServerInterface):
    """One folder."""

    def __init__(self, server: Any, folder: Path) -> None:
        super().__init__(server)
        self._folder = folder

    def _at(self, path: str) -> Path:
        return self._folder / path.lstrip("/")

    def list_folder(self, path: str) -> Any:
        def attributes() -> list[paramiko.SFTPAttributes]:
            return [
                paramiko.SFTPAttributes.from_stat(each.stat(), filename=each.name) for each in self._at(path).iterdir()
            ]

        return _answered(attributes)

    def stat(self, path: str) -> Any:
        return _answered(lambda: paramiko.SFTPAttributes.from_stat(self._at(path).stat()))

    def open(self, path: str, flags: int, attr: Any) -> Any:  # noqa: ARG002 - paramiko's signature
        def opened() -> _Handle:
            file = os.fdopen(os.open(self._at(path), flags, 0o600), "r+b" if flags & os.O_RDWR else self._mode(flags))
            handle = _Handle(flags)
            handle.readfile = handle.writefile = file
            return handle

        return _answered(opened)

    def _mode(self, flags: int) -> str:
        return "wb" if flags & os.O_WRONLY else "rb"

    def mkdir(self, path: str, attr: Any) -> Any:  # noqa: ARG002 - paramiko's signature
        return _answered(lambda: (self._at(path).mkdir(), paramiko.SFTP_OK)[1])

    def remove(self, path: str) -> Any:
        return _answered(lambda: (self._at(path).unlink(), paramiko.SFTP_OK)[1])

    def posix_rename(self, oldpath: str, newpath: str) -> Any:
        return _answered(lambda: (self._at(oldpath).replace(self._at(newpath)), paramiko.SFTP_OK)[1])


class SftpServer:
    """Serves `folder`; another one has another identity."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self._folder = folder
        self._key = paramiko.ECDSAKey.generate()
        self._transports: list[paramiko.Transport] = []
        self.port = port
        self.start()

    def start(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    @property
    def place(self) -> TargetPlace:
        return TargetPlace(
            kind=TargetKind.SFTP, host="127.0.0.1", port=self.port, folder="backups", user=USER, password=PASSWORD
        )

    def _serve(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                transport = paramiko.Transport(connection)
                self._transports.append(transport)
                transport.add_server_key(self._key)
                transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Files, self._folder)
                with suppress(paramiko.SSHException, EOFError):
                    transport.start_server(server=_Sessions())

    def stop(self) -> None:
        """At once, whatever is under way."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for transport in self._transports:
            transport.close()

    close = stop


def why_no_share() -> str:
    """Empty: a share can be served here."""
    if not SMBD:
        return "needs Debian's package samba"
    return "" if os.geteuid() == 0 else "samba serves as root only"


class SmbServer:
    """A share with one folder in it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="hb-smb-", dir="/tmp"))  # a socket's path must be short
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            self.port = int(free.getsockname()[1])
        self._settings = self.folder / "smb.conf"
        self._settings.write_text(self._text(), encoding="utf-8")
        entered = f"{PASSWORD}\n{PASSWORD}\n".encode()
        words = ["smbpasswd", "-c", str(self._settings), "-s", "-a", USER]
        subprocess.run(words, input=entered, check=True, capture_output=True)
        self.start()

    def start(self) -> None:
        """Returns when it listens."""
        self._process = subprocess.Popen(
            [SMBD, "-F", "--no-process-group", "-s", str(self._settings)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # when it ends it ends its whole group
        )
        self._await()

    @property
    def place(self) -> TargetPlace:
        return TargetPlace(
            kind=TargetKind.SMB,
            host="127.0.0.1",
            port=self.port,
            share="backup",
            folder="hotline/backups",
            user=USER,
            password=PASSWORD,
        )

    def _text(self) -> str:
        folders = {}
        for name in ("state", "lock", "cache", "private", "pid", "ncalrpc", "share"):
            (folder := self.folder / name).mkdir()
            folders[name] = folder
        return (
            f"[global]\ninterfaces = lo\nbind interfaces only = yes\nsmb ports = {self.port}\n"
            f"state directory = {folders['state']}\nlock directory = {folders['lock']}\n"
            f"cache directory = {folders['cache']}\nprivate dir = {folders['private']}\n"
            f"pid directory = {folders['pid']}\nncalrpc dir = {folders['ncalrpc']}\nlog file = {self.folder}/log\n"
            f"passdb backend = tdbsam:{folders['private']}/passdb.tdb\nserver min protocol = SMB2\n"
            "load printers = no\ndisable spoolss = yes\nmap to guest = never\n"
            f"[backup]\npath = {folders['share']}\nread only = no\n"
        )

    def _await(self) -> None:
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                if time.monotonic() > until or self._process.poll() is not None:
                    raise
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """At once, whatever is under way: those who serve one client each are of the same session."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(PATIENCE_S)

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def served(kind: TargetKind, folder: Path) -> Iterator[SftpServer | SmbServer]:
    server = SftpServer(folder) if kind is TargetKind.SFTP else SmbServer()
    try:
        yield server
    finally:
        server.close()
