"""The people of a scenario: they call, pick up, dial and break lines at their times, one frame after the other."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from drivers.base import FRAME_S, PortId
from drivers.sim.actor import CallerScript, PhoneScript
from drivers.sim.caller import CallerState, OutsideCaller
from drivers.sim.card import SimCard
from drivers.sim.directory import number_matches
from drivers.sim.shelf import SoundShelf

if TYPE_CHECKING:
    from drivers.sim.phone import Phone, Ringing
    from drivers.sim.scenario import PhoneAnswer, PhoneCall, Scenario, ScenarioCall, TimedFault

_REST_FRAMES = 100
"""A person makes a call 2 s after the last one at the earliest."""


def set_scene(scenario: Scenario, *, paced: bool, name: str = "sim") -> tuple[SimCard, Cast]:
    """A card for the scenario and its people on it; they act from the first `read` on."""
    card = SimCard(
        name,
        lines=scenario.lines,
        stations=scenario.stations,
        directory=scenario.directory,
        sounds=SoundShelf(scenario.folder),
        paced=paced,
        seed=scenario.seed,
    )
    return card, Cast(scenario, card)


class Cast:
    """Plays a scenario on a card. What happened stands in `card.exchange.placed_calls` and `card.phones[n].spells`."""

    def __init__(self, scenario: Scenario, card: SimCard) -> None:
        self._card = card
        self._calls = deque(sorted(scenario.calls, key=lambda call: call.at_s))
        self._patient: deque[ScenarioCall] = deque()
        self._faults = deque(sorted(scenario.faults, key=lambda fault: fault.at_s))
        self._seats = tuple(_SeatedPerson(card, number, scenario) for number in range(1, len(card.phones) + 1))
        self._ignored = _IgnoredRingings()
        self._callers: list[OutsideCaller] = []
        for seat in self._seats:
            seat.ignored = self._ignored
        card.add_people(self.act)

    @property
    def finished(self) -> bool:
        """Everybody has done what they had to do, and no line is in use."""
        return (
            not (self._calls or self._patient or self._faults)
            and all(seat.finished for seat in self._seats)
            and not any(caller.off_hook for caller in self._callers)
            and all(not line.off_hook and line.party is None for line in self._card.exchange.lines)
        )

    def act(self) -> None:
        """Once per frame, inside the card's `read`."""
        now_s = self._card.clock.frame * FRAME_S
        while self._faults and self._faults[0].at_s <= now_s:
            self._break(self._faults.popleft())
        while self._calls and self._calls[0].at_s <= now_s:
            call = self._calls.popleft()
            if call.patient:
                self._patient.append(call)
            else:
                self._place(call, None if call.line is None else self._card.exchange.lines[call.line - 1].port)
        if self._patient:
            self._place_patient(self._patient[0])
        for seat in self._seats:
            seat.act(now_s)

    def _break(self, timed: TimedFault) -> None:
        self._card.set_fault(self._card.ports[timed.line - 1].port, timed.fault, timed.on)

    def _place_patient(self, call: ScenarioCall) -> None:
        exchange = self._card.exchange
        wanted = exchange.lines if call.line is None else (exchange.lines[call.line - 1],)
        line = min((line for line in wanted if line.calm), key=lambda line: line.idle_since, default=None)
        if line is not None and not any(seat.needs_line for seat in self._seats):
            self._place(call, line.port)
            self._patient.popleft()

    def _place(self, call: ScenarioCall, port: PortId | None) -> None:
        exchange = self._card.exchange
        self._callers = [caller for caller in self._callers if caller.state is not CallerState.IDLE]
        caller = OutsideCaller(exchange, call.call_id)
        self._callers.append(caller)
        caller.caller_id, caller.hang_up_shown = call.caller_id, call.hang_up
        exchange.place(caller, call.number, port, name=call.name, call_id=call.call_id)
        exchange.add_script(CallerScript(caller, call.steps, self._card.sounds, self._card.clock))


class _IgnoredRingings:
    """How often each rule has let a phone ring: rules for any phone count over all phones."""

    def __init__(self) -> None:
        self._count: dict[int, int] = {}

    def ignores(self, rule: PhoneAnswer) -> bool:
        """Whether this ringing, too, is to be ignored."""
        count = self._count.get(id(rule), 0)
        self._count[id(rule)] = count + 1
        return count < rule.ignore_first


class _SeatedPerson:
    """Who sits at one phone: answers by the rules, makes calls at their times."""

    def __init__(self, card: SimCard, number: int, scenario: Scenario) -> None:
        self.ignored = _IgnoredRingings()
        self._card = card
        self._phone: Phone = card.phones[number - 1]
        self._rules = [rule for rule in scenario.answers if rule.phone in (None, number)]
        mine = (call for call in scenario.phone_calls if call.phone == number)
        self._calls: deque[PhoneCall] = deque(sorted(mine, key=lambda call: call.at_s))
        self._script: PhoneScript | None = None
        self._calling: PhoneCall | None = None
        self._seen: Ringing | None = None
        self._rested_at = 0
        self._due = False

    @property
    def finished(self) -> bool:
        """Nothing is left to do, and the receiver is down."""
        return not self._calls and self._script is None and not self._phone.off_hook

    @property
    def needs_line(self) -> bool:
        """A call of this person is on its way to a line, or will be in a moment."""
        calling = self._calling
        return self._due or (calling is not None and self._card.exchange.awaits(calling.outside_number))

    def act(self, now_s: float) -> None:
        """Once per frame."""
        if self._script is not None:
            if self._script.step():
                return
            if self._calling is not None:
                self._card.exchange.await_no_more(self._calling.outside_number)
            self._script = self._calling = None
            self._rested_at = self._card.clock.frame + _REST_FRAMES
        ringing = self._phone.ringing
        if ringing is not None and ringing is not self._seen:
            self._seen = ringing
            self._take_up(ringing)
            self._due = False
        elif ringing is None and self._calls and self._calls[0].at_s <= now_s:
            self._make_call()

    def _take_up(self, ringing: Ringing) -> None:
        rule = next((rule for rule in self._rules if _fits(rule, ringing.number)), None)
        if rule is None or rule.never or self.ignored.ignores(rule):
            return
        self._script = PhoneScript(self._phone, rule.answer_after_s, rule.steps, self._card.sounds, self._card.clock)

    def _make_call(self) -> None:
        exchange, call = self._card.exchange, self._calls[0]
        if self._card.clock.frame < self._rested_at:
            return
        self._due = bool(call.outside_number) and not exchange.free_lines()
        if self._due:
            return
        self._calling = self._calls.popleft()
        if call.outside_number:
            exchange.await_call(call.outside_number, call.call_id)
        self._script = PhoneScript(self._phone, None, call.steps, self._card.sounds, self._card.clock)


def _fits(rule: PhoneAnswer, number: str) -> bool:
    return not rule.caller or number_matches(rule.caller, number)
