"""Everything for other programs, made and stopped together."""

from __future__ import annotations

import asyncio
import logging
from time import monotonic

from appliance.settings import Settings
from appliance.store.alarms import Alarm
from appliance.store.database import Database
from webui.engine_link import EngineLink
from webui.interfaces.events import AlarmEvent
from webui.interfaces.hooks import Hooks
from webui.interfaces.hub import EventHub
from webui.interfaces.journal import InterfaceJournal
from webui.interfaces.keyring import KeyRing
from webui.interfaces.stream import StreamDoor

log = logging.getLogger(__name__)


class Interfaces:
    def __init__(self, settings: Settings, database: Database, link: EngineLink, version: str) -> None:
        self._settings = settings
        self.keys = KeyRing(database, monotonic)
        self.journal = InterfaceJournal(database)
        self.hub = EventHub(database, link, self.keys, settings.interfaces.stream_connections)
        self.door = StreamDoor(self.hub, self.keys, self.journal, version)
        self.hooks = Hooks(database, self.journal, this_machine=settings.interfaces.hooks_to_this_machine)
        self.trouble = ""
        """Why the TCP stream is not there although it should be; a Chinese sentence."""
        link.watch(self.hub)
        link.watch(self.hooks)

    async def start(self) -> set[asyncio.Task[None]]:
        """Begin. The tasks end only when they break. A port that cannot be had is told, and nothing else suffers."""
        await self.keys.load()
        await self.hub.start()
        wanted = self._settings.interfaces
        if wanted.stream_port:
            try:
                await self.door.start(wanted.stream_host or self._settings.web.host, wanted.stream_port)
            except OSError as error:
                said = f"事件端口 {wanted.stream_port} 打不开：{error.strerror}。"
                self.trouble = f"{said}请在 settings.toml 中换一个端口。"
                log.error("%s", self.trouble)  # noqa: TRY400 - the sentence says it
        return {self.journal.start(), await self.hooks.start()}

    def tell_alarm(self, alarm: Alarm) -> None:
        """An alarm was raised, or is over."""
        event = AlarmEvent(alarm=alarm)
        self.hub.tell(event)
        self.hooks.tell(event)

    async def records_stored(self) -> None:
        """The call log has new records."""
        await self.hub.records_stored()
        self.hooks.records_stored()

    async def stop(self) -> None:
        """Say goodbye, write what is left."""
        self.hub.stop()
        await self.door.stop()
        await self.hooks.stop()
        await self.journal.stop()
