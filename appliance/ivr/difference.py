"""What changed between two versions of a flow, node by node. Pure. Places in the drawing do not count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from appliance.ivr.graph import FlowGraph, Node
from appliance.telephony.ids import NodeId


class ChangedField(msgspec.Struct, frozen=True, kw_only=True):
    """`field` as problems name it (`params.prompts`, `exits.1`); a side without the field is None."""

    field: str
    before: Any = None
    after: Any = None


class NodeDifference(msgspec.Struct, frozen=True, kw_only=True):
    """One node: added (no field listed), removed (none either) or changed."""

    node: NodeId
    label: str
    kind: str
    how: str
    """`added`, `removed` or `changed`."""
    fields: tuple[ChangedField, ...] = ()


class FlowDifference(msgspec.Struct, frozen=True, kw_only=True):
    """`fields` are those of the flow itself: label, start, notes."""

    fields: tuple[ChangedField, ...] = ()
    nodes: tuple[NodeDifference, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether calls and people see the same flow."""
        return not self.fields and not self.nodes


def difference(before: FlowGraph | None, after: FlowGraph) -> FlowDifference:
    """What leads from `before` (None: nothing yet) to `after`: in the order of `after`, removed nodes last."""
    old = {} if before is None else {node.id: node for node in before.nodes}
    kept = {node.id for node in after.nodes}
    nodes = [found for node in after.nodes if (found := _of_node(old.get(node.id), node)) is not None]
    nodes += [_whole(node, "removed") for node in old.values() if node.id not in kept]
    fields = _changed(_head(before) if before is not None else {}, _head(after))
    return FlowDifference(fields=fields, nodes=tuple(nodes))


def _of_node(before: Node | None, after: Node) -> NodeDifference | None:
    if before is None:
        return _whole(after, "added")
    fields = _changed(_flat(before), _flat(after))
    if not fields:
        return None
    return NodeDifference(node=after.id, label=after.label, kind=after.kind, how="changed", fields=fields)


def _whole(node: Node, how: str) -> NodeDifference:
    return NodeDifference(node=node.id, label=node.label, kind=node.kind, how=how)


def _head(flow: FlowGraph) -> dict[str, Any]:
    notes = sorted(note.text for note in flow.notes)
    return {"label": flow.label, "start": flow.start, **({"notes": notes} if notes else {})}


def _flat(node: Node) -> dict[str, Any]:
    params = {f"params.{name}": value for name, value in node.params.items()}
    exits = {f"exits.{name}": target for name, target in node.exits.items()}
    return {"kind": node.kind, "label": node.label, **params, **exits}


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[ChangedField, ...]:
    names = dict.fromkeys([*after, *before])
    return tuple(
        ChangedField(field=name, before=before.get(name), after=after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    )
