"""Runs a flow for one caller: from node to node by their exits, whatever a node does wrong."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from appliance.ivr.context import Context, PlanParts
from appliance.ivr.graph import FlowGraph, Node
from appliance.ivr.node import FAILED, NodeKind
from appliance.ivr.registry import KINDS, Kinds, exits_of, params_of
from appliance.telephony.ids import NodeId, PromptId
from appliance.telephony.leg import CallerLeg, LegGone

APOLOGY = PromptId("apology")
GONE = "gone"
"""Exit name reported for the node in which the call ended under the flow."""
MAX_NODES = 200
"""Nodes a call may enter in one flow."""
MAX_VISITS = 20
"""Times a call may enter one node: a lost call that ended in a loop lets go of its line."""

_log = logging.getLogger(__name__)


class FlowEnd(StrEnum):
    """Why a flow was over."""

    FINISHED = "finished"
    """A node ended it, or its exit leads nowhere by intention."""
    ENDLESS = "endless"
    """A loop bound was hit."""
    FAILED = "failed"
    """A node broke down and had no failure exit."""


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

    def __init__(self, flow: FlowGraph, parts: PlanParts, kinds: Kinds = KINDS) -> None:
        self._flow = flow
        self._parts = parts
        self._kinds = kinds
        self._nodes = {node.id: node for node in flow.nodes}

    async def run(self, leg: CallerLeg) -> FlowResult:
        """Take the caller through the flow and release the line. Raises only `LegGone`, when the caller hung up."""
        ctx = Context(self._parts)
        end, node_id, exit_name = await self._walk(leg, ctx)
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

    async def _walk(self, leg: CallerLeg, ctx: Context) -> tuple[FlowEnd, NodeId, str]:
        node_id = self._flow.start
        while True:
            node = self._nodes.get(node_id)
            if node is None:
                _log.error("flow %s: no node %r", self._flow.id, node_id)
                return FlowEnd.FAILED, node_id, ""
            if ctx.visits[node_id] >= MAX_VISITS or ctx.visits.total() >= MAX_NODES:
                _log.warning("flow %s: call %s goes round at node %s", self._flow.id, leg.call_id, node_id)
                return FlowEnd.ENDLESS, node_id, ""
            ctx.visits[node_id] += 1
            exit_name = await self._step(node, leg, ctx)
            leg.visited(self._flow.id, self._flow.version, node.id, node.label, exit_name, ctx.take_shown_digits())
            if exit_name not in node.exits:
                return FlowEnd.FAILED if exit_name == FAILED.name else FlowEnd.FINISHED, node_id, exit_name
            node_id = node.exits[exit_name]

    async def _step(self, node: Node, leg: CallerLeg, ctx: Context) -> str:
        """Run one node; the exit to take, '' when the flow is over."""
        try:
            kind = self._kinds[node.kind]
            params = params_of(node, kind)
            exit_name = await kind.run(params, leg, ctx)
            return self._allowed(exit_name, node, kind, params)
        except (LegGone, asyncio.CancelledError):
            leg.visited(self._flow.id, self._flow.version, node.id, node.label, GONE, ctx.take_shown_digits())
            raise
        except Exception:  # noqa: BLE001 - whatever a node does wrong, the caller is looked after
            _log.exception("flow %s: node %s broke down in call %s", self._flow.id, node.id, leg.call_id)
            return FAILED.name

    def _allowed(self, exit_name: str | None, node: Node, kind: NodeKind[Any], params: Any) -> str:
        if exit_name is None:
            return ""
        spec = next((spec for spec in exits_of(params, kind) if spec.name == exit_name), None)
        if spec is None or (spec.required and exit_name not in node.exits):
            raise FlowError(f"exit {exit_name!r} leads nowhere")
        return exit_name

    async def _guarded(self, action: Awaitable[object], what: str) -> None:
        """Await `action`; what fails in it is only logged, since there is nothing left to fall back on."""
        try:
            await action
        except LegGone:
            raise
        except Exception:  # noqa: BLE001 - the last resort has no other
            _log.exception("flow %s: %s failed", self._flow.id, what)
