"""What this API says of itself, for programs and for people. Made when somebody asks: the box answers sooner."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from webui.apipage import api_page


class ApiDocs(NamedTuple):
    """The same twice."""

    document: bytes
    """JSON (OpenAPI 3.1)."""
    page: bytes
    """HTML."""


class ApiDocsShelf:
    """Makes them once."""

    def __init__(self, describe: Callable[[], dict[str, Any]]) -> None:
        """`describe` takes about half a second of a quick processor; it is called in a thread."""
        self._describe = describe
        self._made: ApiDocs | None = None
        self._making = asyncio.Lock()

    async def docs(self) -> ApiDocs:
        async with self._making:
            if self._made is None:
                self._made = await asyncio.to_thread(self._make)
            return self._made

    def _make(self) -> ApiDocs:
        document = self._describe()
        return ApiDocs(msgspec.json.encode(document), api_page(document))
