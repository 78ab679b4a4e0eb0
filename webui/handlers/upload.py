"""A request whose body is a file: it goes to the disk piece by piece, and away again unless somebody keeps it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import BinaryIO, ClassVar

from tornado.http1connection import HTTP1Connection
from tornado.web import stream_request_body

from webui.errors import Refusal
from webui.handlers.base import ApiHandler


@stream_request_body
class UploadHandler(ApiHandler):
    """Takes the body of `upload_method`; other methods are as in any handler."""

    upload_method: ClassVar[str] = "PUT"
    most_bytes: ClassVar[int]
    read_and_drop_bytes: ClassVar[int] = 1 << 32
    """A larger upload than `most_bytes` is refused at once, but read to its end up to this size: a browser that is
    still sending shows no answer."""
    _upload: BinaryIO | None = None
    _received = 0
    _kept = False

    async def upload_path(self, size: int) -> Path:
        """Where a file of `size` octets, as the request says, is to go. Raises `Refusal` when none may come now."""
        raise NotImplementedError

    def too_large(self) -> Refusal:
        """What is said of more than `most_bytes`."""
        raise NotImplementedError

    def throw_away(self, path: Path) -> None:
        """Blocking: the file was not kept."""
        path.unlink(missing_ok=True)

    async def prepare(self) -> None:
        uploads = self.request.method == self.upload_method
        if uploads:
            assert isinstance(self.request.connection, HTTP1Connection)
            self.request.connection.set_max_body_size(self.read_and_drop_bytes)
        await super().prepare()
        if uploads:
            size = int(self.request.headers.get("Content-Length") or 0)
            if size > self.most_bytes:
                raise self.too_large()
            path = await self.upload_path(size)
            self._upload = await asyncio.to_thread(path.open, "wb")

    async def data_received(self, chunk: bytes) -> None:
        self._received += len(chunk)
        if self._upload is not None and self._received <= self.most_bytes:
            await asyncio.to_thread(self._upload.write, chunk)

    async def uploaded(self, nothing: str = "没有收到文件，请重新选择文件。") -> Path:
        """The file, closed. Raises `Refusal`: 413 too large, 422 `nothing` came."""
        if self._received > self.most_bytes:
            raise self.too_large()
        if self._upload is None or not self._received:
            raise Refusal(422, nothing)
        await asyncio.to_thread(self._upload.close)
        return Path(self._upload.name)

    @property
    def received_mb(self) -> str:
        """As it stands in the operation log."""
        return f"{self._received >> 20} MB"

    def keep(self) -> None:
        """The file stays where it is."""
        self._kept = True

    def on_finish(self) -> None:
        self._drop()

    def on_connection_close(self) -> None:
        self._drop()

    def _drop(self) -> None:
        upload, self._upload = self._upload, None
        if upload is not None and not self._kept:
            upload.close()
            self.throw_away(Path(upload.name))
