"""Attached phone (FXS) as a pure table: `step(state, event) -> (state, actions)`. No clock, no I/O."""

from __future__ import annotations

from enum import StrEnum

from appliance.telephony.call import StationState


class StationEvent(StrEnum):
    LIFTED = "lifted"
    HUNG_UP = "hung_up"
    FLASHED = "flashed"
    RING = "ring"
    STOP_RINGING = "stop_ringing"
    CONNECT = "connect"
    DISCONNECT = "disconnect"
    HOWL = "howl"
    """Left off the hook with nobody there."""
    FAULT = "fault"
    RECOVERED = "recovered"


class StationAction(StrEnum):
    BEGIN_DIALING = "begin_dialing"
    RING_PHONE = "ring_phone"
    STOP_RINGER = "stop_ringer"
    TELL_ANSWERED = "tell_answered"
    TELL_GONE = "tell_gone"
    TELL_FLASH = "tell_flash"
    PLAY_BUSY = "play_busy"
    START_HOWL_TIMER = "start_howl_timer"
    STOP_HOWL_TIMER = "stop_howl_timer"
    PLAY_HOWLER = "play_howler"
    STOP_PLAYING = "stop_playing"
    REPORT = "report"


_S, _E, _A = StationState, StationEvent, StationAction
_IDLE = (_S.ON_HOOK, (_A.STOP_HOWL_TIMER, _A.STOP_PLAYING, _A.TELL_GONE))
_OUT = (_S.OUT_OF_SERVICE, (_A.TELL_GONE, _A.STOP_RINGER, _A.STOP_HOWL_TIMER, _A.STOP_PLAYING, _A.REPORT))

_TABLE: dict[tuple[StationState, StationEvent], tuple[StationState, tuple[StationAction, ...]]] = {
    (_S.ON_HOOK, _E.LIFTED): (_S.OFF_HOOK, (_A.BEGIN_DIALING,)),
    (_S.ON_HOOK, _E.RING): (_S.RINGING, (_A.RING_PHONE,)),
    (_S.RINGING, _E.STOP_RINGING): (_S.ON_HOOK, (_A.STOP_RINGER,)),
    (_S.RINGING, _E.LIFTED): (_S.TALKING, (_A.STOP_RINGER, _A.TELL_ANSWERED)),
    (_S.OFF_HOOK, _E.CONNECT): (_S.TALKING, (_A.STOP_HOWL_TIMER,)),
    (_S.OFF_HOOK, _E.HUNG_UP): _IDLE,
    (_S.OFF_HOOK, _E.DISCONNECT): (_S.OFF_HOOK, (_A.PLAY_BUSY, _A.START_HOWL_TIMER)),
    (_S.OFF_HOOK, _E.HOWL): (_S.HOWLER, (_A.PLAY_HOWLER,)),
    (_S.TALKING, _E.FLASHED): (_S.TALKING, (_A.TELL_FLASH,)),
    (_S.TALKING, _E.DISCONNECT): (_S.OFF_HOOK, (_A.PLAY_BUSY, _A.START_HOWL_TIMER)),
    (_S.TALKING, _E.HUNG_UP): _IDLE,
    (_S.HOWLER, _E.HUNG_UP): _IDLE,
    (_S.OUT_OF_SERVICE, _E.RECOVERED): (_S.ON_HOOK, (_A.REPORT,)),
} | {(state, _E.FAULT): _OUT for state in StationState if state is not StationState.OUT_OF_SERVICE}


def step(state: StationState, event: StationEvent) -> tuple[StationState, tuple[StationAction, ...]]:
    """Next state and what to do; an event that means nothing in this state changes nothing."""
    return _TABLE.get((state, event), (state, ()))


def refuses(state: StationState, event: StationEvent) -> bool:
    """True when the event means nothing in this state (a command would be lost)."""
    return (state, event) not in _TABLE
