"""How many ticks the bridge adds between one mouth and the other's ear: a click through a conversation, frame by frame.

In virtual time, where a frame is a frame: the same click first through the bare card, each frame that is read written
straight back to the other side, then through engine and bridge. The difference is what the box adds.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from appliance.telephony.call import CallState
from drivers.base import FRAME_SAMPLES, RingPhone, SeizeLine
from drivers.sim.card import SimCard
from drivers.sim.party import Party
from tests.flow.box import Box, conversation

_CLICK = np.zeros(FRAME_SAMPLES, np.int16)
_CLICK[:80] = 20_000
_LOUD = 4_000
_WITHIN_FRAMES = 50


def ticks_beyond_the_card() -> dict[str, int]:
    """Ticks by direction."""
    bare, bridged = _through_the_card(), _through_the_box()
    return {way: bridged[way] - bare[way] for way in bare}


def _through_the_card() -> dict[str, int]:
    card = SimCard(lines=1, stations=1, paced=False)
    card.open()
    caller, phone = card.exchange.add_phone("out"), card.phones[0]
    rx = np.zeros((2, FRAME_SAMPLES), np.int16)

    def step() -> None:
        card.read(rx)
        card.write(rx[::-1].copy())

    caller.call("13905620001")
    card.command(phone.port, RingPhone("", ""))
    step()
    card.command(card.ports[0].port, SeizeLine())
    phone.lift()
    for _ in range(50):
        step()
    return {
        "caller to agent": _frames(card, caller, phone, step),
        "agent to caller": _frames(card, phone, caller, step),
    }


def _frames(card: SimCard, speaker: Party, listener: Party, step: Callable[[], None]) -> int:
    speaker.say(_CLICK)
    for _ in range(_WITHIN_FRAMES):
        step()
        if np.abs(listener.ear.latest.astype(np.int32)).max() > _LOUD:
            return card.clock.frame - 1 - speaker.mouth.said[-1].start_frame
    raise RuntimeError("the click was not heard")


def _through_the_box() -> dict[str, int]:
    found: dict[str, int] = {}

    async def script(box: Box) -> None:
        caller, phone = box.outside(), box.phone("801")
        box.sign_in("1001", "1")
        caller.call("13905620001")
        await box.answered(caller)
        caller.press("1")
        await box.rings(phone)
        phone.lift()
        await box.in_state(CallState.CONNECTED)
        await box.passes(1.0)
        heard_at = dict[str, int]()
        ears = {"caller to agent": phone, "agent to caller": caller}

        def listen() -> None:
            """At the start of a frame: what was heard in the one before."""
            for way, listener in ears.items():
                if way not in heard_at and np.abs(listener.ear.latest.astype(np.int32)).max() > _LOUD:
                    heard_at[way] = box.card.clock.frame - 1

        for way, speaker in (("caller to agent", caller), ("agent to caller", phone)):
            heard_at.clear()
            speaker.say(_CLICK)
            box.card.add_people(listen)
            await box.passes(1.0)
            found[way] = heard_at[way] - speaker.mouth.said[-1].start_frame

    with tempfile.TemporaryDirectory() as folder:
        conversation(Path(folder), script)
    return found
