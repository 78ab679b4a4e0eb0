"""What an agent wants next in a conversation, said by the phone's hook and keys or by the screen's softkeys."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from appliance.telephony.ids import FlowId
from appliance.wire.softkeys import TransferTo

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Flashed:
    """The hook was tapped: what it means depends on where the conversation is."""


@dataclass(frozen=True, slots=True)
class Hold:
    """The far party hears music. `dial`: with dial tone, to call a third."""

    dial: bool = False


@dataclass(frozen=True, slots=True)
class Resume:
    """Back to the far party, whatever is going on."""


@dataclass(frozen=True, slots=True)
class Consult:
    """Call a colleague's station, or an outside number that may be dialled."""

    number: str
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Join:
    """Far party, agent and the consulted one talk together."""


@dataclass(frozen=True, slots=True)
class GiveAway:
    """Somebody else gets the far party, unasked."""

    to: TransferTo
    target: str


@dataclass(frozen=True, slots=True)
class Push:
    """The far party goes through a flow and comes back."""

    flow: FlowId
    value: str = ""


Wish = Flashed | Hold | Resume | Consult | Join | GiveAway | Push


class Wishes:
    """In their order; one reader."""

    def __init__(self) -> None:
        self._waiting: deque[Wish] = deque()
        self._bell: asyncio.Timeout | None = None

    def put(self, wish: Wish) -> None:
        self._waiting.append(wish)
        bell, self._bell = self._bell, None
        if bell is not None:
            bell.reschedule(0)

    async def next(self) -> Wish:
        """The next wish, as soon as there is one."""
        while not self._waiting:
            await self.first(asyncio.Event().wait())
        return self._waiting.popleft()

    async def first(self, work: Awaitable[_T]) -> _T | None:
        """What `work` comes to; None when a wish comes first, and `work` is then cancelled."""
        try:
            async with asyncio.timeout(0 if self._waiting else None) as self._bell:
                return await work
        except TimeoutError:
            if not self._waiting:
                raise
            return None
        finally:
            self._bell = None
