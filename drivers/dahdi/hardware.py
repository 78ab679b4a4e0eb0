"""Cards for DAHDI as the machine's buses show them, whether their drivers are loaded or not. Pure reading of sysfs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_TIGERJET = (0xE159, 0x0001)
"""The bridge of the TDM400P and everything made after it; the subsystem's vendor tells which."""
_OPENVOX = {0x9100, 0x9519, 0x95D9, 0x9500, 0x9532, 0x8519, 0x9559, 0x9599}
_DIGIUM, _SANGOMA, _XORCOM = 0xD161, 0x1923, 0xE4E4
_DIGIUM_MODELS = {
    0x2400: "TDM2400P",
    0x0800: "TDM800P",
    0x8002: "AEX800",
    0x8003: "AEX2400",
    0x8005: "TDM410",
    0x8006: "AEX410",
    0x8007: "HA8",
    0x8008: "HB8",
}
_DIGIUM_A_SERIES = {0x800C: "A8B", 0x800D: "A8A", 0x800F: "A4B", 0x8010: "A4A"}
_SANGOMA_ANALOG = {0x0040: "A200"}
_ASTRIBANKS = (0x113, 0x114, 0x115, 0x116)
"""Products 0x1130…: the last digit is 0 without firmware, 1 with the USB chip's, 2 when it is an Astribank."""
_READY = 2


@dataclass(frozen=True, slots=True)
class CardHardware:
    """One card on a bus. `module` is the kernel module that drives it, empty where Debian has none."""

    label: str
    module: str
    place: str
    """PCI address, or the place on the USB: `1-2`."""
    driven: bool
    """A driver has taken it."""
    wants_firmware: bool = False


def card_hardware(sysfs: Path) -> list[CardHardware]:
    """Every card that DAHDI or its makers' drivers are for, PCI first."""
    pci = [_pci_card(folder) for folder in _folders(sysfs / "bus/pci/devices")]
    usb = [_usb_card(folder) for folder in _folders(sysfs / "bus/usb/devices")]
    return [card for card in (*pci, *usb) if card is not None]


def _folders(bus: Path) -> list[Path]:
    return sorted(bus.iterdir()) if bus.is_dir() else []


def _pci_card(folder: Path) -> CardHardware | None:
    vendor, device = _number(folder / "vendor"), _number(folder / "device")
    driven = (folder / "driver").exists()
    if (vendor, device) == _TIGERJET:
        openvox = _number(folder / "subsystem_vendor") in _OPENVOX
        label, module = ("OpenVox A800P/A1200P", "opvxa1200") if openvox else ("TDM400P/A400P", "wctdm")
        return CardHardware(label, module, folder.name, driven)
    if vendor == _DIGIUM and device in _DIGIUM_MODELS:
        return CardHardware(f"Digium {_DIGIUM_MODELS[device]}", "wctdm24xxp", folder.name, driven)
    if vendor == _DIGIUM and device in _DIGIUM_A_SERIES:
        return CardHardware(f"Digium {_DIGIUM_A_SERIES[device]}", "wcaxx", folder.name, driven)
    if vendor == _SANGOMA and device in _SANGOMA_ANALOG:
        return CardHardware(f"Sangoma {_SANGOMA_ANALOG[device]}", "", folder.name, driven)
    return None


def _usb_card(folder: Path) -> CardHardware | None:
    vendor, product = _number(folder / "idVendor"), _number(folder / "idProduct")
    if vendor != _XORCOM or product >> 4 not in _ASTRIBANKS:
        return None
    driven = any((interface / "driver").exists() for interface in folder.glob(f"{folder.name}:*"))
    return CardHardware("Xorcom Astribank", "xpp_usb", folder.name, driven, wants_firmware=product & 0xF < _READY)


def _number(file: Path) -> int:
    try:
        return int(file.read_text(encoding="ascii"), 16)
    except (OSError, ValueError):
        return -1
