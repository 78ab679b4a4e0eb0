"""What an agent keys after a flash in a conversation: a colleague, an outside number, or a code of the plan."""

from __future__ import annotations

from enum import Enum, auto

from appliance.engine.dialplan import DialKind, Dialled, analyse
from appliance.engine.station import FLASH, Station
from appliance.engine.talk import Talk
from appliance.engine.transferring import transfer_refusal, unknown_target
from appliance.engine.wishes import Consult, GiveAway, Push, Wish
from appliance.media.items import PlayedTone, ServiceTone
from appliance.talkplan import CodeMeaning, TalkCode, TalkRules
from appliance.telephony.ids import FlowId
from appliance.wire.softkeys import TransferTo


class KeyedInTalk(Enum):
    """What was keyed, where it is no wish."""

    NOTHING = auto()
    """Or another flash, which is a wish of its own."""
    REFUSED = auto()
    """A number that does not exist, or that may not be dialled."""
    RECORDING = auto()
    """The code that pauses the recording and resumes it."""


_GIVEN_TO = {
    CodeMeaning.SEAT: TransferTo.SEAT,
    CodeMeaning.QUEUE: TransferTo.QUEUE,
    CodeMeaning.FLOW: TransferTo.FLOW,
    CodeMeaning.OUTSIDE: TransferTo.OUTSIDE,
}


async def dial_in_talk(talk: Talk, station: Station) -> Wish | KeyedInTalk:
    """Dial tone until the first digit, then digits until they mean something or keying stops."""
    plan, media = talk.switch.plan, talk.switch.media
    between_s = plan.dial.inter_digit_s
    station.keys.clear()
    station.listen(on=True)
    media.play(station.port, [ServiceTone(PlayedTone.DIAL)])
    digits = await station.keys.next(plan.dial.first_digit_s)
    media.stop(station.port)
    if not digits:
        return KeyedInTalk.NOTHING
    while not digits.endswith(FLASH):
        if plan.talk.pause_recording and digits == plan.talk.pause_recording:
            return KeyedInTalk.RECORDING if talk.files.may_withhold else KeyedInTalk.REFUSED
        code = next((each for each in plan.talk.codes if each.code == digits), None)
        if code is not None:
            return _wish_of(talk, station, code)
        dialled = analyse(digits, plan)
        digit = "" if dialled.final and not _begins(plan.talk, digits) else await station.keys.next(between_s)
        if not digit:
            return _called(talk, station, dialled)
        digits += digit
    return KeyedInTalk.NOTHING


def _called(talk: Talk, station: Station, dialled: Dialled) -> Wish | KeyedInTalk:
    if dialled.kind is DialKind.STATION:
        return Consult(dialled.number)
    if dialled.kind is DialKind.OUTSIDE and not talk.refusal_to_dial(station, dialled.number):
        return Consult(dialled.number, outside=True)
    return KeyedInTalk.REFUSED


def _begins(rules: TalkRules, digits: str) -> bool:
    """Whether more digits could make a code of it."""
    return any(code.startswith(digits) for code in (rules.pause_recording, *(each.code for each in rules.codes)))


def _wish_of(talk: Talk, station: Station, code: TalkCode) -> Wish | KeyedInTalk:
    if code.to is CodeMeaning.PUSH:
        known = talk.leg is not None and not unknown_target(talk.switch.plan, TransferTo.FLOW, code.target)
        return Push(FlowId(code.target)) if known else KeyedInTalk.REFUSED
    wish = GiveAway(_GIVEN_TO[code.to], code.target)
    return KeyedInTalk.REFUSED if transfer_refusal(talk, station, wish) else wish
