"""The XML form of requests and answers: one mapping from our structs, the same for every address. Pure.

Mapping: the root of an answer is `<answer>`, of a request anything. A field is a child element of its name; a list's
    members are `<item>`; null is an empty element with `nil="true"`; true and false are words; what is no name for an
    element becomes `<entry key="…">`.
Harmless: no document type, no entities but the five of XML, bounded in bytes, depth and elements before anything is
    built. Namespaces are not looked at, attributes other than `nil` are ignored.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

import msgspec
from msgspec import inspect as shapes

LONGEST_BYTES = 256 * 1024
DEEPEST = 24
MOST_ELEMENTS = 20_000
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_NOTHING = ("", "false", "0")
_LISTS = (shapes.ListType, shapes.VarTupleType, shapes.SetType, shapes.FrozenSetType)
_STRUCTURED = (shapes.StructType, *_LISTS)
_shape_of = functools.cache(shapes.type_info)


class XmlError(ValueError):
    """Not acceptable; the text is a Chinese sentence."""


@dataclass(slots=True)
class Element:
    tag: str
    nil: bool = False
    text: list[str] = field(default_factory=list)
    children: list[Element] = field(default_factory=list)


def to_xml(answer: Any, root: str = "answer") -> bytes:
    """A whole document, UTF-8."""
    parts = ['<?xml version="1.0" encoding="UTF-8"?>\n']
    _write(parts, root, msgspec.to_builtins(answer, str_keys=True), "")
    parts.append("\n")
    return "".join(parts).encode()


def from_xml(body: bytes, kind: Any) -> Any:
    """A value of type `kind`. Raises `XmlError`, and `msgspec.ValidationError` when the content does not fit."""
    return msgspec.convert(_value(parse(body), _shape_of(kind)), kind, strict=False)


def parse(body: bytes) -> Element:
    """The root element. Raises `XmlError`."""
    if len(body) > LONGEST_BYTES:
        raise XmlError(f"XML 太大，最多 {LONGEST_BYTES // 1024} KB。")
    reader = _Reader()
    try:
        reader.parser.Parse(body, True)
    except expat.ExpatError as error:
        raise XmlError(f"请求内容不是正确的 XML（第 {error.lineno} 行）。") from error
    except (ValueError, LookupError) as error:  # an encoding that Python does not know
        if isinstance(error, XmlError):
            raise
        raise XmlError("请求内容不是正确的 XML，请使用 UTF-8 编码。") from error
    assert reader.root is not None, "expat accepts no document without a root"
    return reader.root


class _Reader:
    """Builds elements while expat reads, and stops it at once when a bound is passed."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._count = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse
        self.parser.ExternalEntityRefHandler = self._refuse
        self.parser.UnparsedEntityDeclHandler = self._refuse

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= DEEPEST:
            raise XmlError(f"XML 嵌套太深，最多 {DEEPEST} 层。")
        if self._count > MOST_ELEMENTS:
            raise XmlError(f"XML 元素太多，最多 {MOST_ELEMENTS} 个。")
        element = Element(tag, attributes.get("nil", "false") not in _NOTHING)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def _end(self, _tag: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        self._open[-1].text.append(text)

    @staticmethod
    def _refuse(*_what: object) -> int:
        raise XmlError("XML 中不允许文档类型声明和实体定义。")


def _value(element: Element, shape: shapes.Type) -> Any:
    """What JSON would have had in this place; where the type expects something else, validation says so."""
    if element.nil:
        return None
    if isinstance(shape, shapes.Metadata | shapes.UnionType):
        return _value(element, shape.type if isinstance(shape, shapes.Metadata) else _chosen(element, shape))
    if isinstance(shape, shapes.StructType):
        return _fields(element, {each.encode_name: each.type for each in shape.fields})
    if isinstance(shape, _LISTS):
        for child in element.children:
            if child.tag != "item":
                raise XmlError(f"列表“{element.tag}”中只能有 <item>，不能有 <{child.tag}>。")
        return [_value(child, shape.item_type) for child in element.children]
    if element.children or isinstance(shape, shapes.DictType):
        return _fields(element, {})
    return "".join(element.text) if isinstance(shape, shapes.StrType) else "".join(element.text).strip()


def _fields(element: Element, inner: dict[str, shapes.Type]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in element.children:
        if child.tag in found:
            raise XmlError(f"“{child.tag}”重复了，列表应写成多个 <item>。")
        found[child.tag] = _value(child, inner.get(child.tag, shapes.AnyType()))
    return found


def _chosen(element: Element, union: shapes.UnionType) -> shapes.Type:
    """The member of a union (`T | None` mostly) that the element can be."""
    structured = [each for each in union.types if isinstance(each, _STRUCTURED)]
    plain = [each for each in union.types if not isinstance(each, (*_STRUCTURED, shapes.NoneType))]
    if structured and (element.children or not plain):
        return structured[0]
    return plain[0] if plain else shapes.AnyType()


def _write(parts: list[str], name: str, value: Any, attributes: str) -> None:
    if value is None:
        parts.append(f'<{name}{attributes} nil="true"/>')
        return
    parts.append(f"<{name}{attributes}>")
    if isinstance(value, dict):
        for key, member in value.items():
            if _NAME.fullmatch(key):
                _write(parts, key, member, "")
            else:
                _write(parts, "entry", member, f" key={quoteattr(_legal(key))}")
    elif isinstance(value, list | tuple):
        for member in value:
            _write(parts, "item", member, "")
    elif isinstance(value, bool):
        parts.append("true" if value else "false")
    else:
        parts.append(escape(_legal(str(value))))
    parts.append(f"</{name}>")


def _legal(text: str) -> str:
    """XML 1.0 has no way to write most control characters."""
    return _ILLEGAL.sub("\ufffd", text)
