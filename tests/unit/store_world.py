"""A log of calls in a database, and the same log as the oracle reads it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from appliance.store.database import Database, Source
from appliance.store.reasons import ReasonNode, reason_tree
from bench import callsample, callstore
from tests.unit.store_oracle import Facts, Ticket, World


@dataclass(frozen=True)
class Log:
    database: Database
    sample: callsample.Sample
    calls: list[Facts]
    """Newest first."""
    world: World


def fill_log(source: Source | Path, calls: int, customers: int, gap_s: float) -> Log:
    """A new database with that many calls, `gap_s` apart in the mean; whoever asks closes it."""
    sample = callsample.make_sample(7, customers)
    drawn = list(callsample.each_call(sample, calls, gap_s))
    database = callstore.fill(source, sample, drawn)
    owners = {number: customer for customer in sample.customers for number in customer.numbers}
    world = World(
        reason_parents=_parents(database.read_now(reason_tree), None),
        unit_parents={unit: parent for unit, parent, _ in callstore.UNITS},
        unit_of_agent=callstore.TEAM_OF,
        closed_on=callstore.CLOSED_ON,
        opened_on=callstore.OPENED_ON,
        area_code=callsample.AREA_CODE,
    )
    facts = [
        Facts(
            record=call.record,
            reason=call.reason,
            summary=call.summary,
            voicemail_state=call.voicemail_state,
            locked=call.locked,
            checked=call.checked,
            customer=owners.get(call.record.peer_number_raw),
            ticket=ticket,
        )
        for call, ticket in zip(drawn, _tickets(sample, len(drawn)), strict=True)
    ]
    return Log(database, sample, facts[::-1], world)


def _parents(nodes: tuple[ReasonNode, ...], parent: int | None) -> dict[int, int | None]:
    found: dict[int, int | None] = {}
    for node in nodes:
        found[node.id] = parent
        found |= _parents(node.children, node.id)
    return found


def _tickets(sample: callsample.Sample, calls: int) -> list[Ticket | None]:
    """The tickets that `callstore` opens, drawn again."""
    dice = random.Random(sample.seed + 3)
    found: list[Ticket | None] = []
    opened = 0
    for _ in range(calls):
        if dice.random() >= 0.1:
            found.append(None)
            continue
        opened += 1
        kind, status = dice.choice(callstore.TICKET_KINDS), dice.choice(callstore.TICKET_STATUSES)
        overdue, repeated = dice.random() < 0.2, dice.random() < 0.1
        found.append(Ticket(f"T{opened:06}", kind, status, overdue, repeated))
    return found
