"""The live page's fan-out: every signed-in browser gets a snapshot, then what happens, as its person may see it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from time import monotonic
from typing import Protocol

import msgspec

from appliance.store.customers import Customer
from appliance.store.running_notes import RunningNote
from appliance.telephony.ids import AgentId, CallId
from appliance.wire.messages import AgentChanged, AnyEvent, CallChanged, CallLogged, CallView, ScreenPop, Snapshot
from webui.acquaintance import Acquaintance, PoppedCall
from webui.alarms.alarms import AlarmsChanged
from webui.audience import Audience
from webui.auth.sessions import Caller
from webui.desk import DeskChanged
from webui.engine_link import EngineLink
from webui.outbox import Outbox
from webui.phones import EngineDownNotice
from webui.pops import CallLeft, CallNoted, Pops
from webui.smsnews import SmsChanged

log = logging.getLogger(__name__)

PATIENCE_S = 0.15
"""A screen pop waits this long for the customer; then it goes out without, and once more when the customer is found."""

TAKEN_S = 0.25
"""So much later than a call has left the phone its agent is told who has it instead."""
LiveMessage = AnyEvent | EngineDownNotice | DeskChanged | AlarmsChanged | SmsChanged | CallLeft | CallNoted


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
    """One for all browsers. `look_up` finds who is behind a number, and what was written about the call."""

    def __init__(self, link: EngineLink, look_up: Callable[[str, CallId], Awaitable[Acquaintance]]) -> None:
        self._link = link
        self._look_up = look_up
        self._browsers: set[LiveBrowser] = set()
        self._pops = Pops()
        self._tasks: set[asyncio.Task[None]] = set()

    def join(self, browser: LiveBrowser) -> None:
        """Begin with a snapshot (or `EngineDown`) and the screen pops of calls that go on or ended a moment ago."""
        self._browsers.add(browser)
        snapshot = self._link.mirror.snapshot()
        if snapshot is None:
            self._send(browser, EngineDownNotice())
        else:
            now = datetime.now().astimezone().isoformat(timespec="milliseconds")  # browsers set their clocks by it
            self._show(browser, msgspec.structs.replace(snapshot, at=now))
        for pop in self._pops.replay(monotonic()):
            self._show(browser, pop)

    def leave(self, browser: LiveBrowser) -> None:
        self._browsers.discard(browser)

    def tell(self, news: DeskChanged | AlarmsChanged | SmsChanged) -> None:
        """Tell everybody; each page asks for what its person may see."""
        for browser in list(self._browsers):
            self._send(browser, news)

    def publish(self, event: AnyEvent) -> None:
        """Show an event to everybody who may see it."""
        for browser in list(self._browsers):
            self._show(browser, event)

    def is_on_screen(self, call_id: CallId, agent: AgentId) -> bool:
        """Whether the call is at the agent's seat, or was a moment ago."""
        return agent in self._pops.agents_of(call_id)

    def noted(self, call_id: CallId, note: RunningNote, customer: Customer | None, by: AgentId | None) -> None:
        """Somebody wrote about the call: everybody on whose screen it is sees it, in every browser."""
        self._pops.noted(call_id, note, customer)
        self._to_agents(self._pops.agents_of(call_id), CallNoted(call_id=call_id, note=note, customer=customer, by=by))

    def engine_event(self, event: AnyEvent) -> None:
        match event:
            case CallLogged():
                return  # shown after ingest, when the record can be found
            case ScreenPop():
                self._open(event)
                return
            case CallChanged(call=call):
                self.publish(event)
                self._follow(call)
            case AgentChanged(agent=agent):
                self.publish(event)
                self._left(self._pops.agent_changed(agent, monotonic()))
            case Snapshot(calls=calls):
                self.publish(event)
                for call in calls:
                    self._follow(call)
            case _:
                self.publish(event)

    def engine_lost(self) -> None:
        self._pops.engine_lost(monotonic())
        for browser in list(self._browsers):
            self._send(browser, EngineDownNotice())

    def _follow(self, call: CallView) -> None:
        if (pop := self._pops.lacking(call)) is not None:
            self._open(pop)
        self._left(self._pops.call_changed(call, monotonic()))

    def _left(self, left: list[CallLeft]) -> None:
        for one in left:
            # A moment later it is known who has it instead.
            asyncio.get_running_loop().call_later(TAKEN_S, self._tell_left, one)

    def _tell_left(self, left: CallLeft) -> None:
        if not self._pops.is_left(left.call_id, left.agent):
            return  # it rings there again
        call = self._link.mirror.call(left.call_id)
        holder = self._link.mirror.agent(call.agent) if call and call.agent and call.agent != left.agent else None
        told = msgspec.structs.replace(left, ended=call is None, taken_by=holder.name if holder else "")
        self._to_agents({left.agent}, told)

    def _to_agents(self, agents: set[AgentId], news: CallLeft | CallNoted) -> None:
        for browser in list(self._browsers):
            caller = browser.caller_now()
            if caller is None or caller.user.agent not in agents:
                continue
            self._send(browser, Audience(caller, None).news(news))

    def _open(self, event: ScreenPop) -> None:
        self._pops.open(
            PoppedCall(n=event.n, agent=event.agent, seat=event.seat, call=event.call, ring_at=event.ring_at)
        )
        task = asyncio.create_task(self._pop(event), name="screen-pop")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _pop(self, event: ScreenPop) -> None:
        call_id = event.call.call_id
        looking = asyncio.ensure_future(self._look_up(event.call.peer_number, call_id))
        done, _ = await asyncio.wait({looking}, timeout=PATIENCE_S)
        if not done and (bare := self._pops.now(call_id, event.seat)) is not None:
            self.publish(bare)
        try:
            known = await looking
        except Exception:
            log.exception("nothing could be found out about the caller of %s", call_id)
            known = Acquaintance(None, ())
        complete = self._pops.known(call_id, event.seat, known)
        if complete is not None:
            self.publish(complete)

    def _show(self, browser: LiveBrowser, event: AnyEvent) -> None:
        caller = browser.caller_now()
        if caller is None:
            self.leave(browser)
            browser.session_ended()
            return
        agent = caller.user.agent
        me = self._link.mirror.agent(agent) if agent else None
        seen = Audience(caller, me.seat if me else None, self._pops.shown_to(agent)).view(event)
        if seen is not None:
            self._send(browser, seen)

    def _send(self, browser: LiveBrowser, message: LiveMessage) -> None:
        browser.outbox.put(msgspec.json.encode(message).decode())
