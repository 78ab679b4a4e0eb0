"""The screen's softkeys: what a seat asks for in its conversation, and a supervisor's moving of callers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from appliance.engine.refusal import Refusal
from appliance.telephony.ids import CallId
from appliance.wire.command import Command
from appliance.wire.softkeys import (
    CancelConsult,
    CompleteTransfer,
    Conference,
    Consult,
    HangUpSeat,
    HoldCall,
    MoveCaller,
    PauseRecording,
    PushToFlow,
    ResumeCall,
    Transfer,
)

if TYPE_CHECKING:
    from appliance.engine.switch import Switch

_KEYS = (
    HoldCall,
    ResumeCall,
    Consult,
    CompleteTransfer,
    CancelConsult,
    Transfer,
    Conference,
    PushToFlow,
    PauseRecording,
    HangUpSeat,
    MoveCaller,
)


class Softkeys:
    """`table` carries each of them out. They raise `Refusal` where they mean nothing now."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self.table: dict[type, Callable[[Any, object], CallId | None]] = dict.fromkeys(_KEYS, self._refuse)

    def _refuse(self, _command: Command, _connection: object) -> None:
        raise Refusal("现在没有可以这样操作的通话。")
