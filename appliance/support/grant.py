"""The administrator's leave for the vendor: one file, valid until its time by the clock that runs since the start.

What: whoever can write the file (the web) opens the box to the vendor and closes it again by removing it.
How: the file names the start of the machine (boot id) and a moment on CLOCK_BOOTTIME, so neither a restart nor somebody
    who sets the clock makes it last longer. On an installed box it lies on a file system that a restart empties.
"""

from __future__ import annotations

import time
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec

from appliance.atomicfile import replace_file

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Reach(StrEnum):
    """What the vendor may do."""

    COMMANDS = "commands"
    """Only the commands of `appliance/support/orders.py`."""
    SHELL = "shell"


class Relay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The vendor's host where the box and the engineer meet."""

    host: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?$")]
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 22
    user: Annotated[str, msgspec.Meta(pattern=r"^[a-z_][a-z0-9_-]{0,31}$")]
    host_key: Annotated[
        str,
        msgspec.Meta(pattern=r"^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]{40,2000}={0,3}$"),
    ]
    """Type and key of the relay, as in known_hosts; nothing else is talked to."""
    listen_port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 0
    """Where the relay lets the engineer in; 0: the relay chooses."""


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    boot_id: str
    until_s: float
    """On CLOCK_BOOTTIME."""
    opened_at: str
    until: str
    """The same moment for people, ISO 8601."""
    opened_by: str
    reason: str
    reach: Reach
    relay: Relay

    @property
    def left_s(self) -> float:
        """Seconds until it ends; 0 when it is over, or of another start of the machine."""
        if self.boot_id != boot_id():
            return 0.0
        return max(0.0, self.until_s - since_start_s())


class GrantFile:
    """Where the leave lies."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "grant.json"

    def valid(self) -> Grant | None:
        """The leave that holds now. A file that cannot be read is none."""
        grant = self.read()
        return grant if grant is not None and grant.left_s > 0 else None

    def read(self) -> Grant | None:
        """What lies there, over or not."""
        with suppress(OSError, msgspec.DecodeError):
            return msgspec.json.decode(self.path.read_bytes(), type=Grant)
        return None

    def write(self, grant: Grant) -> None:
        """Raises `OSError`."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(self.path, msgspec.json.encode(grant))

    def remove(self) -> None:
        """Raises `OSError`."""
        self.path.unlink(missing_ok=True)


def boot_id() -> str:
    """Of this start of the machine."""
    return _BOOT_ID.read_text(encoding="ascii").strip()


def since_start_s() -> float:
    """Seconds since the machine started, sleep included; nobody can set this clock."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
