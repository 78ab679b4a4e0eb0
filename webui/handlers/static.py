"""The built front end: precompressed files, hashed assets for ever, the page itself for every other path."""

from __future__ import annotations

import asyncio
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from webui.auth.access import public
from webui.errors import Refusal
from webui.handlers.base import ApiHandler

NOT_BUILT = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>热线</title>
<body style="font-family:sans-serif;margin:4em auto;max-width:32em;line-height:1.8">
<h1>界面尚未构建</h1>
<p>界面尚未构建，请运行 <code>./dev run</code>，它会构建界面并启动服务；构建后刷新本页。</p>
</body></html>
"""
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".woff2": "font/woff2"}


@dataclass(frozen=True, slots=True)
class Found:
    """A file of the build as it goes out."""

    body: bytes
    content_type: str
    encoding: str


class StaticHandler(ApiHandler):
    @public
    async def get(self, path: str) -> None:
        """A file of the build, or its page."""
        if path.startswith("api/"):
            raise Refusal(404, "没有这个接口地址。")
        found = await asyncio.to_thread(find_file, self.context.static, path, self._accepted())
        hashed = path.startswith("assets/")
        if found is None and hashed:
            raise Refusal(404, "界面已更新，请刷新页面。")
        if found is None:
            found = await asyncio.to_thread(find_file, self.context.static, "index.html", self._accepted())
        if found is None:
            self.set_status(503)
            found = Found(NOT_BUILT.encode(), "text/html; charset=utf-8", "")
        assert self.xsrf_token  # makes sure that the page gets the cookie
        self.set_header("Content-Type", found.content_type)
        self.set_header("Cache-Control", "public, max-age=31536000, immutable" if hashed else "no-cache")
        if found.encoding:
            self.set_header("Content-Encoding", found.encoding)
        await self.finish(found.body)

    @public
    async def head(self, path: str) -> None:
        """As `get`, without the body."""
        await self.get(path)

    def _accepted(self) -> frozenset[str]:
        header = self.request.headers.get("Accept-Encoding", "")
        return frozenset(
            part.partition(";")[0].strip() for part in header.split(",") if "q=0" not in part.split(";")[1:]
        )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # longer than a name may be
        return False


def find_file(root: Path, path: str, accepted: frozenset[str]) -> Found | None:
    """The file below `root`, in the best encoding that is accepted; None when there is none."""
    if not path or "\0" in path:
        return None
    folder = root.resolve()
    file = (folder / path).resolve()
    if not file.is_relative_to(folder) or not _is_file(file):
        return None
    kind = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    if kind.startswith("text/") or kind.endswith(("json", "svg+xml")):
        kind += "; charset=utf-8"
    for encoding, suffix in _ENCODINGS:
        packed = file.with_name(file.name + suffix)
        if encoding in accepted and packed.is_file():
            return Found(packed.read_bytes(), kind, encoding)
    return Found(file.read_bytes(), kind, "")
