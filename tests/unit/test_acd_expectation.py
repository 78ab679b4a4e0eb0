"""How long a caller will wait, and how it is said."""

from __future__ import annotations

import pytest

from appliance.engine.announcing import Place, place_prompts
from appliance.engine.expectation import (
    FIRST_GUESS_S,
    LONGEST_S,
    RECENT,
    SHORTEST_S,
    ServiceTimes,
    expected_wait_s,
    rivals_ahead,
)
from appliance.ivr.prompts import CHINESE, ENGLISH, known_prompts
from appliance.telephony.ids import AgentId, Language, QueueId

REPAIR, SERVICE = QueueId("repair"), QueueId("service")


@pytest.mark.parametrize(
    ("ahead", "free", "serving", "wait_s"),
    [(0, 0, 1, 100), (2, 0, 1, 300), (3, 0, 4, 100), (0, 1, 4, 0), (1, 2, 4, 0), (2, 2, 4, 25), (0, 0, 0, None)],
)
def test_somebody_becomes_free_every_so_often(ahead: int, free: int, serving: int, wait_s: float | None) -> None:
    assert expected_wait_s(ahead, free, serving, 100.0) == wait_s


def test_only_recent_services_count_and_no_single_one_spoils_them() -> None:
    times = ServiceTimes()
    assert times.mean_s(REPAIR) == FIRST_GUESS_S
    for _ in range(RECENT):
        times.add(REPAIR, 7 * 3600)
    assert times.mean_s(REPAIR) == LONGEST_S
    for _ in range(RECENT):
        times.add(REPAIR, 0.1)
    assert times.mean_s(REPAIR) == SHORTEST_S
    assert times.mean_s(SERVICE) == FIRST_GUESS_S


def test_callers_ahead_in_other_queues_count_as_far_as_they_want_our_agents() -> None:
    a, b, c = AgentId("a"), AgentId("b"), AgentId("c")
    complaint = QueueId("complaint")
    agents = {REPAIR: frozenset({a}), SERVICE: frozenset({a, b}), complaint: frozenset({c})}
    assert rivals_ahead(REPAIR, [REPAIR, SERVICE, complaint], agents) == 1.5
    assert rivals_ahead(REPAIR, [QueueId("empty")], agents) == 0


@pytest.mark.parametrize(
    ("place", "language", "with_wait", "said"),
    [
        (Place(0, 30.0), CHINESE, False, "position_next"),
        (Place(2, 30.0), CHINESE, False, "position_before zh-liang position_after"),
        (Place(12, None), CHINESE, True, "position_before zh-shi zh-2 position_after"),
        (Place(1, 61.0), CHINESE, True, "position_before zh-1 position_after wait_before zh-liang wait_after"),
        (Place(0, 0.0), CHINESE, True, "position_next"),
        (Place(2, 30.0), ENGLISH, True, "position_before en-2 position_after wait_before en-1 wait_after"),
    ],
)
def test_the_place_in_the_line_is_said(place: Place, language: Language, with_wait: bool, said: str) -> None:
    prompts = place_prompts(place, language, with_wait=with_wait)
    assert " ".join(prompts) == said
    assert set(prompts) <= known_prompts()
