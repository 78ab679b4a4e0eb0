"""The box is told to stop while people talk."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from appliance.engine.drain import drain
from appliance.telephony.call import CallResult, HangUpCause, LineState
from appliance.telephony.ids import SeatId
from appliance.wire.messages import Dial

from .box import Box, conversation


def begin(box: Box, within_s: float, at_once: asyncio.Event | None = None) -> asyncio.Task[None]:
    return asyncio.create_task(drain(box.engine.switch, within_s, at_once or asyncio.Event()))


def test_a_running_call_ends_by_itself_and_the_stop_waits_for_it(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        stop = begin(box, 120)
        await box.passes(30)
        assert not stop.done()
        assert len(box.records) == 0
        caller.hang_up()
        phone.hang_up()
        await asyncio.wait_for(stop, 10)
        record = await box.record()
        assert (record.result, record.hang_up_cause is HangUpCause.ENGINE_STOPPED) == (CallResult.TALKED, False)

    conversation(tmp_path, script)


def test_a_new_caller_rings_on_and_phones_are_told_why(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        stop = begin(box, 120)
        await box.passes(1)
        late = box.outside("13905625555")
        late.call("13905625555")
        await box.passes(20)
        assert late.placed is not None
        assert late.placed.answered_at_frame is None
        lines = box.engine.switch.lines.values()
        assert [line.state for line in lines].count(LineState.RINGING) == 1
        other = box.phone("802")
        other.lift()
        await box.passes(1)
        other.press("913905620001")
        await box.passes(8)
        assert len(list(box.engine.switch.book)) == 1
        with pytest.raises(AssertionError, match="重启"):
            await box.command(Dial(seat=SeatId("3"), number="13905620001"))
        assert not stop.done()
        late.hang_up()
        caller.hang_up()
        phone.hang_up()
        await asyncio.wait_for(stop, 10)
        assert len(box.records) == 1

    conversation(tmp_path, script)


def test_emergency_calls_go_out_to_the_last(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        box.outside("110")
        box.engine.switch.closed = True
        phone = box.phone("801")
        phone.lift()
        await box.passes(1)
        phone.press("9110")
        await box.passes(6)
        assert len(list(box.engine.switch.book)) == 1

    conversation(tmp_path, script)


def test_whoever_still_talks_hears_it_before_the_end(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        stop = begin(box, 20)
        await box.passes(11)
        assert phone.ear.level_dbm0() < -40
        await box.passes(3)
        assert phone.ear.level_dbm0() > -40, "the announcement"
        assert caller.ear.level_dbm0() > -40
        await asyncio.wait_for(stop, 20)
        assert list(box.engine.switch.book), "ended by the stop that follows"
        await box.engine.switch.stop()
        record = await box.record()
        assert record.hang_up_cause is HangUpCause.ENGINE_STOPPED

    conversation(tmp_path, script)


def test_a_second_order_ends_the_waiting(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        await box.talking()
        at_once = asyncio.Event()
        stop = begin(box, 120, at_once)
        await box.passes(2)
        at_once.set()
        await asyncio.wait_for(stop, 2)

    conversation(tmp_path, script)
