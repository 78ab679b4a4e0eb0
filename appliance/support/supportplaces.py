"""Where remote support keeps what: on an installed box apart for each user, else below the data folder."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from appliance.settings import Settings

_MACHINE_ID = Path("/etc/machine-id")
_SERIAL_LENGTH = 12


@dataclass(frozen=True, slots=True)
class SupportPlaces:
    keys: Path
    """`vendor_ca.pub` and, if some were revoked, `revoked`: the vendor's, read only."""
    grants: Path
    """Written by the web alone; gone after a restart of the machine."""
    run: Path
    """Written by the gate alone: its socket, its sshd's configuration, what it says of itself."""
    state: Path
    """Written by the gate alone: keys of this box, recorded sessions, what happened."""

    @property
    def vendor_ca(self) -> Path:
        return self.keys / "vendor_ca.pub"

    @property
    def revoked(self) -> Path:
        return self.keys / "revoked"

    @property
    def sessions(self) -> Path:
        return self.state / "sessions"

    @property
    def happenings(self) -> Path:
        return self.state / "happenings.jsonl"

    @property
    def entry(self) -> Path:
        """Unix socket; the only way in."""
        return self.run / "entry.sock"

    @property
    def tunnel_note(self) -> Path:
        return self.run / "tunnel.json"


def support_places(settings: Settings) -> SupportPlaces:
    """For this box."""
    keys = Path(settings.support.keys)
    if settings.support.services:
        return SupportPlaces(
            keys,
            Path("/run/hotlinebox-support"),
            Path("/run/hotlinebox-gate"),
            Path("/var/lib/hotlinebox-gate"),
        )
    folder = settings.data / "support"
    return SupportPlaces(keys, folder / "grant", folder / "run", folder)


def serial_of(settings: Settings) -> str:
    """What the vendor's certificates name this box by: the setting, or a number that follows from the machine."""
    if settings.support.serial:
        return settings.support.serial
    try:
        machine = _MACHINE_ID.read_text(encoding="ascii").strip()
    except OSError:
        machine = ""
    return hashlib.sha256(f"hotlinebox {machine}".encode()).hexdigest()[:_SERIAL_LENGTH].upper()


def principal_of(settings: Settings) -> str:
    """The one name that a certificate must carry to be let in here (ssh-keygen(1), -n)."""
    return f"support@{serial_of(settings)}"
