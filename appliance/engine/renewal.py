"""A new beginning that was asked for: the engine ends as soon as no call is going on, and is started again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from appliance.wire.messages import RestartEngine
from appliance.wire.server import Connection

_LOOK_EVERY_S = 0.1


class Renewal:
    """`busy` says whether a call is going on."""

    def __init__(self, busy: Callable[[], bool]) -> None:
        self._busy = busy
        self._asked = asyncio.Event()
        self.table: Mapping[type, Callable[[Any, Connection], None]] = {RestartEngine: self._on_restart}

    @property
    def waits(self) -> bool:
        """It was asked for, and calls are going on."""
        return self._asked.is_set()

    async def due(self) -> None:
        """Returns when the engine shall end. Calls that come meanwhile are taken."""
        await self._asked.wait()
        while self._busy():  # noqa: ASYNC110 - calls end in many places
            await asyncio.sleep(_LOOK_EVERY_S)

    def _on_restart(self, _command: RestartEngine, _connection: Connection) -> None:
        self._asked.set()
