"""What a node kind is: parameters with a form, named exits, a check before publishing, and what it does with a caller.

A kind is one file in `nodes/` that ends in `KIND = NodeKind(...)` and one line in `registry.py`; the runner, the
validator and the editor's palette need nothing else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

import msgspec

from appliance.ivr.context import Context, PlanParts
from appliance.ivr.graph import Node
from appliance.ivr.problem import Problem
from appliance.telephony.ids import PromptId
from appliance.telephony.leg import CallerLeg


@dataclass(frozen=True, slots=True)
class ExitSpec:
    """One way out of a node, and what it is called in the editor."""

    name: str
    label: str
    required: bool = True
    """False: left unwired the flow is over there and the line is released."""
    paces: bool = False
    """The caller pressed a key or waited in a queue to get here, so a loop may pass through this exit."""


FAILED = ExitSpec("failed", "出错", required=False)
"""Every node has it: taken when the node itself breaks down; unwired, the caller hears an apology and the flow ends."""


class NodeParams(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every kind's `Params`. `title` and `description` of a field's `Meta` make the editor's form.

    `x-choose` in a field's JSON schema names what the editor offers: prompt, queue, hours or box.
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
