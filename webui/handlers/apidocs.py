"""A readable page of this API, made from its own document; no script, nothing from elsewhere."""

from __future__ import annotations

from webui.auth.access import public
from webui.handlers.base import ApiHandler


class ApiPageHandler(ApiHandler):
    @public
    async def get(self) -> None:
        """The API for people to read."""
        self.set_header("Content-Type", "text/html; charset=utf-8")
        await self.finish((await self.context.api_docs.docs()).page)
