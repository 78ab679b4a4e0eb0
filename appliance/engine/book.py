"""The book of running calls: gives them ids, journals and publishes every step, closes them with one record.

A call leaves the book only after its `CallEnded` fact was handed to the journal: exactly one record per call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime

from appliance.engine.call import Call
from appliance.engine.diary import Diary
from appliance.telephony.call import Direction
from appliance.telephony.clock import steady
from appliance.telephony.ids import CallId
from appliance.wire.facts import CallEnded, CallProgressed, CallRecord, CallStarted, Step
from appliance.wire.messages import AnyEvent, CallChanged, CallLogged


class CallBook:
    """All calls that have not ended."""

    def __init__(self, diary: Diary, now: Callable[[], datetime], publish: Callable[[AnyEvent], None]) -> None:
        self._diary = diary
        self._now = now
        self._publish = publish
        self._calls: dict[CallId, Call] = {}
        self._number = 0

    def __iter__(self) -> Iterator[Call]:
        return iter(list(self._calls.values()))

    def get(self, call_id: CallId) -> Call | None:
        return self._calls.get(call_id)

    def begin(self, direction: Direction) -> Call:
        """A new call, not yet journaled: set what is known, then `opened`. The running task looks after it.

        A clock that is set while it runs changes nothing in it.
        """
        self._number += 1
        call_id = CallId(f"{self._now():%Y%m%d-%H%M%S}-{self._number:04d}")
        call = Call(call_id, direction, steady(self._now, asyncio.get_running_loop().time), self)
        call.plot = asyncio.current_task()
        self._calls[call_id] = call
        return call

    def opened(self, call: Call) -> None:
        """Journal that the call exists; from here on it will have a record whatever happens."""
        self._diary.write(
            CallStarted,
            call_id=call.id,
            direction=call.direction,
            line=call.line,
            station=call.station,
            agent=call.agent,
            seat=call.seat,
            hotline=call.hotline,
        )
        self._publish(CallChanged(call=call.view()))

    def progressed(self, call: Call, step: Step) -> None:
        self._diary.write(
            CallProgressed,
            call_id=call.id,
            state=call.state,
            step=step,
            peer_number=call.peer_number,
            peer_number_raw=call.peer_number_raw,
            peer_name=call.peer_name,
            caller_id=call.caller_id,
        )
        self._publish(CallChanged(call=call.view()))

    def close(self, call: Call) -> CallRecord:
        """Write the ended call's record to the journal (durable) and forget the call."""
        call.end()
        record = call.record()
        self._diary.write(CallEnded, durable=True, record=record)
        del self._calls[call.id]
        self._publish(CallLogged(record=record))
        return record
