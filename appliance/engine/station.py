"""An attached phone at work: runs the station table over the media."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Protocol

from appliance.callplan import CallerIdToPhones, PhoneRules
from appliance.callplan import Station as StationPlan
from appliance.engine.dialplan import Dialled
from appliance.engine.keys import Keys
from appliance.engine.stationtable import StationAction, StationEvent, refuses, step
from appliance.engine.watch import Party, cause_of_fault
from appliance.ivr.prompts import in_language
from appliance.media.items import CallerIdBurst, PlayedTone, PlayItem, Prompt, ServiceTone, Silence
from appliance.media.media import Media
from appliance.telephony.call import HangUpCause, StationState
from appliance.telephony.ids import AgentId, CallId, Language, PromptId
from appliance.wire.messages import StationView
from drivers.bank import Listen
from drivers.base import MessageLamp, PortId, RingPhone, StopRinging
from drivers.signals import (
    CallerIdModulation,
    DigitPressed,
    Flash,
    OffHook,
    OnHook,
    PortFault,
    PortRecovered,
    Signal,
)

FLASH = "F"
"""A tap of the hook stands among the keyed digits as this."""
HOWL_AFTER_S = 30.0
"""Busy tone so long, then the howler (GB/T 3380 howler: 950 Hz)."""


BEFORE_CALLER_ID_S = 0.6
"""Silence between the first ring and caller ID (YDN 069 and GR-30: at least 0.5 s)."""
_MODULATIONS = {
    CallerIdToPhones.BELL202: CallerIdModulation.FSK_BELL202,
    CallerIdToPhones.V23: CallerIdModulation.FSK_V23,
}


class StationObserver(Protocol):
    def now(self) -> datetime: ...
    def station_lifted(self, station: Station) -> None: ...
    def station_changed(self, station: Station) -> None: ...
    def station_fault_changed(self, station: Station) -> None: ...


class Station:
    """State, keys and user of one FXS port. `party` is renewed with each call."""

    def __init__(self, plan: StationPlan, media: Media, observer: StationObserver) -> None:
        self.plan = plan
        self.rules = PhoneRules()
        self.last_dialled: Dialled | None = None
        """What was called from here last."""
        self.port: PortId = plan.port
        self.state = StationState.ON_HOOK
        self.party = Party()
        self.keys = Keys()
        self.call_id: CallId | None = None
        self.fault = ""
        self._fault_cause = HangUpCause.PORT_FAULT
        self._media = media
        self._observer = observer
        self._number = ""
        self._name = ""
        self._lamp = False
        self._why_busy: PromptId | None = None
        self._answered: asyncio.Event | None = None
        self._howl_timer: asyncio.TimerHandle | None = None

    def on_signal(self, signal: Signal) -> None:
        """Take one fact from the port."""
        match signal:
            case OffHook():
                self.happen(StationEvent.LIFTED)
            case OnHook():
                self.happen(StationEvent.HUNG_UP)
            case Flash():
                self.happen(StationEvent.FLASHED)
            case DigitPressed():
                self.keys.press(signal.digit)
            case PortFault():
                self.fault, self._fault_cause = signal.text, cause_of_fault(signal)
                self.happen(StationEvent.FAULT)
            case PortRecovered():
                self.fault = ""
                self.happen(StationEvent.RECOVERED)
                if self._lamp:
                    self._media.command(self.port, MessageLamp(on=True))  # it may have forgotten
            case _:
                pass

    def happen(self, event: StationEvent) -> bool:
        """Apply an event; False when it means nothing in this state."""
        if refuses(self.state, event):
            return False
        self.state, actions = step(self.state, event)
        for action in actions:
            self._act(action)
        self._observer.station_changed(self)
        return True

    async def ring(self, call_id: CallId, number: str, name: str, timeout_s: float) -> bool:
        """Ring until answered (True) or `timeout_s` is over (False). Stops ringing also when cancelled."""
        if refuses(self.state, StationEvent.RING):
            if self.call_id == call_id:
                self.call_id = None  # it was kept for this call
            return False  # lifted, or ringing for another, since whoever asks looked: nothing of theirs is touched
        self._renew()
        self._number, self._name, self.call_id = number, name, call_id
        self._answered = asyncio.Event()
        self.happen(StationEvent.RING)
        try:
            async with asyncio.timeout(timeout_s):
                await self._answered.wait()
        except TimeoutError:
            pass
        finally:
            self._answered = None
            if self.state is not StationState.TALKING:
                self.call_id = None
                self.happen(StationEvent.STOP_RINGING)
        return self.state is StationState.TALKING

    def listen(self, on: bool) -> None:
        """Take digits from the phone (while its user dials), or not (while people talk)."""
        self._media.listen(self.port, Listen.DTMF if on else Listen.NOTHING)

    def begin_call(self, call_id: CallId) -> None:
        """The phone was lifted to dial: it belongs to this call now."""
        self.call_id = call_id
        self._observer.station_changed(self)

    def show_lamp(self, *, on: bool) -> None:
        """Light the message lamp or put it out."""
        if on is not self._lamp:
            self._lamp = on
            self._media.command(self.port, MessageLamp(on))

    @property
    def still_up(self) -> bool:
        """Its part in a call was ended from the screen, and the handset has not been put down since."""
        return self.state is StationState.OFF_HOOK and self.party.gone is not None and self.call_id is None

    def take_back(self, call_id: CallId) -> None:
        """A phone that is `still_up` is in the call again."""
        self._renew()
        self.call_id = call_id
        self.happen(StationEvent.CONNECT)

    def end_call(self, why: PromptId | None = None) -> None:
        """Its call is over: busy tone if the handset is still up, behind a prompt that says why if there is one."""
        self._why_busy = why
        self._media.disconnect(self.port)
        self._media.listen(self.port, Listen.NOTHING)
        self.call_id = None
        if not self.happen(StationEvent.DISCONNECT):
            self._media.stop(self.port)
            self._observer.station_changed(self)

    def view(self, agent: AgentId | None) -> StationView:
        return StationView(
            station=self.plan.id,
            seat=self.plan.seat,
            label=self.plan.label,
            state=self.state,
            call_id=self.call_id,
            agent=agent,
            fault=self.fault,
        )

    def _act(self, action: StationAction) -> None:
        match action:
            case StationAction.BEGIN_DIALING:
                self._renew()
                self._media.listen(self.port, Listen.DTMF)
                self._observer.station_lifted(self)
            case StationAction.RING_PHONE:
                self._media.command(self.port, RingPhone(number=self._number, name=self._name))
                self._send_caller_id()
            case StationAction.TELL_FLASH:
                self.keys.press(FLASH)
            case StationAction.STOP_RINGER:
                self._media.command(self.port, StopRinging())
                self._media.stop(self.port)
            case StationAction.TELL_ANSWERED if self._answered is not None:
                self._answered.set()
            case StationAction.TELL_GONE:
                self.party.hung_up(self._fault_cause if self.fault else HangUpCause.HOOK)
            case StationAction.PLAY_BUSY:
                self._media.play(self.port, self._busy())
            case StationAction.PLAY_HOWLER:
                self._media.play(self.port, [ServiceTone(PlayedTone.HOWLER)])
            case StationAction.STOP_PLAYING:
                self._media.stop(self.port)
            case StationAction.REPORT:
                self._observer.station_fault_changed(self)
            case StationAction.START_HOWL_TIMER:
                loop = asyncio.get_running_loop()
                self._howl_timer = loop.call_later(HOWL_AFTER_S, self.happen, StationEvent.HOWL)
            case StationAction.STOP_HOWL_TIMER:
                if self._howl_timer is not None:
                    self._howl_timer.cancel()
            case _:
                pass

    def _send_caller_id(self) -> None:
        """In the pause behind the first ring; whatever else the phone then plays takes its place."""
        modulation = _MODULATIONS.get(self.rules.caller_id)
        if modulation is not None:
            pause = Silence(self._media.tone_plan.phone.first_ring_s + BEFORE_CALLER_ID_S)
            sent_at = f"{self._observer.now():%m%d%H%M}"
            self._media.play(self.port, [pause, CallerIdBurst(self._number, self._name, sent_at, modulation)])

    def _busy(self) -> list[PlayItem]:
        busy = ServiceTone(PlayedTone.BUSY)
        why, self._why_busy = self._why_busy, None
        return [Prompt(in_language(why, Language(self.rules.language))), busy] if why else [busy]

    def _renew(self) -> None:
        self.party, self.keys = Party(), Keys()
