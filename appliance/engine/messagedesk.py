"""What the phones know of voicemails: the book that the web writes, and what was heard since at a phone.

Signs at a phone (lamp; the stutter dial tone asks here) follow the agent who is signed in at it.
"""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from appliance.engine.beside import beside
from appliance.engine.station import Station
from appliance.telephony.ids import AgentId, CallId
from appliance.wire.facts import VoicemailClosed, VoicemailHeard
from appliance.wire.messagebook import BookedMessage, MessageBook, read_messagebook

if TYPE_CHECKING:
    from appliance.engine.switch import Switch

log = logging.getLogger(__name__)


class MessageDesk:
    """Voicemails as phones see them."""

    def __init__(self, switch: Switch, data: Path) -> None:
        self._switch = switch
        self._data = data
        self._book = MessageBook()
        self._heard: set[CallId] = set()
        self._closed: set[CallId] = set()
        """Told by facts; the book will have it when the web has read them."""

    async def reload(self) -> None:
        """Read the book again; a broken one changes nothing."""
        try:
            self._book = await beside(partial(read_messagebook, self._data / "messages.json"))
        except (OSError, msgspec.DecodeError) as error:
            log.warning("the message book cannot be read, the one before stays: %s", error)
            return
        known = {message.call_id for box in self._book.boxes for message in box.messages}
        self._heard &= known
        self._closed &= known
        self.show_waiting()

    def of(self, agent: AgentId) -> list[BookedMessage]:
        """What the agent may listen to, oldest first."""
        return [message for message in self._book.of(agent) if message.call_id not in self._closed]

    def is_new(self, message: BookedMessage) -> bool:
        """Whether nobody has listened to it yet."""
        return not message.heard and message.call_id not in self._heard

    def waiting(self, agent: AgentId | None) -> bool:
        """Whether there is something new for the agent."""
        return agent is not None and any(self.is_new(message) for message in self.of(agent))

    def file(self, message: BookedMessage) -> Path | None:
        """Where its sound is; None for a path that leads out of the data folder."""
        path = (self._data / message.path).resolve()
        return path if path.is_relative_to(self._data.resolve()) else None

    def heard(self, message: BookedMessage, agent: AgentId, station: Station) -> None:
        """The agent listened to it."""
        if self.is_new(message):
            self._heard.add(message.call_id)
            self._switch.diary.write(
                VoicemailHeard, durable=True, call_id=message.call_id, agent=agent, station=station.plan.id
            )
            self.show_waiting()

    def close(self, message: BookedMessage, agent: AgentId, station: Station) -> None:
        """The agent has dealt with it: it is not offered again."""
        self._closed.add(message.call_id)
        self._switch.diary.write(
            VoicemailClosed, durable=True, call_id=message.call_id, agent=agent, station=station.plan.id
        )
        self.show_waiting()

    def show_waiting(self) -> None:
        """Lamps as they should be now."""
        lamps = self._switch.plan.phones.message_waiting_lamp
        for station in self._switch.stations.values():
            agent = self._switch.roster.at_station(station.plan.id)
            station.show_lamp(on=lamps and self.waiting(agent.id if agent else None))
