"""What another computer answered, and picking single values out of it by path. Pure.

A path is names and positions joined by dots: `result.bills.0.amount`. JSON: keys and indices. XML: children of the
root by tag, positions among those of one tag, attributes as `@name`. A plain line: positions of its fields.
Nothing in an answer can do harm: its size is bounded where it is read, and document type declarations (entity bombs)
are refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree as ET

import msgspec

LONGEST_VALUE = 1000
"""Characters of a value that are kept."""
_DEEPEST = 64


class DocumentError(ValueError):
    """Not what was announced; the text is a Chinese half sentence for the time line."""


class Document:
    """A decoded answer."""

    def __init__(self, root: Any) -> None:
        self._root = root

    def pick(self, path: str) -> str:
        """The value at `path` as text; '' when there is none or when it is no single value."""
        at = self._root
        for step in path.split(".")[:_DEEPEST]:
            at = _below(at, step)
        return _text(at)


def read_json(body: bytes) -> Document:
    """Raises `DocumentError`."""
    try:
        return Document(msgspec.json.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DocumentError("对方的答复不是 JSON") from error


def read_xml(body: bytes) -> Document:
    """Raises `DocumentError`."""
    try:
        return Document(ET.fromstring(body, ET.XMLParser(target=_Plain())))  # noqa: S314 - entities need a document type
    except DocumentError:
        raise
    except (ET.ParseError, ValueError, LookupError) as error:
        raise DocumentError("对方的答复不是 XML") from error


class _Plain(ET.TreeBuilder):
    """Elements and text only; in whatever encoding a document type comes, the parser tells of it here."""

    def doctype(self, _name: str, _public: str | None, _system: str | None) -> None:
        raise DocumentError("对方的 XML 带有文档类型声明，不予理会")


def read_line(body: bytes, encoding: str, separator: str) -> Document:
    """Fields of one line; without `separator` it is one field. Raises `DocumentError`."""
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        raise DocumentError("对方的答复编码不对") from error
    return Document(text.split(separator) if separator else [text])


def _below(at: Any, step: str) -> Any:
    if isinstance(at, dict):
        return at.get(step)
    if isinstance(at, ET.Element):
        return at.get(step[1:]) if step.startswith("@") else at.findall(step) if _is_tag(step) else None
    if isinstance(at, list) and step.isdecimal() and len(step) < 6:
        return at[int(step)] if int(step) < len(at) else None
    if isinstance(at, list) and at and isinstance(at[0], ET.Element):
        return _below(at[0], step)
    return None


def _is_tag(step: str) -> bool:
    """No search expressions: only a tag."""
    return not set(step) & set("/[]*@'\"=")


def _text(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str) and value and isinstance(value[0], ET.Element):
        value = value[0]
    if isinstance(value, ET.Element):
        value = (value.text or "").strip()
    if isinstance(value, bool):
        value = str(value).lower()
    if not isinstance(value, str | int | float):
        return ""
    return str(value)[:LONGEST_VALUE]
