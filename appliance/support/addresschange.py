"""Sets the address of the box, and puts the old one back unless somebody confirms the new one in time.

What was before is kept on disk until then, so that a power cut in between puts it back too.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from appliance.atomicfile import replace_file
from appliance.support.boxwishes import AddressPhase, AddressState, AddressWish, BoxWishes
from appliance.support.lanaddress import AddressError, LanAddress, check, network_file

FILE_NAME = "10-hotlinebox.network"
CONFIRM_WITHIN_S = 120.0
_LOOK_EVERY_S = 0.2


class _Before(msgspec.Struct, frozen=True):
    """In force before the change that waits; None: none of ours."""

    address: LanAddress | None


class AddressChange:
    """`files`: where systemd-networkd looks; `kept`: ours on disk; `apply` makes networkd read its files anew.

    Methods raise `OSError`.
    """

    def __init__(
        self,
        wishes: BoxWishes,
        files: Path,
        kept: Path,
        apply: Callable[[], None],
        interfaces: Callable[[], tuple[str, ...]],
        within_s: float = CONFIRM_WITHIN_S,
    ) -> None:
        self._wishes = wishes
        self._file = files / FILE_NAME
        self._in_force = kept / "address.json"
        self._before = kept / "address-before.json"
        self._apply = apply
        self._interfaces = interfaces
        self._within_s = within_s

    def begin(self) -> None:
        """At the start of the machine, before networkd: what nobody had confirmed is put back."""
        self._wishes.receive()
        if self._put_back():
            text = "新地址没有来得及确认，本机重新启动后恢复了原来的地址。"
            self._tell(AddressPhase.RETURNED, text=text)
        else:
            self._tell(AddressPhase.IDLE)

    def carry_out(self) -> None:
        """Take a wish, set it, wait. Returns when it is kept or put back."""
        wish = self._wishes.take_address()
        if wish is None:
            return
        try:
            check(wish.wanted, self._interfaces())
        except AddressError as error:
            self._tell(AddressPhase.REFUSED, wish, str(error))
            return
        if not self._before.exists():
            replace_file(self._before, msgspec.json.encode(_Before(self._now_in_force())))
        kept = False
        try:
            self._set(wish.wanted)
            self._apply()
            self._tell(AddressPhase.WAITING, wish)
            kept = self._confirmed(wish)
        finally:  # also when it could not be set, or we are told to stop
            if kept:
                self._before.unlink()
                self._tell(AddressPhase.KEPT, wish)
            else:
                self._put_back()
                text = "在规定时间内没有人从新地址确认，已恢复原来的地址。"
                self._tell(AddressPhase.RETURNED, wish, text)
                self._apply()

    def _confirmed(self, wish: AddressWish) -> bool:
        until_s = time.monotonic() + self._within_s
        while time.monotonic() < until_s:
            if self._wishes.is_confirmed(wish.token):
                return True
            time.sleep(_LOOK_EVERY_S)
        return False

    def _put_back(self) -> bool:
        """What was before the change that waits; False when none does."""
        try:
            before = msgspec.json.decode(self._before.read_bytes(), type=_Before)
        except FileNotFoundError:
            return False
        except msgspec.DecodeError:
            before = _Before(None)
        self._set(before.address)
        self._before.unlink()
        return True

    def _set(self, address: LanAddress | None) -> None:
        if address is None:
            self._file.unlink(missing_ok=True)
            self._in_force.unlink(missing_ok=True)
        else:
            replace_file(self._in_force, msgspec.json.encode(address))
            replace_file(self._file, network_file(address).encode())

    def _now_in_force(self) -> LanAddress | None:
        with suppress(OSError, msgspec.DecodeError):
            return msgspec.json.decode(self._in_force.read_bytes(), type=LanAddress)
        return None

    def _tell(self, phase: AddressPhase, wish: AddressWish | None = None, text: str = "") -> None:
        waits = phase is AddressPhase.WAITING
        state = AddressState(
            phase=phase,
            wanted=wish.wanted if wish else None,
            in_force=self._now_in_force(),
            token=wish.token if wish and waits else "",
            until=datetime.now(UTC) + timedelta(seconds=self._within_s) if waits else None,
            text=text,
        )
        self._wishes.tell_address(state)


def ethernet_interfaces(classes: Path = Path("/sys/class/net")) -> tuple[str, ...]:
    """Network interfaces with a device behind them; of a machine that has none (a test's), all but loopback."""
    every = sorted(path.name for path in classes.iterdir() if path.name != "lo")
    real = [name for name in every if (classes / name / "device").exists()]
    return tuple(real or every)
