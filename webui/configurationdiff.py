"""What a file of settings would change on this box, piece by piece, by the names that people know. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from appliance.callplan import CallPlan
from appliance.ivr.graph import FlowGraph
from appliance.store.reasons import ReasonDraft, ReasonNode
from appliance.telephony.ids import FlowId
from webui.configurationfile import Office
from webui.plandiff import changed_fields
from webui.planparts import PARTS

FLOWS, PROMPTS, ROLES, REASONS, FORM, ALARMS = "flows", "prompts", "roles", "reasons", "form", "alarms"
_LABELS = {
    FLOWS: "语音流程",
    PROMPTS: "提示音",
    ROLES: "角色权限",
    REASONS: "呼叫事由",
    FORM: "客户资料项",
    ALARMS: "告警规则",
}
_OF_ITS_BOX = frozenset({"bureau", "lines", "stations"})
"""The name of the bureau, and the ports of a machine's cards: on another one they rarely fit."""


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the settings that is not the same in the file."""

    id: str
    label: str
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    fields: int = 0
    """Single settings that differ, where nothing has a name."""
    advised: bool = True
    """False: it belongs to the box that it comes from."""


class Present(msgspec.Struct, frozen=True, kw_only=True):
    """All that is compared, of the box or of a file."""

    plan: CallPlan
    office: Office
    prompts: Mapping[str, tuple[str, str]]
    """Id → what it is called, and the hash of its sound."""


def pieces(here: Present, file: Present) -> tuple[Piece, ...]:
    """What the file would change."""
    return tuple(_pieces(here, file))


def _pieces(here: Present, file: Present) -> Iterator[Piece]:
    flows = _named(here.plan.flows), _named(file.plan.flows)
    yield from _piece(FLOWS, *map(_versionless, flows), kept=True)
    prompts = ({name: (label, sound) for name, (label, sound) in each.prompts.items()} for each in (here, file))
    yield from _piece(PROMPTS, *prompts, kept=True)
    for part in PARTS.values():
        before, after = part.read(here.plan), part.read(with_pins(file.plan, here.plan))
        if isinstance(before, tuple):
            for piece in _piece(part.name, _items(before), _items(after), label=part.label):
                yield msgspec.structs.replace(piece, advised=part.name not in _OF_ITS_BOX)
        elif before != after:
            fields = len(changed_fields(before, after)) or 1
            yield Piece(id=part.name, label=part.label, fields=fields, advised=part.name not in _OF_ITS_BOX)
    yield from _office(here.office, file.office)


def _office(here: Office, file: Office) -> Iterator[Piece]:
    yield from _piece(ROLES, *(_named(each.roles) for each in (here, file)), kept=True)
    yield from _piece(REASONS, *(dict(_paths(each.reasons)) for each in (here, file)), kept=True)
    yield from _piece(FORM, *(_form(each) for each in (here, file)))
    if here.monitor.whole() != file.monitor.whole():
        yield Piece(id=ALARMS, label=_LABELS[ALARMS], fields=_differing(here, file))


def with_pins(plan: CallPlan, present: CallPlan) -> CallPlan:
    """PINs are in no file: who is here already keeps the own one."""
    known = {agent.id: agent.pin_hash for agent in present.agents}
    agents = tuple(msgspec.structs.replace(agent, pin_hash=known.get(agent.id, "")) for agent in plan.agents)
    return msgspec.structs.replace(plan, agents=agents)


def with_flows(plan: CallPlan, graphs: Iterable[FlowGraph]) -> CallPlan:
    """Flows of the same id are replaced, others stay."""
    new: dict[FlowId, FlowGraph] = {graph.id: graph for graph in graphs}
    kept = tuple(new.pop(graph.id, graph) for graph in plan.flows)
    return msgspec.structs.replace(plan, flows=(*kept, *new.values()))


def changed_flows(here: CallPlan, file: CallPlan) -> tuple[FlowGraph, ...]:
    """Flows of the file that are not the same here."""
    known = {graph.id: graph for graph in here.flows}
    return tuple(
        graph
        for graph in file.flows
        if graph.id not in known or msgspec.structs.replace(graph, version=known[graph.id].version) != known[graph.id]
    )


def merged_reasons(here: tuple[ReasonNode, ...], file: tuple[ReasonNode, ...]) -> tuple[ReasonDraft, ...]:
    """The file's in its order, under the ids that they have here, then those that only this box has."""
    known = {node.label: node for node in here}
    merged = [
        ReasonDraft(
            id=known[node.label].id if node.label in known else None,
            label=node.label,
            active=node.active,
            children=merged_reasons(known[node.label].children if node.label in known else (), node.children),
        )
        for node in file
    ]
    there = {node.label for node in file}
    own = [node for node in here if node.label not in there]
    return (*merged, *(_as_draft(node) for node in own))


def _as_draft(node: ReasonNode) -> ReasonDraft:
    return ReasonDraft(
        id=node.id, label=node.label, active=node.active, children=tuple(_as_draft(each) for each in node.children)
    )


def _piece(
    name: str,
    before: Mapping[Any, tuple[str, Any]],
    after: Mapping[Any, tuple[str, Any]],
    *,
    label: str = "",
    kept: bool = False,
) -> Iterator[Piece]:
    """`before` and `after`: key → what people call it, and what is compared; `kept`: what the file lacks stays."""
    added = tuple(after[key][0] for key in after if key not in before)
    changed = tuple(after[key][0] for key in after if key in before and after[key] != before[key])
    removed = () if kept else tuple(before[key][0] for key in before if key not in after)
    moved = not kept and list(before) != list(after)
    if added or changed or removed or moved:
        fields = 0 if added or changed or removed else 1
        yield Piece(id=name, label=label or _LABELS[name], added=added, changed=changed, removed=removed, fields=fields)


def _named(items: Iterable[Any]) -> dict[Any, tuple[str, Any]]:
    return {item.id: (str(getattr(item, "label", "") or getattr(item, "name", "") or item.id), item) for item in items}


def _items(items: tuple[Any, ...]) -> dict[Any, tuple[str, Any]]:
    if all(hasattr(item, "id") for item in items):
        return _named(items)
    return {msgspec.json.encode(item): (str(getattr(item, "label", item)), item) for item in items}


def _versionless(flows: dict[Any, tuple[str, Any]]) -> dict[Any, tuple[str, Any]]:
    return {key: (label, msgspec.structs.replace(graph, version=0)) for key, (label, graph) in flows.items()}


def _paths(nodes: tuple[ReasonNode, ...], above: str = "") -> Iterator[tuple[str, tuple[str, bool]]]:
    for node in nodes:
        path = above + node.label
        yield path, (path, node.active)
        yield from _paths(node.children, f"{path}/")


def _form(office: Office) -> dict[str, tuple[str, Any]]:
    form = office.form
    words = {"statuses": ("客户状态", form.statuses), "levels": ("客户等级", form.levels)}
    return {field.id: (field.label, field) for field in form.fields} | words


def _differing(here: Office, file: Office) -> int:
    pairs = zip(here.monitor.whole().alarms, file.monitor.whole().alarms, strict=True)
    return sum(one != other for one, other in pairs) + (here.monitor.service_s != file.monitor.service_s)
