"""The clock of a box that may have neither internet nor a battery for its clock.

What: the last known moment is on disk, and no start of the machine begins before it. The clock is set by a person or by
    servers in the LAN (systemd-timesyncd), and kept in the hardware clock where there is one.
"""

from __future__ import annotations

import fcntl
import os
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from appliance.atomicfile import replace_file
from appliance.support.boxwishes import BoxWishes, ClockState, ClockWish

LAST_MOMENT = "last-moment"
EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
HARDWARE_CLOCKS = Path("/sys/class/rtc")
_RTC_SET_TIME = 0x4024700A  # rtc(4)
_MOST_OCTETS = 64


def note_moment(data: Path, now: datetime) -> None:
    """The clock never starts before this moment, which has been. Raises `OSError`."""
    replace_file(data / LAST_MOMENT, now.astimezone(UTC).isoformat(timespec="seconds").encode())


def last_moment(data: Path) -> datetime | None:
    """The last one noted; None where there is none that can be believed."""
    with suppress(OSError, ValueError):
        handle = os.open(data / LAST_MOMENT, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            found = datetime.fromisoformat(os.read(handle, _MOST_OCTETS).decode("ascii"))
        finally:
            os.close(handle)
        if found.tzinfo is not None and EARLIEST <= found < LATEST:
            return found
    return None


def has_hardware_clock(clocks: Path = HARDWARE_CLOCKS) -> bool:
    try:
        return any(clocks.iterdir())
    except OSError:
        return False


def servers_file(servers: tuple[str, ...]) -> str:
    """As timesyncd.conf(5): these, else those that DHCP names; never one of the internet that nobody asked for.

    An empty FallbackNTP leaves timesyncd with Debian's own list, so it is this machine, where nobody answers.
    """
    return f"# Set on the network page of the box.\n[Time]\nNTP={' '.join(servers)}\nFallbackNTP=127.0.0.1\n"


def _set_hardware(at: datetime) -> None:
    utc = at.astimezone(UTC)
    fields = (utc.second, utc.minute, utc.hour, utc.day, utc.month - 1, utc.year - 1900, 0, 0, 0)
    with Path("/dev/rtc0").open("wb", buffering=0) as device:
        fcntl.ioctl(device, _RTC_SET_TIME, struct.pack("9i", *fields))


@dataclass(frozen=True)
class MachineClock:
    """The machine's own; the three of them are replaced in tests, where nobody wants another time of day."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    set: Callable[[datetime], None] = lambda at: time.clock_settime(time.CLOCK_REALTIME, at.timestamp())
    set_hardware: Callable[[datetime], None] = _set_hardware


class BoxClock:
    """`files`: where timesyncd looks; `apply` makes it read them anew. Methods raise `OSError`."""

    def __init__(
        self, wishes: BoxWishes, data: Path, files: Path, apply: Callable[[], None], clock: MachineClock
    ) -> None:
        self._wishes = wishes
        self._data = data
        self._file = files / "50-hotlinebox.conf"
        self._apply = apply
        self._clock = clock

    def begin(self) -> None:
        """At the start of the machine, before anybody writes down a time."""
        self._wishes.receive()
        now, floor = self._clock.now(), last_moment(self._data)
        state = ClockState(servers=self._servers())
        if floor is not None and now < floor:
            self._clock.set(floor)
            state = ClockState(servers=state.servers, raised_from=now, raised_to=floor)
        self._wishes.tell_clock(state)

    def carry_out(self) -> None:
        """Take a wish and do as it says."""
        wish = self._wishes.take_clock()
        if wish is None:
            return
        before, text = self._wishes.clock_state(), ""
        if wish.servers is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            replace_file(self._file, servers_file(wish.servers).encode())
            self._apply()
        if wish.at is not None:
            text = self._set_time(wish, wish.at)
        self._wishes.tell_clock(
            ClockState(
                servers=self._servers(),
                raised_from=before.raised_from if wish.at is None else None,
                raised_to=before.raised_to if wish.at is None else None,
                text=text,
            )
        )

    def _set_time(self, wish: ClockWish, at: datetime) -> str:
        at += timedelta(seconds=max(0.0, time.monotonic() - wish.at_s))
        if at.tzinfo is None or not EARLIEST <= at < LATEST:
            return "时间不合理，没有设置。"
        self._clock.set(at)
        with suppress(OSError):  # a machine without one
            self._clock.set_hardware(at)
        return ""

    def _servers(self) -> tuple[str, ...]:
        with suppress(OSError):
            for line in self._file.read_text("utf-8").splitlines():
                if line.startswith("NTP="):
                    return tuple(line.removeprefix("NTP=").split())
        return ()
