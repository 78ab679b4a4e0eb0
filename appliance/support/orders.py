"""What the vendor may ask for without a shell: an explicit list; what is typed never reaches a shell."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from enum import StrEnum

MOST_LINES = 2000
_USUAL_LINES = 200


class OrderKind(StrEnum):
    HELP = "help"
    STATUS = "status"
    DOCTOR = "doctor"
    LOGS = "logs"
    TRACE = "trace"
    BUNDLE = "bundle"
    EXIT = "exit"


class LogOf(StrEnum):
    ALL = "all"
    ENGINE = "engine"
    WEB = "web"
    SUPPORT = "support"


@dataclass(frozen=True, slots=True)
class Order:
    kind: OrderKind
    log: LogOf = LogOf.ALL
    lines: int = _USUAL_LINES


_KINDS = frozenset(kind.value for kind in OrderKind)
_LOGS = frozenset(log.value for log in LogOf)


class OrderError(Exception):
    """One sentence for the engineer: why this is not carried out."""


def order_of(text: str) -> Order:
    """Understand a line. Raises `OrderError`."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise OrderError("引号没有配对。") from error
    if not words:
        return Order(OrderKind.HELP)
    name, *rest = words
    if name not in _KINDS:
        raise OrderError(f"不允许 {name[:40]}：管理员只开放了限定命令。输入 help 查看。")
    kind = OrderKind(name)
    log = LogOf.ALL
    if kind is OrderKind.LOGS and rest and rest[0] in _LOGS:
        log = LogOf(rest.pop(0))
    lines = _USUAL_LINES
    if kind in {OrderKind.LOGS, OrderKind.TRACE} and rest:
        lines = _number(rest.pop(0))
    if rest:
        raise OrderError(f"{name} 后面不应有 {rest[0][:40]}。输入 help 查看。")
    return Order(kind, log, lines)


def _number(word: str) -> int:
    if not (word.isascii() and word.isdigit() and 1 <= int(word[:9]) <= MOST_LINES):
        raise OrderError(f"行数应为 1 到 {MOST_LINES}，现在是 {word[:40]}。")
    return int(word)
