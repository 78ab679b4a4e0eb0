"""What msgspec complains of in a file that a person wrote, as a path and a Chinese sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import msgspec


class Complaint(msgspec.Struct, frozen=True, kw_only=True):
    """`path` leads from the root to the field (`web.port`, `lines[0].id`), empty for the whole.

    `text` says what is wrong with it and what was expected.
    """

    path: str
    text: str


_TYPES: Mapping[str, str] = {
    "int": "整数",
    "float": "数字",
    "str": "文字",
    "bool": "true 或 false",
    "array": "列表",
    "object": "对象",
    "null": "空值",
}
_WHERE = re.compile(r" - at `(?:key in )?\$\.?(?P<path>[^`]*)`$")


def _type_word(names: str) -> str:
    return "或".join(_TYPES.get(name.strip(), name.strip()) for name in names.split("|"))


def _length(found: re.Match[str]) -> str:
    return f"长度应 {found[2]} {found[3]} {'个字' if found[1] == 'str' else '项'}。"


def _pattern(found: re.Match[str]) -> str:
    return f"格式不对，应符合 {found[1].encode().decode('unicode_escape')} 。"


_FIELD_SENTENCES = (
    (re.compile(r"Object missing required field `(.+)`"), "缺少这一项。"),
    (re.compile(r"Object contains unknown field `(.+)`"), "没有这样的设置项，请检查拼写或删去。"),
)
_SENTENCES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (
        re.compile(r"Expected `([^`]+)`, got `([^`]+)`"),
        lambda found: f"应为{_type_word(found[1])}，现在是{_type_word(found[2])}。",
    ),
    (re.compile(r"Expected `str` matching regex '(.*)'"), _pattern),
    (re.compile(r"Expected `([^`]+)` of length ([<>=]+) (\d+)"), _length),
    (
        re.compile(r"Expected `([^`]+)` ([<>=]+) (\S+)"),
        lambda found: f"应为 {found[2]} {found[3].removesuffix('.0')} 的{_type_word(found[1])}。",
    ),
    (re.compile(r"Invalid enum value (.+)"), lambda found: f"不能取值 {found[1]}。"),
)


def complaint_of(error: msgspec.ValidationError) -> Complaint:
    """The error in words; list items are named in the path, keys of a mapping are not (`exits[...]`)."""
    message = str(error)
    path = ""
    if where := _WHERE.search(message):
        path = where["path"]
        message = message[: where.start()]
    text, name = _sentence(message)
    return Complaint(path=".".join(part for part in (path, name) if part), text=text)


def _sentence(message: str) -> tuple[str, str]:
    """Chinese for one of msgspec's messages, and the field name that the message itself carries."""
    for pattern, text in _FIELD_SENTENCES:
        if found := pattern.fullmatch(message):
            return text, found[1]
    for pattern, say in _SENTENCES:
        if found := pattern.fullmatch(message):
            return say(found), ""
    return f"不正确（{message}）。", ""
