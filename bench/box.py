"""Measures the whole box: speed of the simulation, ticks under load, screen pop, mouth to ear, memory, idle CPU.

Real processes (engine and web, as `hotlinebox serve` runs them), a call log of 100,000 calls, browsers and phones over
the wire. Beside every figure stands its bar. `--quick` leaves out the 300 calls and the big export.
"""
# slow: three to five minutes, one of them to make the call log

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from appliance.cli.simulate import Totals
from appliance.store.users import UserDraft, add_user
from appliance.telephony.call import CallState, LineState
from appliance.telephony.ids import AgentId
from appliance.wire.messages import AnyEvent, EngineHealth, HealthReported
from bench import callsample, callstore
from bench.mouthtoear import ticks_beyond_the_card
from tests.system.livebox import LiveBox, children, command_line, quick_plan
from tests.web.box import PASSWORD, Browser, Socket
from webui.auth.passwords import Passwords

ROOT = Path(__file__).resolve().parent.parent
CALLS = 100_000
POPS = 25
POP_LINE, POP_STATION, POP_SEAT = 4, "804", "4"
TALKING_LINES = (1, 2, 3)
WINDOW_S = 20.0


def report(what: str, figure: str, bar: str = "") -> None:
    print(f"{what:<52} {figure:<44} {f'bar {bar}' if bar else ''}".rstrip(), flush=True)


# --- speed ------------------------------------------------------------------------------------------------------------


def measure_speed() -> None:
    command = [sys.executable, "-m", "appliance.cli.main", "simulate", "tests/scenarios/mixed300.yaml", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    totals = msgspec.json.decode(done.stdout.splitlines()[-1], type=Totals)
    figure = f"{totals.speed:.0f} x real time, {totals.calls} calls, {len(totals.failures)} failures"
    report("300 mixed calls in virtual time", figure, ">= 50 x")


# --- a box with a big call log ----------------------------------------------------------------------------------------


def make_log(data: Path, calls: int) -> callsample.Sample:
    """The call log, kept between runs beside the system's temporary files."""
    sample = callsample.make_sample(1, min(20_000, calls // 5))
    kept = Path(tempfile.gettempdir()) / f"hotlinebox-bench-box-{calls}.db"
    if not kept.exists():
        print(f"making a call log of {calls} calls in {kept}", flush=True)
        building = kept.with_suffix(".building")
        building.unlink(missing_ok=True)
        callstore.fill(building, sample, callsample.each_call(sample, calls, 100.0), portion=5_000).close()
        building.rename(kept)
    data.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", str(kept), str(data / "hotlinebox.db")], check=True)
    return sample


@asynccontextmanager
async def measured_box(calls: int) -> AsyncIterator[tuple[MeasuredBox, callsample.Sample]]:
    with tempfile.TemporaryDirectory(prefix="hotlinebox-bench-") as folder:
        async with MeasuredBox(Path(folder)) as box:
            sample = make_log(box.data, calls)
            await box.add_people()
            box.run("serve")
            await box.engine_up()
            await box.open_browsers((await box.web_up()).url)
            yield box, sample


class MeasuredBox(LiveBox):
    """A live box that keeps its health reports, with an administrator's browser and an agent's."""

    def __init__(self, folder: Path) -> None:
        plan = quick_plan()
        lines = tuple(msgspec.structs.replace(line, answer_after_rings=2) for line in plan.lines)  # caller ID comes
        super().__init__(folder, plan=msgspec.structs.replace(plan, lines=lines))
        self.health: list[EngineHealth] = []

    def engine_event(self, event: AnyEvent) -> None:
        super().engine_event(event)
        if isinstance(event, HealthReported):
            self.health.append(event.health)

    async def add_people(self) -> None:
        """Users with a password, put into the database before the web opens it."""
        from appliance.store.database import open_database  # noqa: PLC0415

        passwords = Passwords()
        word = await passwords.hash(PASSWORD)
        passwords.close()
        database = open_database("", self.data)
        now = datetime.now().astimezone()
        for login, role, agent in (("boss", "manager", None), ("agent4", "agent", AgentId("2004"))):
            draft = UserDraft(login=login, name=login, roles=(role,), agent=agent)
            await database.write(add_user, draft, word, now)
        database.close()

    async def open_browsers(self, url: str) -> None:
        self.sockets: list[Socket] = []
        self.boss, self.agent = Browser(url, self.sockets), Browser(url, self.sockets)
        for browser, login in ((self.boss, "boss"), (self.agent, "agent4")):
            answer = await browser.log_in(login)
            assert answer.status == 200, answer.body

    def pid_of(self, part: str) -> int:
        return next(pid for pid in children(self.processes[0].pid) if f".main {part} " in command_line(pid))


# --- ticks ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lateness:
    """Of all ticks between two moments; p99 from the two latest ticks of every 2 s."""

    p50_ms: float
    p99_ms: float
    max_ms: float
    overruns: int
    windows: int
    realtime: bool

    def __str__(self) -> str:
        return (
            f"p50 {self.p50_ms:.1f}, p99 {self.p99_ms:.1f}, max {self.max_ms:.1f} ms, {self.overruns} overruns"
            f" ({self.windows * 2} s{'' if self.realtime else ', no real-time priority'})"
        )


def lateness(reports: list[EngineHealth], overruns_before: int) -> Lateness:
    latest = sorted((ms for each in reports for ms in (each.late_max_ms, each.late_p99_ms)), reverse=True)
    return Lateness(
        p50_ms=statistics.median(each.late_p50_ms for each in reports),
        p99_ms=latest[len(reports)],
        max_ms=latest[0],
        overruns=reports[-1].overruns - overruns_before,
        windows=len(reports),
        realtime=reports[-1].realtime,
    )


class TickWatch:
    """Health reports from now on; the first is left out: it also tells of what was before."""

    def __init__(self, box: MeasuredBox) -> None:
        self._box = box
        self._from = len(box.health) + 1

    def result(self) -> Lateness:
        reports = self._box.health[self._from :]
        return lateness(reports, self._box.health[self._from - 1].overruns)


class BareClock:
    """A real-time process that does nothing, beside the box: how late this machine itself is."""

    def __init__(self, length_s: float) -> None:
        command = [sys.executable, str(ROOT / "bench" / "bareclock.py"), str(length_s)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def report(self) -> None:
        p99_ms, max_ms = self._process.communicate()[0].split()
        report("  a real-time process that does nothing, meanwhile", f"p99 {p99_ms}, max {max_ms} ms")


async def measure_ticks(box: MeasuredBox, what: str) -> None:
    await asyncio.sleep(2.0)
    watch, bare = TickWatch(box), BareClock(WINDOW_S)
    await asyncio.sleep(WINDOW_S + 2.0)
    report(f"tick lateness, {what}", str(watch.result()), "p99 <= 2 ms, no overrun")
    bare.report()


# --- processes --------------------------------------------------------------------------------------------------------


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


async def measure_idle(box: MeasuredBox) -> None:
    pids = {part: box.pid_of(part) for part in ("engine", "web")}
    await box.link.stop()  # we are no part of the box
    await asyncio.sleep(2.0)
    before = {part: cpu_s(pid) for part, pid in pids.items()}
    await asyncio.sleep(WINDOW_S)
    used = {part: (cpu_s(pid) - before[part]) / WINDOW_S * 100 for part, pid in pids.items()}
    figure = ", ".join(f"{part} {percent:.1f} %" for part, percent in used.items())
    report("idle, one browser at the live board", f"{figure} of a core", "<= 5 %")
    box.link.start()
    await box.engine_up()


def measure_memory(box: MeasuredBox, when: str) -> None:
    sizes = {part: resident_mb(box.pid_of(part)) for part in ("engine", "web")}
    figure = ", ".join(f"{part} {size:.0f}" for part, size in sizes.items())
    report(f"resident memory, {when}", f"{figure}, together {sum(sizes.values()):.0f} MB", "<= 250 MB")


# --- calls ------------------------------------------------------------------------------------------------------------


async def start_conversations(box: MeasuredBox) -> None:
    for line in TALKING_LINES:
        await box.sign_in(f"200{line}", str(line), "repair")
    for line in TALKING_LINES:
        call_id = await box.calls_in(f"out-{line}", f"1390562123{line}", line)
        await box.presses(f"out-{line}", "1")
        await box.until(lambda: any(view.ringing and not view.outside for view in box.snapshot.phones), 20)
        station = next(view.phone for view in box.snapshot.phones if view.ringing and not view.outside)
        await box.lifts(station)
        await box.in_state(call_id, CallState.CONNECTED)


async def fourth_conversation(box: MeasuredBox, *, on: bool) -> None:
    if on:
        await box.sign_in("2004", POP_SEAT, "repair")
        call_id = await box.calls_in(f"out-{POP_LINE}", "13905621234", POP_LINE)
        await box.presses(f"out-{POP_LINE}", "1")
        await box.rings(POP_STATION)
        await box.lifts(POP_STATION)
        await box.in_state(call_id, CallState.CONNECTED)
        return
    await box.hangs_up(POP_STATION)
    await box.hangs_up(f"out-{POP_LINE}")
    await box.until(lambda: box.snapshot.lines[POP_LINE - 1].state is LineState.IDLE, 15)


async def pop_once(box: MeasuredBox, socket: Socket, number: str) -> float:
    """Milliseconds from the ring of the phone to the message in the browser, customer and earlier calls in it."""
    await box.calls_in(f"out-{POP_LINE}", number, POP_LINE)
    await box.presses(f"out-{POP_LINE}", "1")
    pop: dict[str, Any] = {}
    while pop.get("customer") is None:
        pop = await socket.until("ScreenPop")
    arrived = datetime.now().astimezone()
    assert pop["call"]["peer_number"], "the caller is known"
    await box.hangs_up(f"out-{POP_LINE}")
    await box.until(lambda: box.snapshot.lines[POP_LINE - 1].state is LineState.IDLE, 15)
    return (arrived - datetime.fromisoformat(pop["ring_at"])).total_seconds() * 1000


async def export_again_and_again(box: MeasuredBox, took_s: list[float], stop: asyncio.Event) -> None:
    while not stop.is_set():
        began_s = time.monotonic()
        begun = await box.boss.post("/api/exports", {"search": {}})
        assert begun.status < 300, begun.body
        path = f"/api/exports/{begun.json['id']}"
        view = {"state": "running"}
        while view["state"] == "running":
            await asyncio.sleep(0.5)
            view = (await box.boss.get(path)).json
        assert view["state"] == "done", view
        took_s.append(time.monotonic() - began_s)
        await box.boss.delete(path)


async def measure_under_export(box: MeasuredBox, numbers: list[str], rows: int) -> None:
    answer = await box.agent.post("/api/seat/sign-in", {"seat": POP_SEAT})
    assert answer.status < 300, answer.body
    socket = await box.agent.socket("/live")
    quiet = [await pop_once(box, socket, number) for number in numbers[:5]]
    stop, took_s = asyncio.Event(), list[float]()
    exporting = asyncio.create_task(export_again_and_again(box, took_s, stop))
    await asyncio.sleep(1.0)
    watch, bare = TickWatch(box), BareClock(WINDOW_S)
    latencies = sorted([await pop_once(box, socket, number) for number in numbers])
    stop.set()
    await exporting
    report("tick lateness, 3 conversations, calls, export", str(watch.result()), "p99 <= 2 ms, no overrun")
    bare.report()
    report(f"export of {rows:,} rows meanwhile", f"{min(took_s):.1f} to {max(took_s):.1f} s, {len(took_s)} times")
    p95 = latencies[int(0.95 * (len(latencies) - 1) + 0.5)]
    figure = f"p50 {statistics.median(latencies):.0f}, p95 {p95:.0f}, max {latencies[-1]:.0f} ms of {len(latencies)}"
    report("ring to screen pop with customer, export running", figure, "p95 <= 300 ms")
    report("  the same without export", f"p50 {statistics.median(quiet):.0f}, max {max(quiet):.0f} ms of {len(quiet)}")


async def measure_box(*, quick: bool) -> None:
    calls, pops = (2_000, 5) if quick else (CALLS, POPS)
    async with measured_box(calls) as (box, sample):
        board = await box.boss.socket("/live")
        watching = asyncio.create_task(_read_on(board))
        await asyncio.sleep(3.0)
        measure_memory(box, "after start")
        await measure_ticks(box, "idle")
        await measure_idle(box)
        await start_conversations(box)
        await fourth_conversation(box, on=True)
        await measure_ticks(box, "4 recorded conversations")
        await fourth_conversation(box, on=False)
        numbers = [draft.numbers[0] for draft in sample.customers if draft.numbers][:pops]
        await measure_under_export(box, numbers, calls)
        measure_memory(box, "after all this")
        watching.cancel()
        for socket in box.sockets:
            socket.close()


async def _read_on(socket: Socket) -> None:
    """A browser at the board reads whatever comes."""
    while await socket.connection.read_message() is not None:
        pass


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    print(f"load of this machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    for way, ticks in ticks_beyond_the_card().items():
        report(f"mouth to ear beyond the card, {way}", f"{ticks} ticks", "<= 2")
    asyncio.run(measure_box(quick=options.quick))
    if not options.quick:
        measure_speed()
    print(f"load of this machine: {os.getloadavg()[0]:.1f}", flush=True)


if __name__ == "__main__":
    main()
