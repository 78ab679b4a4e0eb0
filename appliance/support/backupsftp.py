"""Backups on a server by SFTP (SSH file transfer), with paramiko."""

from __future__ import annotations

import hashlib
import socket
import stat
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

import paramiko

from appliance.support.backuperrors import TargetError
from appliance.support.backuptarget import PART, TIMEOUT_S, TargetPlace, target_file

_PORT = 22
_PIPELINED = 32_768


class SftpTarget:
    """A folder on the server; it is made when it is not there."""

    def __init__(self, place: TargetPlace) -> None:
        self._what = f"备份服务器 {place.host}"
        self._folder = place.folder.rstrip("/") or "."
        with self._explained():
            connection = socket.create_connection((place.host, place.port or _PORT), TIMEOUT_S)
            self._transport = paramiko.Transport(connection)
            try:
                self._enter(place)
            except BaseException:
                self._transport.close()
                raise

    def _enter(self, place: TargetPlace) -> None:
        self._transport.banner_timeout = self._transport.auth_timeout = TIMEOUT_S
        self._transport.start_client(timeout=TIMEOUT_S)
        self.host_key = fingerprint(self._transport.get_remote_server_key())
        if place.host_key and place.host_key != self.host_key:
            raise TargetError(
                f"{self._what} 的身份与以前不同，可能是重装过，也可能有人冒充。确认无误后请在备份设置里重新保存。"
            )
        self._transport.auth_password(place.user, place.password)
        sftp = paramiko.SFTPClient.from_transport(self._transport)
        if sftp is None:
            raise TargetError(f"{self._what} 不提供 SFTP，请在服务器上启用。")
        channel = sftp.get_channel()
        if channel is not None:
            channel.settimeout(TIMEOUT_S)
        self._sftp = sftp
        with suppress(OSError):
            self._sftp.mkdir(self._folder)

    def sizes(self) -> dict[str, int]:
        with self._explained():
            return {
                each.filename: each.st_size or 0
                for each in self._sftp.listdir_attr(self._folder)
                if stat.S_ISREG(each.st_mode or 0)
            }

    def reading(self, name: str) -> BinaryIO:
        with self._explained():
            file = self._sftp.open(self._path(name), "rb")
            file.prefetch(file.stat().st_size or 0, max_concurrent_requests=64)
            return target_file(file, self._explained)

    def writing(self, name: str) -> BinaryIO:
        with self._explained():
            file = self._sftp.open(self._path(name + PART), "wb", _PIPELINED)
            file.set_pipelined(True)
            return target_file(file, self._explained)

    def settle(self, name: str) -> None:
        with self._explained():
            self._sftp.posix_rename(self._path(name + PART), self._path(name))

    def remove(self, name: str) -> None:
        with self._explained(), suppress(FileNotFoundError):
            self._sftp.remove(self._path(name))

    def free_bytes(self) -> int | None:
        return None

    def close(self) -> None:
        self._transport.close()

    def _path(self, name: str) -> str:
        return f"{self._folder}/{name}"

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except paramiko.AuthenticationException as error:
            raise TargetError(f"{self._what} 不接受用户名或密码，请检查备份设置。") from error
        except (TimeoutError, socket.gaierror, ConnectionError, EOFError) as error:
            raise TargetError(f"连不上{self._what}，请检查地址、网线和服务器是否开着。") from error
        except paramiko.SSHException as error:
            raise TargetError(f"{self._what} 中断了连接，请检查服务器后重试。") from error
        except OSError as error:
            said = error.strerror or str(error)
            raise TargetError(f"{self._what} 出错（{said}），请检查文件夹、权限和剩余空间。") from error


def fingerprint(key: paramiko.PKey) -> str:
    """As `ssh-keygen -l` shows it."""
    return "SHA256:" + b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")
