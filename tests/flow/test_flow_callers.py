"""Who calls and what they ask for: lists, the caller book, a language, a call-back, a rating."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.callplan import CallerList, ListEffect, ListNote
from appliance.ivr.callerbook import CallerEntry, write_callerbook
from appliance.journal import read_facts
from appliance.telephony.call import CallResult
from appliance.wire.facts import CallBackBooked

from .box import Box, conversation
from .drawing import node, plan_of, quick_card


def test_call_back_is_a_fact_in_the_journal(tmp_path: Path) -> None:
    plan = plan_of(node("back", "callback", {"queue": "repair"}, booked="bye", no_number="bye"))

    async def script(box: Box) -> None:
        caller = box.outside()
        caller.call("13905621234")
        await box.answered(caller)
        await box.passes(2)
        caller.press("1")
        record = await box.record()
        assert [(step.number, step.queue) for step in record.steps if step.kind == "call_back"] == [
            ("13905621234", "repair")
        ]

    box = conversation(tmp_path, script, card=quick_card, plan=plan)
    facts = [line.fact for line in read_facts(box.data / "journal", {})]
    booked = [fact for fact in facts if isinstance(fact, CallBackBooked)]
    assert [(fact.number, fact.queue) for fact in booked] == [("13905621234", "repair")]


@pytest.mark.parametrize("key", ["", "3"])
def test_a_survey_without_a_key_is_unrated(tmp_path: Path, key: str) -> None:
    plan = plan_of(node("survey", "survey", {"tries": 1}, rated="bye", unrated="bye"))

    async def script(box: Box) -> None:
        caller = box.outside()
        caller.call("13905621234")
        await box.answered(caller)
        await box.passes(1)
        if key:
            caller.press(key)
        assert (await box.record()).rating == ("dissatisfied" if key else "unrated")

    conversation(tmp_path, script, card=quick_card, plan=plan)


def test_a_blacklisted_caller_is_never_answered_and_a_vip_goes_ahead(tmp_path: Path) -> None:
    """(S014, S023) Calls are routed by who calls; the blacklist is refused."""
    plan = plan_of(
        node(
            "first",
            "route",
            {
                "rules": [
                    {"exit": "black", "by": "on_list", "value": "black"},
                    {"exit": "vip", "by": "level", "value": "VIP"},
                ]
            },
            black="end",
            vip="answer",
            other="end",
        ),
        node("answer", "answer", next="bye"),
        lists=(CallerList(id="black", label="黑名单", numbers=("1390000000*",)),),
    )

    async def script(box: Box) -> None:
        write_callerbook(box.data / "callerbook.json", {"13912345678": CallerEntry(name="王", level="VIP")})
        bad = box.outside("13900000005")
        bad.call("13900000005")
        record = await box.record()
        assert record.result is CallResult.REJECTED
        assert record.answered_at is None
        bad.hang_up()
        await box.passes(8)
        vip = box.outside("13912345678")
        vip.call("13912345678")
        await box.answered(vip)
        assert (await box.record(2)).result is CallResult.SELF_SERVED

    conversation(tmp_path, script, card=quick_card, plan=plan)


def test_english_is_heard_after_the_caller_chose_it(tmp_path: Path) -> None:
    """(S009) Prompts in any language, chosen by the caller."""
    plan = plan_of(
        node(
            "menu",
            "menu",
            {"prompts": ["language_menu", "language_menu.en"], "keys": [{"digit": "1"}, {"digit": "2"}]},
            **{"1": "bye", "2": "english", "invalid": "bye", "no_input": "bye"},
        ),
        node("english", "language", {"language": "en"}, next="bye"),
    )

    async def script(box: Box) -> None:
        lengths = []
        for key in "12":
            caller = box.outside(f"1390000001{key}")
            caller.call(f"1390000001{key}")
            await box.answered(caller)
            await box.passes(1)
            caller.press(key)
            record = await box.record(len(lengths) + 1)
            step = {step.node: step.at_s for step in record.steps if step.kind == "node"}
            lengths.append(step["bye"] - step["english" if key == "2" else "menu"])
            caller.hang_up()
            await box.passes(8)
        chinese, english = lengths
        own = {name: box.engine.media._prompts.clip(name).samples.size / 8000 for name in ("goodbye", "goodbye.en")}  # type: ignore[union-attr,arg-type]
        assert chinese == pytest.approx(own["goodbye"], abs=0.1)
        assert english == pytest.approx(own["goodbye.en"], abs=0.1)

    conversation(tmp_path, script, card=quick_card, plan=plan)


def test_lists_of_the_plan_refuse_and_prefer_before_any_flow(tmp_path: Path) -> None:
    plan = plan_of(
        node("answer", "answer", next="bye"),
        lists=(
            CallerList(
                id="blacklist",
                label="黑名单",
                effect=ListEffect.REFUSE,
                numbers=("1390000000*", "13800000001"),
                notes=(ListNote(number="13800000001", text="已道歉", until="2000-01-01"),),
            ),
            CallerList(id="vip", label="优先名单", effect=ListEffect.AHEAD, numbers=("13912345678",)),
        ),
    )

    async def script(box: Box) -> None:
        bad = box.outside("13900000005")
        bad.call("13900000005")
        record = await box.record()
        assert (record.result, record.answered_at) == (CallResult.REJECTED, None)
        bad.hang_up()
        await box.passes(8)
        for number, priority in (("13912345678", 5), ("13800000001", 0)):
            caller = box.outside(number)
            caller.call(number)
            await box.answered(caller)
            assert [call.priority for call in box.engine.switch.book] == [priority]
            assert (await box.record(2 if priority else 3)).result is CallResult.SELF_SERVED
            await box.passes(8)

    conversation(tmp_path, script, card=quick_card, plan=plan)
