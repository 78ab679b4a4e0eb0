"""A whole box whose only line is a voice modem: caller, menu, voicemail; and the modem pulled out in mid-call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from appliance.callplan import CallPlan
from appliance.defaults.plan import default_plan
from appliance.telephony.call import CallerIdKind, CallResult, HangUpCause, LineState
from appliance.wire.facts import AnyFact, CallRecord, VoicemailStarted
from drivers.base import PortId
from drivers.dsp.level import level_dbm0
from drivers.sim.caller import CallerState, OutsideCaller
from drivers.sim.steps import Voice
from tests.peers.atcommands import Firmware
from tests.peers.exchangeline import ExchangeLine
from tests.peers.ptymodem import PtyModem
from tests.system.livebox import ALWAYS, LiveBox, played

pytestmark = pytest.mark.slow
_ATTEMPTS = 3


def plan() -> CallPlan:
    made = default_plan(
        "铜陵广电",
        "0562-96599",
        "0562",
        hours=ALWAYS,
        line_ports=[PortId("modem/1")],
        station_ports=[PortId("sim2/1")],
    )
    lines = tuple(msgspec.structs.replace(line, answer_after_rings=2) for line in made.lines)
    return msgspec.structs.replace(made, lines=lines)


class ModemBox:
    """The box, its modem, and a person who calls."""

    def __init__(self, folder: Path, firmware: Firmware) -> None:
        self.line = ExchangeLine()
        self.modem = PtyModem(folder / "ttyModem", self.line, firmware)
        self.modem.plug_in()
        self.person = self.line.card.exchange.add_phone("out-1")
        cards = f'[[cards]]\nfamily = "modem"\ndevice = "{self.modem.node}"\n'
        self.box = LiveBox(folder, plan=plan(), settings=cards + '[[cards]]\nfamily = "sim"\nlines = 0\nstations = 1\n')

    async def start(self) -> None:
        self.box.run("engine")
        await self.box.engine_up()
        await self.box.until(lambda: self.modem.firmware.tells_callers, 10)

    def post(self, act: Callable[[], None]) -> None:
        self.line.card.post(act)

    async def calls(self) -> None:
        self.post(lambda: self.person.call("13905621234", self.line.port))
        await self.box.until(lambda: self.modem.firmware.off_hook, 20)

    async def dials(self, keys: str, called: OutsideCaller) -> None:
        """801 dials until the called phone rings: on a machine that has no time, a key may come in two pieces."""
        for _ in range(_ATTEMPTS):
            await self.box.lifts("801")
            await asyncio.sleep(1.0)
            await self.box.presses("801", keys)
            with suppress(TimeoutError):
                await self.box.until(lambda: called.state is CallerState.RINGING, 20)
                return
            await self.box.hangs_up("801")
            await asyncio.sleep(3.0)
        pytest.fail("the called phone never rang")

    def record(self, result: CallResult) -> CallRecord | None:
        """Of the call that ended so."""
        return next((record for record in self.box.ended().values() if record.result is result), None)

    def facts(self, kind: type[AnyFact]) -> list[AnyFact]:
        return [fact for fact in self.box.facts() if isinstance(fact, kind)]


def test_a_caller_leaves_a_message(tmp_path: Path) -> None:
    async def story() -> None:
        made = ModemBox(tmp_path, Firmware(duplex=False))
        try:
            async with made.box as box:
                await made.start()
                await made.calls()
                await asyncio.sleep(1.5)
                made.post(lambda: made.person.press("1"))
                await box.until(lambda: made.facts(VoicemailStarted), 30)
                made.post(lambda: made.person.say(made.line.card.sounds.samples(Voice(1, 3.0))))
                await asyncio.sleep(4.0)
                made.post(made.person.hang_up)
                await box.until(lambda: made.record(CallResult.VOICEMAIL), 20)
                await box.until(lambda: not made.modem.firmware.off_hook, 10)
                record = made.record(CallResult.VOICEMAIL)
                assert record is not None
                assert (record.peer_number, record.caller_id) == ("13905621234", CallerIdKind.BY_DEVICE)
                assert record.voicemail is not None
                message = played(box.data / record.voicemail.path)[:, 0]
                assert 3.0 < len(message) / 8000 < 9.0
                assert level_dbm0(message) > -35
        finally:
            made.modem.unplug()

    asyncio.run(story())


def test_a_number_is_dialled_over_the_modem(tmp_path: Path) -> None:
    async def story() -> None:
        made = ModemBox(tmp_path, Firmware())
        called = made.line.card.exchange.add_phone("out-2", "13800001111")
        try:
            async with made.box as box:
                await made.start()
                await made.dials("913800001111#", called)
                made.post(called.answer)
                await asyncio.sleep(2.0)
                made.post(called.hang_up)
                await box.until(lambda: not made.modem.firmware.off_hook, 20)
                await box.hangs_up("801")
                await box.until(lambda: box.ended() and not box.snapshot.calls, 20)
                assert {record.peer_number for record in box.ended().values()} == {"13800001111"}
        finally:
            made.modem.unplug()

    asyncio.run(story())


def test_the_modem_is_pulled_out_in_mid_call(tmp_path: Path) -> None:
    async def story() -> None:
        made = ModemBox(tmp_path, Firmware())
        try:
            async with made.box as box:
                await made.start()
                await made.calls()
                await asyncio.sleep(1.0)
                await asyncio.to_thread(made.modem.unplug)
                await box.until(box.ended, 10)
                [record] = box.ended().values()
                assert record.hang_up_cause is HangUpCause.CARD_LOST
                assert "语音猫" in box.snapshot.lines[0].fault
                made.modem.plug_in()
                await box.until(lambda: box.snapshot.lines[0].state is LineState.IDLE, 10)
                assert box.snapshot.lines[0].fault == ""
                made.post(made.person.hang_up)
                await asyncio.sleep(1.0)
                await made.calls()
        finally:
            made.modem.unplug()

    asyncio.run(story())
