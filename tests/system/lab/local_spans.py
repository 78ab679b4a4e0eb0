"""Crossed local spans (`dahdi_dynamic_loc`): four lines with their exchange, four phone sockets with their phones.

Channels 1–4 are the box's lines, 5–8 the exchange behind them; 9–12 are the box's phone sockets, 13–16 the phones.
Line 4 has the kernel's echo canceller MG2, the others none.
"""

from __future__ import annotations

import numpy as np

from drivers.base import FRAME_SAMPLES, PortId, PortKind, SeizeLine
from drivers.dahdi.abi import Hook
from drivers.dahdi.card import DahdiCard
from tests.contract.card_under_test import CardUnderTest
from tests.system.lab.peer import Peer

LINES, STATIONS = (1, 2, 3, 4), (9, 10, 11, 12)
DEAF_S = 2.3
"""A channel that was just opened or hung up hears no ringing for 2 s."""

SET_UP = """
set -e
mkdir -p /etc/dahdi
cat > /etc/dahdi/system.conf <<END
dynamic=loc,1:0,4,0
dynamic=loc,1:1,4,0
dynamic=loc,2:0,4,0
dynamic=loc,2:1,4,0
fxsks=1-4
fxoks=5-8
fxoks=9-12
fxsks=13-16
alaw=1-16
echocanceller=mg2,4
END
modprobe dahdi auto_assign_spans=1
modprobe -a dahdi_dynamic dahdi_dynamic_loc dahdi_echocan_mg2
dahdi_cfg
"""


def local_card() -> DahdiCard:
    """The box's card on the spans."""
    return DahdiCard("dahdi", lines=4, stations=4, channels=(*LINES, *STATIONS))


def exchange(line: int) -> Peer:
    """The exchange's end of outside line `line` (1–4)."""
    return Peer(line + 4, PortKind.FXS)


def phone(station: int) -> Peer:
    """The phone at socket `station` (1–4)."""
    return Peer(station + 12, PortKind.FXO)


def under_test() -> CardUnderTest:
    """For the contract suite. A single line of a local span cannot be pulled out."""
    card = local_card()
    line, handset = exchange(1).__enter__(), phone(1).__enter__()
    line_port, phone_port = PortId("dahdi/1"), PortId("dahdi/5")

    def ring_line() -> PortId:
        line.hook_later(DEAF_S, Hook.RING)
        line.hook_later(DEAF_S + 1.3, Hook.RING_OFF)
        return line_port

    def lift_and_put_down() -> PortId:
        handset.hook(Hook.OFF)
        handset.hook_later(1.0, Hook.ON)
        return phone_port

    def speak_on_line() -> PortId:
        card.command(line_port, SeizeLine())
        time_s = np.arange(50 * FRAME_SAMPLES) / 8000
        line.say(8000 * np.sin(2 * np.pi * 440 * time_s))
        return line_port

    def clean_up() -> None:
        line.__exit__()
        handset.__exit__()

    return CardUnderTest(card, ring_line, lift_and_put_down, speak_on_line, None, clean_up)
