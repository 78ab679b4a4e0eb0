"""The live page's fan-out: every signed-in browser gets a snapshot, then what happens, as its person may see it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

import msgspec

from appliance.telephony.call import CallState
from appliance.telephony.ids import CallId
from appliance.wire.messages import AnyEvent, CallChanged, CallLogged, ScreenPop
from webui.acquaintance import Acquaintance, PoppedCall
from webui.alarms.alarms import AlarmsChanged
from webui.audience import Audience
from webui.auth.sessions import Caller
from webui.desk import DeskChanged
from webui.engine_link import EngineLink
from webui.outbox import Outbox
from webui.phones import EngineDownNotice

log = logging.getLogger(__name__)

PATIENCE_S = 0.15
"""A screen pop waits this long for the customer; then it goes out without, and once more when the customer is found."""


class LiveBrowser(Protocol):
    """A browser at `/live`."""

    outbox: Outbox

    def caller_now(self) -> Caller | None:
        """The person with today's permissions; None when the session has ended."""
        ...

    def session_ended(self) -> None:
        """Close: the person is logged out."""
        ...


class LiveHub:
    """One for all browsers. `look_up` finds who is behind a number."""

    def __init__(self, link: EngineLink, look_up: Callable[[str], Awaitable[Acquaintance]]) -> None:
        self._link = link
        self._look_up = look_up
        self._browsers: set[LiveBrowser] = set()
        self._pops: dict[CallId, PoppedCall] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def join(self, browser: LiveBrowser) -> None:
        """Begin with a snapshot and the screen pops of calls that go on, or with `EngineDown`."""
        self._browsers.add(browser)
        snapshot = self._link.mirror.snapshot()
        if snapshot is None:
            self._send(browser, EngineDownNotice())
            return
        now = datetime.now().astimezone().isoformat(timespec="milliseconds")  # browsers set their clocks by it
        self._show(browser, msgspec.structs.replace(snapshot, at=now))
        for pop in self._pops.values():
            self._show(browser, pop)

    def leave(self, browser: LiveBrowser) -> None:
        self._browsers.discard(browser)

    def tell(self, news: DeskChanged | AlarmsChanged) -> None:
        """Tell everybody; each page asks for what its person may see."""
        for browser in list(self._browsers):
            self._send(browser, news)

    def publish(self, event: AnyEvent) -> None:
        """Show an event to everybody who may see it."""
        for browser in list(self._browsers):
            self._show(browser, event)

    def engine_event(self, event: AnyEvent) -> None:
        if isinstance(event, CallLogged):
            return  # shown after ingest, when the record can be found
        if isinstance(event, ScreenPop):
            task = asyncio.create_task(self._pop(event), name="screen-pop")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return
        if isinstance(event, CallChanged) and event.call.state is CallState.ENDED:
            self._pops.pop(event.call.call_id, None)
        self.publish(event)

    def engine_lost(self) -> None:
        self._pops.clear()
        for browser in list(self._browsers):
            self._send(browser, EngineDownNotice())

    async def _pop(self, event: ScreenPop) -> None:
        popped = PoppedCall(n=event.n, agent=event.agent, seat=event.seat, call=event.call, ring_at=event.ring_at)
        self._pops[event.call.call_id] = popped
        looking = asyncio.ensure_future(self._look_up(event.call.peer_number))
        done, _ = await asyncio.wait({looking}, timeout=PATIENCE_S)
        if not done:
            self.publish(popped)
        try:
            known = await looking
        except Exception:
            log.exception("nothing could be found out about the caller of %s", event.call.call_id)
            known = Acquaintance(None, ())
        complete = msgspec.structs.replace(
            popped, customer=known.customer, earlier=known.earlier, follow_up=known.follow_up
        )
        if self._pops.get(event.call.call_id) is popped:
            self._pops[event.call.call_id] = complete
            self.publish(complete)

    def _show(self, browser: LiveBrowser, event: AnyEvent) -> None:
        caller = browser.caller_now()
        if caller is None:
            self.leave(browser)
            browser.session_ended()
            return
        me = self._link.mirror.agent(caller.user.agent) if caller.user.agent else None
        seen = Audience(caller, me.seat if me else None).view(event)
        if seen is not None:
            self._send(browser, seen)

    def _send(self, browser: LiveBrowser, message: AnyEvent | EngineDownNotice | DeskChanged | AlarmsChanged) -> None:
        browser.outbox.put(msgspec.json.encode(message).decode())
