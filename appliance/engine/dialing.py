"""What a phone's user dials: dial tone, digits, until the number is complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.engine.dialplan import DialKind, Dialled, analyse, valid_outside_number
from appliance.engine.station import FLASH, Station
from appliance.media.items import PlayedTone, ServiceTone

if TYPE_CHECKING:
    from appliance.engine.switch import Switch


async def dial_number(switch: Switch, station: Station) -> Dialled:
    """Dial tone until the first digit, then digits until the number is complete or keying stops.

    A flash gives up: `INVALID`. So is an outside number that is too short for a line: whoever got through with it could
    dial on unseen. The phone's own watch ends this when the handset goes down.
    """
    rules = switch.plan.dial
    station.listen(on=True)
    switch.media.play(station.port, [ServiceTone(_dial_tone(switch, station))])
    digit = await station.keys.next(rules.first_digit_s)
    switch.media.stop(station.port)
    digits, dialled = digit, Dialled(DialKind.INVALID)
    while digit and digit != FLASH:
        dialled = analyse(digits, switch.plan)
        if dialled.final:
            return _checked(switch, dialled)
        digit = await station.keys.next(rules.inter_digit_s)
        digits += digit
    return Dialled(DialKind.INVALID) if digit == FLASH else _checked(switch, dialled)


def _checked(switch: Switch, dialled: Dialled) -> Dialled:
    short = dialled.kind is DialKind.OUTSIDE and not valid_outside_number(dialled.number, switch.plan)
    return Dialled(DialKind.INVALID, dialled.number, final=True) if short else dialled


def _dial_tone(switch: Switch, station: Station) -> PlayedTone:
    """It stutters while the agent at the phone has new voicemail."""
    agent = switch.roster.at_station(station.plan.id)
    waiting = switch.plan.phones.message_waiting_tone and switch.messages.waiting(agent.id if agent else None)
    return PlayedTone.STUTTER_DIAL if waiting else PlayedTone.DIAL
