"""Sound cards as phones: hook and keys are in a browser, the sound is at the box.

They are called like their station (`801`), as the simulated card's phones are. A loudspeaker that answered by itself is
put down by itself when its call is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from appliance.callplan import CallPlan
from appliance.engine.station import Station
from appliance.telephony.call import StationState
from appliance.telephony.ids import StationId
from appliance.wire.messages import AnyEvent, PhoneChanged
from appliance.wire.virtualphone import PhoneView
from drivers.soundcard.card import SoundCard

LOOK_EVERY_S = 0.1
_CALL_OVER = {StationState.OFF_HOOK, StationState.HOWLER}


class SoundPhones:
    """All sound cards that are stations of the plan."""

    def __init__(
        self,
        cards: Sequence[SoundCard],
        stations: Callable[[], Mapping[StationId, Station]],
        publish: Callable[[AnyEvent], None],
    ) -> None:
        self._by_port = {card.port: card for card in cards}
        self._stations = stations
        self._publish = publish
        self._phones: dict[StationId, SoundCard] = {}
        self._seen: dict[str, PhoneView] = {}

    def load(self, plan: CallPlan) -> None:
        """Call the cards by the stations of the plan."""
        self._phones = {each.id: self._by_port[each.port] for each in plan.stations if each.port in self._by_port}

    def get(self, phone: str) -> SoundCard | None:
        """The card of this station, if it has one."""
        return self._phones.get(StationId(phone))

    def views(self) -> tuple[PhoneView, ...]:
        return tuple(self._view(phone, card) for phone, card in self._phones.items())

    async def run(self) -> None:
        """Report changes, and put loudspeakers down, for ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            for phone, card in self._phones.items():
                station = self._stations().get(phone)
                if card.answered_itself and station is not None and station.state in _CALL_OVER:
                    card.hang_up()
                view = self._view(phone, card)
                if self._seen.get(phone) != view:
                    self._seen[phone] = view
                    self._publish(PhoneChanged(phone=view))

    def _view(self, phone: StationId, card: SoundCard) -> PhoneView:
        ringing, station = card.ringing, self._stations().get(phone)
        return PhoneView(
            phone=phone,
            label=f"分机 {phone}",
            outside=False,
            off_hook=card.off_hook,
            ringing=ringing is not None,
            status="talking" if station is not None and station.state is StationState.TALKING else "idle",
            display=f"{ringing.number} {ringing.name}".strip() if ringing is not None else "",
            lamp=card.message_lamp,
            at_box=True,
        )
