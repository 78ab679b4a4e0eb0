"""Speaking a prompt into a phone: it rings, takes down what is said, and the screen listens before anybody keeps it."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Annotated

import msgspec

from appliance.telephony.call import StationState
from appliance.telephony.ids import CallId, SeatId
from appliance.wire.messages import Done, RecordAtPhone
from appliance.wire.take import is_take, take_file
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.errors import Refusal
from webui.handlers.files import FileHandler
from webui.handlers.seat import SeatHandler


class PhoneChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    seat: Annotated[str, msgspec.Meta(max_length=8)] = ""
    """Empty: where the caller is signed in."""


class Take(msgspec.Struct, frozen=True):
    take: CallId


class TakeState(StrEnum):
    RINGING = "ringing"
    SPEAKING = "speaking"
    DONE = "done"
    """It can be listened to, for an hour."""
    NOTHING = "nothing"
    """Nobody lifted, nothing was said, or it is too old."""


class TakeView(msgspec.Struct, frozen=True):
    state: TakeState


class TakesHandler(SeatHandler):
    @needs(P.IVR_PROMPT)
    async def post(self, body: PhoneChoice) -> Take:
        """Ring a seat's phone; what is said into it becomes the take. 409: the phone is in use."""
        seat = SeatId(body.seat) if body.seat else self.seat
        done: Done = await self.context.link.command(RecordAtPhone(seat=seat))
        assert done.call_id is not None
        return Take(done.call_id)


class TakeHandler(SeatHandler):
    @needs(P.IVR_PROMPT)
    async def get(self, take_id: str) -> TakeView:
        """How far it is."""
        take = _known(take_id)
        board = self.context.link.mirror.snapshot()
        station = next((each for each in board.stations if each.call_id == take), None) if board else None
        if station is not None:
            ringing = station.state in {StationState.RINGING, StationState.ON_HOOK}
            return TakeView(TakeState.RINGING if ringing else TakeState.SPEAKING)
        there = await asyncio.to_thread(take_file(self.context.settings.prompts_dir, take).is_file)
        return TakeView(TakeState.DONE if there else TakeState.NOTHING)


class TakeAudioHandler(FileHandler):
    @needs(P.IVR_PROMPT)
    async def get(self, take_id: str) -> None:
        """What was said (audio/wav, Range supported)."""
        path = take_file(self.context.settings.prompts_dir, _known(take_id))
        if not await asyncio.to_thread(path.is_file):
            raise _gone()
        await self.send_file(path, "audio/wav")


def _known(take_id: str) -> CallId:
    if not is_take(take_id):
        raise _gone()
    return CallId(take_id)


def _gone() -> Refusal:
    return Refusal(404, "没有这段录音，可能已过期，请重新录制。")
