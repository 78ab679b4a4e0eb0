"""A real box: engine and web as processes of their own, driven over the wire like the virtual phones do it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import wave
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import numpy as np

from appliance.callplan import CallPlan, Span, write_callplan
from appliance.defaults.plan import default_plan
from appliance.journal.reader import read_facts
from appliance.settings import Settings
from appliance.store.connection import fetch_all
from appliance.store.database import open_read_only
from appliance.telephony.call import AgentState, CallState, LineState, StationState
from appliance.telephony.ids import AgentId, CallId, LineId, QueueId, SeatId
from appliance.wire.facts import AnyFact, CallEnded, CallRecord
from appliance.wire.messages import AnyEvent, CallLogged, CallView, SignIn, Snapshot
from appliance.wire.virtualphone import PhoneAudio, PhoneCall, PhoneHook, PhoneKey
from drivers.base import SAMPLE_RATE
from webui.engine_link import EngineLink
from webui.main import Serving

ALWAYS = Span(days=(1, 2, 3, 4, 5, 6, 7), since="00:00", until="24:00")
SHORT_PROMPTS = ("welcome", "main_menu", "queue_enter", "no_agent", "leave_message", "goodbye")


def quick_plan() -> CallPlan:
    """The default plan, open round the clock, answering at the first ring, without wrap-up."""
    plan = default_plan("铜陵广电", "0562-96599", "0562", hours=ALWAYS)
    lines = tuple(msgspec.structs.replace(line, answer_after_rings=1) for line in plan.lines)
    queues = tuple(msgspec.structs.replace(queue, wrap_up_s=0.0) for queue in plan.queues)
    return msgspec.structs.replace(plan, lines=lines, queues=queues)


class Process:
    """One of our commands, with what it says in a file."""

    def __init__(self, *words: str, log: Path, before: Sequence[str] = ()) -> None:
        """`before`: a command that runs ours."""
        with log.open("ab") as output:
            command = [*before, sys.executable, "-m", "appliance.cli.main", *words]
            self._popen = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
        self._log = log

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def said(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def kill(self) -> None:
        """kill -9."""
        self._popen.kill()
        self._popen.wait()

    async def ends(self, within_s: float) -> int:
        """The exit code. Raises `TimeoutError`."""
        async with asyncio.timeout(within_s):
            while (code := self._popen.poll()) is None:
                await asyncio.sleep(0.02)
        return code

    def terminate(self) -> None:
        self._popen.terminate()

    def clean_up(self) -> None:
        """Whatever became of it: nothing is left running."""
        self._popen.terminate()
        try:
            self._popen.wait(10)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()


class LiveBox:
    """`async with LiveBox(tmp_path) as box`: processes to start and kill, phones to call with."""

    def __init__(
        self, folder: Path, *, data: Path | None = None, plan: CallPlan | None = None, settings: str = ""
    ) -> None:
        self.data = data or folder / "data"
        self.folder = folder
        self.processes: list[Process] = []
        self.records: list[CallRecord] = []
        self.states: list[tuple[CallId, CallState]] = []
        self.link = EngineLink(Settings(data_dir=str(self.data)).wire_path)
        self.link.watch(self)
        self.data.mkdir(exist_ok=True)
        (folder / "settings.toml").write_text(settings, encoding="utf-8")
        write_callplan(self.data / "callplan.json", plan or quick_plan())
        for prompt in SHORT_PROMPTS:
            write_wav(self.data / "prompts" / f"{prompt}.wav", np.zeros(1600, np.int16))

    async def __aenter__(self) -> Self:
        self.link.start()
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self.link.stop()
        for process in self.processes:
            process.clean_up()

    def engine_event(self, event: AnyEvent) -> None:
        if isinstance(event, CallLogged):
            self.records.append(event.record)

    def engine_lost(self) -> None:
        pass

    # --- processes ------------------------------------------------------------------------------------------------

    def run(self, part: str, before: Sequence[str] = ()) -> Process:
        """Start `engine`, `web` or `serve`; `before`: a command that runs it."""
        options = ["--data", str(self.data), "--config", str(self.folder / "settings.toml"), "--port", "0"]
        process = Process(part, *options, log=self.folder / f"{part}.log", before=before)
        self.processes.append(process)
        return process

    async def engine_up(self) -> None:
        await self.until(lambda: self.link.mirror.snapshot() is not None, 20)

    async def web_up(self, *, other_than: int = 0) -> Serving:
        """The web's own note, once it serves."""
        note = self.data / "web.json"
        found: list[Serving] = []

        def serves() -> bool:
            with suppress(OSError, msgspec.DecodeError):
                found[:] = [msgspec.json.decode(note.read_bytes(), type=Serving)]
            return bool(found) and found[0].pid != other_than and alive(found[0].pid)

        await self.until(serves, 20)
        return found[0]

    # --- people ---------------------------------------------------------------------------------------------------

    async def sign_in(self, agent: str, seat: str, *queues: str) -> None:
        wanted = tuple(QueueId(queue) for queue in queues)
        await self.link.command(SignIn(agent=AgentId(agent), name=f"话务员{agent}", seat=SeatId(seat), queues=wanted))

    async def calls_in(self, phone: str, number: str, line: int = 0) -> CallId:
        """The outside phone calls; returns when the box has answered."""
        await self.link.command(PhoneCall(phone=phone, number=number, line=LineId(line)))
        await self.until(lambda: self._phone_status(phone) == "talking", 20)
        at = next(view.line for view in self.snapshot.phones if view.phone == phone)
        if at is None:
            at = LineId(line)
        await self.until(lambda: self._call_on(at) is not None, 5)
        call = self._call_on(at)
        assert call is not None
        return call.call_id

    async def presses(self, phone: str, keys: str) -> None:
        for key in keys:
            await self.link.command(PhoneKey(phone=phone, digit=key))

    async def lifts(self, phone: str) -> None:
        await self.link.command(PhoneHook(phone=phone, off_hook=True))

    async def hangs_up(self, phone: str) -> None:
        await self.link.command(PhoneHook(phone=phone, off_hook=False))

    async def rings(self, phone: str) -> None:
        await self.until(lambda: any(view.ringing for view in self.snapshot.phones if view.phone == phone), 20)

    async def talks_into(self, phone: str, samples: np.ndarray) -> None:
        """Live microphone at the pace of speech, a quarter of a second ahead."""
        clock = asyncio.get_running_loop()
        began_s = clock.time() - 0.25
        for at in range(0, len(samples), 800):
            await asyncio.sleep(max(0.0, began_s + at / SAMPLE_RATE - clock.time()))
            self.link.send(PhoneAudio(phone=phone, pcm=samples[at : at + 800].astype("<i2").tobytes()))

    # --- what there is to see -------------------------------------------------------------------------------------

    @property
    def snapshot(self) -> Snapshot:
        """Everything as it is now. Fails while the engine is down."""
        found = self.link.mirror.snapshot()
        assert found is not None, "the engine is down"
        return found

    def call(self, call_id: CallId) -> CallView | None:
        return next((call for call in self.snapshot.calls if call.call_id == call_id), None)

    async def in_state(self, call_id: CallId, state: CallState, within_s: float = 20.0) -> None:
        await self.until(lambda: (call := self.call(call_id)) is not None and call.state is state, within_s)

    def at_rest(self) -> bool:
        """No line, phone or agent is in use."""
        now = self.snapshot
        return (
            not now.calls
            and all(line.state is LineState.IDLE for line in now.lines)
            and all(station.state is StationState.ON_HOOK for station in now.stations)
            and all(agent.state is AgentState.IDLE for agent in now.agents)
        )

    async def record(self, call_id: CallId, within_s: float = 15.0) -> CallRecord:
        await self.until(lambda: any(record.call_id == call_id for record in self.records), within_s)
        return next(record for record in self.records if record.call_id == call_id)

    def facts(self) -> list[AnyFact]:
        return [line.fact for line in read_facts(self.data / "journal", {}) if line.fact is not None]

    def ended(self) -> dict[CallId, CallRecord]:
        """Records in the journal; fails when a call has two."""
        records = [fact.record for fact in self.facts() if isinstance(fact, CallEnded)]
        twice = [call for call, count in Counter(record.call_id for record in records).items() if count > 1]
        assert twice == []
        return {record.call_id: record for record in records}

    def stored(self) -> list[str]:
        """Ids of the calls in the database."""
        database = open_read_only("", self.data)
        try:
            return [row[0] for row in database.read_now(fetch_all, "SELECT call_id FROM call_details")]
        finally:
            database.close()

    async def until(self, condition: Callable[[], object], within_s: float) -> None:
        """Poll; the message of the failure is the line that waited."""
        async with asyncio.timeout(within_s):
            while not condition():
                await asyncio.sleep(0.02)

    def _phone_status(self, phone: str) -> str:
        snapshot = self.link.mirror.snapshot()
        return next((view.status for view in snapshot.phones if view.phone == phone), "") if snapshot else ""

    def _call_on(self, line: LineId) -> CallView | None:
        return next((call for call in self.snapshot.calls if call.line == line), None)


def write_wav(path: Path, samples: np.ndarray) -> None:
    """8 kHz, 16 bit, mono."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(samples.astype("<i2").tobytes())


def played(path: Path) -> np.ndarray:
    """`[sample, channel]` as any player reads it: what the header promises is there."""
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getsampwidth()) == (SAMPLE_RATE, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
        assert len(samples) == file.getnframes(), "the header promises more than there is"
    return samples


def alive(pid: int) -> bool:
    """Running, not a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def children(pid: int) -> list[int]:
    """Direct children of a process."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, IndexError):
            if stat.read_text(encoding="ascii", errors="replace").rsplit(")", 1)[1].split()[1] == str(pid):
                found.append(int(stat.parent.name))
    return found


def command_line(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""


def kill_process(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
