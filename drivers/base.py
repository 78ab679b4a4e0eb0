"""What every line card is to the rest of the box: ports that exchange 20 ms frames and report signals.

A card family implements `LineCard`; `PortBank` joins all cards on one clock. A card knows hooks, rings and
samples. It does not know DTMF, tones or caller ID (`drivers/dsp` does, armed by the bank) nor calls.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drivers.signals import Signal

SAMPLE_RATE = 8000
"""Hz; the telephone network's rate (ITU-T G.711)."""
FRAME_SAMPLES = 160
FRAME_S = FRAME_SAMPLES / SAMPLE_RATE
"""One media tick, 20 ms."""

PortId = NewType("PortId", str)
"""Stable name of a socket, `<card>/<number>`, e.g. `sim/3`; survives hot-plug and reordering."""

Frames = NDArray[np.int16]
"""Linear 16-bit samples, shape `[port, FRAME_SAMPLES]`. Full scale 32767 is +3.14 dBm0 (G.711 A-law overload)."""


class PortKind(StrEnum):
    """What a socket is for."""

    FXO = "fxo"
    """An exchange pair is plugged in: an outside line."""
    FXS = "fxs"
    """A phone set is plugged in: a station."""
    CELLULAR = "cellular"


@dataclass(frozen=True, slots=True)
class PortInfo:
    """One socket as its card describes it."""

    port: PortId
    kind: PortKind
    label: str
    dials: bool = False
    """A line whose card dials by itself: it takes `DialDigits`, tones sent as sound do not dial."""
    for_trial: bool = False
    """Not good enough for people to talk over all day: to try the box with, or for voicemail."""


class CardError(Exception):
    """Something a line card could not do; the text says what and what to do about it."""


class CardAbsentError(CardError):
    """The card, its device node or its driver is not there."""


class CardBusyError(CardError):
    """Another program owns the card or the port."""


class CardLostError(CardError):
    """The card went away while in use."""


@dataclass(frozen=True, slots=True)
class SeizeLine:
    """FXO: go off hook (answer a ringing line, or draw dial tone)."""


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """FXO: go on hook."""


@dataclass(frozen=True, slots=True)
class FlashLine:
    """FXO: a timed loop break towards the exchange."""

    duration_ms: int = 100


@dataclass(frozen=True, slots=True)
class DialDigits:
    """A line that dials by itself (`PortInfo.dials`), off hook: dial the number; in a conversation send the keys.

    `ToneHeard(DIAL)` after `SeizeLine` says that it can; `FarEndAnswered` or `FarEndHungUp` what came of it.
    """

    digits: str


@dataclass(frozen=True, slots=True)
class RingPhone:
    """FXS: ring with the national cadence until answered or `StopRinging`.

    While the ringer pauses, what `write` sends reaches the phone (on-hook transmission): the box sends caller ID so.
    `number` and `name` are for a card whose phones are told in another way.
    """

    number: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class StopRinging:
    """FXS: stop the ringer."""


@dataclass(frozen=True, slots=True)
class ReverseBattery:
    """FXS: reverse (or restore) the battery as an answer or release supervision signal to the phone."""

    reversed: bool


@dataclass(frozen=True, slots=True)
class CutBattery:
    """FXS: take loop current away for a moment: tells an attached machine that the far end hung up."""

    duration_ms: int = 600


@dataclass(frozen=True, slots=True)
class MessageLamp:
    """FXS: light (or put out) the phone's message-waiting lamp, where card and phone have one."""

    on: bool


LINE_COMMANDS = (SeizeLine, ReleaseLine, FlashLine)
"""What an FXO port can be told."""
STATION_COMMANDS = (RingPhone, StopRinging, ReverseBattery, CutBattery, MessageLamp)
"""What an FXS port can be told."""
PortCommand = (
    SeizeLine
    | ReleaseLine
    | FlashLine
    | DialDigits
    | RingPhone
    | StopRinging
    | ReverseBattery
    | CutBattery
    | MessageLamp
)


class LineCard(ABC):
    """A card: some ports, one clock. `read` and `write` run in the tick thread and must not allocate without bound.

    Life: `open` → (`read` → `write`)* → `close`. After a `CardLostError` the card stays readable: it returns
    silence and reports `PortFault` once per port, and `PortRecovered` when it is back.
    """

    name: str
    echo_delay_samples: int | None = 0
    """From the frame written last to its earliest echo in the next frame read: what the card itself buffers.
    None: not known or not steady; no echo is cancelled then."""
    family: str = ""
    """Its driver's name in the settings (`drivers/registry.py`)."""
    identity: str = ""
    """Serial number or place of the piece that is (or was last) there, of several with 、 between; empty: not known."""
    keeps_time: bool = True
    """`read` waits for its frame. Another card is the bank's clock when this is False: `read` takes what is there."""

    def cancel_echo(self, port: PortId, *, on: bool) -> bool:
        """Let the card take the echo out of a line by itself, or leave it in; False: it cannot, the box has to.

        Called from the tick thread while the line is off hook, and once more when it is released.
        """
        del port, on
        return False

    @property
    @abstractmethod
    def ports(self) -> Sequence[PortInfo]:
        """The sockets in row order of the frames; fixed between `open` and `close`."""

    @abstractmethod
    def open(self) -> None:
        """Take the hardware. Raises `CardAbsentError` or `CardBusyError`."""

    @abstractmethod
    def close(self) -> None:
        """Put every line on hook, every ringer off, and release the hardware; safe to call twice."""

    @abstractmethod
    def read(self, rx: Frames) -> list[Signal]:
        """Block until one frame per port has come in, fill `rx` (`[len(ports), 160]`) and return what happened.

        The card is the clock: this call returns once every 20 ms. Only hardware signals are returned here
        (ring, hook, flash, polarity, loop, faults), stamped with the card's frame number.
        """

    @abstractmethod
    def write(self, tx: Frames) -> None:
        """Send one frame per port, shape and row order as for `read`; the row of an on-hook line is ignored."""

    @abstractmethod
    def command(self, port: PortId, command: PortCommand) -> None:
        """Act on a port; takes effect with the next frame. Called from the tick thread only."""
