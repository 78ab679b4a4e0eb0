"""A flow as data: nodes, their parameters and where each exit leads. Immutable once published."""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.telephony.ids import FlowId, NodeId


class Node(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One box of the drawing. `params` are checked against the node kind's own `Params` before publish."""

    id: NodeId
    kind: str
    """Name in the node registry: answer, play, menu, collect, hours, queue, voicemail, hangup …"""
    label: str = ""
    """What the bureau calls it, e.g. `主菜单`."""
    params: dict[str, Any] = {}
    exits: dict[str, NodeId] = {}
    x: float = 0.0
    y: float = 0.0


class FlowNote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A remark that lies in the drawing; calls do not see it."""

    id: str
    text: str = ""
    x: float = 0.0
    y: float = 0.0


class FlowGraph(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A published version of a flow."""

    id: FlowId
    label: str
    version: int = 1
    start: NodeId
    nodes: tuple[Node, ...]
    notes: tuple[FlowNote, ...] = ()
