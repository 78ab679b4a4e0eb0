from __future__ import annotations

import msgspec
import pytest

from appliance.callplan import plan_parts
from appliance.defaults.plan import default_flow, default_plan
from appliance.ivr.difference import difference
from appliance.ivr.flowfile import FlowFileError, fitted, read_flow, templates, write_flow
from appliance.ivr.registry import GROUPS, KINDS
from appliance.telephony.ids import NodeId, QueueId


def test_every_kind_lies_in_exactly_one_drawer_of_the_palette() -> None:
    drawn = [name for names in GROUPS.values() for name in names]
    assert sorted(drawn) == sorted(KINDS)


def test_a_flow_survives_its_file() -> None:
    flow = default_flow()
    assert read_flow(write_flow(flow, "说明")).flow == flow


def test_too_many_nodes_are_refused() -> None:
    flow = default_flow()
    many = tuple(msgspec.structs.replace(flow.nodes[0], id=NodeId(f"n{n}")) for n in range(501))
    with pytest.raises(FlowFileError, match="501"):
        read_flow(write_flow(msgspec.structs.replace(flow, nodes=many)))


def test_a_template_takes_what_the_plan_has() -> None:
    plan = default_plan("铜陵广电", "0562-96599", "0562")
    queues = (msgspec.structs.replace(plan.queues[0], id=QueueId("only")),)
    parts = plan_parts(msgspec.structs.replace(plan, queues=queues))
    standard = next(each.flow for each in templates() if each.id == "standard")
    chosen = {node.params["queue"] for node in fitted(standard, parts).nodes if node.kind == "queue"}
    assert chosen == {"only"}


def test_differences_name_node_and_field_and_ignore_places() -> None:
    before = default_flow()
    assert difference(before, msgspec.structs.replace(before)).is_empty
    moved = tuple(msgspec.structs.replace(node, x=node.x + 40) for node in before.nodes)
    assert difference(before, msgspec.structs.replace(before, nodes=moved)).is_empty
    menu = next(node for node in before.nodes if node.id == "menu")
    changed = msgspec.structs.replace(
        menu, params={**menu.params, "tries": 2}, exits={**menu.exits, "1": NodeId("service")}
    )
    nodes = tuple(changed if node.id == "menu" else node for node in before.nodes if node.id != "night")
    new = msgspec.structs.replace(menu, id=NodeId("second"))
    found = difference(before, msgspec.structs.replace(before, nodes=(*nodes, new)))
    assert [(each.node, each.how) for each in found.nodes] == [
        ("menu", "changed"), ("second", "added"), ("night", "removed"),
    ]  # fmt: skip
    fields = {field.field: (field.before, field.after) for field in found.nodes[0].fields}
    assert fields == {"params.tries": (None, 2), "exits.1": ("repair", "service")}
    assert all(each.how == "added" for each in difference(None, before).nodes)
