"""Runs under umockdev: which serial port the settings of a voice modem mean; one JSON line an answer."""

from __future__ import annotations

import asyncio

from drivers.base import CardAbsentError
from drivers.modem.serialport import paths_of
from tests.unit.udev_story import ADAPTER, Testbed, one_port, say, usb


async def story() -> None:
    bed = Testbed()
    await bed.plug(one_port("1-8", usb("0572", "1340", serial="24680246"), "ttyACM0", 166, 0))
    await bed.plug(one_port("1-9", usb("0baf", "0303", serial="13579"), "ttyACM1", 166, 1))
    await bed.plug(one_port("1-4", ADAPTER, "ttyUSB9", 188, 9))
    for device in ("24680246", "1-9", "", "1-4", "/dev/ttyS7", "99999"):
        try:
            say(paths_of(device))
        except CardAbsentError as error:
            say(str(error))


asyncio.run(story())
