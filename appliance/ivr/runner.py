"""Runs a flow for one caller: from node to node by their exits, whatever a node does wrong."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any

from appliance.ivr.context import MAX_DEPTH, Context, PlanParts, Sources
from appliance.ivr.context import FlowEnd as FlowEnd  # noqa: PLC0414 - part of what `run` returns
from appliance.ivr.graph import FlowGraph, Node
from appliance.ivr.node import FAILED, ExitSpec, NodeKind
from appliance.ivr.registry import KINDS, Kinds, exits_of, params_of
from appliance.telephony.ids import NodeId, PromptId
from appliance.telephony.leg import CallerLeg, LegGone, LegTaken

APOLOGY = PromptId("apology")
GONE = "gone"
"""Exit name reported for the node in which the call ended under the flow."""
MAX_NODES = 200
"""Nodes a call may enter in all its flows together."""
MAX_VISITS = 20
"""Times a call may enter one node: a lost call that ended in a loop lets go of its line."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FlowResult:
    """How a flow went; the line has been released."""

    end: FlowEnd
    last_node: NodeId
    last_exit: str
    """'' when the node had none to take."""
    nodes_run: int
    variables: Mapping[str, str]


class FlowError(Exception):
    """A node leads where it must not; ends in its failure exit or the apology."""


class Runner:
    """One published flow over one plan; `run` may be called for any number of callers at once."""

    def __init__(self, flow: FlowGraph, parts: PlanParts, kinds: Kinds = KINDS, sources: Sources | None = None) -> None:
        self._flow = flow
        self._parts = parts
        self._kinds = kinds
        self._sources = sources or Sources()

    async def run(
        self, leg: CallerLeg, variables: Mapping[str, str] | None = None, *, at: NodeId | None = None
    ) -> FlowResult:
        """Take the caller through the flow and release the line.

        Raises only `LegGone`, when the caller hung up, and `LegTaken`, when somebody took the caller away.
        `variables` are there from the beginning, such as `pushed` by a seat; `at` is where to begin, if not at the
        flow's start.
        """

        async def enter(flow: FlowGraph) -> FlowEnd:
            return await self._inside(flow, leg, ctx)

        ctx = Context(self._parts, self._sources, enter)
        ctx.variables.update(variables or {})
        end, node_id, exit_name = await self._walk(self._flow, leg, ctx, at)
        if end is not FlowEnd.FINISHED and leg.answered:
            await self._guarded(leg.play((APOLOGY,)), "apology")
        await self._guarded(leg.hang_up(), "hang-up")
        return FlowResult(
            end=end,
            last_node=node_id,
            last_exit=exit_name,
            nodes_run=ctx.visits.total(),
            variables=dict(ctx.variables),
        )

    async def _inside(self, flow: FlowGraph, leg: CallerLeg, ctx: Context) -> FlowEnd:
        if ctx.depth >= MAX_DEPTH:
            raise FlowError(f"flows are nested deeper than {MAX_DEPTH}")
        around = ctx.flow, ctx.node
        ctx.depth += 1
        try:
            end, _, _ = await self._walk(flow, leg, ctx)
        finally:
            ctx.depth -= 1
            ctx.flow, ctx.node = around
        return end

    async def _walk(
        self, flow: FlowGraph, leg: CallerLeg, ctx: Context, at: NodeId | None = None
    ) -> tuple[FlowEnd, NodeId, str]:
        nodes = {node.id: node for node in flow.nodes}
        node_id = flow.start if at is None else at
        while True:
            node = nodes.get(node_id)
            if node is None:
                _log.error("flow %s: no node %r", flow.id, node_id)
                return FlowEnd.FAILED, node_id, ""
            if ctx.visits[flow.id, node_id] >= MAX_VISITS or ctx.visits.total() >= MAX_NODES:
                _log.warning("flow %s: call %s goes round at node %s", flow.id, leg.call_id, node_id)
                return FlowEnd.ENDLESS, node_id, ""
            ctx.visits[flow.id, node_id] += 1
            ctx.flow, ctx.node = flow.id, node_id
            leg.entered(flow.id, node_id, node.label)
            exit_name = await self._step(flow, node, leg, ctx)
            self._report(flow, node, leg, ctx, exit_name)
            if exit_name not in node.exits:
                return FlowEnd.FAILED if exit_name == FAILED.name else FlowEnd.FINISHED, node_id, exit_name
            node_id = node.exits[exit_name]

    async def _step(self, flow: FlowGraph, node: Node, leg: CallerLeg, ctx: Context) -> str:
        """Run one node; the exit to take, '' when the flow is over."""
        try:
            kind = self._kinds[node.kind]
            params = params_of(node, kind)
            exit_name = await kind.run(params, leg, ctx)
            return self._allowed(exit_name, node, kind, params)
        except (LegGone, LegTaken, asyncio.CancelledError):
            if not ctx.gone:  # of nested nodes the innermost is the one that the caller heard
                ctx.gone = True
                self._report(flow, node, leg, ctx, GONE)
            raise
        except Exception:  # noqa: BLE001 - whatever a node does wrong, the caller is looked after
            _log.exception("flow %s: node %s broke down in call %s", flow.id, node.id, leg.call_id)
            return FAILED.name

    def _report(self, flow: FlowGraph, node: Node, leg: CallerLeg, ctx: Context, exit_name: str) -> None:
        digits, remark = ctx.take_shown_digits(), ctx.take_remark()
        leg.visited(flow.id, flow.version, node.id, node.label, exit_name, digits, remark)

    def _allowed(self, exit_name: str | None, node: Node, kind: NodeKind[Any], params: Any) -> str:
        if exit_name is None:
            return ""
        specs = {spec.name: spec for spec in exits_of(params, kind)}
        spec = _wired(specs, exit_name, node)
        if spec is None or (spec.required and spec.name not in node.exits):
            raise FlowError(f"exit {exit_name!r} leads nowhere")
        return spec.name

    async def _guarded(self, action: Awaitable[object], what: str) -> None:
        """Await `action`; what fails in it is only logged, since there is nothing left to fall back on."""
        try:
            await action
        except (LegGone, LegTaken):
            raise
        except Exception:  # noqa: BLE001 - the last resort has no other
            _log.exception("flow %s: %s failed", self._flow.id, what)


def _wired(specs: Mapping[str, ExitSpec], exit_name: str, node: Node) -> ExitSpec | None:
    """The exit itself, or the one that it names in its place while it leads nowhere."""
    spec = specs.get(exit_name)
    if spec is not None and spec.instead and exit_name not in node.exits:
        return specs.get(spec.instead)
    return spec
