"""The web's pure parts: ranges, masks, sentences, dial classes, static files."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tornado.web import HTTPError

from appliance.store.errors import ConflictError, InvalidError, NotFoundError, StoreError
from appliance.wire.client import EngineDown
from webui.auth.permissions import P
from webui.byterange import ByteRange, RangeNotSatisfiableError, requested_range
from webui.dialclass import dial_permission
from webui.errors import Refusal, explain
from webui.handlers.static import find_file
from webui.masking import masked_number


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("bytes=0-", ByteRange(0, 100)),
        ("bytes=0-0", ByteRange(0, 1)),
        ("bytes=10-19", ByteRange(10, 20)),
        ("bytes=90-500", ByteRange(90, 100)),
        ("bytes=-10", ByteRange(90, 100)),
        ("bytes=-500", ByteRange(0, 100)),
        ("bytes=5-2", None),
        ("bytes=0-1,5-6", None),
        ("bytes=-", None),
        ("lines=1-2", None),
    ],
)
def test_ranges(header: str | None, expected: ByteRange | None) -> None:
    assert requested_range(header, 100) == expected


@pytest.mark.parametrize(("header", "size"), [("bytes=100-", 100), ("bytes=-0", 100), ("bytes=0-", 0)])
def test_ranges_outside_the_file(header: str, size: int) -> None:
    with pytest.raises(RangeNotSatisfiableError):
        requested_range(header, size)


@given(st.text(max_size=20), st.integers(0, 50))
def test_a_range_never_leaves_the_file(header: str, size: int) -> None:
    try:
        wanted = requested_range(f"bytes={header}", size)
    except RangeNotSatisfiableError:
        return
    assert wanted is None or 0 <= wanted.start < wanted.end <= size


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("13812341234", "138****1234"),
        ("05622821234", "056****1234"),
        ("96599", "9***9"),
        ("801", "8*1"),
        ("", ""),
    ],
)
def test_masks(number: str, masked: str) -> None:
    assert masked_number(number) == masked


@pytest.mark.parametrize(
    ("number", "permission"),
    [
        ("2821234", P.AGENT_DIAL_LOCAL),
        ("05622821234", P.AGENT_DIAL_LOCAL),
        ("801", P.AGENT_DIAL_LOCAL),
        ("13812341234", P.AGENT_DIAL_MOBILE),
        ("013812341234", P.AGENT_DIAL_MOBILE),
        ("01065551234", P.AGENT_DIAL_LONG),
        ("0085212345678", P.AGENT_DIAL_INTERNATIONAL),
    ],
)
def test_dial_classes(number: str, permission: P) -> None:
    assert dial_permission(number, "0562") is permission


class Form(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    age: int = 0
    children: list[Form] = []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{}", "name"),
        (b'{"name":"x","children":[{}]}', "children[0].name"),
        (b'{"name":1}', "name"),
        (b'{"name":"x","age":"y"}', "age"),
        (b'{"name":"x","nmae":1}', "nmae"),
        (b"[]", None),
    ],
)
def test_a_wrong_body_names_its_field(body: bytes, field: str | None) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(body, type=Form)
    status, problem = explain(caught.value, 500, "")
    assert status == 422
    assert problem.field == field
    assert problem.text.endswith("。")


@pytest.mark.parametrize(
    ("error", "status", "field"),
    [
        (Refusal(413, "太大。"), 413, None),
        (NotFoundError("没有。"), 404, None),
        (ConflictError("已有。", "login"), 409, "login"),
        (InvalidError("不对。", "name"), 422, "name"),
        (StoreError("库坏了。"), 503, None),
        (EngineDown("引擎没了。"), 503, None),
        (HTTPError(403, "'_xsrf' argument missing"), 403, None),
        (ZeroDivisionError("secret detail"), 500, None),
    ],
)
def test_every_error_is_a_sentence(error: Exception, status: int, field: str | None) -> None:
    answered, problem = explain(error, getattr(error, "status_code", 500), "ab12cd34")
    assert (answered, problem.field) == (status, field)
    assert problem.text.endswith("。")
    assert "secret" not in problem.text
    assert ("ab12cd34" in problem.text) == (status == 500)


def test_static_files_stay_in_their_folder(tmp_path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    root = tmp_path / "static"
    (root / "assets").mkdir(parents=True)
    (root / "assets" / "a.js").write_text("plain")
    (root / "assets" / "a.js.br").write_bytes(b"brotli")
    (root / "assets" / "a.js.gz").write_bytes(b"gzip")
    best = find_file(root, "assets/a.js", frozenset({"br", "gzip"}))
    assert best is not None
    assert (best.body, best.encoding, best.content_type) == (b"brotli", "br", "text/javascript; charset=utf-8")
    gzip = find_file(root, "assets/a.js", frozenset({"gzip"}))
    assert gzip is not None
    assert gzip.encoding == "gzip"
    plain = find_file(root, "assets/a.js", frozenset())
    assert plain is not None
    assert (plain.body, plain.encoding) == (b"plain", "")
    for path in ("../secret.txt", "/etc/passwd", "assets", "", "nothing.js"):
        assert find_file(root, path, frozenset()) is None
