"""Backups in a Windows share (SMB 2 and 3), with smbprotocol."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

import smbclient
from smbprotocol.exceptions import LogonFailure, SMBException, SMBOSError
from smbprotocol.open import FileAttributes

from appliance.support.backuperrors import TargetError
from appliance.support.backuptarget import PART, TIMEOUT_S, TargetPlace, target_file

_PORT = 445


class SmbTarget:
    """A folder of the share; it is made when it is not there."""

    def __init__(self, place: TargetPlace) -> None:
        self._what = f"共享文件夹 \\\\{place.host}\\{place.share}"
        self._port = place.port or _PORT
        self._connections: dict[str, object] = {}
        folder = place.folder.strip("/\\").replace("/", "\\")
        self._folder = f"\\\\{place.host}\\{place.share}" + (f"\\{folder}" if folder else "")
        with self._explained():
            smbclient.register_session(
                place.host,
                username=place.user,
                password=place.password,
                port=self._port,
                connection_timeout=TIMEOUT_S,
                connection_cache=self._connections,
            )
            if folder:
                smbclient.makedirs(self._folder, exist_ok=True, **self._session)

    @property
    def _session(self) -> dict[str, object]:
        return {"port": self._port, "connection_cache": self._connections}

    def sizes(self) -> dict[str, int]:
        with self._explained():
            return {
                each.name: int(each.smb_info.end_of_file)
                for each in smbclient.scandir(self._folder, **self._session)
                if not each.smb_info.file_attributes & FileAttributes.FILE_ATTRIBUTE_DIRECTORY
            }

    def reading(self, name: str) -> BinaryIO:
        with self._explained():
            file = smbclient.open_file(self._path(name), "rb", share_access="r", **self._session)
            return target_file(file, self._explained)

    def writing(self, name: str) -> BinaryIO:
        with self._explained():
            return target_file(smbclient.open_file(self._path(name + PART), "wb", **self._session), self._explained)

    def settle(self, name: str) -> None:
        with self._explained():
            smbclient.replace(self._path(name + PART), self._path(name), **self._session)

    def remove(self, name: str) -> None:
        with self._explained(), suppress(FileNotFoundError):
            smbclient.remove(self._path(name), **self._session)

    def free_bytes(self) -> int | None:
        with self._explained():
            return int(smbclient.stat_volume(self._folder, **self._session).caller_available_size)

    def close(self) -> None:
        with suppress(SMBException, OSError):
            smbclient.reset_connection_cache(connection_cache=self._connections)

    def _path(self, name: str) -> str:
        return f"{self._folder}\\{name}"

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except LogonFailure as error:
            raise TargetError(f"{self._what} 不接受用户名或密码，请检查备份设置。") from error
        except SMBOSError as error:
            raise TargetError(f"{self._what} 出错（{error.strerror}），请检查共享名、文件夹和权限。") from error
        except (SMBException, ValueError) as error:
            raise TargetError(f"连不上{self._what}，请检查地址、共享名和服务器是否开着。") from error
        except OSError as error:
            said = error.strerror or str(error)
            raise TargetError(f"{self._what} 出错（{said}），请检查文件夹、权限和剩余空间。") from error
