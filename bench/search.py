"""Measures the call-log search: `python bench/search.py --calls 1000000 [--database FILE]`.

Builds the log once (kept in FILE), then asks random combinations of the 19 conditions for the first page, the page with
a count capped at 10,000, and the page with an exact count. `--ways` also times both ways of every search, to see how
good the choice between them is. Times are CPU times, everything in memory. Last line: one JSON object.
"""

from __future__ import annotations

import argparse
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
from appliance.store.database import Database
from appliance.store.scope import EVERYTHING
from bench import callsample, callstore
from bench.searchsample import make_search, random_levels

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


def _timed(call: Callable[[], object]) -> float:
    """CPU seconds: on a machine that does other work too, the figure that means something."""
    began = time.process_time()
    call()
    return time.process_time() - began


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=200_000)
    parser.add_argument("--searches", type=int, default=200)
    parser.add_argument("--database", type=Path)
    parser.add_argument("--ways", action="store_true")
    options = parser.parse_args()
    path = options.database or Path(tempfile.gettempdir()) / f"hotlinebox-bench-{options.calls}.db"
    database, sample = _open(path, options.calls)
    searches = _searches(sample, options.calls, options.searches)
    _measure(database, searches[:20], ways=False)
    figures = _measure(database, searches, ways=options.ways)
    database.close()
    for name, value in figures.items():
        print(f"{name:20} p50 {value.p50_ms:8.1f}  p95 {value.p95_ms:8.1f}  max {value.max_ms:8.1f} ms")
    print(msgspec.json.encode({"calls": options.calls, "mb": path.stat().st_size // 2**20, **figures}).decode())


if __name__ == "__main__":
    main()
