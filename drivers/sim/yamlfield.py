"""One field of a YAML file: its value, checked, or a sentence with the line, the field and what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

import yaml

from drivers.sim.scenario import ScenarioError
from drivers.wavefile import WavError, read_wav

if TYPE_CHECKING:
    from pathlib import Path

Choice = TypeVar("Choice", bound=StrEnum)


class YamlField:
    """A node of the file and the path that leads to it, `calls[3].at_s`."""

    def __init__(self, file: Path, path: str, node: yaml.Node) -> None:
        self._file = file
        self.path = path
        self._node = node

    def fail(self, expected: str) -> ScenarioError:
        """The error to raise when the value is not what was `expected`."""
        where = f"场景文件 {self._file} 第 {self._node.start_mark.line + 1} 行"
        field = f" {self.path}" if self.path else ""
        return ScenarioError(f"{where}{field}：{expected}，实际是 {self._shown()}。")

    def _shown(self) -> str:
        if isinstance(self._node, yaml.ScalarNode):
            return f"“{self._node.value}”" if self._node.value else "空"
        return "列表" if isinstance(self._node, yaml.SequenceNode) else "键值表"

    def mapping(self, allowed: Sequence[str]) -> YamlMapping:
        """The keys of a mapping. Raises `ScenarioError` for another node, an unknown or a repeated key."""
        if not isinstance(self._node, yaml.MappingNode):
            raise self.fail("应为键值表")
        found: dict[str, YamlField] = {}
        for key_node, node in self._node.value:
            key = str(key_node.value)
            field = YamlField(self._file, f"{self.path}.{key}".lstrip("."), node)
            at_key = YamlField(self._file, self.path, key_node)
            if key not in allowed:
                raise at_key.fail(f"不认识的键，可用的键是 {'、'.join(allowed)}")
            if key in found:
                raise at_key.fail("同一个键出现了两次，请删去一个")
            found[key] = field
        return YamlMapping(self, found)

    def items(self) -> list[YamlField]:
        """The items of a list."""
        if not isinstance(self._node, yaml.SequenceNode):
            raise self.fail("应为列表（每项以“- ”开头）")
        return [YamlField(self._file, f"{self.path}[{index}]", node) for index, node in enumerate(self._node.value)]

    def entries(self) -> list[tuple[str, YamlField]]:
        """The keys and values of a mapping with free keys."""
        if not isinstance(self._node, yaml.MappingNode):
            raise self.fail("应为键值表")
        return [
            (str(key.value), YamlField(self._file, f"{self.path}.{key.value}", node)) for key, node in self._node.value
        ]

    @property
    def is_mapping(self) -> bool:
        """The node has keys of its own."""
        return isinstance(self._node, yaml.MappingNode)

    @property
    def is_scalar(self) -> bool:
        """The node is a single value."""
        return isinstance(self._node, yaml.ScalarNode)

    @property
    def is_list(self) -> bool:
        """The node is a list."""
        return isinstance(self._node, yaml.SequenceNode)

    def text(self, expected: str = "应为文字") -> str:
        """A single value as it is written."""
        if not isinstance(self._node, yaml.ScalarNode):
            raise self.fail(expected)
        return str(self._node.value)

    def dialable(self) -> str:
        """Digits, `*` and `#`."""
        text = self.text("应为按键（0-9、*、#）")
        if not text or set(text) - set("0123456789*#"):
            raise self.fail("应为按键（0-9、*、#）")
        return text

    def number(self, least: float = 0.0, most: float = 1e9, unit: str = "秒") -> float:
        """A number between `least` and `most`."""
        bounds = f"不小于 {least:g} 的" if most >= 1e9 else f" {least:g} 到 {most:g} 之间的"
        expected = f"应为{bounds}数字（{unit}）" if unit else f"应为{bounds}数字"
        try:
            value = float(self.text(expected))
        except ValueError:
            raise self.fail(expected) from None
        if not least <= value <= most:
            raise self.fail(expected)
        return value

    def whole(self, least: int = 0, most: int = 10**9) -> int:
        """A whole number between `least` and `most`."""
        expected = f"应为 {least} 到 {most} 之间的整数" if most < 10**9 else f"应为不小于 {least} 的整数"
        text = self.text(expected)
        if not text.removeprefix("-").isdigit() or not least <= int(text) <= most:
            raise self.fail(expected)
        return int(text)

    def switch(self) -> bool:
        """`true` or `false`."""
        text = self.text("应为 true 或 false").lower()
        if text not in ("true", "false"):
            raise self.fail("应为 true 或 false")
        return text == "true"

    def choice(self, kinds: type[Choice]) -> Choice:
        """One value of an enum."""
        expected = f"应为 {'、'.join(kind.value for kind in kinds)} 之一"
        text = self.text(expected)
        try:
            return kinds(text)
        except ValueError:
            raise self.fail(expected) from None

    def moment(self) -> datetime:
        """A local date and time."""
        expected = "应为日期时间，如 2026-11-02T09:00:00"
        try:
            value = datetime.fromisoformat(self.text(expected))
        except ValueError:
            raise self.fail(expected) from None
        if value.tzinfo is not None:
            raise self.fail("应为不带时区的当地日期时间")
        return value

    def sound_file(self) -> str:
        """Path of a WAV file that can be read, relative to the scenario file."""
        name = self.text("应为 WAV 文件的路径")
        try:
            read_wav(self._file.parent / name)
        except WavError as error:
            raise self.fail(f"应为可以读取的 WAV 文件（{error}）") from error
        return name

    def texts(self) -> tuple[str, ...]:
        """One text, or a list of them."""
        return tuple(item.text() for item in self.items()) if self.is_list else (self.text(),)


class YamlMapping:
    """The keys that a mapping holds."""

    def __init__(self, whole: YamlField, fields: dict[str, YamlField]) -> None:
        self.whole = whole
        self._fields = fields

    def __contains__(self, key: str) -> bool:
        return key in self._fields

    def __getitem__(self, key: str) -> YamlField:
        """A field that must be there."""
        if key not in self._fields:
            raise self.whole.fail(f"缺少必填的键 {key}")
        return self._fields[key]

    def get(self, key: str) -> YamlField | None:
        """A field that may be there."""
        return self._fields.get(key)

    def names(self) -> list[str]:
        """The keys, in the order of the file."""
        return list(self._fields)

    def items(self, key: str) -> list[YamlField]:
        """The items of a list that may be missing."""
        return self._fields[key].items() if key in self._fields else []

    def text(self, key: str, default: str) -> str:
        return self._fields[key].text() if key in self._fields else default

    def number(self, key: str, default: float, least: float = 0.0, most: float = 1e9, unit: str = "秒") -> float:
        return self._fields[key].number(least, most, unit) if key in self._fields else default

    def whole_number(self, key: str, default: int, least: int = 0, most: int = 10**9) -> int:
        return self._fields[key].whole(least, most) if key in self._fields else default

    def switch(self, key: str, default: bool) -> bool:
        return self._fields[key].switch() if key in self._fields else default

    def choice(self, key: str, kinds: type[Choice]) -> Choice | None:
        return self._fields[key].choice(kinds) if key in self._fields else None


def read_yaml(text: str, file: Path) -> YamlField:
    """The root of a YAML document. Raises `ScenarioError` for bad YAML or an empty file."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ScenarioError(f"场景文件 {file} 第 {line} 行不是正确的 YAML：{error.problem}。") from error
    except yaml.YAMLError as error:
        raise ScenarioError(f"场景文件 {file} 不是正确的 YAML：{error}。") from error
    if node is None:
        raise ScenarioError(f"场景文件 {file} 是空的，至少要有 name。")
    return YamlField(file, "", node)
