"""Card families by name: the one place that knows which drivers there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from drivers.base import CardError, LineCard
from drivers.cellular.card import CellularCard
from drivers.cellular.simulated import SimulatedSms
from drivers.dahdi.card import DahdiCard
from drivers.modem.card import ModemCard
from drivers.sim.card import SimCard
from drivers.smsmodule import SmsModule
from drivers.soundcard.card import SoundCard


@dataclass(frozen=True, slots=True)
class CardOrder:
    """What the settings say of one card: `name` becomes the first part of its port names, `sim/3`."""

    family: str
    name: str
    lines: int = 4
    stations: int = 4
    device: str = ""
    """Identity of the one that is meant, empty: any."""
    channels: tuple[int, ...] = ()
    """DAHDI's channel numbers, empty: all."""
    model: str = ""
    """Of a voice modem, empty: it is recognised."""
    pin: str = ""
    """Of the SIM in a cellular module, empty: it asks for none."""
    auto_answer: bool = False
    """A sound card that lifts by itself."""


def _simulated(order: CardOrder) -> LineCard:
    return SimCard(order.name, lines=order.lines, stations=order.stations)


def _dahdi(order: CardOrder) -> LineCard:
    return DahdiCard(
        order.name, lines=order.lines, stations=order.stations, device=order.device, channels=order.channels
    )


def _modem(order: CardOrder) -> LineCard:
    return ModemCard(order.name, device=order.device, model=order.model)


def _cellular(order: CardOrder) -> LineCard:
    return CellularCard(order.name, device=order.device, pin=order.pin)


def _sound_card(order: CardOrder) -> LineCard:
    return SoundCard(order.name, device=order.device, auto_answer=order.auto_answer)


_FAMILIES: Mapping[str, Callable[[CardOrder], LineCard]] = {
    "sim": _simulated,
    "dahdi": _dahdi,
    "cellular": _cellular,
    "modem": _modem,
    "soundcard": _sound_card,
}


def card_families() -> tuple[str, ...]:
    """Names of all families, in the order in which they are shown."""
    return tuple(_FAMILIES)


def make_card(order: CardOrder) -> LineCard:
    """A card that is not open yet. Raises `CardError` for a family that does not exist."""
    make = _FAMILIES.get(order.family)
    if make is None:
        raise CardError(
            f"没有名为“{order.family}”的板卡类型，可用的是：{'、'.join(_FAMILIES)}。请修改设置 cards.family。"
        )
    card = make(order)
    card.family = order.family
    return card


def sms_modules(cards: Sequence[LineCard]) -> list[SmsModule]:
    """What of the cards takes and gives short messages."""
    return [card.sms for card in cards if isinstance(card, CellularCard)]


def simulated_sms(cards: Sequence[LineCard]) -> SimulatedSms | None:
    """A made-up module for a box whose lines are made up as well, else None."""
    simulated = any(isinstance(card, SimCard) for card in cards) and not sms_modules(cards)
    return SimulatedSms("sms/1") if simulated else None
