"""A scenario: who calls when, who sits at which phone, what goes wrong. One model, driven three ways.

Python tests build it, YAML files are read into it (`scenario_file.py`), and the browser drives the same callers and
phones live. Data only: the card's people act it out (`cast.py`), the appliance signs the agents in and holds the box's
records to `Expectation`s.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from drivers.sim.directory import DirectoryEntry
from drivers.sim.profile import CallerIdSending, Fault, HangUpShown, LineProfile
from drivers.sim.steps import CallerStep, PhoneStep


class ScenarioError(Exception):
    """The scenario cannot be used; the text is a Chinese sentence with file, line, field and what was expected."""


DEFAULT_START = datetime(2026, 11, 2, 9, 0, 0)  # noqa: DTZ001 - local time of the box, whatever its zone
"""A Monday morning in office hours."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the box's record of a call must say; None and empty mean: not checked."""

    results: tuple[str, ...] = ()
    """Any of these values of the record's `result`."""
    direction: str | None = None
    agent: str | None = None
    digits: str | None = None
    """All keys of the caller that the flow took, in order."""
    queue: str | None = None
    recording: bool | None = None
    hang_up_side: str | None = None
    hang_up_causes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScenarioAgent:
    """An agent and when they sit down."""

    agent: str
    name: str
    seat: str
    queues: tuple[str, ...] = ()
    sign_in_at_s: float = 0.0
    sign_out_at_s: float | None = None


@dataclass(frozen=True, slots=True)
class ScenarioCall:
    """Somebody outside calls the hotline."""

    call_id: str
    at_s: float
    number: str
    """Caller ID; empty: withheld."""
    steps: tuple[CallerStep, ...]
    name: str = ""
    line: int | None = None
    """1 is the card's first outside line; None: the one that has been free longest."""
    patient: bool = False
    """Wait for a free line instead of hearing busy tone, and let outgoing calls under way take theirs first."""
    caller_id: CallerIdSending | None = None
    hang_up: HangUpShown | None = None
    expect: Expectation = Expectation()


@dataclass(frozen=True, slots=True)
class PhoneAnswer:
    """What the person at a phone does when it rings. The first rule that fits a ringing counts."""

    phone: int | None = None
    """1 is the card's first phone; None: any."""
    caller: str = ""
    """Pattern of the number that the phone shows (see `number_matches`); empty: any."""
    ignore_first: int = 0
    """So many ringings that fit are left unanswered first, on whatever phone."""
    never: bool = False
    answer_after_s: float = 3.0
    steps: tuple[PhoneStep, ...] = ()
    """After them the person waits for busy tone and puts the receiver down."""


@dataclass(frozen=True, slots=True)
class PhoneCall:
    """Somebody at one of our phones makes a call: lifts the receiver at `at_s`, or as soon as the phone is at rest."""

    call_id: str
    phone: int
    at_s: float
    steps: tuple[PhoneStep, ...]
    outside_number: str = ""
    """The number that the exchange is to see; the exchange books the call under `call_id`. Empty: an internal call."""
    expect: Expectation = Expectation()


@dataclass(frozen=True, slots=True)
class TimedFault:
    """A fault is switched on or off on line `line` (1 is the first)."""

    at_s: float
    line: int
    fault: Fault
    on: bool = True


@dataclass(frozen=True, slots=True)
class Totals:
    """What must be true of all records together."""

    calls: int | None = None
    results: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """The whole play. Times are seconds since the start; `start` is the local time of second 0."""

    name: str
    seed: int = 1
    start: datetime = DEFAULT_START
    stations: int = 4
    lines: tuple[LineProfile, ...] = (LineProfile(),) * 4
    agents: tuple[ScenarioAgent, ...] = ()
    answers: tuple[PhoneAnswer, ...] = ()
    phone_calls: tuple[PhoneCall, ...] = ()
    calls: tuple[ScenarioCall, ...] = ()
    directory: tuple[DirectoryEntry, ...] = ()
    faults: tuple[TimedFault, ...] = ()
    expect: Totals = Totals()
    folder: Path = Path()
    """Sound files are relative to it."""
