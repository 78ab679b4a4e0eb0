"""Asking somebody who lifted a phone: prompts that any key cuts short, numbers ended with `#`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.engine.agents import Agent
from appliance.engine.station import Station
from appliance.ivr.prompts import in_language
from appliance.ivr.saying import UnspeakableError, ValueKind, say_value
from appliance.media.items import PlayedTone, PlayItem, Prompt, ServiceTone
from appliance.telephony.ids import Language, PromptId

if TYPE_CHECKING:
    from appliance.engine.switch import Switch

KEYS = "0123456789*#"
FIRST_KEY_S = 10.0
NEXT_KEY_S = 5.0


class PhoneTalk:
    """One phone whose user is spoken to. Runs inside `watching(station.party)`."""

    def __init__(self, switch: Switch, station: Station) -> None:
        self.switch = switch
        self.station = station
        self._language = Language(switch.plan.phones.language)

    @property
    def agent(self) -> Agent | None:
        """Who is signed in at the phone."""
        return self.switch.roster.at_station(self.station.plan.id)

    def prompt(self, name: str) -> Prompt:
        return Prompt(in_language(PromptId(name), self._language))

    def value(self, text: str, kind: ValueKind) -> list[PlayItem]:
        """A number or a time as it is spoken; nothing when it cannot be."""
        try:
            return [Prompt(prompt) for prompt in say_value(text, kind, self._language)]
        except UnspeakableError:
            return []

    async def say(self, *items: str | PlayItem) -> None:
        """Play prompts (by name) and other items; a key ends it and is kept, a key keyed ahead leaves it out."""
        keys, media, port = self.station.keys, self.switch.media, self.station.port
        if keys.waiting:
            return
        playlist = [self.prompt(item) if isinstance(item, str) else item for item in items]
        with keys.interrupting(KEYS, lambda: media.stop(port)):
            await media.play(port, playlist).finished()

    async def tell(self, prompt: str) -> None:
        """The same for what must be heard: keys keyed on meanwhile were meant for something else."""
        await self.switch.media.play(self.station.port, [self.prompt(prompt)]).finished()
        self.station.keys.clear()

    async def beep(self) -> None:
        await self.switch.media.play(self.station.port, [ServiceTone(PlayedTone.BEEP)]).finished()

    async def number(self, question: str, most_digits: int = 16) -> str:
        """The digits keyed up to `#`, a pause, or `most_digits`; '' when nothing came."""
        await self.say(question)
        digits = ""
        while len(digits) < most_digits:
            digit = await self.station.keys.next(NEXT_KEY_S if digits else FIRST_KEY_S)
            if not digit or digit == "#":
                break
            digits += digit
        return digits

    async def key(self, *question: str | PlayItem, wanted: str) -> str:
        """One of the keys in `wanted`, asked for twice; '' when none came."""
        for _ in range(2):
            await self.say(*question)
            digit = await self.station.keys.next(FIRST_KEY_S)
            if digit and digit in wanted:
                return digit
        return ""
