"""Cards that come and go while the box runs: what is plugged in, and word to the cards that are waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from appliance.engine.beside import beside
from appliance.media.media import Media
from appliance.wire.cards import CardView, PortView, SpareCardView
from drivers.base import LineCard
from drivers.hotplug import FoundCard, found_cards
from drivers.rack import CardState
from drivers.udev import PlugWatch

SETTLE_S = 1.0
"""The parts of a device come one after the other."""
LOOK_AGAIN_S = 10.0
"""Where udev cannot be heard."""


class HotPlug:
    """What is plugged in. `run` keeps it true."""

    def __init__(self, media: Media, cards: Sequence[LineCard]) -> None:
        self._media = media
        self._families = {card.name: card.family for card in cards}
        self._found: tuple[FoundCard, ...] = ()

    def cards(self) -> tuple[CardView, ...]:
        """Every card of the settings."""
        return tuple(self._card(state) for state in self._media.card_states())

    def spares(self) -> tuple[SpareCardView, ...]:
        """What is plugged in and is no card of the settings, as far as cards know who they are."""
        states = self._media.card_states()
        used = {(self._families.get(state.name), name) for state in states for name in state.identity.split("、")}
        return tuple(
            SpareCardView(family=found.family, identity=found.identity, label=found.label)
            for found in self._found
            if not any((found.family, name) in used for name in found.names)
        )

    async def run(self) -> None:
        """Look at the start and whenever something was plugged in or out, for ever."""
        changed = asyncio.Event()
        watch = PlugWatch(changed.set)
        heard = watch.start()
        try:
            while True:
                self._found = await beside(found_cards)
                self._media.wake_cards()
                if heard:
                    await changed.wait()
                    changed.clear()
                await asyncio.sleep(SETTLE_S if heard else LOOK_AGAIN_S)
        finally:
            watch.close()

    def _card(self, state: CardState) -> CardView:
        return CardView(
            name=state.name,
            family=self._families.get(state.name, ""),
            there=state.there,
            identity=state.identity,
            ports=tuple(
                PortView(
                    port=port.info.port,
                    kind=port.info.kind.value,
                    label=port.info.label,
                    for_trial=port.info.for_trial,
                    fault=port.fault.text if port.fault else "",
                )
                for port in state.ports
            ),
        )
