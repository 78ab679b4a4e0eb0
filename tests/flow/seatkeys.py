"""What flow tests of conversations share: softkeys that are refused, who hears whom, a caller at a seat."""

from __future__ import annotations

import asyncio
import socket

import numpy as np

from appliance.telephony.call import StepKind
from appliance.telephony.ids import SeatId
from appliance.wire.facts import CallRecord
from appliance.wire.messages import AnyCommand, CallView, Refused
from appliance.wire.server import Connection
from drivers.sim.caller import OutsideCaller
from drivers.sim.phone import Phone
from drivers.sim.speech import speech
from drivers.sim.steps import Voice

from .box import Box, correlation

SEAT = SeatId("1")


async def refusal(box: Box, command: AnyCommand) -> str:
    """The sentence with which the command is refused."""
    ours, theirs = socket.socketpair()
    _reader, writer = await asyncio.open_connection(sock=ours)
    reply = await box.engine.commands.handle(command, Connection(writer))
    writer.close()
    theirs.close()
    assert isinstance(reply, Refused), reply
    return reply.text


def view(box: Box) -> CallView:
    """The running call."""
    (call,) = box.engine.switch.book
    return call.view()


def kinds(record: CallRecord) -> list[StepKind]:
    return [step.kind for step in record.steps]


def voice(seed: int, seconds: float = 2.5) -> np.ndarray:
    return speech(Voice(seed, seconds))


async def says(box: Box, who: Phone | OutsideCaller, what: np.ndarray) -> None:
    who.say(what)
    await box.until(lambda: not who.mouth.speaking)
    await box.passes(0.3)


async def hear(box: Box, speaker: Phone | OutsideCaller, listener: Phone | OutsideCaller, what: np.ndarray) -> bool:
    """Whether the listener hears what the speaker says now."""
    listener.ear.capture()
    await says(box, speaker, what)
    return correlation(listener.ear.captured(), what) > 0.85


async def flash(box: Box, phone: Phone, digits: str) -> None:
    """Flash, and key the digits at the dial tone."""
    phone.flash()
    await box.passes(1.0)
    phone.press(digits)
