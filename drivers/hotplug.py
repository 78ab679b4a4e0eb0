"""Which cards are plugged into the machine, of every family, whether the settings name them or not."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.cellular.models import MODELS as MODULES
from drivers.dahdi.inventory import DahdiDevice, dahdi_devices
from drivers.modem.models import USB_IDS as MODEM_IDS
from drivers.udev import PluggedDevice, plugged_devices

_MODULE_IDS = frozenset(usb_id for module in MODULES for usb_id in module.usb_ids)


@dataclass(frozen=True, slots=True)
class FoundCard:
    """A piece of hardware that a driver family could use."""

    family: str
    identity: str
    """For `cards.device` in the settings."""
    label: str
    names: frozenset[str]
    """All that it may be called by: identity, place, device nodes."""


def found_cards() -> tuple[FoundCard, ...]:
    """Everything there is, the families in the order of their worth as lines."""
    devices = plugged_devices()
    families = [(_family_of(device), device) for device in devices]
    found = [_dahdi(device) for device in dahdi_devices()]
    for family in ("cellular", "modem", "soundcard"):
        found += [_plugged(family, device) for of, device in families if of == family]
    return tuple(found)


def _family_of(device: PluggedDevice) -> str:
    """Empty for what is none of ours: a serial adapter may be anything."""
    if f"{device.vendor:04x}:{device.product:04x}" in _MODULE_IDS:
        return "cellular"
    if (device.vendor, device.product) in MODEM_IDS:
        return "modem"
    return "soundcard" if device.sound_cards else ""


def _plugged(family: str, device: PluggedDevice) -> FoundCard:
    sound = family == "soundcard"
    identity = device.sound_cards[0] if sound else device.identity
    names = {identity, device.identity, device.place, device.serial, *device.serial_ports, *device.sound_cards}
    return FoundCard(family, identity, device.label or device.identity, frozenset(names - {""}))


def _dahdi(device: DahdiDevice) -> FoundCard:
    return FoundCard("dahdi", device.identity, device.label, frozenset({device.identity, device.location}))
