"""What goes wrong, as one sentence for the person in front of the screen and one status for the program behind it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from types import MappingProxyType

import msgspec
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError

from appliance.store.errors import ConflictError, InvalidError, NotFoundError, StoreError
from appliance.wire.client import EngineDown

_NONE: Mapping[str, str] = MappingProxyType({})


class Fault(msgspec.Struct, frozen=True):
    """One of several fields that are wrong, with its sentence."""

    field: str
    text: str


class Refusal(HTTPError):  # noqa: N818 - a refusal is what it is
    """A request that is not carried out; `text` is a Chinese sentence, `field` what it concerns."""

    def __init__(
        self,
        status: int,
        text: str,
        field: str | None = None,
        headers: Mapping[str, str] = _NONE,
        faults: tuple[Fault, ...] = (),
    ) -> None:
        super().__init__(status, "%s", text)
        self.faults = faults
        self.text = text
        self.field = field
        self.headers = headers


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every error answer is `{"error": Problem}`."""

    text: str
    field: str | None = None
    faults: tuple[Fault, ...] | msgspec.UnsetType = msgspec.UNSET
    """Every wrong field of a form, where the form has several."""


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True):
    error: Problem


_BY_STATUS = {
    400: "请求有误，请刷新页面后重试。",
    401: "您还没有登录，或登录已过期，请重新登录。",
    403: "页面已过期或来源不可信，请刷新页面后重试。",
    404: "没有找到所请求的内容，可能已被删除。",
    405: "此地址不支持这种操作。",
    413: "上传的内容太大。",
    416: "请求的录音范围超出了文件长度。",
}


def new_error_id() -> str:
    """Short enough to be read over the phone, unique enough to be found in the log."""
    return secrets.token_hex(4)


_BY_KIND = ((NotFoundError, 404), (ConflictError, 409), (InvalidError, 422), (StoreError, 503), (EngineDown, 503))


def explain(error: BaseException | None, status: int, error_id: str) -> tuple[int, Problem]:
    """Status and sentence of whatever a handler raised; the unexpected becomes 500 with its id."""
    if isinstance(error, Refusal):
        return error.status_code, Problem(text=error.text, field=error.field, faults=error.faults or msgspec.UNSET)
    for kind, its_status in _BY_KIND:
        if isinstance(error, kind):
            return its_status, Problem(text=str(error), field=getattr(error, "field", "") or None)
    if isinstance(error, msgspec.ValidationError):
        field, text = field_of(error)
        return 422, Problem(text=text, field=field)
    if isinstance(error, msgspec.DecodeError | RecursionError):
        deep = isinstance(error, RecursionError)
        return 400, Problem(text="请求内容嵌套太深。" if deep else "请求内容不是正确的 JSON。")
    if isinstance(error, HTTPError) or error is None:
        return status, Problem(text=_BY_STATUS.get(status, f"请求未能完成（{status}）。"))
    return 500, Problem(text=f"服务器内部错误（编号 {error_id}），操作未完成。请重试；如仍出现，请把编号告诉厂商。")


def is_unexpected(error: BaseException | None) -> bool:
    """Whether the error must be logged with its trace; that a browser left before its answer was there is none."""
    return not isinstance(error, HTTPError | StoreError | EngineDown | msgspec.DecodeError | StreamClosedError)


_PATH = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_MISSING = re.compile(r"Object missing required field `(?P<name>[^`]+)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>[^`]+)`")
_EXPECTED = re.compile(r"Expected `(?P<wanted>[^`]+)`(?P<limit> of length [<>]= \d+| [<>]=? [-\d.]+)?")


def field_of(error: msgspec.ValidationError) -> tuple[str | None, str]:
    """The field a validation error means and a Chinese sentence about it."""
    said = str(error)
    at = _PATH.search(said)
    path = at["path"] if at else ""
    said = _PATH.sub("", said)
    if missing := _MISSING.match(said):
        field = _joined(path, missing["name"])
        return field, f"缺少必填项“{field}”。"
    if unknown := _UNKNOWN.match(said):
        field = _joined(path, unknown["name"])
        return field, f"不认识的项“{field}”，请检查拼写。"
    if expected := _EXPECTED.match(said):
        wanted = expected["wanted"] + (expected["limit"] or "")
        return path or None, f"“{path or '请求内容'}”的值不对，应为 {wanted}。"
    return path or None, f"“{path or '请求内容'}”的值不对：{said}。"


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
