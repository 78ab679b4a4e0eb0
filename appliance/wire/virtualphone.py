"""Virtual phones: those of the simulated card, and sound cards with their hooks in the browser."""

from __future__ import annotations

import msgspec

from appliance.telephony.ids import LineId
from appliance.wire.command import Command


class PhoneHook(Command, frozen=True, kw_only=True):
    """`phone` is a station (`801`), or an outside phone of the simulated card (`out-1`…)."""

    phone: str
    off_hook: bool


class PhoneCall(Command, frozen=True, kw_only=True):
    """An outside virtual phone calls the hotline over a free line (`line` 0) or the given one."""

    phone: str
    number: str
    """The caller's own number, sent as caller ID."""
    line: LineId = LineId(0)


class PhoneKey(Command, frozen=True, kw_only=True):
    phone: str
    digit: str


class PhoneFlash(Command, frozen=True, kw_only=True):
    phone: str


class PhoneAudio(Command, frozen=True, kw_only=True):
    """Microphone; any whole number of samples. Not answered."""

    phone: str
    pcm: bytes


class ListenPhone(Command, frozen=True, kw_only=True):
    """Start or stop `PhoneHeard` events of a phone for this connection."""

    phone: str
    on: bool


class SetLineFault(Command, frozen=True, kw_only=True):
    """Simulated card: `unplugged`, `stuck_ring`, `crosstalk`, `clipped`, `twisted_dtmf`, `no_hang_up` or `card_out`."""

    line: LineId
    fault: str
    on: bool


class PhoneView(msgspec.Struct, frozen=True, kw_only=True):
    """A virtual phone: of the simulated card, or a sound card's."""

    phone: str
    label: str
    outside: bool
    off_hook: bool
    ringing: bool
    status: str = ""
    """idle, ringing_out, talking, hung_up, busy: what the exchange tells an outside phone."""
    line: LineId | None = None
    display: str = ""
    """A ringing set of ours: number and name that it read from the burst between two rings."""
    lamp: bool = False
    """Voicemail waits."""
    at_box: bool = False
    """A sound card of the box: its sound is there, not in the browser."""
