"""One address of the web and who answers there."""

from __future__ import annotations

import re
from dataclasses import dataclass

from webui.handlers.base import ApiHandler

_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Route:
    """`path` with parameters in braces, as OpenAPI writes it; `{path}` at the end takes the rest of the address."""

    path: str
    handler: type[ApiHandler]

    @property
    def pattern(self) -> str:
        """Regular expression for the whole path."""
        return _PARAMETER.sub(lambda match: _PIECES.get(match[1], r"([^/]+)"), self.path)

    @staticmethod
    def piece(parameter: str) -> str | None:
        """Regular expression that a parameter keeps to; None: anything without a slash."""
        piece = _PIECES.get(parameter)
        return None if piece is None else piece.removeprefix("(").removesuffix(")")

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(_PARAMETER.findall(self.path))


_PIECES = {
    "path": r"(.*)",
    "version": r"(\d{1,9})",
    "user_id": r"(\d{1,12})",
    "customer_id": r"(\d{1,12})",
    "key_id": r"(\d{1,9})",
    "hook_id": r"(\d{1,9})",
    "export_id": r"([0-9A-Za-z-]{1,64})",
    "import_id": r"([0-9A-Za-z-]{1,64})",
    "note_id": r"(\d{1,12})",
    "alarm_id": r"(\d{1,9})",
    "shell_id": r"([0-9]{8}-[0-9]{6}-[0-9]{1,10})",
    "message_id": r"(\d{1,12})",
    "display_id": r"(\d{1,9})",
    "token": r"([0-9A-Za-z_-]{1,64})",
    "unit_id": r"(\d{1,9})",
    "search_id": r"(\d{1,9})",
}
