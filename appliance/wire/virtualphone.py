"""What people do at the virtual phones of the simulated card: commands, refused with a real card."""

from __future__ import annotations

from appliance.telephony.ids import LineId
from appliance.wire.command import Command


class PhoneHook(Command, frozen=True, kw_only=True):
    """Virtual phones (simulated card only): `phone` is a station (`801`) or an outside phone (`out-1`…)."""

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
