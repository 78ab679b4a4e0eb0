"""A box on an Astribank and a simulated card: the Astribank is pulled out while people talk. Runs inside the guest."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import numpy as np

from appliance.callplan import CallPlan
from appliance.telephony.call import CallResult, CallState, HangUpCause, LineState, Side
from appliance.telephony.ids import CallId, LineId, StationId
from drivers.base import PortId
from drivers.dsp.tones import dtmf_samples
from tests.system.lab.dahdibox import plan_for, run_story
from tests.system.lab.xorcom import DEAF_S, IDENTITY, mailbox, plug, say_on_line
from tests.system.livebox import LiveBox

LONG_S = 180.0
SETTINGS = f"""[[cards]]
family = "dahdi"
lines = 1
stations = 1
device = "{IDENTITY}"
[[cards]]
family = "sim"
lines = 1
stations = 1
"""
REAL_LINE, OTHER_LINE = LineId(1), LineId(2)
RINGS_MS = (0, 5000, 10000, 15000)
PAUSE = np.zeros(4000, np.int16)


def plan() -> CallPlan:
    """Answering at the first ring: without caller ID it would wait for the second."""
    lines, stations = ([PortId(f"{card}/{number}") for card in ("dahdi", "sim2")] for number in (1, 2))
    made = plan_for(lines, stations)
    answering = tuple(msgspec.structs.replace(line, answer_after_rings=1) for line in made.lines)
    return msgspec.structs.replace(made, lines=answering)


async def told(line: str) -> None:
    assert await asyncio.to_thread(mailbox.waits_for, line, LONG_S), line


async def real_call(box: LiveBox) -> CallId:
    """Somebody calls on the real line and is answered."""
    await asyncio.sleep(2 * DEAF_S)
    for at_ms in RINGS_MS:
        mailbox.put("after", at_ms, "ring", 0, 1000)
    await told("line 1 taken")
    await box.until(lambda: any(call.line == REAL_LINE for call in box.snapshot.calls), LONG_S)
    return next(call.call_id for call in box.snapshot.calls if call.line == REAL_LINE)


async def presses_one(box: LiveBox, call_id: CallId) -> None:
    """Until it is understood: an emulated processor may be too late for a key."""
    for _ in range(10):
        say_on_line(0, np.concatenate([PAUSE, dtmf_samples("1", on_ms=150), PAUSE]))
        await asyncio.sleep(4)
        call = box.call(call_id)
        if call is not None and call.state in {CallState.ALERTING, CallState.QUEUED}:
            return
    raise AssertionError("the key is not heard")


def state(box: LiveBox, line: LineId) -> LineState:
    return next(each.state for each in box.snapshot.lines if each.line == line)


async def both_talk(box: LiveBox) -> tuple[CallId, CallId]:
    """Agent 1001 on the real card, agent 1002 on the other."""
    await box.sign_in("1001", "1", "repair")
    real = await real_call(box)
    await presses_one(box, real)
    await told("phone 1 RINGING")
    mailbox.put("lift", 0)
    await box.in_state(real, CallState.CONNECTED, LONG_S)
    await box.sign_in("1002", "2", "repair")
    other = await box.calls_in("out-1", "13905621239", OTHER_LINE)
    await box.presses("out-1", "1")
    await box.rings("802")
    await box.lifts("802")
    await box.in_state(other, CallState.CONNECTED, LONG_S)
    return real, other


async def pulled_out_in_mid_call(box: LiveBox) -> None:
    real, other = await both_talk(box)
    mailbox.put("unplug")
    lost = await box.record(real, LONG_S)
    assert (lost.result, lost.hang_up_side, lost.hang_up_cause) == (
        CallResult.TALKED,
        Side.SYSTEM,
        HangUpCause.CARD_LOST,
    )
    assert lost.recording is not None
    assert state(box, REAL_LINE) is LineState.OUT_OF_SERVICE
    (station,) = [each for each in box.snapshot.stations if each.station == StationId("801")]
    assert "板卡" in station.fault
    await asyncio.sleep(5)
    talking = box.call(other)
    assert talking is not None, "the call on the other card goes on"
    assert talking.state is CallState.CONNECTED
    mailbox.put("down", 0)
    await asyncio.to_thread(plug)
    await box.until(lambda: state(box, REAL_LINE) is LineState.IDLE, LONG_S)
    mailbox.forget()
    await real_call(box)
    assert box.call(other) is not None


async def story(folder: Path) -> None:
    await asyncio.to_thread(plug)
    async with LiveBox(folder, plan=plan(), settings=SETTINGS) as box:
        box.run("engine")
        await box.until(lambda: box.link.mirror.snapshot() is not None, LONG_S)
        await pulled_out_in_mid_call(box)


def test_a_card_is_pulled_out_in_mid_call_and_plugged_in_again(tmp_path: Path) -> None:
    run_story(story(tmp_path), tmp_path)
