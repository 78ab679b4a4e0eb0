"""All node kinds, and what the editor's palette is made of."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from appliance.ivr.graph import Node
from appliance.ivr.node import FAILED, ExitSpec, NodeKind
from appliance.ivr.nodes import (
    announce,
    answer,
    assign,
    back,
    callback,
    collect,
    condition,
    dial,
    hangup,
    hours,
    http,
    language,
    menu,
    play,
    queue,
    record,
    ring,
    route,
    say,
    subflow,
    survey,
    tcp,
    voicemail,
)
from appliance.ivr.problem import Problem, problem_of

Kinds = Mapping[str, NodeKind[Any]]

KINDS: Kinds = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            answer.KIND,
            play.KIND,
            announce.KIND,
            say.KIND,
            language.KIND,
            menu.KIND,
            collect.KIND,
            hours.KIND,
            route.KIND,
            condition.KIND,
            assign.KIND,
            queue.KIND,
            ring.KIND,
            dial.KIND,
            voicemail.KIND,
            record.KIND,
            callback.KIND,
            survey.KIND,
            http.KIND,
            tcp.KIND,
            subflow.KIND,
            back.KIND,
            hangup.KIND,
        )
    }
)


GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "接听与放音": ("answer", "play", "announce", "say", "language"),
        "按键与判断": ("menu", "collect", "hours", "route", "condition", "assign"),
        "转人工": ("queue", "ring", "dial"),
        "留言与回访": ("voicemail", "record", "callback", "survey"),
        "业务系统": ("http", "tcp"),
        "流程与结束": ("subflow", "back", "hangup"),
    }
)
"""The palette's drawers and the kinds in each."""


class BadParams(Exception):  # noqa: N818 - carries a problem, is not one of ours to fix
    """A node's parameters do not fit its kind."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.field}: {problem.text}")
        self.problem = problem


def params_of(node: Node, kind: NodeKind[Any]) -> Any:
    """The node's parameters as its kind's `Params`. Raises `BadParams`."""
    try:
        return msgspec.convert(node.params, kind.params)
    except msgspec.ValidationError as error:
        raise BadParams(problem_of(error, dict(node.params), kind.params).below("params")) from error


def exits_of(params: Any, kind: NodeKind[Any]) -> tuple[ExitSpec, ...]:
    """Every exit of a node with these parameters, the one for breakdowns last (a kind without exits has none)."""
    own = kind.exits(params)
    return (*own, FAILED) if own else ()


def describe(kinds: Kinds = KINDS) -> list[dict[str, Any]]:
    """The palette as plain JSON values: per kind its labels, the JSON schema of its parameters, a sample, its exits."""
    group_of = {name: group for group, names in GROUPS.items() for name in names}
    described = [
        {
            "kind": kind.name,
            "group": group_of.get(kind.name, ""),
            "label": kind.label,
            "help": kind.help,
            "params": msgspec.json.schema(kind.params),
            "sample": kind.sample,
            "exits": exits_of(kind.sample, kind),
            "exits_from": kind.exits_from,
        }
        for kind in kinds.values()
    ]
    plain: list[dict[str, Any]] = msgspec.json.decode(msgspec.json.encode(described))
    return plain
