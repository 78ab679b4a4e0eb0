"""What is plugged into the machine, and word of it as soon as that changes (udev).

What: `plugged_devices` lists the USB devices that bring a serial port or a sound card, and sound cards without USB.
    `PlugWatch` calls back on the asyncio loop when one comes or goes.
How: a netlink socket of udev's in the loop, no thread. The parts of one device come one by one, over seconds;
    whoever is called back waits until no more come before it looks.
Limits: looking reads sysfs and may take some milliseconds: not in the tick.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pyudev

log = logging.getLogger(__name__)

_SUBSYSTEMS = ("tty", "sound", "dahdi_devices")
_BOARD = "板载"


@dataclass(frozen=True, slots=True)
class PluggedDevice:
    """One device, with all its serial ports and sound cards."""

    place: str
    """Where it is plugged in: `1-2` (USB), or udev's path; the same at every start."""
    vendor: int = 0
    product: int = 0
    """USB ids, 0 for what is not USB."""
    serial: str = ""
    """Empty where there is none, or where another device has the same."""
    label: str = ""
    serial_ports: tuple[str, ...] = ()
    """Device nodes, in the order of the USB interfaces."""
    sound_cards: tuple[str, ...] = ()
    """ALSA ids: `Headset`."""

    @property
    def identity(self) -> str:
        """What to know it by: its serial number, else its place."""
        return self.serial or self.place


@dataclass(slots=True)
class _Gathered:
    """Parts of one device as they are found."""

    device: PluggedDevice
    ports: list[tuple[str, str]] = field(default_factory=list)
    """USB interface and node."""
    cards: list[str] = field(default_factory=list)


def plugged_devices(context: Any = None) -> tuple[PluggedDevice, ...]:
    """All of them, by place; empty on a system without udev."""
    try:
        context = context or pyudev.Context()
        parts = [part for subsystem in ("tty", "sound") for part in context.list_devices(subsystem=subsystem)]
    except (ImportError, OSError) as error:
        log.warning("udev cannot be asked: %s", error)
        return ()
    gathered: dict[str, _Gathered] = {}
    for part in parts:
        try:
            _gather(part, gathered)
        except (OSError, LookupError, ValueError, pyudev.DeviceNotFoundError):
            continue  # pulled out while we looked
    found = [
        replace(each.device, serial_ports=tuple(node for _, node in sorted(each.ports)), sound_cards=tuple(each.cards))
        for _, each in sorted(gathered.items())
    ]
    times = Counter((device.vendor, device.product, device.serial) for device in found)
    return tuple(
        replace(device, serial="") if times[device.vendor, device.product, device.serial] > 1 else device
        for device in found
    )


def _gather(part: Any, gathered: dict[str, _Gathered]) -> None:
    sound = part.subsystem == "sound"
    usb = part.find_parent("usb", "usb_device")
    if (sound and not part.sys_name.startswith("card")) or (not sound and (usb is None or not part.device_node)):
        return
    place = usb.sys_name if usb is not None else part.properties.get("ID_PATH", part.sys_name)
    if place not in gathered:
        gathered[place] = _Gathered(_usb_device(place, usb) if usb is not None else _board_device(place, part))
    if sound:
        gathered[place].cards.append(_text(part, "id") or part.sys_name)
    else:
        gathered[place].ports.append((part.properties.get("ID_USB_INTERFACE_NUM", ""), part.device_node))


def _usb_device(place: str, usb: Any) -> PluggedDevice:
    words = [_text(usb, "manufacturer"), _text(usb, "product")]
    return PluggedDevice(
        place=place,
        vendor=int(_text(usb, "idVendor") or "0", 16),
        product=int(_text(usb, "idProduct") or "0", 16),
        serial=_text(usb, "serial"),
        label=" ".join(word for word in words if word),
    )


def _board_device(place: str, part: Any) -> PluggedDevice:
    words = (_BOARD, part.properties.get("ID_MODEL_FROM_DATABASE", "") or _text(part, "id"))
    return PluggedDevice(place=place, label=" ".join(word for word in words if word))


def _text(device: Any, attribute: str) -> str:
    value = device.attributes.get(attribute) or b""
    return bytes(value).decode("utf-8", errors="replace").strip()


class PlugWatch:
    """Watches from `start` to `close`, both on the loop."""

    def __init__(self, changed: Callable[[], None]) -> None:
        """`changed` is called for every device that comes or goes."""
        self._changed = changed
        self._monitor: Any = None

    def start(self, source: str = "udev") -> bool:
        """False where udev cannot be heard; one warning tells why."""
        try:
            self._monitor = pyudev.Monitor.from_netlink(pyudev.Context(), source=source)
            for subsystem in _SUBSYSTEMS:
                self._monitor.filter_by(subsystem)
            self._monitor.start()
        except (ImportError, OSError) as error:
            log.warning("udev cannot be heard: %s", error)
            self._monitor = None
            return False
        asyncio.get_running_loop().add_reader(self._monitor.fileno(), self._hear)
        return True

    def close(self) -> None:
        """Safe to call twice."""
        if self._monitor is not None:
            asyncio.get_running_loop().remove_reader(self._monitor.fileno())
            self._monitor = None

    def _hear(self) -> None:
        while (device := self._monitor.poll(timeout=0)) is not None:
            log.info("%s %s %s", device.action, device.subsystem, device.sys_name)
            self._changed()
