"""What the screen of the box itself shows: where its pages are, how its lines are, and the secret of a new one. Pure.

A text console of Linux has no Chinese letters, so there it says everything in English; on a serial line or in a
terminal window it says it in Chinese.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from appliance.support.addresses import Address


@dataclass(frozen=True, slots=True)
class LineLamp:
    number: int
    in_service: bool
    busy: bool


@dataclass(frozen=True, slots=True)
class ConsoleView:
    now: datetime
    name: str
    """By which it is found without a name server."""
    addresses: Sequence[Address]
    lines: Sequence[LineLamp] | None
    """None: the engine does not run."""
    secret: str = ""
    """Of a box that nobody has set up."""


@dataclass(frozen=True, slots=True)
class _Words:
    title: str
    pages: str
    no_address: str
    secret: str
    lines: str
    no_engine: str
    free: str
    busy: str
    dead: str


_CHINESE = _Words(
    "热线一体机", "网页地址", "还没有网络地址：请检查网线", "首次设置口令", "外线", "电话系统没有运行，正在自动恢复",
    "空闲", "通话中", "不可用：请检查电话线",
)  # fmt: skip
_ENGLISH = _Words(
    "HOTLINE BOX", "Web page", "no network address yet: check the cable", "First-run secret", "Line",
    "the telephone system is not running; it is being restarted", "free", "busy", "out of service: check the wire",
)  # fmt: skip


def console_page(view: ConsoleView, *, chinese: bool) -> str:
    """The whole screen, lines of at most 80 columns."""
    words = _CHINESE if chinese else _ENGLISH
    found = [f"  {words.title}    {view.now:%Y-%m-%d %H:%M}", ""]
    places = [_place(address) for address in view.addresses]
    if places:
        found += [f"  {words.pages}: {place}" for place in (*places, f"http://{view.name}/")]
    else:
        found.append(f"  {words.no_address}")
    if view.secret:
        found += ["", f"  {words.secret}: {view.secret}"]
    found.append("")
    if view.lines is None:
        found.append(f"  {words.no_engine}")
    else:
        found += [f"  {words.lines} {line.number}: {_state(line, words)}" for line in view.lines]
    return "\n".join(found) + "\n"


def _place(address: Address) -> str:
    return f"http://{address}/" if address.version == 4 else f"http://[{address}]/"


def _state(line: LineLamp, words: _Words) -> str:
    if not line.in_service:
        return words.dead
    return words.busy if line.busy else words.free
