"""Runs under umockdev: mocked USB devices are plugged in and out; says what our udev code says, as JSON lines."""

from __future__ import annotations

import asyncio
import ctypes
import ctypes.util
import json
import sys
from typing import Any

from drivers.hotplug import found_cards
from drivers.udev import PlugWatch, plugged_devices


class Testbed:
    """libumockdev by its C interface."""

    def __init__(self) -> None:
        self._lib = ctypes.CDLL(ctypes.util.find_library("umockdev"))
        self._lib.umockdev_testbed_new.restype = ctypes.c_void_p
        self._bed = ctypes.c_void_p(self._lib.umockdev_testbed_new())

    async def plug(self, records: dict[str, str]) -> None:
        """Path → the rest of udevadm's export format; the loop hears of each before the next comes."""
        for path, rest in records.items():
            record = f"P: {path}\n{rest}\n".encode()
            assert self._lib.umockdev_testbed_add_from_string(self._bed, record, None), record
            self._tell(path, b"add")
            await asyncio.sleep(0.02)

    async def pull(self, records: dict[str, str]) -> None:
        for path in reversed(records):
            self._tell(path, b"remove")
            self._lib.umockdev_testbed_remove_device(self._bed, f"/sys{path}".encode())
            await asyncio.sleep(0.02)

    def _tell(self, path: str, action: bytes) -> None:
        self._lib.umockdev_testbed_uevent(self._bed, f"/sys{path}".encode(), action)


def usb(vendor: str, product: str, /, **attributes: str) -> str:
    known = {"idVendor": vendor, "idProduct": product} | attributes
    return "E: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\n" + "".join(f"A: {name}={it}\n" for name, it in known.items())


def interface(number: int) -> str:
    return f"E: SUBSYSTEM=usb\nE: DEVTYPE=usb_interface\nA: bInterfaceNumber=0{number}\n"


def tty(node: str, major: int, minor: int, number: int = 0) -> str:
    names = f"N: {node}\nE: SUBSYSTEM=tty\nE: DEVNAME=/dev/{node}\nE: ID_USB_INTERFACE_NUM=0{number}\n"
    return f"{names}A: dev={major}:{minor}\n"


def module(place: str, serial: str, first: int) -> dict[str, str]:
    """A Quectel module: four serial ports and a sound card."""
    root = f"/devices/usb1/{place}"
    records = {root: usb("2c7c", "0125", serial=serial, manufacturer="Quectel", product="EC20")}
    for number in range(5):
        records[f"{root}/{place}:1.{number}"] = interface(number)
    for number in range(4):
        minor = first + 3 - number  # the kernel promises no order
        records[f"{root}/{place}:1.{number}/tty/ttyUSB{minor}"] = tty(f"ttyUSB{minor}", 188, minor, number)
    records[f"{root}/{place}:1.4/sound/card{first}"] = f"E: SUBSYSTEM=sound\nA: id=EC20_{first}\n"
    return records


def one_port(place: str, description: str, node: str, major: int, minor: int) -> dict[str, str]:
    root = f"/devices/usb1/{place}"
    return {
        root: description,
        f"{root}/{place}:1.0": interface(0),
        f"{root}/{place}:1.0/tty/{node}": tty(node, major, minor),
    }


HEADSET = {
    "/devices/usb1/1-7": usb("046d", "0a44", product="Headset"),
    "/devices/usb1/1-7/1-7:1.0": interface(0),
    "/devices/usb1/1-7/1-7:1.0/sound/card5": "E: SUBSYSTEM=sound\nA: id=Headset\n",
}
MODEM = usb("0572", "1340", serial="24680246")
ADAPTER = usb("0403", "6001")


def say(value: Any) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def modules() -> list[str]:
    return [found.identity for found in found_cards() if found.family == "cellular"]


async def story() -> None:
    bed = Testbed()
    await bed.plug(module("1-1", "AAA1", 0) | HEADSET)
    await bed.plug(one_port("1-8", MODEM, "ttyACM0", 166, 0) | one_port("1-9", MODEM, "ttyACM1", 166, 1))
    await bed.plug(one_port("1-5", ADAPTER, "ttyUSB20", 188, 20))
    say([(found.family, found.identity, found.label, sorted(found.names)) for found in found_cards()])
    say([device.serial_ports for device in plugged_devices() if device.vendor == 0x2C7C])
    for first_node, source in ((8, "udev"), (12, "kernel")):
        heard: list[None] = []
        watch = PlugWatch(lambda heard=heard: heard.append(None))
        say(watch.start(source))
        another = module("1-2", "BBB2", first_node)
        await bed.plug(another)
        say([len(heard) > 0, modules()])
        heard.clear()
        await bed.pull(another)
        say([len(heard) > 0, modules()])
        watch.close()
        watch.close()


if __name__ == "__main__":
    asyncio.run(story())
