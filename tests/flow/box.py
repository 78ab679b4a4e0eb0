"""A whole box in virtual time: engine, simulated card, people. Flow tests read like a phone conversation."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np

from appliance.callplan import CallPlan
from appliance.defaults.plan import default_plan
from appliance.engine.dialcount import counted_calls
from appliance.engine.engine import Engine
from appliance.engine.seated import seated_agents
from appliance.journal import Journal
from appliance.media.virtualloop import run_virtually
from appliance.settings import Settings
from appliance.telephony.call import AgentState, CallState
from appliance.telephony.clock import WallClock
from appliance.telephony.ids import AgentId, SeatId
from appliance.wire.facts import CallRecord
from appliance.wire.messages import AnyCommand, AnyEvent, CallLogged, Done
from appliance.wire.server import Connection
from drivers.base import LineCard
from drivers.sim.caller import OutsideCaller
from drivers.sim.card import SimCard
from drivers.sim.phone import Phone
from drivers.wavefile import read_wav

MONDAY_MORNING = datetime(2026, 11, 2, 9, 0, 0, tzinfo=timezone(timedelta(hours=8)))


class Box:
    """The box and the people around it."""

    def __init__(
        self, data: Path, card: SimCard, plan: CallPlan, start: datetime, other_cards: Sequence[LineCard] = ()
    ) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        self.data = data
        self.card = card
        self.plan = plan
        self.events: list[AnyEvent] = []
        self.records: list[CallRecord] = []
        self.journal = Journal(data / "journal", "test", synchronous=True)
        clock = WallClock(lambda: loop.time() - began, start)
        self.engine = Engine(
            Settings(data_dir=str(data)), [card, *other_cards], self.journal, clock.now, self._on_event
        )

    def _on_event(self, event: AnyEvent) -> None:
        self.events.append(event)
        if isinstance(event, CallLogged):
            self.records.append(event.record)

    def outside(self, number: str = "13905620001") -> OutsideCaller:
        return self.card.exchange.add_phone(f"phone of {number}", number)

    def phone(self, station: str) -> Phone:
        port = next(each.port for each in self.plan.stations if each.id == station)
        return next(phone for phone in self.card.phones if phone.port == port)

    def sign_in(self, agent: str, seat: str) -> None:
        self.engine.commands.sign_in(AgentId(agent), f"话务员{agent}", SeatId(seat))

    async def until(self, condition: Callable[[], object], within_s: float = 60.0) -> None:
        """Let virtual time pass until the condition holds."""
        async with asyncio.timeout(within_s):
            while not condition():
                await asyncio.sleep(0.02)

    async def passes(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def answered(self, caller: OutsideCaller) -> None:
        await self.until(lambda: caller.placed is not None and caller.placed.answered_at_frame is not None, 20)

    async def rings(self, phone: Phone, within_s: float = 30.0) -> None:
        await self.until(lambda: phone.ringing is not None, within_s)

    async def talking(self, key: str = "1", number: str = "13905621234") -> tuple[OutsideCaller, Phone]:
        """Agent 1001 signs in at seat 1; a caller keys `key`, phone 801 rings and is picked up: they talk."""
        caller, phone = self.outside(number), self.phone("801")
        self.sign_in("1001", "1")
        caller.call(number)
        await self.answered(caller)
        caller.press(key)
        await self.rings(phone)
        phone.lift()
        await self.in_state(CallState.CONNECTED)
        return caller, phone

    async def in_state(self, state: CallState, within_s: float = 60.0) -> None:
        """Until some running call is in the state."""
        await self.until(lambda: any(call.state is state for call in self.engine.switch.book), within_s)

    async def hears(self, phone: Phone, within_s: float = 5.0) -> bool:
        await self.until(lambda: phone.ear.level_dbm0() > -40, within_s)
        return True

    def agent_state(self, agent: str) -> AgentState:
        present = self.engine.switch.roster.get(AgentId(agent))
        assert present is not None
        return present.state

    async def command(self, command: AnyCommand) -> Done:
        ours, theirs = socket.socketpair()
        _reader, writer = await asyncio.open_connection(sock=ours)
        reply = await self.engine.commands.handle(command, Connection(writer))
        writer.close()
        theirs.close()
        assert isinstance(reply, Done), reply
        return reply

    async def record(self, number: int = 1, within_s: float = 30.0) -> CallRecord:
        """The n-th finished call."""
        await self.until(lambda: len(self.records) >= number, within_s)
        return self.records[number - 1]

    def recording(self, record: CallRecord) -> np.ndarray:
        """Samples `[time, channel]`: left customer, right seat."""
        assert record.recording is not None
        return self.sound(record.recording.path)

    def sound(self, path: str) -> np.ndarray:
        """Samples `[time, channel]` of a file below the data folder."""
        return read_wav(self.data / path).samples


def correlation(recorded: np.ndarray, said: np.ndarray) -> float:
    """Best normalised correlation of what was said with any place of the recording."""
    a, b = recorded.astype(np.float64), said.astype(np.float64)
    size = 1 << (len(a) + len(b)).bit_length()
    cross = np.fft.irfft(np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size)), size)[: len(a)]
    at = int(np.argmax(cross))
    part = a[at : at + len(b)]
    return float(cross[at] / (np.linalg.norm(part) * np.linalg.norm(b[: len(part)]) + 1e-9))


def conversation(
    tmp_path: Path,
    script: Callable[[Box], Awaitable[None]],
    *,
    start: datetime = MONDAY_MORNING,
    card: Callable[[], SimCard] = lambda: SimCard(paced=False),
    plan: CallPlan | None = None,
    other_cards: Sequence[LineCard] = (),
) -> Box:
    """Run a script in a box of its own; returns the box after it was stopped."""

    async def main() -> Box:
        box = Box(tmp_path, card(), plan or default_plan("铜陵广电", "0562-96599", "0562"), start, other_cards)
        seated = seated_agents(tmp_path / "journal", start)
        await box.engine.start(box.plan, "test", [], seated, counted_calls(tmp_path / "journal", start))
        try:
            await script(box)
            box.engine.switch.patrol.go_round()
        finally:
            await box.engine.stop()
            box.journal.close()
        assert not box.engine.switch.patrol.found, "what must never be: " + "; ".join(box.engine.switch.patrol.found)
        return box

    return run_virtually(main())
