"""Many callers and four agents through the whole box: shares by strategy, and nothing left behind by a wild crowd."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from appliance.callplan import CallPlan, MissedCallRules, Strategy
from appliance.defaults.plan import default_plan
from appliance.telephony.call import AgentState, CallResult, LineState
from appliance.telephony.ids import CallId, StationId
from appliance.wire.facts import CallRecord
from drivers.sim.caller import CallerState
from drivers.sim.card import SimCard
from drivers.sim.phone import Phone
from drivers.sim.profile import HangUpShown, LineProfile

from .box import Box, conversation


def card() -> SimCard:
    return SimCard(lines=[LineProfile(hang_up=HangUpShown.POLARITY)] * 4, paced=False)


def plan_of(strategy: Strategy) -> CallPlan:
    plan = default_plan("铜陵广电", "0562-96599", "0562")
    queues = tuple(
        msgspec.structs.replace(queue, strategy=strategy, wrap_up_s=1.0, ring_s=6.0, max_attempts=4)
        for queue in plan.queues
    )
    return msgspec.structs.replace(plan, queues=queues, missed_calls=MissedCallRules(pause_s=2.0, break_after=0))


async def picks_up(box: Box, phone: Phone, rng: random.Random, patience: float) -> None:
    """An agent: lifts a ringing phone (mostly), talks for a while, hangs up."""
    while True:
        await box.until(lambda: phone.ringing is not None, 1e6)
        await box.passes(rng.uniform(0.1, 1.0))
        if rng.random() > patience:
            await box.until(lambda: phone.ringing is None, 1e6)
            continue
        phone.lift()
        await box.passes(rng.uniform(1.0, 3.0))
        phone.hang_up()
        await box.passes(0.5)


async def calls(box: Box, number: str, times: int, rng: random.Random, patience: float) -> None:
    """A caller who calls again and again; one without patience hangs up anywhere."""
    caller = box.outside(number)

    for _ in range(times):
        caller.call(number)
        deadline_s = 1e6 if rng.random() < patience else rng.uniform(0.5, 12)
        try:
            async with asyncio.timeout(deadline_s):
                await box.answered(caller)
                caller.press(rng.choice("12"))
                await box.until(lambda: caller.state in {CallerState.HUNG_UP, CallerState.BUSY}, 1e6)
        except TimeoutError:
            pass
        caller.hang_up()
        await box.passes(rng.uniform(1.5, 4.0))


def day(tmp_path: Path, strategy: Strategy, each: int, callers: int, patience: float, seed: int) -> list[CallRecord]:
    async def script(box: Box) -> None:
        rng = random.Random(seed)
        agents = []
        for seat in "1234":
            box.sign_in(f"100{seat}", seat)
            agents.append(asyncio.create_task(picks_up(box, box.phone(f"80{seat}"), rng, patience)))
        await asyncio.gather(
            *(calls(box, f"1390000000{number}", each, rng, patience) for number in range(1, callers + 1))
        )
        for agent in agents:
            agent.cancel()
        await asyncio.gather(*agents, return_exceptions=True)
        for seat in "1234":
            if box.phone(f"80{seat}").off_hook:
                box.phone(f"80{seat}").hang_up()
        await box.until(lambda: not list(box.engine.switch.book), 60)
        await box.passes(8)
        assert {line.state for line in box.engine.switch.lines.values()} == {LineState.IDLE}
        assert {agent.state for agent in box.engine.switch.roster} == {AgentState.IDLE}
        assert not box.engine.switch.queueing.waiters
        assert all(station.call_id is None for station in box.engine.switch.stations.values())

    return conversation(tmp_path, script, card=card, plan=plan_of(strategy)).records


@pytest.mark.parametrize("strategy", [Strategy.RING_ALL, Strategy.ROUND_ROBIN])
def test_a_wild_crowd_leaves_nothing_behind(tmp_path: Path, strategy: Strategy) -> None:
    records = day(tmp_path, strategy, each=15, callers=4, patience=0.6, seed=7)
    assert len(records) == len({record.call_id for record in records})
    assert len({record.result for record in records}) > 2, "all kinds of things happened"


@pytest.mark.slow
@pytest.mark.parametrize("strategy", Strategy)
def test_a_hundred_calls_are_shared_as_promised(tmp_path: Path, strategy: Strategy) -> None:
    records = day(tmp_path, strategy, each=34, callers=3, patience=1.0, seed=1)
    served = Counter(record.agent for record in records)
    assert len(records) == 102
    assert {record.result for record in records} == {CallResult.TALKED}
    counts = [served[f"100{seat}"] for seat in "1234"]
    match strategy:
        case Strategy.FEWEST_CALLS:
            assert max(counts) - min(counts) <= 2
        case Strategy.LONGEST_IDLE | Strategy.ROUND_ROBIN | Strategy.BY_SKILL:
            assert max(counts) - min(counts) <= 6, "all are of the same skill: longest idle"
        case Strategy.RING_ALL:
            assert min(counts) > 12
        case Strategy.LINEAR:
            assert counts[0] > counts[1] > counts[2] > counts[3]


def test_the_patrol_finds_what_is_left_behind(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        switch = box.engine.switch
        switch.stations[StationId("803")].call_id = CallId("ghost")
        await box.passes(1.5)
        assert switch.patrol.found == []
        await box.passes(3)
        assert switch.patrol.found == ["station 803 belongs to call ghost, which is over"]
        assert box.engine.health().rules_broken == 1
        switch.stations[StationId("803")].call_id = None
        switch.patrol.found.clear()

    conversation(tmp_path, script)
