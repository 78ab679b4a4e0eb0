"""Digits of one leg in the order keyed; type-ahead is kept until somebody takes it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_MAX_TYPE_AHEAD = 64
"""Somebody leaning on a key does not fill the memory; the oldest digits are dropped."""


class Keys:
    """A buffer of keyed digits with one reader."""

    def __init__(self) -> None:
        self._digits: deque[str] = deque(maxlen=_MAX_TYPE_AHEAD)
        self._pressed = asyncio.Event()
        self._interrupt: tuple[str, Callable[[], None]] | None = None

    def press(self, digit: str) -> None:
        self._digits.append(digit)
        self._pressed.set()
        if self._interrupt is not None and digit in self._interrupt[0]:
            self._interrupt[1]()

    @property
    def waiting(self) -> bool:
        """Whether something was keyed ahead."""
        return bool(self._digits)

    def clear(self) -> None:
        self._digits.clear()

    def take_any_of(self, wanted: str) -> str:
        """The first digit of `wanted` in the buffer, consumed with all before it; '' when there is none."""
        for position, digit in enumerate(self._digits):
            if digit in wanted:
                for _ in range(position + 1):
                    self._digits.popleft()
                return digit
        return ""

    async def next(self, timeout_s: float) -> str:
        """The next digit, or '' when none comes in time."""
        try:
            async with asyncio.timeout(timeout_s):
                while not self._digits:
                    self._pressed.clear()
                    await self._pressed.wait()
        except TimeoutError:
            return ""
        return self._digits.popleft()

    @contextmanager
    def interrupting(self, wanted: str, interrupt: Callable[[], None]) -> Iterator[None]:
        """While in the block, call `interrupt` when a digit of `wanted` is keyed."""
        self._interrupt = (wanted, interrupt) if wanted else None
        try:
            yield
        finally:
            self._interrupt = None
