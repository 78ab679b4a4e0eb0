"""The nodes that ask another computer: what they send, and what they make of any answer."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any
from urllib.parse import parse_qs

import pytest

from appliance.ivr.context import PlanParts
from appliance.ivr.document import DocumentError, read_json, read_line, read_xml
from appliance.ivr.graph import FlowGraph, Node
from appliance.ivr.prompts import known_prompts
from appliance.ivr.runner import FlowResult, Runner
from appliance.ivr.validate import validate
from appliance.telephony.ids import FlowId, NodeId
from tests.unit import bad_server
from tests.unit.bad_server import Behaviour, Server, serving
from tests.unit.one_node import exit_of, one_node, problems_of
from tests.unit.scripted_leg import ScriptedLeg

PARTS = PlanParts(prompts=known_prompts(), request_hosts=frozenset({"127.0.0.1", "erp.local:8080"}))
BILL = b'{"state": "owes", "bill": {"sum": 12.5, "months": ["2026-10", "2026-11"]}, "note": "goodbye", "vip": true}'


def ask(
    kind: str, params: dict[str, Any], *behaviours: Behaviour, **variables: str
) -> tuple[ScriptedLeg, FlowResult, Server]:
    """Run the node against a server on the loopback."""

    async def main() -> tuple[ScriptedLeg, FlowResult, Server]:
        async with serving(*behaviours) as server:
            where = {"url": f"{server.url}/ask"} if kind == "http" else {"host": "127.0.0.1", "port": server.port}
            leg = ScriptedLeg()
            flow = one_node(kind, {"timeout_s": 0.4} | where | params)
            return leg, await Runner(flow, PARTS).run(leg, variables), server

    return asyncio.run(main())


def body_of(server: Server) -> bytes:
    return server.asked[-1].partition(b"\r\n\r\n")[2]


def test_the_server_gets_what_is_known_of_the_call() -> None:
    _, _, server = ask("http", {}, bad_server.answers(b"{}"), pushed="42")
    assert json.loads(body_of(server)) == {
        "call": "20261122-100000-0001",
        "line": "2",
        "date": "2026-11-23",
        "time": "10:00:00",
        "caller": "13800138000",
        "node": "it",
        "pushed": "42",
    }
    assert b"Content-Type: application/json" in server.asked[0]


FIELDS = [{"name": "card", "value": "{number}"}, {"name": "note", "value": "a&b <{who}>"}]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"body": "form"}, b"card=88%2612&note=a%26b+%3C%E7%8E%8B%3E"),
        ({"body": "json"}, '{"card":"88&12","note":"a&b <王>"}'.encode()),
        (
            {"body": "xml"},
            "<?xml version='1.0' encoding='utf-8'?>\n<call><card>88&amp;12</card>"
            "<note>a&amp;b &lt;王&gt;</note></call>".encode(),
        ),
    ],
)
def test_a_body_is_encoded_whatever_was_keyed(params: dict[str, str], expected: bytes) -> None:
    _, _, server = ask("http", params | {"fields": FIELDS}, bad_server.answers(b"{}"), number="88&12", who="王")
    assert body_of(server) == expected


def test_a_get_carries_its_fields_in_the_address() -> None:
    _, _, server = ask("http", {"method": "GET", "fields": FIELDS}, bad_server.answers(b"{}"), number="1/2", who="")
    target = server.asked[0].split(b" ")[1].decode()
    assert parse_qs(target.partition("?")[2]) == {"card": ["1/2"], "note": ["a&b <>"]}


def test_headers_and_a_value_in_the_path() -> None:
    async def main() -> bytes:
        async with serving(bad_server.answers(b"{}")) as server:
            params = {
                "url": f"{server.url}/card/{{number}}/片区",
                "headers": [{"name": "X-Key", "value": "k{number}\r\nEvil: 1"}],
            }
            await Runner(one_node("http", params), PARTS).run(ScriptedLeg(), {"number": "../a?b"})
            return server.asked[0]

    request = asyncio.run(main())
    assert request.startswith(b"POST /card/..%2Fa%3Fb/%E7%89%87%E5%8C%BA HTTP/1.1\r\n")
    assert b"X-Key: k../a?bEvil: 1\r\n" in request


TAKING = {
    "exit_path": "state",
    "results": [{"value": "owes", "exit": "arrears"}, {"value": "ok", "exit": "clear"}],
    "keep": [{"path": "bill.sum", "variable": "sum"}, {"path": "bill.none", "variable": "none"}],
    "show": [{"path": "bill.months.1", "label": "欠费月份"}, {"path": "vip", "label": "VIP"}],
    "speak": [
        {"path": "bill.sum", "kind": "amount", "before": ["please_wait"]},
        {"path": "note"},
        {"path": "bill.none", "kind": "amount", "before": ["welcome"]},
        {"path": "state"},
    ],
}


def test_the_answer_decides_is_kept_shown_and_spoken() -> None:
    leg, result, _ = ask("http", TAKING, bad_server.answers(BILL))
    assert exit_of(leg) == "arrears"
    assert (result.variables["sum"], result.variables["none"]) == ("12.5", "")
    assert leg.shown == {"欠费月份": "2026-11", "VIP": "true"}
    expected = ["wait_query", "please_wait", "zh-shi", "zh-2", "zh-yuan", "zh-5", "zh-jiao", "goodbye"]
    assert leg.played == expected, "a missing amount and a prompt that nobody knows are passed over"


def test_an_answer_that_is_not_listed_leaves_by_done() -> None:
    leg, _, _ = ask("http", TAKING, bad_server.answers(b'{"state": "new"}'))
    assert exit_of(leg) == "done"


def test_an_xml_answer() -> None:
    xml = b'<r><state code="7">owes</state><bill><sum>3</sum></bill><bill><sum>4</sum></bill></r>'
    params = {
        "answer": "xml",
        "keep": [
            {"path": "state", "variable": "state"},
            {"path": "state.@code", "variable": "code"},
            {"path": "bill.1.sum", "variable": "second"},
            {"path": "bill.sum", "variable": "first"},
        ],
    }
    _, result, _ = ask("http", params, bad_server.answers(xml, kind="text/xml"))
    assert [result.variables[name] for name in ("state", "code", "second", "first")] == ["owes", "7", "4", "3"]


@pytest.mark.parametrize(
    ("params", "behaviour", "remark"),
    [
        ({}, bad_server.hangs, "没有及时"),
        ({}, bad_server.answers(b'{"state": '), "不是 JSON"),
        ({}, bad_server.answers(b"[" * 100_000), "不是 JSON"),
        ({}, bad_server.floods, "超过"),
        ({}, bad_server.answers(b"oops", "500 Internal Server Error"), "错误 500"),
        ({}, bad_server.answers(b"", "302 Found"), "错误 302"),
        ({"answer": "xml"}, bad_server.answers(b"<a><b></a>"), "不是 XML"),
        ({"answer": "xml"}, bad_server.answers(b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'), "文档类型声明"),
        ({"answer": "xml"}, bad_server.answers("<!DOCTYPE a><a>b</a>".encode("utf-16")), "文档类型声明"),
    ],
)
def test_a_failure_is_told_to_the_caller_and_leaves_in_time(
    params: dict[str, Any], behaviour: Behaviour, remark: str
) -> None:
    began = time.monotonic()
    leg, _, _ = ask("http", params, behaviour)
    assert time.monotonic() - began < 1.5
    assert exit_of(leg) == "no_result"
    assert leg.played == ["wait_query", "query_failed"]
    assert any(remark in each for each in leg.remarks)


def test_a_failed_question_is_asked_again_as_often_as_told() -> None:
    leg, _, server = ask("http", {"retries": 2}, bad_server.drops, bad_server.answers(b"x"), bad_server.answers(b"{}"))
    assert exit_of(leg) == "done"
    assert server.connections == 3
    leg, _, server = ask("http", {"retries": 1}, bad_server.drops)
    assert exit_of(leg) == "no_result"
    assert server.connections == 2


def test_tcp_sends_one_line_and_reads_fields() -> None:
    params = {
        "line": "CALL,{caller},{n}",
        "encoding": "gb18030",
        "exit_path": "0",
        "results": [{"value": "欠费", "exit": "arrears"}],
        "keep": [{"path": "1", "variable": "sum"}],
    }
    leg, result, server = ask("tcp", params, bad_server.says_line("欠费,12.50\n".encode("gb18030")), n="王\r\nEVIL")
    assert server.asked == ["CALL,13800138000,王EVIL\r\n".encode("gb18030")]
    assert exit_of(leg) == "arrears"
    assert result.variables["sum"] == "12.50"


def test_tcp_reads_json_and_fails_in_time() -> None:
    params = {"line": "x", "answer": "json", "keep": [{"path": "a.0", "variable": "a"}]}
    _, result, _ = ask("tcp", params, bad_server.says_line(b'{"a": [5]}\n'))
    assert result.variables["a"] == "5"
    leg, _, _ = ask("tcp", params, bad_server.hangs)
    assert exit_of(leg) == "no_result"


@pytest.mark.parametrize(
    ("kind", "params", "field", "words"),
    [
        ("http", {"url": "http://evil.example/"}, "params.url", "不在话务方案允许"),
        ("http", {"url": "http://erp.local/"}, "params.url", "不在话务方案允许"),
        ("http", {"url": "http://{caller}.example/"}, "params.url", "格式不对"),
        ("http", {"url": "http://127.0.0.1@evil.example/"}, "params.url", "格式不对"),
        ("http", {"url": "ftp://127.0.0.1/"}, "params.url", "格式不对"),
        ("http", {"fields": [{"name": "a", "value": "{"}]}, "params.fields[0].value", "花括号"),
        ("http", {"results": [{"value": "1", "exit": "one"}]}, "params.exit_path", "选出口"),
        ("http", {"exit_path": "a", "results": [{"value": "1", "exit": "done"}]}, "params.results[0].exit", "不能用"),
        ("http", {"keep": [{"path": "a", "variable": "caller"}]}, "params.keep[0].variable", "系统自带"),
        ("tcp", {"host": "10.9.9.9"}, "params.host", "不在话务方案允许"),
    ],
)
def test_faults_are_named(kind: str, params: dict[str, Any], field: str, words: str) -> None:
    base = {"url": "http://erp.local:8080/x"} if kind == "http" else {"host": "127.0.0.1", "port": 1, "line": "x"}
    if "格式不对" in words:
        node = Node(id=NodeId("it"), kind=kind, params=base | params)
        problem = validate(FlowGraph(id=FlowId("f"), label="", start=NodeId("it"), nodes=(node,)), PARTS)[0]
    else:
        problem = problems_of(kind, base | params, PARTS)[0]
    assert problem.field == field
    assert words in problem.text


def test_a_server_that_left_the_plan_is_not_asked() -> None:
    async def main() -> tuple[ScriptedLeg, int]:
        async with serving(bad_server.answers(b"{}")) as server:
            leg = ScriptedLeg()
            await Runner(one_node("http", {"url": f"{server.url}/"}), PlanParts()).run(leg)
            return leg, server.connections

    leg, connections = asyncio.run(main())
    assert connections == 0
    assert exit_of(leg) == "no_result"


def test_documents_give_texts_only() -> None:
    document = read_json(b'{"a": {"b": null}, "c": [1, {"d": "x"}], "e": 1.5, "t": true, "": "empty"}')
    picked = [document.pick(path) for path in ("a", "a.b", "c", "c.0", "c.1.d", "c.9", "c.-1", "e", "t", "x.y.z", "")]
    assert picked == ["", "", "", "1", "x", "", "", "1.5", "true", "", "empty"]
    assert len(read_json(b'{"a": "' + b"x" * 5000 + b'"}').pick("a")) == 1000
    assert read_line(b"whole", "utf-8", "").pick("0") == "whole"
    assert read_xml(b"<a><b/></a>").pick("b/..") == ""
    assert read_xml(b"<a>" * 50_000 + b"</a>" * 50_000).pick("a") == ""
    with pytest.raises(DocumentError, match="编码"):
        read_line(b"\xff", "utf-8", ",")
