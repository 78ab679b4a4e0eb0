"""In the guest: an Astribank (Python, beside the guest) under the real Xorcom drivers, as the box's card."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from drivers.base import FRAME_SAMPLES, PortId, SeizeLine
from drivers.dahdi.card import DahdiCard
from drivers.dahdi.inventory import dahdi_devices
from drivers.dsp.g711 import ulaw_decode, ulaw_encode
from tests.contract.card_under_test import CardUnderTest
from tests.system.lab.mailbox import IN_GUEST, Mailbox

IDENTITY = "usb:X1234567"
LINE, PHONE = PortId("dahdi/1"), PortId("dahdi/5")
DEAF_S = 2.3
APPEARS_S = 90.0

SET_UP = """
set -e
modprobe xhci_pci
modprobe dahdi auto_assign_spans=0
modprobe xpd_fxs
modprobe xpd_fxo caller_id_style=3
modprobe xpp_usb tx_sluggish=1000000 drop_pcm_after=1000000  # an emulated processor answers late
"""

mailbox = Mailbox(IN_GUEST, guest=True)


def plug() -> None:
    """Into the bus; returns when its spans are assigned, as a udev rule does it on the box. Raises `TimeoutError`."""
    mailbox.put("plug")
    deadline = time.monotonic() + APPEARS_S
    while time.monotonic() < deadline:
        device = next((each for each in dahdi_devices() if each.identity == IDENTITY), None)
        if device is not None and device.channels:
            time.sleep(1.0)
            return
        if device is not None:
            for folder in Path("/sys/bus/dahdi_devices/devices").glob("astribanks*"):
                (folder / "auto_assign").write_text("1")
        time.sleep(0.5)
    raise TimeoutError("the Astribank did not appear")


def xorcom_card() -> DahdiCard:
    return DahdiCard("dahdi", lines=4, stations=4, device=IDENTITY)


def say_on_line(line: int, samples: np.ndarray, after_ms: int = 0) -> None:
    """The far end speaks."""
    _say("line", line, samples, after_ms)


def say_on_phone(phone: int, samples: np.ndarray, after_ms: int = 0) -> None:
    """Somebody at a phone speaks, or presses keys."""
    _say("phone", phone, samples, after_ms)


def _say(socket: str, number: int, samples: np.ndarray, after_ms: int) -> None:
    name = f"say-{socket}-{number}-{time.monotonic_ns()}"
    (IN_GUEST / name).write_bytes(ulaw_encode(samples.astype(np.int16)).tobytes())
    mailbox.put("after", after_ms, f"say-{socket}", number, name)


def heard_on_line(line: int, within_s: float) -> np.ndarray:
    """What the far end heard since it was last asked."""
    name = f"heard-{line}-{time.monotonic_ns()}"
    mailbox.put("heard-line", line, name)
    assert mailbox.waits_for(f"written {name}", within_s)
    return ulaw_decode(np.frombuffer((IN_GUEST / name).read_bytes(), np.uint8))


def under_test() -> CardUnderTest:
    """For the contract suite."""
    if not any(each.identity == IDENTITY for each in dahdi_devices()):
        plug()
    card = xorcom_card()

    def ring_line() -> PortId:
        mailbox.put("after", DEAF_S * 1000, "ring", 0, 1000)
        return LINE

    def lift_and_put_down() -> PortId:
        mailbox.put("lift", 0)
        mailbox.put("after", 1000, "down", 0)
        return PHONE

    def speak_on_line() -> PortId:
        card.command(LINE, SeizeLine())
        time_s = np.arange(50 * FRAME_SAMPLES) / 8000
        say_on_line(0, 8000 * np.sin(2 * np.pi * 440 * time_s))
        return LINE

    def pull_line() -> PortId:
        mailbox.put("volts", 0, 0)
        mailbox.put("after", 2500, "volts", 0, -48)
        return LINE

    def clean_up() -> None:
        mailbox.put("down", 0)
        mailbox.put("volts", 0, -48)
        time.sleep(0.5)

    return CardUnderTest(card, ring_line, lift_and_put_down, speak_on_line, pull_line, clean_up)
