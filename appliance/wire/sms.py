"""Short messages between web and engine: commands, and how the modules are."""

from __future__ import annotations

import msgspec

from appliance.telephony.ids import LineId
from appliance.wire.command import Command


class SendSms(Command, frozen=True, kw_only=True):
    """Put a message into the outbox. The same `sms_id` again changes nothing. Refused beyond the plan's limits."""

    sms_id: str
    """Of the sender's choice, unique for ever."""
    number: str
    text: str
    by: str = ""
    """Name of whoever wrote it, kept with it."""


class ReceiveSimulatedSms(Command, frozen=True, kw_only=True):
    """Simulated card only: somebody outside writes to the box."""

    number: str
    text: str


class ModuleView(msgspec.Struct, frozen=True, kw_only=True):
    """A cellular module as people are told."""

    name: str
    line: LineId | None = None
    device: str = ""
    maker: str = ""
    model: str = ""
    firmware: str = ""
    imei: str = ""
    number: str = ""
    """The SIM's own number, where it knows it."""
    sim: str = "unknown"
    """unknown, ready, missing, pin, puk, faulty (`drivers/smsmodule.py`)."""
    registered: bool = False
    roaming: bool = False
    operator: str = ""
    signal_dbm: int | None = None
    kept: int = 0
    """Messages that still lie on the SIM."""
    room: int = 0
    """How many it can keep; 0: not known."""
    fault: str = ""
    """Chinese sentence, empty while it works."""


class SmsHealth(msgspec.Struct, frozen=True, kw_only=True):
    """The modules, and what of the day's limits is used."""

    modules: tuple[ModuleView, ...] = ()
    simulated: bool = False
    """The module is made up: nothing leaves the box."""
    waiting: int = 0
    """Messages in the outbox."""
    parts_today: int = 0
    cost_today_yuan: float = 0.0
