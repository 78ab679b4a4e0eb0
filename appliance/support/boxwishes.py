"""What the web wants from those who may change the machine, and what they say of it: files in `/run`.

The web may write in `wishes` and nowhere else; systemd starts the unit that is meant. Who carries a wish out runs as
root, so it believes nothing that it finds there: it follows no link, reads no more than a few KiB, and checks
everything once more.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec

from appliance.atomicfile import replace_file
from appliance.support.lanaddress import LanAddress

_MOST_OCTETS = 16 << 10
_GROUP_READS = 0o640

Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
Server = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.:-]{0,62}[A-Za-z0-9])?$")]
W = TypeVar("W", bound=msgspec.Struct)


class AddressWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    wanted: LanAddress
    token: Sha256
    """Of the word by which somebody at the new address confirms it."""


class AddressConfirmed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    token: Sha256


class ClockWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    at: datetime | None = None
    """Set the clock: it was this time, with its offset, when `time.monotonic()` was `at_s`."""
    at_s: float = 0.0
    servers: Annotated[tuple[Server, ...], msgspec.Meta(max_length=4)] | None = None
    """Ask these for the time from now on; empty: those that DHCP names. None: as before."""


class AddressPhase(StrEnum):
    IDLE = "idle"
    WAITING = "waiting"
    """Set, and put back unless somebody confirms it in time."""
    KEPT = "kept"
    RETURNED = "returned"
    REFUSED = "refused"


class AddressState(msgspec.Struct, frozen=True, kw_only=True):
    phase: AddressPhase = AddressPhase.IDLE
    wanted: LanAddress | None = None
    """The last one that was asked for."""
    in_force: LanAddress | None = None
    """None: as the machine came."""
    token: str = ""
    until: datetime | None = None
    """Waiting: put back then."""
    text: str = ""


class ClockState(msgspec.Struct, frozen=True, kw_only=True):
    servers: tuple[str, ...] = ()
    raised_from: datetime | None = None
    """What the clock said at the start of the machine, when that was before the last known moment."""
    raised_to: datetime | None = None
    text: str = ""
    """What became of the last wish, when it was not carried out."""


class BoxWishes:
    """Names of the files. `managed`: somebody here carries wishes out."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._wishes = run / "wishes"
        self._address_state = run / "address.json"
        self._clock_state = run / "clock.json"

    # --- the web ------------------------------------------------------------------------------------------------------

    @property
    def manages_address(self) -> bool:
        return self._address_state.exists()

    @property
    def manages_clock(self) -> bool:
        return self._clock_state.exists()

    def want_address(self, wish: AddressWish) -> None:
        (self._wishes / "confirmed").unlink(missing_ok=True)
        replace_file(self._wishes / "address", msgspec.json.encode(wish))

    def confirm_address(self, token: str) -> None:
        replace_file(self._wishes / "confirmed", msgspec.json.encode(AddressConfirmed(token=token)))

    def want_clock(self, wish: ClockWish) -> None:
        replace_file(self._wishes / "clock", msgspec.json.encode(wish))

    def address_state(self) -> AddressState:
        with suppress(OSError, msgspec.DecodeError):
            return msgspec.json.decode(self._address_state.read_bytes(), type=AddressState)
        return AddressState()

    def clock_state(self) -> ClockState:
        with suppress(OSError, msgspec.DecodeError):
            return msgspec.json.decode(self._clock_state.read_bytes(), type=ClockState)
        return ClockState()

    # --- who carries them out -----------------------------------------------------------------------------------------

    def receive(self) -> None:
        """Let the web put its wishes down: it is in our group."""
        self._wishes.mkdir(exist_ok=True)
        self._wishes.chmod(0o770)

    def take_address(self) -> AddressWish | None:
        return self._take("address", AddressWish)

    def take_clock(self) -> ClockWish | None:
        return self._take("clock", ClockWish)

    def is_confirmed(self, token: str) -> bool:
        said = self._take("confirmed", AddressConfirmed)
        return said is not None and said.token == token

    def tell_address(self, state: AddressState) -> None:
        replace_file(self._address_state, msgspec.json.encode(state), _GROUP_READS)

    def tell_clock(self, state: ClockState) -> None:
        replace_file(self._clock_state, msgspec.json.encode(state), _GROUP_READS)

    def _take(self, name: str, kind: type[W]) -> W | None:
        """The wish, which is one no longer; None: there is none that can be understood."""
        path = self._wishes / name
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            path.unlink(missing_ok=True)
            return None
        try:
            text = os.read(handle, _MOST_OCTETS)
            return msgspec.json.decode(text, type=kind)
        except (OSError, msgspec.DecodeError):
            return None
        finally:
            os.close(handle)
            path.unlink(missing_ok=True)
