"""Errors as programs get them: a code that never changes, a Chinese sentence, the field it concerns."""

from __future__ import annotations

import msgspec

from webui.errors import Refusal

CODES = {
    400: "bad_request",
    401: "key_missing",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    415: "unsupported_format",
    416: "range_not_satisfiable",
    422: "invalid_value",
    429: "too_many_requests",
    500: "internal_error",
    503: "unavailable",
}
"""By status, where nothing says it more exactly."""


class KeyProblem(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    """One of the words of docs/API.md; it never changes its meaning."""
    text: str
    field: str | None = None


class KeyErrorBody(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every error answer of `/api/v1`."""

    error: KeyProblem


class CodedRefusal(Refusal):
    """A refusal with a code of its own."""

    def __init__(self, status: int, code: str, text: str, field: str | None = None, wait_s: float = 0.0) -> None:
        super().__init__(status, text, field, headers={"Retry-After": str(int(wait_s) + 1)} if wait_s else {})
        self.code = code


def code_of(error: BaseException | None, status: int) -> str:
    """The code of an answer with this status."""
    return error.code if isinstance(error, CodedRefusal) else CODES.get(status, "error")
