"""Which DAHDI channels the machine has, from sysfs: nothing is opened, so that looking disturbs no call.

Layout: `/sys/bus/dahdi_devices/devices/*` are cards (`hardware_id`, `location`), below each its spans, below those the
channels `dahdi!chan!SSS!CCC` with `channo`, `sig` and `sigcap`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from drivers.base import PortKind

SYSFS = Path("/sys")
_OURS = {PortKind.FXO: "FXSKS", PortKind.FXS: "FXOKS"}
"""The signalling that the box wants: kewlstart, which tells hang-ups."""
_ANALOG = ("FXS", "FXO")
_CHANNEL_NAME = re.compile(r"dahdi!chan!\d+!\d+")


@dataclass(frozen=True, slots=True)
class DahdiChannel:
    """One socket of a card."""

    number: int
    kind: PortKind
    name: str
    """As the driver calls it, `WCTDM/0/0`."""
    configured: bool
    """Has the signalling that the box wants."""
    in_use: bool
    echo_canceller: str = ""
    """The card's own or the kernel's, by name; empty where none is attached."""
    signalling: str = ""
    """As the kernel calls it: `FXSKS`."""
    alarm: bool = False
    """A line without voltage."""


@dataclass(frozen=True, slots=True)
class DahdiDevice:
    """One card (or Astribank). `identity` survives a move to another slot where the card has a serial number."""

    identity: str
    location: str
    label: str
    spans: tuple[int, ...]
    """Numbers of its assigned spans; none: the card waits to be assigned."""
    channels: tuple[DahdiChannel, ...]
    folder: str = ""
    """Its name among `/sys/bus/dahdi_devices/devices`."""


def dahdi_devices(sysfs: Path = SYSFS) -> list[DahdiDevice]:
    """Every card that DAHDI knows, in the order of its channels. Empty without the kernel modules."""
    folder = sysfs / "bus/dahdi_devices/devices"
    found = [_device(each) for each in sorted(folder.glob("*"))] if folder.is_dir() else []
    return sorted(found, key=lambda device: (device.channels[0].number if device.channels else 0, device.location))


def _device(folder: Path) -> DahdiDevice:
    location = _read(folder / "location") or folder.name
    real = folder.resolve()
    spans = sorted(each for each in real.glob("span-*") if each.is_dir())
    channels = [channel for span in spans for each in span.iterdir() if (channel := _channel(each)) is not None]
    maker = " ".join(word for word in (_read(folder / "manufacturer"), _read(folder / "type")) if word)
    return DahdiDevice(
        identity=_read(folder / "hardware_id") or location,
        location=location,
        label=maker or folder.name,
        spans=tuple(int(span.name.removeprefix("span-")) for span in spans),
        channels=tuple(sorted(channels, key=lambda channel: channel.number)),
        folder=folder.name,
    )


def _channel(folder: Path) -> DahdiChannel | None:
    """None for what is no analog port (a digital channel, a conference)."""
    if not _CHANNEL_NAME.fullmatch(folder.name):
        return None
    signalling = _read(folder / "sig")
    kind = _kind_of([signalling] if signalling.startswith(_ANALOG) else _read(folder / "sigcap").split())
    if kind is None:
        return None
    return DahdiChannel(
        number=int(_read(folder / "channo")),
        kind=kind,
        name=_read(folder / "name"),
        configured=signalling == _OURS[kind],
        in_use=_read(folder / "in_use") == "1",
        echo_canceller=_read(folder / "ec_factory"),
        signalling=signalling,
        alarm=bool(_read(folder / "alarms")),
    )


def _kind_of(signallings: list[str]) -> PortKind | None:
    """The socket that these are for; None when they are for neither or for both (a virtual span)."""
    line = any(word.startswith("FXS") for word in signallings)
    phone = any(word.startswith("FXO") for word in signallings)
    if line == phone:
        return None
    return PortKind.FXO if line else PortKind.FXS


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
