"""Measures the call-log search: `./dev bench search --calls 1000000 [--database FILE] [--peer mariadb|postgresql]`.

Builds the log once (kept in FILE), then asks random combinations of the 19 conditions for the first page, the page with
a count capped at 10,000, and the page with an exact count. `--ways` also times both ways of every search, to see how
good the choice between them is. `--peer mariadb` asks those searches that it can answer of a FreePBX-style `cdr` too;
`--peer postgresql` asks our own store on PostgreSQL. Times are CPU times (of this process, and of the server
where there is one), everything in memory. Last line: one JSON object.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from appliance.store.call_list import count_calls, list_calls
from appliance.store.call_query import Way
from appliance.store.call_search import CallSearch
from appliance.store.connection import fetch_value
from appliance.store.database import Database
from appliance.store.scope import EVERYTHING
from bench import callsample, callstore, cdrpeer, pgcopy
from bench.cdrpeer import cpu_of
from bench.searchsample import make_search, random_levels
from tests.postgres import PostgresCluster

GAP_S = 100.0
SHARE = 0.16
"""Of the conditions in a search: three on the average."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    p50_ms: float
    p95_ms: float
    max_ms: float


def _figures(times_s: list[float]) -> Figures:
    ordered = sorted(times_s)
    return Figures(
        p50_ms=round(statistics.median(ordered) * 1000, 1),
        p95_ms=round(ordered[int(len(ordered) * 0.95)] * 1000, 1),
        max_ms=round(ordered[-1] * 1000, 1),
    )


def _timed(call: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    began = clock()
    call()
    return clock() - began


def _open(path: Path, calls: int) -> tuple[Database, callsample.Sample]:
    sample = callsample.make_sample(1, min(50_000, calls // 20))
    if path.exists():
        return Database(path), sample
    print(f"building {calls} calls in {path}", flush=True)
    building = path.with_suffix(".building")
    building.unlink(missing_ok=True)
    callstore.fill_large(building, sample, calls, GAP_S).close()
    building.rename(path)
    return Database(path), sample


def _searches(sample: callsample.Sample, calls: int, count: int) -> list[CallSearch]:
    dice = random.Random(3)
    days = callstore.sample_days(calls, GAP_S)
    found: list[CallSearch] = []
    while len(found) < count:
        search = make_search(dice, sample, random_levels(dice, SHARE), days)
        if search != CallSearch():
            found.append(search)
    return found


def _measure(database: Database, searches: list[CallSearch], *, ways: bool) -> dict[str, Figures]:
    page: list[float] = []
    capped: list[float] = []
    exact: list[float] = []
    regret: list[float] = []
    for number, search in enumerate(searches):
        page_s = _timed(lambda s=search: database.read_now(list_calls, s, EVERYTHING))
        capped_s = _timed(lambda s=search: database.read_now(count_calls, s, EVERYTHING))
        exact_s = _timed(lambda s=search: database.read_now(count_calls, s, EVERYTHING, cap=None))
        page.append(page_s)
        capped.append(page_s + capped_s)
        exact.append(page_s + exact_s)
        if ways:
            times = [_both(database, search, call) for call in (list_calls, count_calls)]
            for name, chosen, (walk_s, match_s) in zip("lc", (page_s, capped_s), times, strict=True):
                regret.append(chosen - min(walk_s, match_s))
                if regret[-1] > 0.01:
                    text = msgspec.json.encode(search).decode()
                    print(
                        f"{number} {name} {chosen * 1e3:.0f} walk {walk_s * 1e3:.0f} match {match_s * 1e3:.0f} {text}"
                    )
    found = {"page": _figures(page), "page_capped_count": _figures(capped), "page_exact_count": _figures(exact)}
    return {**found, "regret": _figures(regret)} if ways else found


def _both(database: Database, search: CallSearch, call: Callable[..., object]) -> tuple[float, float]:
    times = [_timed(lambda w=way: database.read_now(call, search, EVERYTHING, way=w)) for way in (Way.WALK, Way.MATCH)]
    return times[0], times[1]


def _against_cdr(database: Database, searches: list[CallSearch]) -> dict[str, Figures]:
    """The same searches here and there, page and exact count; both must count the same."""
    server = cdrpeer.CdrServer(database)
    here: dict[str, list[float]] = {"page": [], "page_exact_count": []}
    there: dict[str, list[float]] = {"page": [], "page_exact_count": []}
    try:
        for search in searches:
            where = cdrpeer.where_of(search)
            page_s = _timed(lambda s=search: database.read_now(list_calls, s, EVERYTHING))
            began = time.process_time()
            count = database.read_now(count_calls, search, EVERYTHING, cap=None).count
            count_s = time.process_time() - began
            cdr_page_s, _ = server.timed(f"SELECT * FROM cdr WHERE {where} ORDER BY calldate DESC LIMIT 50")
            cdr_count_s, (counted,) = server.timed(f"SELECT count(*) FROM cdr WHERE {where}")
            if int(counted) != count:
                raise RuntimeError(f"{count} calls here, {counted} there: {where}")
            for times, first_s, second_s in ((here, page_s, count_s), (there, cdr_page_s, cdr_count_s)):
                times["page"].append(first_s)
                times["page_exact_count"].append(first_s + second_s)
    finally:
        server.remove()
    for name, ours in here.items():
        ratio = _figures(there[name]).p95_ms / _figures(ours).p95_ms
        print(f"{name}: p95 of a FreePBX-style cdr in MariaDB is {ratio:.0f} times ours ({len(searches)} searches)")
    return {f"{name}{who}": _figures(all_[name]) for who, all_ in (("_here", here), ("_cdr", there)) for name in here}


def _on_postgres(database: Database, searches: list[CallSearch]) -> dict[str, Figures]:
    cluster = PostgresCluster(shared_buffers="1GB")
    try:
        store = pgcopy.copy_to_postgres(database, cluster.new_database())
        for search in searches[:20]:
            store.read_now(list_calls, search, EVERYTHING)
        page, capped, exact = [], [], []
        backend = store.read_now(fetch_value, "SELECT pg_backend_pid()")

        def clock() -> float:
            return time.process_time() + cpu_of(backend)

        for search in searches:
            page.append(_timed(lambda s=search: store.read_now(list_calls, s, EVERYTHING), clock))
            capped.append(page[-1] + _timed(lambda s=search: store.read_now(count_calls, s, EVERYTHING), clock))
            exact.append(
                page[-1] + _timed(lambda s=search: store.read_now(count_calls, s, EVERYTHING, cap=None), clock)
            )
        store.close()
    finally:
        cluster.remove()
    named = (("page", page), ("page_capped_count", capped), ("page_exact_count", exact))
    return {f"{name}_postgresql": _figures(times) for name, times in named}


def _peer_figures(
    peer: str, database: Database, sample: callsample.Sample, options: argparse.Namespace
) -> dict[str, Figures]:
    """Nothing, and why, where the server is not installed."""
    try:
        if peer == "postgresql":
            return _on_postgres(database, _searches(sample, options.calls, options.searches))
        answerable = [each for each in _searches(sample, options.calls, 2_000) if cdrpeer.where_of(each) is not None]
        return _against_cdr(database, answerable[: options.searches])
    except FileNotFoundError as error:
        print(f"not compared with {peer}: {error}")
        return {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=200_000)
    parser.add_argument("--searches", type=int, default=200)
    parser.add_argument("--database", type=Path)
    parser.add_argument("--ways", action="store_true")
    parser.add_argument("--peer", choices=("mariadb", "postgresql"), action="append", default=[])
    options = parser.parse_args()
    path = options.database or Path(tempfile.gettempdir()) / f"hotlinebox-bench-{options.calls}.db"
    database, sample = _open(path, options.calls)
    searches = _searches(sample, options.calls, options.searches)
    _measure(database, searches[:20], ways=False)
    figures = _measure(database, searches, ways=options.ways)
    for peer in options.peer:
        figures |= _peer_figures(peer, database, sample, options)
    database.close()
    for name, value in figures.items():
        print(f"{name:28} p50 {value.p50_ms:8.1f}  p95 {value.p95_ms:8.1f}  max {value.max_ms:8.1f} ms")
    load = round(os.getloadavg()[0], 1)
    print(
        msgspec.json.encode(
            {"calls": options.calls, "mb": path.stat().st_size // 2**20, "load": load, **figures}
        ).decode()
    )


if __name__ == "__main__":
    main()
