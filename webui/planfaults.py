"""What is wrong with a part of the call plan, each fault with the path of its field and a Chinese sentence. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from appliance.callplan import Agent, CallPlan, check_callplan
from appliance.ivr.problem import Problem, problem_of
from appliance.pincode import pin_weakness
from appliance.telephony.ids import PromptId
from webui.errors import Fault
from webui.planparts import KEPT_PIN, LONGEST_NAME, Part

MOST_FAULTS = 50
"""More help nobody: a pasted column of the wrong kind is one mistake."""
_NAMES = ("label", "name", "bureau")
_FORMATS = (
    (r"numbers\[\d+\]$|\.number$", "应为电话号码，或号码开头加 *（如 138*）。"),
    (r"area_code$", "区号应为 0 开头的 3 到 4 位数字，如 0562。"),
    (r"\.(since|until)$", "应为时:分，如 08:30。"),
    (r"(closed_on|open_on)\[\d+\]$|\.until$", "应为日期，如 2026-10-01。"),
    (r"blocked_prefixes\[\d+\]$", "号码开头只能是数字。"),
    (r"request_hosts\[\d+\]$", "应为地址或地址:端口，如 192.168.1.20:8080。"),
    (
        r"^(sign_|ready|take_|messages|record_|redial|pick_|listen|whisper|barge)",
        "功能码应为 1 到 4 位数字或 *，留空则停用。",
    ),
    (r"outside_prefix$", "应为 0–9、* 或 # 中的一个键。"),
    (r"\.number$", "只能是数字，最多 16 位。"),
)


def decode(part: Part, value: Any, before: Any) -> tuple[Any, list[Fault]]:
    """The part's value from JSON; every item or field that has the wrong form as a fault (the value is then None).

    `before` is the part as it stands: among its members each new one is tried by itself.
    """
    try:
        decoded = msgspec.convert(value, part.kind)
    except msgspec.ValidationError as error:
        first = _fault(part, problem_of(error, value, part.kind))
    else:
        return decoded, [*_pin_faults(decoded)] if part.name == "agents" else []
    return None, ([*_each(part, value, before)] or [first])[:MOST_FAULTS]


def faults(part: Part, before: CallPlan, after: CallPlan, prompts: Collection[PromptId]) -> list[Fault]:
    """What the change would break; what was broken elsewhere before is not this change's fault."""
    known = Counter(problem.text for problem in _grave(before, prompts, part))
    found: list[Fault] = [*_name_faults(part.read(after))]
    for problem in _grave(after, prompts, part):
        path = part.inside(problem.field)
        if path is None and known[problem.text] > 0:
            known[problem.text] -= 1
        elif path is None:
            found.append(Fault("", f"{_where(problem.field, after)}{problem.text}"))
        else:
            found.append(Fault(path, problem.text))
    return found[:MOST_FAULTS]


def _grave(plan: CallPlan, prompts: Collection[PromptId], part: Part) -> list[Problem]:
    """Grave problems, and absent prompts of this part: whoever chooses one now can choose another."""
    return [
        problem for problem in check_callplan(plan, prompts) if problem.grave or part.inside(problem.field) is not None
    ]


def _pin_faults(agents: tuple[Agent, ...]) -> Iterator[Fault]:
    for index, agent in enumerate(agents):
        pin = agent.pin_hash
        if pin and pin != KEPT_PIN and (said := pin_weakness(pin, agent.id)):
            yield Fault(f"[{index}].pin_hash", said)


def _each(part: Part, value: Any, before: Any) -> Iterator[Fault]:
    """One fault for each item of a list, for each member of an object."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            for fault in _one(part, [item]):
                yield Fault(f"[{index}]{fault.field.removeprefix('[0]')}", fault.text)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _one(part, {**msgspec.to_builtins(before), key: item})


def _one(part: Part, value: Any) -> Iterator[Fault]:
    try:
        msgspec.convert(value, part.kind)
    except msgspec.ValidationError as error:
        yield _fault(part, problem_of(error, value, part.kind))


def _fault(part: Part, problem: Problem) -> Fault:
    text = problem.text
    if text.startswith("格式不对"):
        path = f"{part.name}{problem.field}" if problem.field.startswith("[") else problem.field
        text = next((said for pattern, said in _FORMATS if re.search(pattern, path)), text)
    return Fault(problem.field, text)


def _name_faults(value: Any) -> Iterator[Fault]:
    """Names are there, short, on one line, and each once."""
    items = [(f"[{index}]", item) for index, item in enumerate(value)] if isinstance(value, tuple) else [("", value)]
    seen: dict[tuple[str, str], str] = {}
    for path, item in items:
        for name in _NAMES:
            text = getattr(item, name, None)
            if not isinstance(text, str):
                continue
            field = f"{path}.{name}".removeprefix(".")
            if not text.strip():
                yield Fault(field, "名称不能为空。")
            elif len(text) > LONGEST_NAME:
                yield Fault(field, f"名称太长，请不要超过 {LONGEST_NAME} 个字。")
            elif any(unicodedata.category(letter) in {"Cc", "Zl", "Zp"} for letter in text):
                yield Fault(field, "名称里不能有换行等控制字符。")
            elif name == "label" and (name, text.strip()) in seen:
                yield Fault(field, f"已经有一个叫“{text.strip()}”的，请换一个名称。")
            seen[name, text.strip()] = path


_FLOW = re.compile(r"^flows\[(\d+)\](?:\.nodes\[(\d+)\])?")


def _where(path: str, plan: CallPlan) -> str:
    """Whose fault it is, in words: `流程“热线主流程”的“报修”：`."""
    if found := _FLOW.match(path):
        flow = plan.flows[int(found[1])]
        node = f"的“{flow.nodes[int(found[2])].label or flow.nodes[int(found[2])].id}”" if found[2] else ""
        return f"流程“{flow.label}”{node}："
    return "其他设置："
