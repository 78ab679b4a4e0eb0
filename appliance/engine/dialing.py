"""What a phone's user dials: dial tone, digits, until the number is complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.engine.dialplan import DialKind, Dialled, analyse
from appliance.engine.station import FLASH, Station
from appliance.media.items import PlayedTone, ServiceTone

if TYPE_CHECKING:
    from appliance.engine.switch import Switch


async def dial_number(switch: Switch, station: Station) -> Dialled:
    """Dial tone until the first digit, then digits until the number is complete or keying stops.

    A flash gives up: `INVALID`. The phone's own watch ends this when the handset goes down.
    """
    rules = switch.plan.dial
    station.listen(on=True)
    switch.media.play(station.port, [ServiceTone(PlayedTone.DIAL)])
    digit = await station.keys.next(rules.first_digit_s)
    switch.media.stop(station.port)
    digits, dialled = digit, Dialled(DialKind.INVALID)
    while digit and digit != FLASH:
        dialled = analyse(digits, switch.plan)
        if dialled.final:
            return dialled
        digit = await station.keys.next(rules.inter_digit_s)
        digits += digit
    return Dialled(DialKind.INVALID) if digit == FLASH else dialled
