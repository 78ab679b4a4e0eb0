"""Real kernel, real udev, USB devices in Python: plugged in they are found, pulled out lost. Runs in the guest."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from drivers.base import CardLostError
from drivers.hotplug import found_cards
from drivers.modem.serialport import SerialPort
from drivers.udev import PlugWatch
from tests.system.lab.vhci import VhciDevice, headset, modem

LONG_S = 60.0


def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + LONG_S
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def found(family: str) -> list[str]:
    return [card.identity for card in found_cards() if card.family == family]


def answers(port: SerialPort) -> bool:
    """To a command, within some seconds."""
    port.write(b"AT\r")
    heard, deadline = b"", time.monotonic() + 10
    while b"OK" not in heard and time.monotonic() < deadline:
        heard += port.read()
        time.sleep(0.05)
    return b"OK" in heard


def lost(port: SerialPort) -> bool:
    try:
        port.read()
    except CardLostError:
        return True
    return False


def test_a_modem_is_found_by_its_serial_number_spoken_to_pulled_out_and_found_again() -> None:
    for place in (0, 1):  # the second time it is plugged in elsewhere
        device = VhciDevice(modem("24680246"), place)
        until(lambda: found("modem") == ["24680246"], "the modem does not appear")
        (card,) = [card for card in found_cards() if card.family == "modem"]
        assert any(name.startswith("/dev/ttyACM") for name in card.names)
        time.sleep(2)  # udev gives the node its rights
        port = SerialPort("24680246")
        assert answers(port)
        device.unplug()
        until(lambda port=port: lost(port), "pulling it out is not noticed")
        port.close()
        until(lambda: not found("modem"), "it does not go away")


def test_a_sound_card_appears_and_goes() -> None:
    device = VhciDevice(headset(), 2)
    until(lambda: found("soundcard"), "the headset does not appear")
    (card,) = [card for card in found_cards() if card.family == "soundcard"]
    assert card.label == "Laboratory Headset"
    assert card.identity
    device.unplug()
    until(lambda: not found("soundcard"), "it does not go away")


@pytest.mark.parametrize("source", ["udev", "kernel"])
def test_coming_and_going_is_heard_in_the_loop(source: str) -> None:
    async def heard(event: asyncio.Event) -> None:
        async with asyncio.timeout(LONG_S):
            await event.wait()

    async def story() -> None:
        changed = asyncio.Event()
        watch = PlugWatch(changed.set)
        assert watch.start(source)
        device = VhciDevice(modem("1"), 3)
        await heard(changed)
        await asyncio.sleep(3)
        changed.clear()
        device.unplug()
        await heard(changed)
        watch.close()

    asyncio.run(story())
