"""What a card that takes and gives short messages is to the engine: PDUs with the place where each is kept.

A message stays on the module until the engine has it safely in its journal and says `forget`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from drivers.base import PortId


class SimState(StrEnum):
    UNKNOWN = "unknown"
    READY = "ready"
    MISSING = "missing"
    PIN = "pin"
    """Asks for a PIN that it was not given, or refused the one it was given."""
    PUK = "puk"
    FAULTY = "faulty"


@dataclass(frozen=True, slots=True)
class ModuleStatus:
    """How a module is. `fault` is a Chinese sentence, empty while it works."""

    name: str
    """Of its line, `cellular/1`."""
    device: str = ""
    maker: str = ""
    model: str = ""
    firmware: str = ""
    imei: str = ""
    number: str = ""
    """The SIM's own number, where it knows it."""
    sim: SimState = SimState.UNKNOWN
    registered: bool = False
    roaming: bool = False
    operator: str = ""
    signal_dbm: int | None = None
    kept: int = 0
    """Messages on SIM and module."""
    room: int = 0
    """How many it can keep; 0: not known."""
    fault: str = ""

    @property
    def works(self) -> bool:
        """Calls and messages get through."""
        return not self.fault and self.sim is SimState.READY and self.registered


@dataclass(frozen=True, slots=True)
class PduArrived:
    """A message, part or report. `place` is where it is kept (`SM:3`), empty when the module keeps it nowhere."""

    place: str
    hex_text: str
    found: bool = False
    """It lay there when the module was first looked into: perhaps an engine that died had taken it already."""


@dataclass(frozen=True, slots=True)
class PartsTaken:
    """The network took all parts of `ticket`; `references` in their order, for reports."""

    ticket: str
    references: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PartsRefused:
    """`ticket` did not go out. `uncertain`: parts may have; `again`: it may be tried later."""

    ticket: str
    text: str
    again: bool
    uncertain: bool


@dataclass(frozen=True, slots=True)
class StatusChanged:
    status: ModuleStatus


SmsEvent = PduArrived | PartsTaken | PartsRefused | StatusChanged


@dataclass(frozen=True, slots=True)
class PduToSend:
    """`AT+CMGS=<octets>` and what follows (TS 27.005 §4.3)."""

    octets: int
    hex_text: str


class SmsModule(Protocol):
    """All methods may be called from any thread and do not wait; `told` runs in the module's own thread."""

    @property
    def port(self) -> PortId: ...

    def status(self) -> ModuleStatus: ...

    def tell(self, told: Callable[[SmsEvent], None]) -> None:
        """From now on say what happens, beginning with all messages that are there."""

    def submit(self, ticket: str, pdus: Sequence[PduToSend]) -> None:
        """Send the parts, one after the other; ends with `PartsTaken` or `PartsRefused`."""

    def forget(self, place: str) -> None:
        """What was told of this place is safe: it may be deleted."""
