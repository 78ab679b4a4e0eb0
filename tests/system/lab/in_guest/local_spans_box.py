"""The whole box, engine and web as processes, takes four calls at once over DAHDI. Runs inside the guest.

The guest goes by its own time, which rushes while something waits for a file: all waits are long.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import wave
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from appliance.telephony.call import CallResult, CallState
from appliance.wire.facts import CallRecord
from drivers.base import PortId
from drivers.dahdi.abi import Event, Hook
from drivers.dsp.callerid_fsk import FskCallerIdReceiver
from drivers.dsp.callerid_send import fsk_burst
from drivers.dsp.tones import ToneGenerator, dtmf_samples
from tests.audio.drive import heard_by
from tests.system.lab.dahdibox import plan_for, run_story
from tests.system.lab.in_guest.box_services import PASSWORD, Pages
from tests.system.lab.local_spans import DEAF_S, LINES, STATIONS, exchange, phone
from tests.system.lab.peer import Peer
from tests.system.livebox import LiveBox

LONG_S = 3600.0
SETTINGS = f"""[[cards]]
family = "dahdi"
lines = 4
stations = 4
channels = {list(LINES + STATIONS)}
"""
PORTS = tuple(PortId(f"dahdi/{number}") for number in range(1, 9))
NUMBERS = ("13905621231", "13905621232", "13905621233", "13905621234")
SILENCE = np.zeros(1600, np.int16)
TALK_S = 4.0


def pitch_hz(person: int) -> float:
    """Callers are 0–3, agents 4–7: everybody speaks at a pitch of his own."""
    return 700.0 + 230.0 * person


def voice(person: int) -> NDArray[np.int16]:
    return ToneGenerator((pitch_hz(person),), -15.0).frame(round(8000 * TALK_S))


def loudest(samples: NDArray[np.int16], among: range) -> int:
    """Whose voice it is."""
    power = np.abs(np.fft.rfft(samples.astype(np.float64)))
    hz = np.fft.rfftfreq(len(samples), 1 / 8000)
    return max(among, key=lambda person: power[np.abs(hz - pitch_hz(person)) < 10].max())


async def saw(peer: Peer, event: Event) -> None:
    assert await asyncio.to_thread(peer.saw, event, LONG_S), event


def shown_by(handset: Peer) -> list[str]:
    """The callers' numbers that a phone was told between rings."""
    return [event.number for _, event in heard_by(FskCallerIdReceiver(1), handset.heard) if event.ok]


async def calls(box: LiveBox, callers: list[Peer], phones: list[Peer], ring_s: float = 0.3) -> list[CallRecord]:
    """All callers ring at once, press 1, are each answered by an agent after `ring_s`, and talk; their records."""
    before = len(box.records)
    for caller in callers:
        caller.hook(Hook.RING)
    await asyncio.sleep(1.6)
    for caller, number in zip(callers, NUMBERS, strict=False):
        caller.say(np.concatenate([SILENCE, fsk_burst(number, "", "11220830"), SILENCE]))
    for caller in callers:
        await saw(caller, Event.RING_OFF_HOOK)
        caller.hook(Hook.OFF)
    await asyncio.sleep(2)
    for caller in callers:
        caller.say(dtmf_samples("1", on_ms=120))
    rung = phones[: len(callers)]
    for handset in rung:
        await saw(handset, Event.RING_BEGIN)
        await asyncio.sleep(ring_s)
        handset.hook(Hook.OFF)
    await box.until(lambda: [call.state for call in box.snapshot.calls] == [CallState.CONNECTED] * len(callers), LONG_S)
    await asyncio.sleep(1)
    for person, peer in [*enumerate(callers), *enumerate(rung, 4)]:
        peer.say(voice(person))
    await asyncio.sleep(TALK_S + 1)
    heard = [loudest(caller.heard[-24000:], range(4, 8)) for caller in callers]
    assert sorted(heard) == list(range(4, 4 + len(callers))), "each caller hears one agent, and nobody the same"
    for person, agent in enumerate(heard):
        assert loudest(phones[agent - 4].heard[-24000:], range(4)) == person, "and that agent hears him"
    for handset in rung:
        handset.hook(Hook.ON)
    for caller in callers:
        await saw(caller, Event.ON_HOOK)
        caller.hook(Hook.ON)
    await box.until(lambda: len(box.records) == before + len(callers), LONG_S)
    return box.records[before:]


async def the_box_takes_calls(folder: Path) -> None:
    with contextlib.ExitStack() as ends:
        callers = [ends.enter_context(exchange(n)) for n in (1, 2, 3, 4)]
        phones = [ends.enter_context(phone(n)) for n in (1, 2, 3, 4)]
        async with LiveBox(folder, plan=plan_for(PORTS[:4], PORTS[4:]), settings=SETTINGS) as box:
            box.run("engine")
            box.run("web")
            await box.until(lambda: box.link.mirror.snapshot() is not None, LONG_S)
            await box.until((box.data / "web.json").exists, LONG_S)
            pages = Pages(urlsplit(json.loads((box.data / "web.json").read_bytes())["url"]).port or 80)
            await asyncio.to_thread(pages.ask, "GET", "/api/session")
            assert (await asyncio.to_thread(pages.ask, "POST", "/api/setup", {"password": PASSWORD}))[0] == 200
            await asyncio.sleep(DEAF_S)
            for n in range(1, 5):
                await box.sign_in(f"100{n}", str(n), "repair")
            await calls(box, callers[:1], phones, ring_s=4.0)  # everything has been loaded then
            assert shown_by(phones[0]) == [NUMBERS[0]]
            await box.until(box.at_rest, LONG_S)
            await asyncio.sleep(DEAF_S)
            records = await calls(box, callers, phones)
            await box.until(box.at_rest, LONG_S)
            assert sorted(record.peer_number for record in records) == list(NUMBERS)
            for record in records:
                await asyncio.to_thread(found_with_its_sound, pages, record)


def found_with_its_sound(pages: Pages, record: CallRecord) -> None:
    """The record is in the API, and its recording has the caller left and the agent right."""
    assert record.result is CallResult.TALKED
    end_s = time.monotonic() + LONG_S
    while pages.ask("GET", f"/api/calls/{record.call_id}")[0] != 200:
        assert time.monotonic() < end_s
        time.sleep(0.2)
    status, sound = pages.ask("GET", f"/api/calls/{record.call_id}/recording")
    assert status == 200
    with wave.open(BytesIO(sound)) as file:
        heard = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    caller = NUMBERS.index(record.peer_number)
    assert loudest(heard[:, 0], range(8)) == caller
    assert loudest(heard[:, 1], range(8)) in range(4, 8)


def test_the_whole_box_takes_four_calls_at_once(tmp_path: Path) -> None:
    run_story(the_box_takes_calls(tmp_path), tmp_path)
