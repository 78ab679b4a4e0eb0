"""What a node kind is: parameters with a form, named exits, a check before publishing, and what it does with a caller.

A kind is one file in `nodes/` that ends in `KIND = NodeKind(...)` and one line in `registry.py`; the runner, the
validator and the editor's palette need nothing else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

import msgspec

from appliance.ivr.callvalues import CALL_VALUES
from appliance.ivr.context import Context, PlanParts
from appliance.ivr.graph import Node
from appliance.ivr.problem import Problem
from appliance.ivr.template import is_template
from appliance.telephony.ids import PromptId
from appliance.telephony.leg import CallerLeg


@dataclass(frozen=True, slots=True)
class ExitSpec:
    """One way out of a node, and what it is called in the editor."""

    name: str
    label: str
    required: bool = True
    """False: left unwired the flow is over there and the line is released."""
    instead: str = ""
    """Unwired, the call takes this exit in its place."""
    paces: bool = False
    """The caller pressed a key or waited in a queue to get here, so a loop may pass through this exit."""


FAILED = ExitSpec("failed", "出错", required=False)
"""Every node has it: taken when the node itself breaks down; unwired, the caller hears an apology and the flow ends."""


class NodeParams(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every kind's `Params`. `title` and `description` of a field's `Meta` make the editor's form.

    `x-choose` in a field's JSON schema names what the editor offers: prompt, queue, hours, box, flow or caller_list.
    `x-values: true` marks a text in which `{name}` stands for a value of the call (`callvalues.py`).
    """


P = TypeVar("P", bound=NodeParams)


@dataclass(frozen=True, slots=True)
class NodeKind(Generic[P]):
    """One kind of node, complete."""

    name: str
    label: str
    help: str
    """One Chinese sentence for the palette."""
    sample: P
    """Parameters of a node freshly dropped into the drawing."""
    exits: Callable[[P], tuple[ExitSpec, ...]]
    check: Callable[[P, Node, PlanParts], list[Problem]]
    """What the form alone cannot tell: references, contradictions. `field` is relative to the node."""
    run: Callable[[P, CallerLeg, Context], Awaitable[str | None]]
    """Do it; the name of the exit to take, or None when the flow is over. `LegGone` passes through."""
    needs_answer: bool = True
    """The caller must hear or say something here: the line has to be answered first."""
    exits_from: str = ""
    """Parameter from which further exits come, e.g. `keys`, so that the editor redraws them; '' when fixed."""

    @property
    def params(self) -> type[P]:
        return type(self.sample)


PromptField = Annotated[PromptId, msgspec.Meta(min_length=1, max_length=64, extra_json_schema={"x-choose": "prompt"})]
Prompts = tuple[PromptField, ...]
Template = Annotated[str, msgspec.Meta(max_length=1000, extra_json_schema={"x-values": True})]
VariableField = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
ExitName = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_]{0,31}$")]
Tries = Annotated[int, msgspec.Meta(title="最多播放次数", ge=1, le=9)]


def unfit_templates(params: msgspec.Struct, *names: str, path: str = "params") -> list[Problem]:
    """A problem for each of these texts of `params` (at `path`) whose braces are not `{name}` throughout."""
    return [
        Problem(field=f"{path}.{name}", text="花括号里应为变量名，如 {caller}；没有变量的地方请不要用花括号。")
        for name in names
        if not is_template(getattr(params, name))
    ]


def reserved_name(field: str, name: str) -> list[Problem]:
    """A problem when a variable is named like a value that every call has."""
    if name not in CALL_VALUES:
        return []
    return [Problem(field=field, text=f"“{name}”是系统自带的值（{CALL_VALUES[name]}），变量请换一个名字。")]


def unknown_prompts(field: str, prompts: Collection[PromptId], parts: PlanParts) -> list[Problem]:
    """A problem for each of `prompts` without a sound; not grave, since a call plays on without it."""
    return [
        Problem(
            field=f"params.{field}[{index}]",
            text=f"没有名为“{prompt}”的提示音，请先录制或上传，或换一个。",
            grave=False,
        )
        for index, prompt in enumerate(prompts)
        if prompt not in parts.prompts
    ]
