"""Limits how often somebody may try passwords, per account and per address. Pure but for the clock it is given."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable

import msgspec

PER_ACCOUNT = 5
PER_ADDRESS = 20
WINDOW_S = 300.0
_MOST_KEYS = 10_000


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """Who may not try passwords for a while."""

    kind: str
    """`account` or `address`."""
    name: str
    wait_s: float


class Attempts:
    """Counts tries inside a sliding window. A try counts when it begins, so parallel tries gain nothing."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._tries: OrderedDict[str, deque[float]] = OrderedDict()

    def begin(self, account: str, address: str) -> float:
        """Count a try. Returns 0, or the seconds to wait when this one must not be made (it is not counted then)."""
        now = self._clock()
        limits = ((f"account {account.lower()}", PER_ACCOUNT), (f"address {address}", PER_ADDRESS))
        wait_s = max(self._wait_s(key, limit, now) for key, limit in limits)
        if wait_s > 0:
            return wait_s
        for key, _ in limits:
            self._tries.setdefault(key, deque()).append(now)
            self._tries.move_to_end(key)
        while len(self._tries) > _MOST_KEYS:
            self._tries.popitem(last=False)
        return 0.0

    def succeeded(self, account: str, address: str) -> None:
        """The password was right: the account starts afresh, the address gets this one try back."""
        self._tries.pop(f"account {account.lower()}", None)
        mine = self._tries.get(f"address {address}")
        if mine:
            mine.pop()

    def blocked(self) -> list[Block]:
        """Accounts and addresses that must wait now, the longest first."""
        now = self._clock()
        found = []
        for key in list(self._tries):
            kind, _, name = key.partition(" ")
            wait_s = self._wait_s(key, PER_ACCOUNT if kind == "account" else PER_ADDRESS, now)
            if wait_s > 0:
                found.append(Block(kind=kind, name=name, wait_s=wait_s))
        return sorted(found, key=lambda block: -block.wait_s)

    def release(self, kind: str, name: str) -> bool:
        """Forget the tries of an account or an address; whether there were any."""
        return self._tries.pop(f"{kind} {name}", None) is not None

    def _wait_s(self, key: str, limit: int, now: float) -> float:
        tries = self._tries.get(key)
        if tries is None:
            return 0.0
        while tries and tries[0] <= now - WINDOW_S:
            tries.popleft()
        return tries[0] + WINDOW_S - now if len(tries) >= limit else 0.0
