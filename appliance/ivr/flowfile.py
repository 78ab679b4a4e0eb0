"""A flow as a file: for another box, for a backup, and the templates that every box brings along."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from appliance.ivr.context import PlanParts
from appliance.ivr.graph import FlowGraph, Node
from appliance.ivr.problem import problem_of
from appliance.ivr.registry import KINDS, Kinds

TEMPLATES_DIR = Path(__file__).parent / "flowtemplates"
MAX_NODES = 500
MAX_NOTES = 100


class FlowFileError(ValueError):
    """Not a flow; the text is a Chinese sentence that says where and what was expected."""


class FlowFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a file holds. `about` is one sentence for whoever chooses among files."""

    hotlinebox_flow: Literal[1] = 1
    about: str = ""
    flow: FlowGraph


class FlowTemplate(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    about: str
    flow: FlowGraph


def read_flow(content: bytes) -> FlowFile:
    """The flow in a file, well formed, not yet checked as a flow. Raises `FlowFileError`."""
    try:
        decoded = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FlowFileError("这不是流程文件：内容不是正确的 JSON。请选择由“导出”得到的文件。") from error
    if not isinstance(decoded, dict) or "hotlinebox_flow" not in decoded:
        raise FlowFileError("这不是流程文件：缺少 hotlinebox_flow 标记。请选择由“导出”得到的文件。")
    try:
        file = msgspec.convert(decoded, FlowFile)
    except msgspec.ValidationError as error:
        problem = problem_of(error, decoded, FlowFile)
        raise FlowFileError(f"流程文件的 {problem.field or '内容'} 有误：{problem.text}") from error
    if sentence := too_large(file.flow):
        raise FlowFileError(sentence)
    return file


def write_flow(flow: FlowGraph, about: str = "") -> bytes:
    """The file for a flow, indented for people."""
    return msgspec.json.format(msgspec.json.encode(FlowFile(about=about, flow=flow)), indent=1) + b"\n"


def too_large(flow: FlowGraph) -> str:
    """A sentence for a flow with more than can be worked with; '' otherwise."""
    if len(flow.nodes) > MAX_NODES:
        return f"流程有 {len(flow.nodes)} 个节点，最多 {MAX_NODES} 个，请拆成子流程。"
    if len(flow.notes) > MAX_NOTES:
        return f"流程有 {len(flow.notes)} 条便签，最多 {MAX_NOTES} 条。"
    return ""


@cache
def templates() -> tuple[FlowTemplate, ...]:
    """The flows that every box offers as a beginning, in the order of their file names."""
    found = []
    for path in sorted(TEMPLATES_DIR.glob("*.json")):
        file = read_flow(path.read_bytes())
        found.append(FlowTemplate(id=path.stem.partition("_")[2], about=file.about, flow=file.flow))
    return tuple(found)


def fitted(flow: FlowGraph, parts: PlanParts, kinds: Kinds = KINDS) -> FlowGraph:
    """`flow` with queues, hours and boxes that the plan lacks replaced by the plan's first ones."""
    there: dict[str, list[str]] = {
        "queue": list(parts.queue_leave_keys),
        "hours": list(parts.hours),
        "box": list(parts.box_max_s),
    }

    def fit(node: Node) -> Node:
        params = dict(node.params)
        for name, choose in _chosen(node.kind, kinds).items():
            known = there.get(choose)
            if known and name in params and params[name] not in known:
                params[name] = known[0]
        return msgspec.structs.replace(node, params=params)

    return msgspec.structs.replace(flow, nodes=tuple(map(fit, flow.nodes)))


def _chosen(kind: str, kinds: Kinds) -> dict[str, str]:
    """Parameters of a kind that name something of the plan, and what."""
    if kind not in kinds:
        return {}
    schema: dict[str, Any] = msgspec.json.schema(kinds[kind].params)
    properties = schema["$defs"]["Params"].get("properties", {})
    return {name: field["x-choose"] for name, field in properties.items() if "x-choose" in field}
