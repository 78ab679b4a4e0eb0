"""The machine-readable description of this API."""

from __future__ import annotations

from webui.auth.access import public
from webui.handlers.base import ApiHandler


class OpenApiHandler(ApiHandler):
    @public
    async def get(self) -> None:
        """Every address with its permissions, bodies and answers (OpenAPI 3.1)."""
        self.set_header("Content-Type", "application/json; charset=utf-8")
        await self.finish((await self.context.api_docs.docs()).document)
