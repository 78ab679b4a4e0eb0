"""How often a key may ask, and how often an address may guess keys. Pure but for the clock they are given."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable

GUESSES = 20
"""Wrong keys from one address inside the window; then nothing from it is looked at for a while."""
GUESS_WINDOW_S = 300.0
_MOST_ADDRESSES = 10_000


class Allowance:
    """A token bucket: `per_minute` at once, then as many a minute."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._buckets: dict[int, tuple[float, float]] = {}
        """By key: requests left, and when that was so."""

    def take(self, key_id: int, per_minute: int) -> float:
        """Count a request. 0, or the seconds to wait when there is none left (it is not counted then)."""
        now = self._clock()
        left, since = self._buckets.get(key_id, (float(per_minute), now))
        left = min(float(per_minute), left + (now - since) * per_minute / 60.0)
        if left < 1.0:
            self._buckets[key_id] = (left, now)
            return (1.0 - left) * 60.0 / per_minute
        self._buckets[key_id] = (left - 1.0, now)
        return 0.0

    def forget(self, key_id: int) -> None:
        """The key is gone."""
        self._buckets.pop(key_id, None)


class Guesses:
    """Wrong keys by address."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, address: str) -> float:
        """0, or how long nothing from this address is looked at."""
        wrong = self._wrong.get(address)
        if wrong is None:
            return 0.0
        now = self._clock()
        while wrong and wrong[0] <= now - GUESS_WINDOW_S:
            wrong.popleft()
        return wrong[0] + GUESS_WINDOW_S - now if len(wrong) >= GUESSES else 0.0

    def wrong(self, address: str) -> None:
        """One more."""
        self._wrong.setdefault(address, deque(maxlen=GUESSES)).append(self._clock())
        self._wrong.move_to_end(address)
        while len(self._wrong) > _MOST_ADDRESSES:
            self._wrong.popitem(last=False)
