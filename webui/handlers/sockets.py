"""The two WebSockets: `/live` shows what happens, `/phones` is a virtual phone in the browser."""

from __future__ import annotations

import asyncio
import logging

import msgspec
from tornado.websocket import WebSocketHandler

from appliance.wire.client import EngineDown
from appliance.wire.virtualphone import SetLineFault
from webui.auth.access import needs, signed_in
from webui.auth.permissions import P
from webui.auth.sessions import Caller
from webui.errors import Refusal, field_of
from webui.handlers.base import ApiHandler
from webui.outbox import Outbox
from webui.phones import PhoneCommand, refusal_text

log = logging.getLogger(__name__)

SESSION_ENDED = 4401
"""WebSocket close code: log in again."""
TOO_SLOW = 4408
"""WebSocket close code: this browser does not keep up; connect again for a fresh snapshot."""


class Socket(ApiHandler, WebSocketHandler):
    """A WebSocket of a signed-in person; the origin is checked by tornado against the Host header."""

    outbox: Outbox
    _touching: asyncio.Task[None] | None = None

    def open(self, *_args: str, **_kwargs: str) -> None:
        self.set_nodelay(True)
        self.outbox = Outbox(self._deliver, self._too_slow)
        self.context.sessions.attach(self.me, self.session_ended)

    def caller_now(self) -> Caller | None:
        return self.context.sessions.current(self.me.token_hash)

    def session_ended(self) -> None:
        self.close(SESSION_ENDED, "session ended")

    def on_close(self) -> None:
        self.context.sessions.detach(self.me, self.session_ended)
        self.outbox.close()

    def on_pong(self, data: bytes) -> None:  # noqa: ARG002 - tornado's signature
        """The browser lives: so does the session."""
        self._touching = asyncio.create_task(self._touch())

    async def _touch(self) -> None:
        if not await self.context.sessions.touch(self.me):
            self.session_ended()

    async def _deliver(self, message: str | bytes) -> None:
        await self.write_message(message, binary=isinstance(message, bytes))

    def _too_slow(self) -> None:
        log.warning("%s at %s does not keep up: disconnected", self.address, self.request.path)
        self.on_close()  # now: tornado waits seconds for a browser that does not answer
        self.close(TOO_SLOW, "too slow")


class LiveSocket(Socket):
    @signed_in
    async def get(self, /, *args: str, **kwargs: str) -> None:
        """Upgrade; the engine's snapshot comes first, then events."""
        await WebSocketHandler.get(self, *args, **kwargs)

    def open(self, *args: str, **kwargs: str) -> None:
        super().open(*args, **kwargs)
        self.context.live.join(self)

    def on_message(self, message: str | bytes) -> None:
        """Nothing is expected from the browser."""

    def on_close(self) -> None:
        self.context.live.leave(self)
        super().on_close()


class PhoneSocket(Socket):
    listening: set[str]

    @needs(P.AGENT_LOGIN, P.LINE_TEST)
    async def get(self, /, *args: str, **kwargs: str) -> None:
        """Upgrade; text is commands and phone states, binary is sound both ways."""
        if not self.context.virtual_phones:
            raise Refusal(404, "虚拟话机只在模拟线路卡和声卡上可用。")
        await WebSocketHandler.get(self, *args, **kwargs)

    def open(self, *args: str, **kwargs: str) -> None:
        super().open(*args, **kwargs)
        self.listening = set()
        self.context.phones.join(self)

    async def on_message(self, message: str | bytes) -> None:
        try:
            if isinstance(message, bytes):
                self.context.phones.speak(message)
                return
            command = msgspec.json.decode(message, type=PhoneCommand)
            if isinstance(command, SetLineFault):
                self.require(P.LINE_TEST)
            await self.context.phones.carry_out(command, self)
        except msgspec.ValidationError as error:
            self.outbox.put(refusal_text(field_of(error)[1]))
        except msgspec.DecodeError:
            self.outbox.put(refusal_text("命令不是正确的 JSON。"))
        except Refusal as refusal:
            self.outbox.put(refusal_text(refusal.text))
        except EngineDown as down:
            if isinstance(message, str):  # sound is sent fifty times a second: no complaint for each
                self.outbox.put(refusal_text(str(down)))

    def on_close(self) -> None:
        self.context.phones.leave(self)
        super().on_close()
