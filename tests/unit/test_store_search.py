"""Every combination of the 19 conditions finds what the slow oracle finds, in list, count and export order."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import pytest

from appliance.store.call_list import count_calls, list_calls
from appliance.store.call_order import NEWEST_FIRST
from appliance.store.call_query import Way
from appliance.store.call_search import CallSearch
from appliance.store.call_search_check import check_search
from appliance.store.call_values import each_values
from appliance.store.connection import Connection
from appliance.store.database import Source
from appliance.store.scope import EVERYTHING, Scope
from appliance.telephony.ids import AgentId
from bench import callstore
from bench.searchsample import CONDITIONS, Level, make_search, random_levels
from tests.unit.store_oracle import fulfils, visible
from tests.unit.store_world import Log, fill_log

CALLS = 1_200
CUSTOMERS = 60
GAP_S = 2_000.0
DAYS = callstore.sample_days(CALLS, GAP_S)


@pytest.fixture(scope="module")
def log(lasting_store: Source) -> Iterator[Log]:
    log = fill_log(lasting_store, CALLS, CUSTOMERS, GAP_S)
    yield log
    log.database.close()


HEARS_ALL = EVERYTHING.voicemails


WAYS = (None, Way.WALK, Way.MATCH)


def _agree(
    log: Log,
    search: CallSearch,
    scope: Scope = EVERYTHING,
    *,
    pages: bool = False,
    ways: tuple[Way | None, ...] = WAYS,
) -> int:
    """Compare with the oracle; how many calls it is."""
    check_search(search)
    wanted = [call.record.call_id for call in log.calls if fulfils(call, search, log.world) and visible(call, scope)]
    for way in ways:
        page = log.database.read_now(list_calls, search, scope, limit=30, way=way)
        assert [row.call_id for row in page.rows] == wanted[:30], (way, search)
        count = log.database.read_now(count_calls, search, scope, cap=None, way=way)
        assert count.count == len(wanted), (way, search)
        capped = log.database.read_now(count_calls, search, scope, cap=10, way=way)
        assert (capped.count, capped.capped) == (min(10, len(wanted)), len(wanted) > 10), (way, search)
    if pages:
        assert _all_pages(log, search, scope) == wanted
        assert log.database.read_now(_exported, search, scope) == wanted
    return len(wanted)


def _all_pages(log: Log, search: CallSearch, scope: Scope) -> list[str]:
    found: list[str] = []
    before: int | None = None
    while True:
        page = log.database.read_now(list_calls, search, scope, limit=97, before=before)
        found += [row.call_id for row in page.rows]
        if page.next is None:
            return found
        before = page.next


def _exported(db: Connection, search: CallSearch, scope: Scope) -> list[str]:
    return [call_id for (call_id,) in each_values(db, search, scope, NEWEST_FIRST, ("call_id",))]


def _levels(**on: Level) -> dict[str, Level]:
    return {name: on.get(name, Level.OFF) for name in CONDITIONS}


@pytest.mark.parametrize("name", CONDITIONS)
def test_each_condition_alone(log: Log, name: str) -> None:
    """Typical, edge and not; at least one of the typical ones finds something and leaves something out."""
    dice = random.Random(name)
    telling = 0
    for level in (Level.TYPICAL, Level.EDGE, Level.NOT) * 6:
        found = _agree(log, make_search(dice, log.sample, _levels(**{name: level}), DAYS))
        telling += level is Level.TYPICAL and 0 < found < CALLS
    assert telling


def test_no_condition_finds_everything_page_by_page(log: Log) -> None:
    assert _agree(log, CallSearch(), pages=True) == CALLS


def test_every_pair_of_conditions_at_every_level(log: Log) -> None:
    dice = random.Random(19)
    for number, levels in enumerate(_pairwise(dice)):
        _agree(log, make_search(dice, log.sample, levels, DAYS), pages=number % 7 == 0)


def _pairwise(dice: random.Random) -> Iterator[dict[str, Level]]:
    """Greedy cover of all pairs of (condition, level)."""
    missing = {
        ((one, level), (other, another))
        for one, other in itertools.combinations(CONDITIONS, 2)
        for level in Level
        for another in Level
    }
    while missing:
        (one, level), (other, another) = min(missing, key=str)
        best: dict[str, Level] = {}
        most: set[tuple[tuple[str, Level], tuple[str, Level]]] = set()
        for _ in range(12):
            row = {name: dice.choice(tuple(Level)) for name in CONDITIONS}
            row[one], row[other] = level, another
            covered = set(itertools.combinations(row.items(), 2)) & missing
            if len(covered) > len(most):
                best, most = row, covered
        missing -= most
        yield best


def _random_combinations(log: Log, seed: int, count: int, ways: tuple[Way | None, ...]) -> None:
    dice = random.Random(seed)
    found = 0
    for number in range(count):
        share = dice.choice((0.08, 0.15, 0.3))
        search = make_search(dice, log.sample, random_levels(dice, share), DAYS)
        found += _agree(log, search, pages=number % 20 == 0, ways=ways) > 0
    assert found > count / 3


def test_random_combinations(log: Log) -> None:
    _random_combinations(log, 1, 300, WAYS)


@pytest.mark.slow
def test_many_random_combinations(log: Log) -> None:
    _random_combinations(log, 2, 2_000, (None,))


def test_scopes_are_nested(log: Log) -> None:
    """Own calls lie within those of the team, these within those of the department, these within all."""
    dice = random.Random(4)
    own = Scope(agents=(AgentId("1002"),), voicemails=HEARS_ALL)
    team = Scope(
        agents=tuple(AgentId(agent) for agent, unit in callstore.TEAM_OF.items() if unit == 3), voicemails=HEARS_ALL
    )
    department = Scope(
        agents=tuple(AgentId(agent) for agent in callstore.TEAM_OF),
        areas=("城东",),
        unassigned=True,
        voicemails=HEARS_ALL,
    )
    assert own.agents[0] in team.agents
    for _ in range(10):
        search = make_search(dice, log.sample, random_levels(dice, 0.1), DAYS)
        counts = [_agree(log, search, scope) for scope in (own, team, department, EVERYTHING)]
        assert counts == sorted(counts)
    assert _agree(log, CallSearch(), own) < _agree(log, CallSearch(), team) < _agree(log, CallSearch(), department)
    assert _agree(log, CallSearch(), Scope()) == 0


def test_many_customers_and_tickets_are_not_listed(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where too many customers or tickets fit to name them, the search goes another way to the same calls."""
    monkeypatch.setattr("appliance.store.call_lookup.MAX_NAMED_CUSTOMERS", 2)
    monkeypatch.setattr("appliance.store.call_lookup.MAX_LISTED_CALLS", 5)
    monkeypatch.setattr("appliance.store.call_lookup.MAX_LISTED_TO_COUNT", 5)
    dice = random.Random(6)
    for number in range(12):
        monkeypatch.setattr("appliance.store.call_lookup.MAX_LISTED_OF_CUSTOMERS", 1_000 if number % 2 else 0)
        for levels in (
            _levels(customer=Level.TYPICAL, ticket=Level.NOT),
            _levels(customer=Level.EDGE, ticket=Level.EDGE),
        ):
            _agree(log, make_search(dice, log.sample, levels, DAYS))
            _agree(log, make_search(dice, log.sample, {**levels, "customer": Level.OFF}, DAYS))


def test_a_first_look_that_finds_too_little_goes_on_in_the_index(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page may come from two queries, the newest calls walked through and the older ones from the index."""
    for first_look in (0, 20, 300):
        monkeypatch.setattr("appliance.store.call_query.FIRST_LOOK", first_look)
        dice = random.Random(8)
        for number in range(20):
            search = make_search(dice, log.sample, random_levels(dice, 0.12), DAYS)
            _agree(log, search, pages=number % 4 == 0, ways=(None,))
