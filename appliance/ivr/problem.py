"""A fault in a flow or a call plan, as a sentence for the person who edits it."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from appliance.telephony.ids import NodeId


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to put right before publishing."""

    text: str
    """Chinese sentence: what is wrong and what was expected."""
    node: NodeId | None = None
    field: str = ""
    """Path within the node (`params.prompts[0]`, `exits.1`) or, in a call plan, from its root."""
    grave: bool = True
    """False: calls run all the same (a missing prompt is replaced), so a plan in force is not refused for it."""

    def below(self, path: str) -> Problem:
        """The same problem seen from further up: `path` is put before the field."""
        field = f"{path}.{self.field}" if self.field else path
        return msgspec.structs.replace(self, field=field)


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


def _sentence(message: str) -> tuple[str, str]:
    """Chinese for one of msgspec's messages, and the field name that the message itself carries."""
    for pattern, text in _FIELD_SENTENCES:
        if found := pattern.fullmatch(message):
            return text, found[1]
    for pattern, say in _SENTENCES:
        if found := pattern.fullmatch(message):
            return say(found), ""
    return f"不正确（{message}）。", ""


def problem_of(error: msgspec.ValidationError, decoded: Any, kind: type[msgspec.Struct]) -> Problem:
    """What `msgspec.convert(decoded, kind)` complained of, as a path and a Chinese sentence.

    msgspec names list items but not the keys of a mapping (`exits[...]`); the key is found by trying them one by one.
    """
    message = str(error)
    path = ""
    if where := _WHERE.search(message):
        path = where["path"]
        message = message[: where.start()]
    text, name = _sentence(message)
    while "[...]" in path:
        path = path.replace("[...]", f".{_guilty_key(path, decoded, kind)}", 1)
    return Problem(field=".".join(part for part in (path, name) if part), text=text)


def _guilty_key(path: str, decoded: Any, kind: type[msgspec.Struct]) -> str:
    """The key of the mapping at the first `[...]` of `path` that draws the same complaint when it stands alone."""
    before = path.partition("[...]")[0]
    for key in _at(before, decoded):
        alone = copy.deepcopy(decoded)
        mapping = _at(before, alone)
        value = mapping[key]
        mapping.clear()
        mapping[key] = value
        try:
            msgspec.convert(alone, kind)
        except msgspec.ValidationError as error:
            if f"{before}[...]" in str(error):
                return str(key)
    return "?"


def _at(path: str, decoded: Any) -> Any:
    for step in re.findall(r"[^.\[\]]+", path):
        decoded = decoded[int(step)] if isinstance(decoded, list) else decoded[step]
    return decoded
