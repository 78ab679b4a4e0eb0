"""Sends a file of the data folder in pieces, whole or a range, without ever blocking the loop."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

import msgspec
from tornado.iostream import StreamClosedError

from appliance.jobs.sheet_language import SheetLanguage
from webui.byterange import RangeNotSatisfiableError, requested_range
from webui.errors import Refusal
from webui.handlers.base import ApiHandler

CHUNK_BYTES = 128 << 10


class SheetQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    language: SheetLanguage = SheetLanguage.CHINESE
    """Of a file's headings, words and name."""


def confined(folder: Path, path: str) -> Path:
    """The file `path` below `folder`. Raises `Refusal` (404) when it leads outside or does not exist."""
    root = folder.resolve()
    file = (root / path).resolve()
    if not file.is_relative_to(root) or not file.is_file():
        raise Refusal(404, "文件已不存在，可能已按保存期限清理。")
    return file


class FileHandler(ApiHandler):
    async def send_file(self, path: Path, content_type: str, download_as: str = "") -> None:
        """Answer with the file: 200, 206 for a range, 416 for an impossible one."""
        file = await asyncio.to_thread(_open, path)
        try:
            size = os.fstat(file.fileno()).st_size
            self.set_header("Accept-Ranges", "bytes")
            self.set_header("Content-Type", content_type)
            self.set_header("Cache-Control", "private, no-cache")
            if download_as:
                self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(download_as)}")
            try:
                wanted = requested_range(self.request.headers.get("Range"), size)
            except RangeNotSatisfiableError as error:
                headers = {"Content-Range": f"bytes */{size}"}
                raise Refusal(416, "请求的录音范围超出了文件长度。", headers=headers) from error
            start, length = 0, size
            if wanted is not None:
                start, length = wanted.start, wanted.length
                self.set_status(206)
                self.set_header("Content-Range", f"bytes {wanted.start}-{wanted.end - 1}/{size}")
            self.set_header("Content-Length", str(length))
            await self._send(file, start, length)
        finally:
            await asyncio.to_thread(file.close)

    async def _send(self, file: BinaryIO, start: int, length: int) -> None:
        left = length
        try:
            while left > 0:
                chunk = await asyncio.to_thread(os.pread, file.fileno(), min(CHUNK_BYTES, left), start)
                if not chunk:
                    break
                start += len(chunk)
                left -= len(chunk)
                self.write(chunk)
                await self.flush()
            await self.finish()
        except StreamClosedError:
            return  # the person went on to another page


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise Refusal(404, "文件已不存在，可能已按保存期限清理。") from error
