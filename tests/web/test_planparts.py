"""The parts of the call plan: who may change what, what is refused where, two people at once, what the engine gets."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.callplan import CallPlan, load_callplan
from appliance.pincode import pin_matches
from appliance.store.audit import list_audit_entries
from appliance.wire.messages import ReloadCallPlan
from tests.web.box import Box, Browser, in_box
from webui.auth.permissions import P, Role
from webui.planparts import PARTS

QUEUE = {"id": "night", "label": "夜间值班"}
CHANGES: dict[str, Any] = {
    "bureau": lambda value: {**value, "bureau": "枞阳广电"},
    "lines": lambda value: [{**value[0], "label": "电信 1 线", "rx_gain_db": 3}, *value[1:]],
    "line_rules": lambda value: {**value, "max_call_s": 3600},
    "stations": lambda value: [{**value[0], "label": "前台"}, *value[1:]],
    "queues": lambda value: [{**value[0], "strategy": "round_robin"}, *value[1:], QUEUE],
    "queue_rules": lambda value: {**value, "priority_worth_s": 60},
    "agents": lambda value: [*value, {"id": "1002", "name": "李四", "queues": ["repair"]}],
    "hours": lambda value: [{**value[0], "closed_on": ["2026-12-31"]}, *value[1:]],
    "boxes": lambda value: [{**value[0], "max_s": 60}],
    "caller_lists": lambda value: [{**value[0], "numbers": ["13900000000"]}, *value[1:]],
    "recording": lambda value: {**value, "min_s": 3},
    "dial": lambda value: {**value, "calls_per_hour": 20},
    "sms": lambda value: {**value, "parts_per_day": 20},
    "break_reasons": lambda value: [*value, "用餐"],
    "request_hosts": lambda value: [*value, "192.168.1.20:8080"],
    "features": lambda value: {**value, "sign_in": "*31"},
    "phones": lambda value: {**value, "language": "en"},
    "follow_ups": lambda value: {**value, "due_s": 600},
}


async def part_of(browser: Browser, name: str) -> dict[str, Any]:
    answer = await browser.get(f"/api/plan/{name}")
    assert answer.status == 200, answer.body.decode()
    return dict(answer.json)


async def change(browser: Browser, name: str, value: Any, revision: str | None = None) -> Any:
    revision = revision or (await part_of(browser, name))["revision"]
    return await browser.put(f"/api/plan/{name}", {"revision": revision, "value": value})


def plan_in(box: Box) -> CallPlan:
    return load_callplan(box.data / "callplan.json")


@pytest.mark.parametrize("name", PARTS)
def test_every_part_is_changed_told_to_the_engine_and_logged(tmp_path: Path, name: str) -> None:
    async def test(box: Box) -> None:
        browser = await box.person("chief", *Role, agent="1001")
        before = plan_in(box)
        part = await part_of(browser, name)
        assert part["form"]
        answer = await change(browser, name, CHANGES[name](part["value"]))
        assert answer.status == 200, answer.body.decode()
        assert answer.json["revision"] != part["revision"]
        after = plan_in(box)
        assert after.version == before.version + 1
        assert PARTS[name].read(after) != PARTS[name].read(before)
        unchanged = set(CallPlan.__struct_fields__) - {"version", *PARTS[name].fields}
        assert {field for field in unchanged if getattr(before, field) != getattr(after, field)} == set()
        assert any(isinstance(command, ReloadCallPlan) for command in box.engine.commands)
        entry = (await box.context.database.read(list_audit_entries))[0]
        assert (entry.subject, entry.subject_id) == ("plan", name)
        assert entry.before != entry.after
        again = await change(browser, name, answer.json["value"])
        assert (again.status, plan_in(box).version) == (200, after.version)

    in_box(tmp_path, test)


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("role", list(Role))
def test_who_may_read_and_change_which_part(tmp_path: Path, name: str, role: Role) -> None:
    part = PARTS[name]
    held = frozenset(permission for permission in P if role in permission.roles)

    async def test(box: Box) -> None:
        chief = await box.person("chief", *Role)
        value = CHANGES[name]((await part_of(chief, name))["value"])
        browser = await box.person("somebody", role)
        read = await browser.get(f"/api/plan/{name}")
        assert (read.status == 200) == bool(held & (part.changers | part.readers)), read.body
        answer = await change(browser, name, value, (await part_of(chief, name))["revision"])
        needed = part.needed(part.read(plan_in(box)), msgspec.convert(value, part.kind))
        if answer.status == 200:
            assert bool(held & part.changers)
        else:
            assert answer.status == 403
            assert not needed <= held
            assert plan_in(box).version == 1

    in_box(tmp_path, test)


def test_a_field_can_need_another_permission_than_its_part(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        chief = await box.person("chief", *Role)
        leader = await box.person("leader", Role.LEADER)
        assert (await part_of(leader, "caller_lists"))["changeable"] == ["acd.blacklist"]
        lists = (await part_of(leader, "caller_lists"))["value"]
        black, vip = ({**each, "numbers": ["13800000000"]} for each in lists)
        assert (await change(leader, "caller_lists", [black, lists[1]])).status == 200
        refused = await change(leader, "caller_lists", [black, vip])
        assert (refused.status, "优先号码" in refused.error) == (403, True)
        turned = await change(leader, "caller_lists", [black, {**lists[1], "effect": "refuse"}])
        assert turned.status == 403
        assert (await change(chief, "caller_lists", [black, vip])).status == 200
        quality = await box.person("agents", Role.LEADER)
        assert (await change(quality, "agents", [{"id": "1002", "name": "李四"}])).status == 200
        risen = await change(quality, "agents", [{"id": "1002", "name": "李四", "rights": ["international"]}])
        assert (risen.status, "角色与权限" in risen.error) == (403, True)
        people = (await part_of(quality, "agents"))["value"]
        for more in ({"rights": ["international"]}, {"supervises": True}, {"pin_hash": "271828"}):
            sneaked = await change(quality, "agents", [*people, {"id": "1003", "name": "王五", **more}])
            assert sneaked.status == 403, more
        strict = [{"id": "1002", "name": "李四", "rights": []}]
        assert (await change(chief, "agents", strict)).status == 200
        assert (await change(quality, "agents", [])).status == 403

    in_box(tmp_path, test)


def test_two_people_at_once_lose_nothing(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        wang, li = await box.person("wang", *Role), await box.person("li", *Role)
        mine, theirs = await part_of(wang, "queues"), await part_of(li, "queues")
        renamed = [{**mine["value"][0], "label": "故障报修"}, *mine["value"][1:]]
        assert (await change(wang, "queues", renamed, mine["revision"])).status == 200
        faster = [{**theirs["value"][0], "ring_s": 9}, *theirs["value"][1:]]
        late = await change(li, "queues", faster, theirs["revision"])
        assert late.status == 409
        assert "技能组" in late.error
        assert "wang先生" in late.error
        assert (plan_in(box).queues[0].label, plan_in(box).queues[0].ring_s) == ("故障报修", 20)
        hours = await part_of(li, "hours")
        assert (await change(li, "hours", CHANGES["hours"](hours["value"]), hours["revision"])).status == 200

    in_box(tmp_path, test)


def test_many_at_the_same_moment_and_each_change_is_there(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.person("chief", *Role)
        names = [name for name in PARTS if name != "agents"]
        parts = {name: await part_of(browser, name) for name in names}
        answers = await asyncio.gather(
            *(change(browser, name, CHANGES[name](part["value"]), part["revision"]) for name, part in parts.items())
        )
        assert {answer.status for answer in answers} == {200}
        assert plan_in(box).version == 1 + len(names)
        for name in names:
            assert (await part_of(browser, name))["revision"] != parts[name]["revision"], name

    in_box(tmp_path, test)


WRONG = [
    ("bureau", {"bureau": ""}, "bureau", "不能为空"),
    ("bureau", {"bureau": "铜" * 41}, "bureau", "太长"),
    ("bureau", {"area_code": "562"}, "area_code", "区号"),
    ("bureau", {"bureau": "铜陵\n广电"}, "bureau", "控制字符"),
    ("lines", [{"rx_gain_db": 21}], "[0].rx_gain_db", "<= 20"),
    ("lines", [{"answer_after_rings": 0}], "[0].answer_after_rings", ">= 1"),
    ("lines", [{"flow": "gone"}], "[0].flow", "流程"),
    ("lines", [{"port": "sim/2"}], "[1].port", "已在"),
    ("lines", [{"label": 7}], "[0].label", "文字"),
    ("line_rules", {"default_flow": "gone"}, "default_flow", "流程"),
    ("line_rules", {"max_call_s": -1}, "max_call_s", ">= 0"),
    ("stations", [{"id": "802"}], "[1].id", "不能重复"),
    ("stations", [{"seat": "2"}], "[1].seat", "不能重复"),
    ("queues", [{"label": " "}], "[0].label", "不能为空"),
    ("queues", [{"label": "业务咨询"}], "[1].label", "已经有一个"),
    ("queues", [{"strategy": "loudest"}], "[0].strategy", "不能取值"),
    ("queues", [{"max_waiting": 0}], "[0].max_waiting", ">= 1"),
    ("queues", [{"max_wait_s": "long"}], "[0].max_wait_s", "数字"),
    ("queues", [{"music": "gone"}], "[0].music", "提示音"),
    ("queues", [{"leave_key": "12"}], "[0].leave_key", "按键"),
    ("queues", [{"overflow_to": "repair"}], "[0].overflow_to", "圈"),
    ("queues", [{"overflow_to": "gone"}], "[0].overflow_to", "没有编号"),
    ("queues", [{"speed": 1}], "[0].speed", "没有这样的设置项"),
    ("hours", [{"spans": [{"days": [1], "since": "8:30", "until": "17:30"}]}], "[0].spans[0].since", "08:30"),
    ("hours", [{"spans": [{"days": [1], "since": "18:00", "until": "17:30"}]}], "[0].spans[0].until", "不晚于"),
    ("hours", [{"spans": [{"days": [], "since": "08:00", "until": "17:30"}]}], "[0].spans[0].days", "星期"),
    ("hours", [{"closed_on": ["2026-02-30"]}], "[0].closed_on[0]", "日历上没有"),
    ("hours", [{"closed_on": ["明天"]}], "[0].closed_on[0]", "日期"),
    ("hours", [{"closed_on": ["2026-05-01"], "open_on": ["2026-05-01"]}], "[0].open_on", "既列为"),
    ("boxes", [{"max_s": 90000}], "[0].max_s", "<= 86400"),
    ("caller_lists", [{"numbers": ["138", "abc"]}], "[0].numbers[1]", "电话号码"),
    ("caller_lists", [{"effect": "eat"}], "[0].effect", "不能取值"),
    ("recording", {"exempt_lines": ["one"]}, "exempt_lines[0]", "整数"),
    ("recording", {"windows": [{"days": [8], "since": "08:00", "until": "09:00"}]}, "windows[0].days[0]", "<= 7"),
    ("dial", {"outside_prefix": "99"}, "outside_prefix", "一个键"),
    ("dial", {"allowed": ["moon"]}, "allowed[0]", "不能取值"),
    ("dial", {"blocked_prefixes": ["00x"]}, "blocked_prefixes[0]", "数字"),
    ("break_reasons", ["用餐", ""], "[1]", "1 个字"),
    ("break_reasons", ["吃" * 21], "[0]", "20 个字"),
    ("request_hosts", ["http://erp"], "[0]", "地址"),
    ("queue_rules", {"missed_calls": {"break_after": 21}}, "missed_calls.break_after", "<= 20"),
    ("agents", [{"id": "1002", "name": "李四", "queues": ["gone"]}], "[0].queues[0]", "技能组"),
    ("agents", [{"id": "1002"}], "[0].name", "缺少"),
    ("features", {"sign_in": "*13"}, "ready", "冲突"),
    ("features", {"sign_in": "99"}, "sign_in", "字冠"),
    ("features", {"sign_in": "*12345"}, "sign_in", "功能码"),
    ("phones", {"pin_attempts": 0}, "pin_attempts", ">= 1"),
    ("phones", {"language": "fr"}, "language", "zh"),
]


@pytest.mark.parametrize(("name", "wrong", "field", "words"), WRONG)
def test_every_wrong_field_is_named_with_a_sentence(
    tmp_path: Path, name: str, wrong: Any, field: str, words: str
) -> None:
    async def test(box: Box) -> None:
        browser = await box.person("chief", *Role)
        value = (await part_of(browser, name))["value"]
        if isinstance(value, dict):
            sent: Any = {**value, **wrong}
        elif value and isinstance(value[0], dict):
            sent = [{**value[0], **wrong[0]}, *value[1:]]
        else:
            sent = wrong
        answer = await change(browser, name, sent)
        assert answer.status == 422, answer.body.decode()
        faults = answer.json["error"]["faults"]
        assert faults[0]["field"] == field, faults
        assert words in faults[0]["text"], faults
        assert plan_in(box).version == 1

    in_box(tmp_path, test)


def test_all_wrong_fields_are_told_at_once(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.person("chief", *Role)
        queues = (await part_of(browser, "queues"))["value"]
        bad = [{**queues[0], "max_waiting": 0}, {**queues[1], "ring_s": -1}, queues[2]]
        answer = await change(browser, "queues", bad)
        assert [fault["field"] for fault in answer.json["error"]["faults"]] == ["[0].max_waiting", "[1].ring_s"]
        assert "2 处" in answer.error
        rules = (await part_of(browser, "dial"))["value"]
        answer = await change(browser, "dial", {**rules, "max_digits": 1, "calls_per_hour": 0})
        assert {fault["field"] for fault in answer.json["error"]["faults"]} == {"max_digits", "calls_per_hour"}

    in_box(tmp_path, test)


def test_a_queue_that_a_flow_uses_stays_and_says_where(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.person("chief", *Role)
        queues = (await part_of(browser, "queues"))["value"]
        answer = await change(browser, "queues", queues[1:])
        assert answer.status == 422
        assert "热线主流程" in answer.error
        assert "报修" in answer.error
        added = (await change(browser, "queues", [*queues, QUEUE])).json
        people = [
            {"id": "1002", "name": "李四", "queues": ["night", "repair"], "skills": [{"queue": "night", "level": 9}]}
        ]
        assert (await change(browser, "agents", people)).status == 200
        assert (await change(browser, "queues", added["value"][:-1])).status == 200
        assert (plan_in(box).agents[0].queues, plan_in(box).agents[0].skills) == (("repair",), ())

    in_box(tmp_path, test)


def test_html_in_names_is_text_and_stays_as_it_was_written(tmp_path: Path) -> None:
    evil = "<img src=x onerror=alert(1)>"

    async def test(box: Box) -> None:
        browser = await box.person("chief", *Role)
        queues = (await part_of(browser, "queues"))["value"]
        answer = await change(browser, "queues", [{**queues[0], "label": evil}, *queues[1:]])
        assert answer.json["value"][0]["label"] == evil
        assert answer.headers["Content-Type"].startswith("application/json")
        assert (await browser.get("/api/plan")).json["queues"][0]["label"] == evil

    in_box(tmp_path, test)


def test_ten_thousand_numbers_in_any_spelling(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.person("chief", *Role)
        lists = (await part_of(browser, "caller_lists"))["value"]
        numbers = [f"139{n:08}" for n in range(10_000)] + ["０５６２－2812345", "(0562) 281 2345", "2812345", "170*"]
        notes = [
            {"number": "2812345", "text": "骚扰", "until": "2026-12-31"},
            {"number": "13800000000", "text": "不在"},
        ]
        answer = await change(browser, "caller_lists", [{**lists[0], "numbers": numbers, "notes": notes}, lists[1]])
        assert answer.status == 200, answer.body[:300]
        black = plan_in(box).caller_lists[0]
        assert len(black.numbers) == 10_002
        assert black.numbers[-2:] == ("05622812345", "170*")
        assert [note.number for note in black.notes] == ["05622812345"]
        one_more = [{**answer.json["value"][0], "numbers": [*black.numbers, "13700000000"]}, answer.json["value"][1]]
        assert (await change(browser, "caller_lists", one_more)).status == 200
        entry = (await box.context.database.read(list_audit_entries))[0]
        assert msgspec.json.decode(entry.after) == [{"id": "blacklist", "numbers": ["13700000000"]}]

    in_box(tmp_path, test)


def test_strange_requests_are_refused(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.person("chief", *Role)
        assert (await browser.get("/api/plan/flows_of_money")).status == 404
        for body in ({}, {"revision": "x"}, {"revision": 1, "value": []}, {"revision": "x", "value": [], "more": 1}):
            assert (await browser.put("/api/plan/queues", body)).status == 422
        wrong: tuple[Any, ...] = (None, 7, "queues", {}, [None], [[]], [{}])
        for value in wrong:
            answer = await change(browser, "queues", value)
            assert answer.status == 422, value
        assert plan_in(box).version == 1

    in_box(tmp_path, test)


def test_a_pin_is_set_kept_taken_away_and_never_shown(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        li = {"id": "1002", "name": "李四", "pin_hash": "271828"}
        answer = await change(admin, "agents", [li])
        assert answer.json["value"][0]["pin_hash"] == "set"
        kept = plan_in(box).agents[0].pin_hash
        assert pin_matches(kept, "271828")
        shown = await part_of(admin, "agents")
        renamed = [{**shown["value"][0], "name": "李小四"}]
        assert (await change(admin, "agents", renamed)).status == 200
        assert (plan_in(box).agents[0].name, plan_in(box).agents[0].pin_hash) == ("李小四", kept)
        logged = [entry.before + entry.after for entry in await box.context.database.read(list_audit_entries)]
        assert not any("271828" in text or "scrypt" in text for text in logged)
        weak = await change(admin, "agents", [{**renamed[0], "pin_hash": "123456"}])
        assert weak.json["error"]["faults"] == [
            {"field": "[0].pin_hash", "text": "话机密码太简单，请不要用连号或同一个数字。"}
        ]
        leader = await box.person("leader", Role.LEADER)
        assert (await change(leader, "agents", [{**renamed[0], "pin_hash": "314159"}])).status == 403
        assert (await change(admin, "agents", [{**renamed[0], "pin_hash": ""}])).status == 200
        assert plan_in(box).agents[0].pin_hash == ""

    in_box(tmp_path, test)
