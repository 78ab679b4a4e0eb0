"""Listening to voicemail at a phone: how many, then each with its time and number, and what to do about it."""

from __future__ import annotations

from appliance.engine.dialplan import DialKind, Dialled, valid_outside_number
from appliance.engine.messagedesk import MessageDesk
from appliance.engine.phonetalk import PhoneTalk
from appliance.ivr.saying import ValueKind
from appliance.media.items import PlayItem, SoundFile
from appliance.telephony.ids import AgentId
from appliance.wire.messagebook import BookedMessage

_AGAIN, _NEXT, _CLOSE, _CALL_BACK, _STOP = "1", "2", "3", "5", "#"


async def listen_to_messages(talk: PhoneTalk, agent: AgentId) -> Dialled | None:
    """Play the agent's messages, new ones first; a number to call back, if the agent wants that."""
    desk = talk.switch.messages
    messages = sorted(desk.of(agent), key=lambda message: not desk.is_new(message))
    if not messages:
        await talk.tell("phone_no_messages")
        return None
    count = talk.value(str(len(messages)), ValueKind.INTEGER)
    await talk.say("phone_messages_before", *count, "phone_messages_after")
    for message in messages:
        key = await _listen(talk, desk, message, agent)
        if key == _CALL_BACK:
            return Dialled(DialKind.OUTSIDE, message.number, final=True)
        if key in {_STOP, ""}:
            return None
    await talk.say("phone_messages_end")
    return None


async def _listen(talk: PhoneTalk, desk: MessageDesk, message: BookedMessage, agent: AgentId) -> str:
    """Play it until the listener has decided; the key that leads on."""
    await talk.say(*_envelope(talk, desk, message))
    while True:
        path = desk.file(message)
        if path is not None:
            await talk.say(SoundFile(path))
        desk.heard(message, agent, talk.station)
        key = await talk.key("phone_message_menu", wanted=_AGAIN + _NEXT + _CLOSE + _CALL_BACK + _STOP)
        if key == _CLOSE:
            desk.close(message, agent, talk.station)
            await talk.say("phone_message_closed")
            return _NEXT
        if key == _CALL_BACK and not valid_outside_number(message.number, talk.switch.plan):
            await talk.tell("phone_no_number")
            return _NEXT
        if key != _AGAIN:
            return key


def _envelope(talk: PhoneTalk, desk: MessageDesk, message: BookedMessage) -> list[str | PlayItem]:
    """When it was left, and by whom."""
    said: list[str | PlayItem] = ["phone_message_new"] if desk.is_new(message) else []
    said += talk.value(message.at, ValueKind.DATETIME)
    number = talk.value(message.number, ValueKind.TELEPHONE)
    return [*said, "phone_message_from", *number] if number else said
