"""Soak: thousands of calls of random people over faulty lines through the whole engine, each held to what happened.

`python bench/soak.py --calls 10000 [--seed 1]` plays in virtual time and ends with exit code 1 when anything is wrong:
a call without exactly one right record, something stuck, the order of a queue, memory that grows, a broken rule.
"""

# slow: a third of an hour at most

from __future__ import annotations

import argparse
import asyncio
import gc
import math
import socket
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from random import Random

from appliance.callplan import SeizeOrder, Strategy, write_callplan
from appliance.engine.engine import Engine
from appliance.journal import Journal
from appliance.journal.reader import read_facts
from appliance.media.virtualloop import run_virtually
from appliance.memory import resident_mb
from appliance.settings import Settings
from appliance.telephony.call import AgentState, LineState
from appliance.telephony.clock import WallClock
from appliance.wire.facts import CallEnded, CallStarted
from appliance.wire.messages import AnyEvent, CallLogged
from appliance.wire.server import Connection
from bench import soakplan
from bench.soakkeys import moves_callers, picks_up
from bench.soakledger import Ledger
from bench.soakpeople import STATIONS, Office, calls_again_and_again, sits_at
from bench.soaktrouble import breaks_lines, signs_in_and_out, supervises

START = datetime(2026, 11, 2, 9, 0, 0, tzinfo=timezone(timedelta(hours=8)))
CALLERS = 5
"""One more than there are lines: now and then all are busy."""
QUIET_S = 240.0
"""After the last caller everything must have come to rest within this time."""
GROWTH_ALLOWED = 0.05
RELOAD_EVERY_S = 90.0
REMEMBERED = 20


@dataclass
class Soak:
    """What came of it."""

    calls: int = 0
    faults: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)


def growth(samples: list[float]) -> float:
    """By how much the mean of the last quarter lies above that of the second."""
    quarter = len(samples) // 4
    second, last = samples[quarter : 2 * quarter], samples[3 * quarter :]
    return (sum(last) / len(last)) / (sum(second) / len(second)) - 1.0


def soak(calls: int, seed: int, data: Path, *, talk: bool = False, longest_s: float = math.inf) -> Soak:
    """Play `calls` calls, or as many as begin within `longest_s` of real time. `talk`: say how far it is."""
    return run_virtually(_soak(calls, seed, data, talk=talk, longest_s=longest_s))


async def _soak(calls: int, seed: int, data: Path, *, talk: bool, longest_s: float) -> Soak:
    loop = asyncio.get_running_loop()
    began_s, clock_s = loop.time(), time.monotonic()
    card = soakplan.card(seed)
    memory: list[float] = []
    ledger: Ledger

    def on_event(event: AnyEvent) -> None:
        if isinstance(event, CallLogged):
            ledger.take(event.record)
            memory.append(resident_mb())
            if time.monotonic() - clock_s > longest_s:
                office.wanted = office.begun
            if talk and ledger.records % 500 == 0:
                far = f"{ledger.records} calls, {time.monotonic() - clock_s:.0f} s, {memory[-1]:.0f} MB"
                print(f"  {far}, {len(ledger.faults)} faults {ledger.faults[-1:]}", flush=True)

    settings = Settings(data_dir=str(data))
    clock = WallClock(lambda: loop.time() - began_s, START)
    journal = Journal(data / "journal", f"{seed:08x}", synchronous=True)
    engine = Engine(settings, [card], journal, clock.now, on_event)
    ours, theirs = socket.socketpair()
    _reader, writer = await asyncio.open_connection(sock=ours)
    office = Office(engine, card, Connection(writer), Random(seed), calls)
    ledger = Ledger(office, START, data)
    await engine.start(soakplan.plan(), "soak", [])
    gc.collect()
    left: list[str] = []
    try:
        await _play(office, ledger, settings)
        left = _left_behind(engine)
    finally:
        await engine.stop()
        journal.close()
        writer.close()
        theirs.close()
    ledger.judge(last=True)
    broken = [f"broken rule: {text}" for text in engine.switch.patrol.found]
    found = Soak(ledger.records, ledger.faults + left + broken + _journal_faults(data))
    took_s, length_s = time.monotonic() - clock_s, loop.time() - began_s
    _tell(found, ledger, office, memory, took_s, length_s)
    return found


async def _play(office: Office, ledger: Ledger, settings: Settings) -> None:
    phones = {phone.port: phone for phone in office.card.phones}
    ports = {station.id: station.port for station in office.engine.switch.plan.stations}
    seats = [(phones[port], station) for station, port in ports.items() if station in STATIONS]
    around = [asyncio.create_task(sits_at(office, phone, station)) for phone, station in seats]
    trouble = [
        signs_in_and_out(office),
        breaks_lines(office),
        supervises(office),
        moves_callers(office),
        picks_up(office),
        _reloads(office, settings),
    ]
    troubles = [asyncio.create_task(each) for each in (*trouble, _judges(ledger))]
    callers = [office.card.exchange.add_phone(f"caller {number}") for number in range(CALLERS)]
    await asyncio.gather(*(calls_again_and_again(office, caller) for caller in callers))
    office.closing = True
    for task in troubles:
        task.cancel()
    for port, fault in office.card.faults():
        office.card.set_fault(port, fault, on=False)
    for _ in range(int(QUIET_S)):
        if not list(office.engine.switch.book) and not any(phone.off_hook for phone in office.card.phones):
            break
        await asyncio.sleep(1.0)
    await asyncio.sleep(15.0)
    for task in around:
        task.cancel()
    results = await asyncio.gather(*around, *troubles, return_exceptions=True)
    for error in results:
        if isinstance(error, Exception):
            raise error


async def _judges(ledger: Ledger) -> None:
    """Judge what can be judged, and let the simulated phones forget: what they remember is not the box's memory."""
    while True:
        await asyncio.sleep(5.0)
        ledger.judge()
        for phone in ledger.office.card.phones:
            for remembered in (phone.spells, phone.ringings):
                while len(remembered) > REMEMBERED:
                    remembered.popleft()


async def _reloads(office: Office, settings: Settings) -> None:
    """Another strategy and another order of lines, in the midst of traffic."""
    strategies, orders = list(Strategy), list(SeizeOrder)
    version = 1
    while True:
        await asyncio.sleep(RELOAD_EVERY_S)
        version += 1
        plan = soakplan.plan(version, strategies[version % len(strategies)], orders[version % len(orders)])
        write_callplan(settings.callplan_path, plan)
        office.engine.reload()


def _left_behind(engine: Engine) -> list[str]:
    """What is not at rest though nobody calls any more."""
    switch = engine.switch
    left = [
        f"line {line.plan.id} is left {line.state}"
        for line in switch.lines.values()
        if line.state is not LineState.IDLE
    ]
    left += [
        f"station {each.plan.id} is left with call {each.call_id}" for each in switch.stations.values() if each.call_id
    ]
    left += [f"agent {agent.id} is left {agent.state}" for agent in switch.roster if agent.state is not AgentState.IDLE]
    left += [f"call {waiter.call_id} is left waiting" for waiter in switch.queueing.waiters]
    return left + [f"call {call.id} is left {call.state}" for call in switch.book]


def _journal_faults(data: Path) -> list[str]:
    """Every call that began has one end in the journal."""
    started: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    for line in read_facts(data / "journal", {}):
        if isinstance(line.fact, CallStarted):
            started[line.fact.call_id] += 1
        elif isinstance(line.fact, CallEnded):
            ended[line.fact.record.call_id] += 1
    wrong = [call for call in started | ended if started[call] != 1 or ended[call] != 1]
    return [f"journal: call {call} began {started[call]} times and ended {ended[call]} times" for call in wrong]


def _tell(found: Soak, ledger: Ledger, office: Office, memory: list[float], took_s: float, length_s: float) -> None:
    grown = growth(memory) if len(memory) >= 4 else 0.0
    if found.calls >= 2000 and grown > GROWTH_ALLOWED:
        found.faults.append(f"memory: the last quarter lies {grown:.1%} above the second")
    quarter = max(1, len(memory) // 4)
    means = [sum(memory[at : at + quarter]) / quarter for at in range(0, 4 * quarter, quarter)]
    ticks = office.frame
    people = f"{office.begun} callers, {office.refused} met busy lines, {ledger.internal} internal"
    speed = f"{length_s / took_s:.0f} times real time, {took_s / ticks * 1e6:.0f} µs a tick"
    right = f"one result alone was right for {ledger.exact}, several for {ledger.ambiguous}"
    files = f"{ledger.recordings} recordings and voicemails read, as long as said"
    megabytes = ", ".join(f"{mean:.1f}" for mean in means)
    found.figures += [
        f"{found.calls} calls ({people}), {office.faults} line faults, {length_s / 3600:.1f} h of virtual time",
        f"took {took_s:.0f} s: {speed}, {found.calls / took_s:.1f} calls a second",
        "results: " + ", ".join(f"{result} {count}" for result, count in ledger.results.most_common()),
        f"{right}; {ledger.of_broken_lines} records of broken lines without a caller",
        f"{files}; {ledger.order_looked_at} pairs of callers looked at for their order",
        f"resident memory by quarters: {megabytes} MB; last to second {grown:+.1%}",
        f"{len(found.faults)} faults",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=math.inf, help="begin no call after so long")
    parsed = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        found = soak(parsed.calls, parsed.seed, Path(folder), talk=True, longest_s=parsed.minutes * 60)
    for text in found.figures:
        print(text)
    for text in found.faults[:50]:
        print(f"FAULT {text}")
    sys.exit(1 if found.faults else 0)


if __name__ == "__main__":
    main()
