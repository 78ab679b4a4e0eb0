"""The runner holds whatever nodes do: loops, breakdowns, bad drawings, cancelled calls."""

# ruff: noqa: ARG002 - the protocol names the arguments
from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import replace

import msgspec
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from appliance.ivr.context import Context, PlanParts, Sources
from appliance.ivr.graph import FlowGraph, Node
from appliance.ivr.hours import Hours
from appliance.ivr.nodes import play
from appliance.ivr.prompts import known_prompts
from appliance.ivr.registry import KINDS, Kinds, describe
from appliance.ivr.remote import HttpAnswer, HttpRequest, LineRequest, RemoteError
from appliance.ivr.runner import MAX_NODES, MAX_VISITS, FlowEnd, FlowResult, Runner
from appliance.ivr.validate import validate
from appliance.telephony.call import HangUpCause
from appliance.telephony.ids import BoxId, FlowId, NodeId, PromptId, QueueId
from appliance.telephony.leg import CallerLeg, DialOutcome, LegGone, QueueOutcome, RingOutcome
from tests.unit.scripted_leg import Keys, ScriptedLeg, Silent, Visit

PARTS = PlanParts()


def flow(*nodes: Node) -> FlowGraph:
    return FlowGraph(id=FlowId("f"), label="", version=3, start=nodes[0].id, nodes=nodes)


def node(name: str, kind: str, params: dict[str, object] | None = None, **exits: str) -> Node:
    return Node(
        id=NodeId(name), kind=kind, params=params or {}, exits={key: NodeId(target) for key, target in exits.items()}
    )


def run(graph: FlowGraph, leg: ScriptedLeg, kinds: Kinds = KINDS) -> FlowResult:
    return asyncio.run(Runner(graph, PARTS, kinds).run(leg))


async def _breaks(_params: play.Params, _leg: CallerLeg, _ctx: Context) -> str | None:
    raise ZeroDivisionError


async def _strays(_params: play.Params, _leg: CallerLeg, _ctx: Context) -> str | None:
    return "nowhere"


BREAKING: Kinds = {**KINDS, "play": replace(play.KIND, run=_breaks)}
STRAYING: Kinds = {**KINDS, "play": replace(play.KIND, run=_strays)}
PLAY: dict[str, object] = {"prompts": ["night"]}


def test_a_loop_ends_with_an_apology() -> None:
    leg = ScriptedLeg()
    graph = flow(node("a", "answer", next="p"), node("p", "play", PLAY, next="p"))
    result = run(graph, leg)
    assert result.end is FlowEnd.ENDLESS
    assert leg.played == [*[PromptId("night")] * MAX_VISITS, "apology"]
    assert leg.released


def test_a_wide_loop_is_bounded_for_the_whole_call() -> None:
    leg = ScriptedLeg()
    ring = [node(f"n{at}", "answer", next=f"n{(at + 1) % 30}") for at in range(30)]
    result = run(flow(*ring), leg)
    assert (result.end, result.nodes_run) == (FlowEnd.ENDLESS, MAX_NODES)


@pytest.mark.parametrize("kinds", [BREAKING, STRAYING])
def test_a_breakdown_without_failure_exit_ends_with_an_apology(kinds: Kinds, caplog: pytest.LogCaptureFixture) -> None:
    leg = ScriptedLeg()
    graph = flow(node("a", "answer", next="p"), node("p", "play", PLAY, next="e"), node("e", "hangup"))
    with caplog.at_level(logging.ERROR):
        result = run(graph, leg, kinds)
    assert result.end is FlowEnd.FAILED
    assert leg.played == ["apology"]
    assert leg.released
    assert leg.visits[-1] == Visit("p", "failed", "")
    assert "node p broke down" in caplog.text


def test_a_breakdown_takes_the_failure_exit() -> None:
    leg = ScriptedLeg()
    graph = flow(node("a", "answer", next="p"), node("p", "play", PLAY, next="e", failed="e"), node("e", "hangup"))
    result = run(graph, leg, BREAKING)
    assert result.end is FlowEnd.FINISHED
    assert leg.path == ["a", "p", "e"]
    assert leg.played == []


@pytest.mark.parametrize(
    "bad",
    [
        node("p", "play", {"prompts": []}, next="e"),
        node("p", "play", {"prompts": ["x"], "loud": True}, next="e"),
        node("p", "hours", {"hours": "nowhere"}, open="e", closed="e"),
        node("p", "teleport", next="e"),
        node("p", "play", PLAY),
        node("p", "play", PLAY, next="gone"),
    ],
)
def test_a_bad_drawing_never_raises(bad: Node) -> None:
    leg = ScriptedLeg()
    result = run(flow(node("a", "answer", next="p"), bad, node("e", "hangup")), leg)
    assert result.end is FlowEnd.FAILED
    assert leg.played[-1] == "apology"
    assert leg.released


def test_an_unanswered_caller_is_let_go_without_a_word() -> None:
    leg = ScriptedLeg()
    result = run(flow(node("p", "teleport")), leg)
    assert result.end is FlowEnd.FAILED
    assert leg.played == []
    assert leg.released


class _BreaksOnRelease(ScriptedLeg):
    async def play(self, prompts: Sequence[PromptId], *, stop_digits: str = "") -> str:
        raise OSError

    async def hang_up(self) -> None:
        raise OSError


def test_even_a_broken_leg_raises_nothing_but_leg_gone() -> None:
    result = run(
        flow(node("a", "answer", next="p"), node("p", "play", PLAY, next="e"), node("e", "hangup")), _BreaksOnRelease()
    )
    assert result.end is FlowEnd.FAILED


class _GoneInApology(ScriptedLeg):
    async def play(self, prompts: Sequence[PromptId], *, stop_digits: str = "") -> str:
        raise LegGone(HangUpCause.BUSY_TONE)


def test_leg_gone_passes_through_the_apology() -> None:
    with pytest.raises(LegGone):
        run(flow(node("a", "answer", next="p"), node("p", "teleport")), _GoneInApology())


class _NeverEndsPlaying(ScriptedLeg):
    def __init__(self) -> None:
        super().__init__()
        self.playing = asyncio.Event()

    async def play(self, prompts: Sequence[PromptId], *, stop_digits: str = "") -> str:
        self.playing.set()
        await asyncio.Event().wait()
        return ""


def test_a_cancelled_call_still_tells_where_it_was() -> None:
    leg = _NeverEndsPlaying()

    async def cut_off() -> None:
        graph = flow(node("a", "answer", next="p"), node("p", "play", PLAY, next="e"), node("e", "hangup"))
        task = asyncio.create_task(Runner(graph, PARTS).run(leg))
        await leg.playing.wait()
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cut_off())
    assert leg.visits[-1] == Visit("p", "gone", "")


def test_two_callers_in_one_flow_do_not_share_anything() -> None:
    runner = Runner(flow(node("a", "answer", next="e"), node("e", "hangup")), PARTS)

    async def both() -> list[FlowResult]:
        return list(await asyncio.gather(*(runner.run(ScriptedLeg()) for _ in range(MAX_VISITS + 5))))

    assert {result.end for result in asyncio.run(both())} == {FlowEnd.FINISHED}


def test_palette_describes_every_kind_for_the_editor() -> None:
    palette = {entry["kind"]: entry for entry in describe()}
    assert set(palette) == set(KINDS)
    menu = palette["menu"]
    assert menu["label"] == "按键菜单"
    assert [spec["name"] for spec in menu["exits"]] == ["1", "0", "invalid", "no_input", "failed"]
    assert menu["exits_from"] == "keys"
    fields = menu["params"]["$defs"]["Params"]["properties"]
    assert fields["prompts"]["items"]["x-choose"] == "prompt"
    assert all(field["title"] for entry in palette.values() for field in _fields(entry))
    assert palette["hangup"]["exits"] == []


def _fields(entry: dict[str, object]) -> list[dict[str, object]]:
    schema = entry["params"]
    assert isinstance(schema, dict)
    return list(schema["$defs"]["Params"]["properties"].values())


def test_exit_names_are_unique_within_a_kind() -> None:
    for kind in KINDS.values():
        names = [spec.name for spec in kind.exits(kind.sample)]
        assert len(names) == len(set(names)), kind.name


NAMES = ("a", "b", "c", "d")
PROPER: tuple[tuple[str, dict[str, object]], ...] = (
    ("answer", {}),
    ("play", {"prompts": ["night"]}),
    ("menu", {"prompts": ["night"], "keys": [{"digit": "1"}, {"digit": "2"}], "tries": 2}),
    ("collect", {"prompts": ["night"], "max_digits": 3, "tries": 2}),
    ("hours", {"hours": "office"}),
    ("queue", {"queue": "repair"}),
    ("voicemail", {"box": "public"}),
    ("hangup", {}),
    ("back", {}),
    ("ring", {"name": "{caller}"}),
    *(
        (name, msgspec.to_builtins(KINDS[name].sample))
        for name in ("announce", "say", "language", "route", "condition", "assign", "dial", "record", "survey", "http")
    ),
    ("callback", {"queue": "repair"}),
)
IMPROPER: tuple[tuple[str, dict[str, object]], ...] = (("play", {}), ("queue", {"queue": 5}), ("teleport", {}))
WIDE = PlanParts(
    hours={"office": Hours(id="office", label="", spans=())},
    queue_leave_keys={QueueId("repair"): ""},
    box_max_s={BoxId("public"): 60.0},
    prompts=known_prompts(),
    request_hosts=frozenset({"192.168.1.10"}),
)


class Unreachable:
    """A network in which nobody answers."""

    async def http(self, request: HttpRequest, timeout_s: float) -> HttpAnswer:
        raise RemoteError("对方没有及时答复")

    async def tcp(self, request: LineRequest, timeout_s: float) -> bytes:
        raise RemoteError("对方没有及时答复")


@st.composite
def drawings(draw: st.DrawFn, *, sound: bool) -> FlowGraph:
    """Nodes and wires at random; a sound drawing answers first, ends last and has no wrong part."""
    targets = st.sampled_from(NAMES[1:] if sound else (*NAMES, *NAMES, "x"))
    nodes = []
    for name in NAMES:
        kind, params = draw(st.sampled_from(PROPER if sound else PROPER * 3 + IMPROPER))
        if sound and name in "ad":
            kind, params = ("answer", {}) if name == "a" else ("hangup", {})
        exits = ["1", "2"] if kind == "menu" else []
        if spec := KINDS.get(kind):
            exits += [each.name for each in spec.exits(spec.sample) if not each.name.isdigit()]
        nodes.append(node(name, kind, params, **{each: draw(targets) for each in exits}))
    return flow(*nodes)


CALLERS = st.lists(st.sampled_from([Keys("1"), Keys("2", during_prompt=True), Keys("9#"), Silent()]))


def outcome(graph: FlowGraph, script: list[Keys | Silent]) -> FlowEnd:
    leg = ScriptedLeg(
        script,
        queue_outcomes=list(QueueOutcome) * 40,
        message_lengths_s=[3.0, 0.0] * 100,
        ring_outcomes=list(RingOutcome) * 50,
        dial_outcomes=list(DialOutcome) * 50,
    )
    with contextlib.ExitStack() as quiet:
        quiet.callback(logging.disable, logging.NOTSET)
        logging.disable(logging.CRITICAL)
        result = asyncio.run(Runner(graph, WIDE, sources=Sources(remote=Unreachable())).run(leg))
    assert leg.released
    assert result.nodes_run <= MAX_NODES
    return result.end


@settings(deadline=None, max_examples=150, derandomize=True)
@given(drawings(sound=False), CALLERS)
def test_any_drawing_lets_any_caller_go(graph: FlowGraph, script: list[Keys | Silent]) -> None:
    outcome(graph, script)


@settings(deadline=None, max_examples=800, derandomize=True)
@given(drawings(sound=True), CALLERS)
def test_a_valid_drawing_never_breaks_down(graph: FlowGraph, script: list[Keys | Silent]) -> None:
    problems = validate(graph, WIDE)
    event("valid" if not problems else "not valid")
    if not problems:
        assert outcome(graph, script) is not FlowEnd.FAILED
