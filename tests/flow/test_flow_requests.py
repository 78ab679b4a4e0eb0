"""A flow asks a server: its answer on the screen, and bad servers that hold up nobody."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from appliance.callplan import CallPlan
from appliance.telephony.call import CallState
from appliance.wire.messages import ScreenPop
from tests.unit import bad_server
from tests.unit.bad_server import serving

from .box import Box, conversation
from .drawing import node, plan_of, quick_card


def asking(port: int, **params: object) -> CallPlan:
    ask = {"url": f"http://127.0.0.1:{port}/call", "timeout_s": 3, "show": [{"path": "owes", "label": "欠费"}]} | params
    return plan_of(
        node("http", "http", ask, done="seat", no_result="seat"),
        node("seat", "ring", {"target": "seat", "name": "1"}, busy="bye", no_answer="bye", absent="bye"),
        hosts=("127.0.0.1",),
    )


def test_the_servers_answer_is_on_the_screen_before_the_agent_lifts(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        async with serving(bad_server.answers(b'{"owes": 12.5}')) as server:
            box.engine.switch.load(asking(server.port))
            caller = box.outside()
            caller.call("13905621234")
            await box.answered(caller)
            await box.rings(box.phone("801"))
            assert b'"caller":"13905621234"' in server.asked[0]
            caller.hang_up()
            await box.record()

    box = conversation(tmp_path, script, card=quick_card)
    (pop,) = [event for event in box.events if isinstance(event, ScreenPop)]
    assert [(field.label, field.value) for field in pop.call.shown] == [("欠费", "12.5")]


@pytest.mark.parametrize(
    "behaviour", [bad_server.hangs, bad_server.floods, bad_server.answers(b"{oops"), bad_server.drops]
)
def test_a_bad_server_holds_up_nobody(tmp_path: Path, behaviour: bad_server.Behaviour) -> None:
    """Three callers wait for the server; a fourth talks meanwhile, and they go on in time."""

    async def script(box: Box) -> None:
        async with serving(behaviour) as server:
            box.engine.switch.load(asking(server.port, wait_prompts=[], failure_prompts=[]))
            started: list[float] = []
            for number in ("13900000021", "13900000022", "13900000023"):
                caller = box.outside(number)
                caller.call(number)
                await box.answered(caller)
                started.append(asyncio.get_running_loop().time())
            await box.until(lambda: len(box.records) == 2 or box.phone("801").ringing is not None, 10)
            phone = box.phone("801")
            await box.rings(phone, within_s=10)
            phone.lift()
            await box.in_state(CallState.CONNECTED)
            assert asyncio.get_running_loop().time() - started[0] < 3 + 3 * 6
            await box.until(lambda: len(box.records) == 2, 30)

    box = conversation(tmp_path, script, card=quick_card)
    for record in box.records:
        (step,) = [step for step in record.steps if step.node == "http"]
        assert step.exit == "no_result"
        assert step.note.startswith("v1 ")
        answered_s = next(each.at_s for each in record.steps if each.kind == "answered")
        assert step.at_s - answered_s < 3.5


@pytest.mark.parametrize("behaviour", [bad_server.hangs, bad_server.floods, bad_server.answers(b"{oops")])
def test_another_call_takes_no_longer_meanwhile(tmp_path: Path, behaviour: bad_server.Behaviour) -> None:
    """While a caller waits for the server, a colleague is called: dialled, rung and talked with as on a quiet day."""

    async def until_they_talk(box: Box) -> float:
        clock = asyncio.get_running_loop().time
        one, two = box.phone("803"), box.phone("804")
        one.lift()
        await box.passes(1)
        began = clock()
        one.press("804")
        await box.rings(two)
        two.lift()
        await box.in_state(CallState.CONNECTED)
        took_s = clock() - began
        one.hang_up()
        two.hang_up()
        await box.passes(1)
        return took_s

    async def script(box: Box) -> None:
        async with serving(behaviour) as server:
            box.engine.switch.load(asking(server.port, wait_prompts=[], failure_prompts=[]))
            quiet_s = await until_they_talk(box)
            caller = box.outside("13900000021")
            caller.call("13900000021")
            await box.answered(caller)
            assert await until_they_talk(box) <= quiet_s + 0.1
            await box.rings(box.phone("801"), within_s=10)
            caller.hang_up()
            await box.passes(5)

    conversation(tmp_path, script, card=quick_card)
