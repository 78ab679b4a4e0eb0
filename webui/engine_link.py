"""The web's one connection to the engine: commands out, events to whoever watches, the mirror always up to date."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Protocol

from appliance.wire.client import WireClient
from appliance.wire.messages import AnyCommand, AnyEvent, Done, Refused
from webui.errors import Refusal
from webui.mirror import Mirror

log = logging.getLogger(__name__)


class EngineWatcher(Protocol):
    """Is told what happens at the engine; every method returns at once."""

    def engine_event(self, event: AnyEvent) -> None: ...
    def engine_lost(self) -> None: ...


class EngineLink:
    """Reconnects by itself; `mirror` has a snapshot exactly while the engine is reached."""

    def __init__(self, path: Path) -> None:
        self.mirror = Mirror()
        self._client = WireClient(path, self._event, self._state)
        self._watchers: list[EngineWatcher] = []

    def watch(self, watcher: EngineWatcher) -> None:
        self._watchers.append(watcher)

    def start(self) -> asyncio.Task[None]:
        """Begin to connect. The task ends only when it breaks."""
        return self._client.start()

    async def stop(self) -> None:
        await self._client.stop()

    async def command(self, command: AnyCommand) -> Done:
        """Have the engine do it. Raises `Refusal` (409) with the engine's sentence, `EngineDown` when out of reach."""
        reply = await self._client.request(command)
        if isinstance(reply, Refused):
            raise Refusal(409, reply.text)
        return reply

    def send(self, command: AnyCommand) -> None:
        """Send without an answer (`PhoneAudio`). Raises `EngineDown`."""
        self._client.send(command)

    def _event(self, event: AnyEvent) -> None:
        self.mirror.apply(event)
        for watcher in self._watchers:
            watcher.engine_event(event)

    def _state(self, up: bool) -> None:
        log.info("engine %s", "reached" if up else "lost")
        if not up:
            self.mirror.lost()
            for watcher in self._watchers:
                watcher.engine_lost()
