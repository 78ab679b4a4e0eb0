"""What is known of all flows at one moment, and how one of them looks in the list and in the editor. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from appliance.callplan import CallPlan
from appliance.ivr.context import PlanParts
from appliance.ivr.graph import FlowGraph, Node
from appliance.ivr.node import ExitSpec
from appliance.ivr.problem import Problem
from appliance.ivr.registry import KINDS, BadParams, exits_of, params_of
from appliance.ivr.validate import validate
from appliance.store.flows import Draft, FlowVersion
from appliance.telephony.ids import FlowId, LineId, NodeId


class FlowCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What an editor must know of a drawing that it cannot tell by itself."""

    problems: tuple[Problem, ...]
    exits: Mapping[NodeId, tuple[ExitSpec, ...]]
    """Of every node whose parameters are in order."""


class Choice(msgspec.Struct, frozen=True):
    id: str
    label: str
    text: str = ""
    """What a prompt says."""


class FlowChoices(msgspec.Struct, frozen=True, kw_only=True):
    """What the forms of nodes offer, by the word after `x-choose` in a parameter's schema."""

    prompt: tuple[Choice, ...]
    queue: tuple[Choice, ...]
    hours: tuple[Choice, ...]
    box: tuple[Choice, ...]
    flow: tuple[Choice, ...]
    caller_list: tuple[Choice, ...]
    agent: tuple[Choice, ...]
    request_hosts: tuple[str, ...]


class FlowRow(msgspec.Struct, frozen=True, kw_only=True):
    """A flow in the list."""

    id: FlowId
    label: str
    version: int | None
    """In force; None: never published, or withdrawn."""
    changed: bool
    """There is a draft that is not published."""
    revision: int
    nodes: int
    problems: int
    """Grave ones, of the draft if there is one."""
    default: bool
    lines: tuple[LineId, ...]
    """Chosen for these lines by name."""
    used_by: tuple[str, ...]
    """Labels of flows in force that lead here."""
    saved_at: str
    saved_by: str
    published_at: str
    published_by: str


class FlowState(msgspec.Struct, frozen=True, kw_only=True):
    """A flow opened for work: the draft, or what is in force where there is none."""

    row: FlowRow
    graph: FlowGraph
    check: FlowCheck


class Shelf(msgspec.Struct, frozen=True):
    """Everything known of all flows at one moment."""

    plan: CallPlan
    drafts: Mapping[FlowId, Draft]
    latest: Mapping[FlowId, FlowVersion]

    def published(self, flow: FlowId) -> FlowGraph | None:
        return next((graph for graph in self.plan.flows if graph.id == flow), None)

    def work(self, flow: FlowId) -> FlowGraph | None:
        """The draft, else what is in force."""
        draft = self.drafts.get(flow)
        return draft.graph if draft and draft.graph else self.published(flow)

    def ids(self) -> list[FlowId]:
        drawn = [draft.flow for draft in self.drafts.values() if draft.graph]
        return list(dict.fromkeys([*(graph.id for graph in self.plan.flows), *drawn]))


def choices_of(plan: CallPlan, prompts: Sequence[Choice]) -> FlowChoices:
    """The plan's things by name."""
    return FlowChoices(
        prompt=tuple(prompts),
        queue=tuple(Choice(queue.id, queue.label) for queue in plan.queues),
        hours=tuple(Choice(hours.id, hours.label) for hours in plan.hours),
        box=tuple(Choice(box.id, box.label) for box in plan.boxes),
        flow=tuple(Choice(flow.id, flow.label) for flow in plan.flows),
        caller_list=tuple(Choice(each.id, each.label) for each in plan.caller_lists),
        agent=tuple(Choice(agent.id, agent.name) for agent in plan.agents),
        request_hosts=plan.request_hosts,
    )


def checked_flow(graph: FlowGraph, parts: PlanParts) -> FlowCheck:
    """Problems and exits of a drawing."""
    exits = {node.id: found for node in graph.nodes if (found := _exits(node)) is not None}
    return FlowCheck(problems=tuple(validate(graph, parts)), exits=exits)


def _exits(node: Node) -> tuple[ExitSpec, ...] | None:
    kind = KINDS.get(node.kind)
    if kind is None:
        return None
    try:
        return exits_of(params_of(node, kind), kind)
    except BadParams:
        return None


def _same(graph: FlowGraph, published: FlowGraph | None) -> bool:
    return published is not None and msgspec.structs.replace(graph, version=published.version) == published


def row_of(shelf: Shelf, flow: FlowId, parts: PlanParts) -> FlowRow:
    graph, published, draft = shelf.work(flow), shelf.published(flow), shelf.drafts.get(flow)
    assert graph is not None
    latest = shelf.latest.get(flow)
    drawn = draft is not None and draft.graph is not None and not _same(draft.graph, published)
    return FlowRow(
        id=flow,
        label=graph.label,
        version=published.version if published else None,
        changed=drawn,
        revision=draft.revision if draft else 0,
        nodes=len(graph.nodes),
        problems=sum(problem.grave for problem in validate(graph, parts)),
        default=shelf.plan.default_flow == flow,
        lines=tuple(line.id for line in shelf.plan.lines if line.flow == flow),
        used_by=tuple(
            other.label
            for other in shelf.plan.flows
            if other.id != flow
            and any(node.kind == "subflow" and node.params.get("flow") == flow for node in other.nodes)
        ),
        saved_at=draft.saved_at if draft and drawn else "",
        saved_by=draft.user_name if draft and drawn else "",
        published_at=latest.published_at if latest and published else "",
        published_by=latest.user_name if latest and published else "",
    )
