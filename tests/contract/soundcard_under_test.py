"""A sound card for the contract suite: real PortAudio on one of PipeWire's null sinks."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from drivers.base import PortId
from drivers.soundcard.card import SoundCard
from tests.contract.card_under_test import CardUnderTest
from tests.system.pipewire import missing, sound_room

_UNTIL_HUNG_UP_S = 1.6
"""A page has a key for a flash: putting down is told at once, not after the time of a flash as from a hook."""


def sound_card(folder: Path) -> CardUnderTest:
    """Of lines it has none. Skips where PipeWire is not installed."""
    if missing():
        pytest.skip(missing())
    room = sound_room(folder, 1)
    room.__enter__()
    card = SoundCard("soundcard", device="phone1")

    def lift_and_put_down() -> PortId:
        card.lift()
        threading.Timer(_UNTIL_HUNG_UP_S, card.hang_up).start()
        return card.port

    return CardUnderTest(card, None, lift_and_put_down, None, None, lambda: room.__exit__(None, None, None))
