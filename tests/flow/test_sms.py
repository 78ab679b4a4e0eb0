"""Short messages through engine and journal: none lost, none doubled, none sent twice, whatever dies when."""

from __future__ import annotations

import asyncio

import pytest

from appliance.engine.refusal import Refusal
from appliance.engine.smscommands import SmsCommands
from appliance.smsplan import SmsRules
from appliance.wire.facts import (
    SmsDelivered,
    SmsFailed,
    SmsPartArrived,
    SmsQueued,
    SmsReceived,
    SmsSending,
    SmsSent,
)
from appliance.wire.sms import SendSms

from .smsworld import SmsWorld, messages

LONG = "您的报修工单已派单😀师傅将于今天上门" + "测试长短信" * 30


def texts(world: SmsWorld) -> list[str]:
    return [fact.text for fact in world.facts(SmsReceived)]


def test_a_message_is_in_the_journal_and_then_gone_from_the_card(tmp_path):
    async def script(world: SmsWorld) -> None:
        world.far.deliver("+8613905620001", "电视没信号")
        await asyncio.sleep(3)

    world = messages(tmp_path, script)
    (received,) = world.facts(SmsReceived)
    assert (received.number, received.text, received.sent_at[:16]) == (
        "+8613905620001",
        "电视没信号",
        "2026-11-02T09:00",
    )
    assert world.on_sim() == []
    assert [event.sms_id for event in world.events] == [received.sms_id]


def test_a_long_message_with_emoji_is_one(tmp_path):
    async def script(world: SmsWorld) -> None:
        world.far.deliver("13905620001", LONG)
        await asyncio.sleep(3)

    world = messages(tmp_path, script)
    assert texts(world) == [LONG]
    assert len(world.facts(SmsPartArrived)) == 3


def test_an_engine_killed_before_the_journal_loses_nothing(tmp_path):
    async def script(world: SmsWorld) -> None:
        world.module.tell(lambda _event: None)  # it dies with the message in its hands
        world.far.deliver("13905620001", "第一条")
        await asyncio.sleep(3)
        await world.die()
        assert world.on_sim() == ["第一条"]
        world.begin()
        await asyncio.sleep(5)

    world = messages(tmp_path, script)
    assert texts(world) == ["第一条"]
    assert world.on_sim() == []


def test_an_engine_killed_between_journal_and_deletion_doubles_nothing(tmp_path):
    async def script(world: SmsWorld) -> None:
        world.module.forgets = False
        world.far.deliver("13905620001", LONG)
        await asyncio.sleep(3)
        await world.die()
        assert len(world.on_sim()) == 3
        world.begin()
        await asyncio.sleep(5)

    world = messages(tmp_path, script)
    assert texts(world) == [LONG]
    assert world.on_sim() == []


def test_half_of_a_long_message_before_the_kill_and_half_after_are_one(tmp_path):
    async def script(world: SmsWorld) -> None:
        kept: list[str] = []
        deliver = world.far.deliver_pdu
        world.far.deliver_pdu = kept.append
        world.far.deliver("13905620001", LONG)
        deliver(kept[2])
        await asyncio.sleep(3)
        await world.die()
        world.begin()
        await asyncio.sleep(5)
        deliver(kept[0])
        deliver(kept[1])
        await asyncio.sleep(3)

    assert texts(messages(tmp_path, script)) == [LONG]


def test_a_message_whose_last_part_never_comes_is_shown_after_a_day(tmp_path):
    async def script(world: SmsWorld) -> None:
        kept: list[str] = []
        deliver = world.far.deliver_pdu
        world.far.deliver_pdu = kept.append
        world.far.deliver("13905620001", LONG)
        deliver(kept[0])
        await asyncio.sleep(60)
        assert texts(world) == []
        await world.a_day_passes()

    (text,) = texts(messages(tmp_path, script))
    assert text.startswith("您的报修工单已派单😀")
    assert text.endswith("……")


def test_the_same_text_twice_is_two_messages(tmp_path):
    async def script(world: SmsWorld) -> None:
        for _ in range(2):
            world.far.deliver("13905620001", "1")
            await asyncio.sleep(3)

    assert texts(messages(tmp_path, script)) == ["1", "1"]


def test_twenty_messages_during_a_call_are_all_kept(tmp_path):
    async def script(world: SmsWorld) -> None:
        world.far.ring("13905620009")
        await asyncio.sleep(1)
        world.module.ours.call.answer()
        for number in range(20):
            world.far.deliver(f"139056200{number:02}", f"通话中第{number}条")
            await asyncio.sleep(0.1)
        await asyncio.sleep(10)
        assert world.far.call is not None

    assert sorted(texts(messages(tmp_path, script))) == sorted(f"通话中第{number}条" for number in range(20))


def test_what_nobody_can_read_is_told_and_kept(tmp_path):
    async def script(world: SmsWorld) -> None:
        world.far.deliver_pdu("0004FF")
        await asyncio.sleep(3)

    world = messages(tmp_path, script)
    assert "无法识别" in texts(world)[0]
    assert world.facts(SmsPartArrived)[0].pdu == "0004FF"


def test_a_message_goes_out_is_charged_and_reported(tmp_path):
    async def script(world: SmsWorld) -> None:
        world.send(LONG)
        await asyncio.sleep(5)
        health = world.desk.health()
        assert health is not None
        assert (health.waiting, health.parts_today, health.cost_today_yuan) == (0, 3, 0.3)

    world = messages(tmp_path, script)
    assert world.facts(SmsQueued)[0].by == "王芳"
    assert world.facts(SmsSent)[0].cost_yuan == 0.3
    assert [fact.delivered for fact in world.facts(SmsDelivered)] == [True]


def test_without_network_it_is_held_and_goes_out_when_there_is_one(tmp_path):
    async def script(world: SmsWorld) -> None:
        world.far.set_network(there=False)
        await asyncio.sleep(3)
        world.send("师傅已出发")
        await asyncio.sleep(60)
        assert not world.facts(SmsSending)
        world.far.set_network(there=True)
        await asyncio.sleep(20)

    assert len(messages(tmp_path, script).facts(SmsSent)) == 1


def test_a_refusal_that_may_pass_is_tried_again_so_often_and_no_more(tmp_path):
    async def script(world: SmsWorld) -> None:
        world.far._submit = lambda _name, _pdu: world.far.say("+CMS ERROR: 42")
        world.send("师傅已出发")
        await asyncio.sleep(300)

    failed = messages(tmp_path, script).facts(SmsFailed)
    assert [fact.final for fact in failed] == [False, False, True]
    assert "拥塞" in failed[0].text


def test_what_was_being_sent_when_the_engine_died_is_uncertain_and_not_sent_again(tmp_path):
    async def script(world: SmsWorld) -> None:
        world.far._submit = lambda _name, _pdu: None  # the network thinks about it
        world.send("师傅已出发")
        await asyncio.sleep(2)
        await world.die()
        del world.far._submit
        world.begin()
        await asyncio.sleep(60)

    world = messages(tmp_path, script)
    (failed,) = world.facts(SmsFailed)
    assert failed.final
    assert "不能确定" in failed.text
    assert not world.sent_at


def test_what_waits_in_the_outbox_survives_the_engine(tmp_path):
    async def script(world: SmsWorld) -> None:
        world.far.set_network(there=False)
        await asyncio.sleep(3)
        world.send("师傅已出发")
        await world.die()
        world.far.set_network(there=True)
        world.begin()
        await asyncio.sleep(20)
        world.send("师傅已出发")  # the web asks again
        await asyncio.sleep(20)

    assert len(messages(tmp_path, script).sent_at) == 1


def test_the_pace_and_the_day_have_limits_and_a_restart_forgives_nothing(tmp_path):
    async def script(world: SmsWorld) -> None:
        for number in range(4):
            world.send("师傅已出发", sms_id=f"s{number}")
        with pytest.raises(Refusal, match="每日上限"):
            world.send("师傅已出发", sms_id="s5")
        await asyncio.sleep(60)
        await world.die()
        world.begin()
        await asyncio.sleep(5)
        with pytest.raises(Refusal, match="每日上限"):
            world.send("师傅已出发", sms_id="s6")
        await world.a_day_passes()
        world.send("师傅已出发", sms_id="s7")
        await asyncio.sleep(10)

    world = messages(tmp_path, script, SmsRules(parts_per_minute=10, parts_per_day=4))
    gaps_s = [
        (after - before).total_seconds() for before, after in zip(world.sent_at[:4], world.sent_at[1:4], strict=False)
    ]
    assert len(world.sent_at) == 5
    assert all(gap_s >= 5.5 for gap_s in gaps_s)


@pytest.mark.parametrize(
    ("number", "text", "why"),
    [
        ("13905620001", "  ", "没有内容"),
        ("05622812345", "您好", "手机号码"),
        ("008613", "您好", "手机号码"),
        ("13905620001", "长" * 400, "太长"),
    ],
)
def test_what_cannot_be_sent_is_refused_at_once(tmp_path, number, text, why):
    async def script(world: SmsWorld) -> None:
        with pytest.raises(Refusal, match=why):
            world.send(text, number)

    assert not messages(tmp_path, script).facts(SmsQueued)


def test_a_message_that_waited_for_a_day_is_given_up(tmp_path):
    async def script(world: SmsWorld) -> None:
        world.far.set_network(there=False)
        await asyncio.sleep(3)
        world.send("师傅一小时内到")
        await world.a_day_passes()

    world = messages(tmp_path, script)
    assert "24 小时" in world.facts(SmsFailed)[0].text
    assert not world.sent_at


def test_what_is_to_be_sent_is_acknowledged_when_the_disk_has_it(tmp_path):
    async def script(world: SmsWorld) -> None:
        on_disk = asyncio.Event()
        commands = SmsCommands(world.desk, on_disk.wait, None)
        send = commands.table[SendSms]
        first = asyncio.ensure_future(send(SendSms(sms_id="s1", number="13905620001", text="一", by="王芳"), None))
        await asyncio.sleep(1)
        assert not first.done()
        on_disk.set()
        await first
        on_disk.clear()
        with pytest.raises(Refusal, match="磁盘现在写不进：断电会丢失这条短信"):
            await send(SendSms(sms_id="s2", number="13905620001", text="二", by="王芳"), None)

    world = messages(tmp_path, script)
    assert [fact.text for fact in world.facts(SmsQueued)] == ["一", "二"]
