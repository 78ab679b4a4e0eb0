"""Address and clock of the machine: what the pages show, what they may wish, and the last known moment on the disk.

The web changes nothing itself: it leaves wishes (`appliance/support/boxwishes.py`), which units with the right to it
carry out. Where there are none (`./dev run`, a Debian machine that looks after its own network) the pages say so.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from appliance.settings import Settings
from appliance.store.audit import note_clock
from appliance.store.database import Database
from appliance.store.errors import StoreError
from appliance.support.addresschange import CONFIRM_WITHIN_S, ethernet_interfaces
from appliance.support.addresses import own_addresses, own_names
from appliance.support.boxclock import EARLIEST, LATEST, SYNCHRONISED, has_hardware_clock, note_moment
from appliance.support.boxwishes import AddressPhase, AddressWish, BoxWishes, ClockWish, Server
from appliance.support.lanaddress import AddressError, LanAddress, check
from webui.errors import Refusal

log = logging.getLogger(__name__)

NOTE_EVERY_S = 60.0
_UNMANAGED = "网络和时间由这台机器的操作系统管理，请在系统里设置。"


class NetworkView(msgspec.Struct, frozen=True, kw_only=True):
    managed: bool
    """Whether the box may set its address; otherwise its operating system does."""
    interfaces: tuple[str, ...]
    name: str
    """By which it is found without a name server."""
    addresses: tuple[str, ...]
    """Now, of all interfaces."""
    phase: AddressPhase
    wanted: LanAddress | None
    in_force: LanAddress | None
    """Set here; None: as the machine came, by DHCP."""
    left_s: float | None
    """Waiting: so long somebody can still confirm it."""
    text: str


class AddressOrdered(msgspec.Struct, frozen=True, kw_only=True):
    token: str
    """`/api/network/confirmation/{token}` at the new address confirms it."""
    within_s: float = CONFIRM_WITHIN_S


class ClockView(msgspec.Struct, frozen=True, kw_only=True):
    managed: bool
    now: datetime
    synchronised: bool
    """A time server was heard since the start."""
    servers: tuple[str, ...]
    hardware_clock: bool
    """False: without a time server the clock stands still while the box is off."""
    raised_from: datetime | None
    raised_to: datetime | None
    text: str


class ClockOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    at: datetime | None = None
    """The time now, with its offset from UTC; null: as it is."""
    servers: tuple[Server, ...] | None = None
    """Time servers, at most 4; empty: those that DHCP names; null: as they are."""


class Machine:
    """`start` and `stop` belong to the web's life."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._data = settings.data
        self._database = database
        self._wishes = BoxWishes(Path(settings.network.run))
        self._task: asyncio.Task[None] | None = None

    def start(self) -> asyncio.Task[None]:
        """Note the moment once a minute, and what became of the clock at the start of the machine. The task ends only
        when it breaks.
        """
        self._task = asyncio.create_task(self._note_moments(), name="moments")
        return self._task

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def network(self) -> NetworkView:
        """Blocking."""
        state = self._wishes.address_state()
        left_s = (state.until - datetime.now(UTC)).total_seconds() if state.until else None
        return NetworkView(
            managed=self._wishes.manages_address,
            interfaces=ethernet_interfaces(),
            name=own_names()[1],
            addresses=tuple(map(str, own_addresses())),
            phase=state.phase,
            wanted=state.wanted,
            in_force=state.in_force,
            left_s=None if left_s is None else max(0.0, round(left_s, 1)),
            text=state.text,
        )

    def set_address(self, wanted: LanAddress) -> AddressOrdered:
        """Blocking. Raises `Refusal` (409, 422)."""
        if not self._wishes.manages_address:
            raise Refusal(409, _UNMANAGED)
        if self._wishes.address_state().phase is AddressPhase.WAITING:
            raise Refusal(409, "上一次修改还在等待确认，请先确认，或等它自动恢复。")
        try:
            check(wanted, ethernet_interfaces())
        except AddressError as error:
            raise Refusal(422, str(error), error.field) from error
        token = secrets.token_urlsafe(24)
        self._wishes.want_address(AddressWish(wanted=wanted, token=_digest(token)))
        return AddressOrdered(token=token)

    def confirm_address(self, token: str) -> None:
        """Blocking: somebody got here after the change. Raises `Refusal` (404)."""
        state = self._wishes.address_state()
        if state.phase is not AddressPhase.WAITING or not secrets.compare_digest(state.token, _digest(token)):
            raise Refusal(404, "没有等待确认的地址，可能已确认或已自动恢复。")
        self._wishes.confirm_address(state.token)

    def clock(self) -> ClockView:
        """Blocking."""
        state = self._wishes.clock_state()
        return ClockView(
            managed=self._wishes.manages_clock,
            now=datetime.now().astimezone(),
            synchronised=SYNCHRONISED.exists(),
            servers=state.servers,
            hardware_clock=has_hardware_clock(),
            raised_from=state.raised_from,
            raised_to=state.raised_to,
            text=state.text,
        )

    def set_clock(self, order: ClockOrder) -> None:
        """Blocking. Raises `Refusal` (409, 422)."""
        if not self._wishes.manages_clock:
            raise Refusal(409, _UNMANAGED)
        if order.at is not None and (order.at.tzinfo is None or not EARLIEST <= order.at < LATEST):
            raise Refusal(422, "时间不合理，请重新输入。", "at")
        self._wishes.want_clock(ClockWish(at=order.at, at_s=time.monotonic(), servers=_distinct(order.servers)))

    async def _note_moments(self) -> None:
        await self._log_raised()
        while True:
            await asyncio.sleep(NOTE_EVERY_S)
            now = datetime.now(UTC)
            if now >= EARLIEST:
                try:
                    await asyncio.to_thread(note_moment, self._data, now)
                except OSError:
                    log.warning("the moment could not be noted", exc_info=True)

    async def _log_raised(self) -> None:
        """That the clock was put right at the start of the machine belongs into the operation log."""
        state = await asyncio.to_thread(self._wishes.clock_state)
        if state.raised_from is None or state.raised_to is None:
            return
        try:
            before, after = state.raised_from.astimezone(), state.raised_to.astimezone()
            await self._database.write(note_clock, "raised", before, after)
        except StoreError:
            log.warning("that the clock was raised could not be logged", exc_info=True)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _distinct(servers: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if servers is None else tuple(dict.fromkeys(servers))
