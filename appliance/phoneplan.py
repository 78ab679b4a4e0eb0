"""The part of the call plan about our own phone sets: feature codes, and what phones are sent beside speech."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Annotated

import msgspec

from appliance.ivr.problem import Problem
from appliance.telephony.ids import PromptId, StationId

Seconds = Annotated[float, msgspec.Meta(ge=0, le=86400)]
Code = Annotated[str, msgspec.Meta(pattern=r"^([0-9*]{1,4})?$")]


class Feature(StrEnum):
    """What a feature code does; each is the name of its field in `FeatureCodes`."""

    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    READY = "ready"
    TAKE_BREAK = "take_break"
    MESSAGES = "messages"
    RECORD_PROMPT = "record_prompt"
    REDIAL = "redial"
    PICK_UP = "pick_up"
    PICK_UP_STATION = "pick_up_station"
    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"


class FeatureCodes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is dialled at a phone set for what. An empty code switches the feature off."""

    sign_in: Code = "*11"
    """Then staff number and PIN, each ended with `#`."""
    sign_out: Code = "*12"
    ready: Code = "*13"
    take_break: Code = "*14"
    """Then the digit of the reason: the n-th of `break_reasons`."""
    messages: Code = "*15"
    """Listen to one's voicemail."""
    record_prompt: Code = "*16"
    """Then the prompt's number and `#`."""
    redial: Code = "*17"
    pick_up: Code = "*18"
    """The caller who rings longest at a colleague of one of the agent's queues."""
    pick_up_station: Code = "*19"
    """Then the station that rings."""
    listen: Code = "*21"
    """Supervisor: then the station whose call is listened to."""
    whisper: Code = "*22"
    barge: Code = "*23"

    def of(self, digits: str) -> Feature | None:
        """The feature with exactly this code."""
        return next((feature for feature in Feature if digits and getattr(self, feature) == digits), None)

    def begins(self, digits: str) -> bool:
        """Whether more digits could make a code of it."""
        return any(getattr(self, feature).startswith(digits) for feature in Feature)


class CallerIdToPhones(StrEnum):
    """How a phone set is told who calls."""

    BELL202 = "bell202"
    """FSK 1200/2200 Hz: YDN 069 (China), GR-30."""
    V23 = "v23"
    """FSK 1300/2100 Hz: EN 300 659."""
    NOTHING = "nothing"


class NumberedPrompt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A prompt that is recorded at a phone under a number, because its name cannot be keyed."""

    number: Annotated[str, msgspec.Meta(pattern=r"^\d{1,6}$")]
    prompt: PromptId


class PhoneRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all phone sets have in common."""

    language: Annotated[str, msgspec.Meta(pattern=r"^(zh|en)$")] = "zh"
    """In which they are spoken to."""
    caller_id: CallerIdToPhones = CallerIdToPhones.BELL202
    """Sent between the first and the second ring."""
    message_waiting_tone: bool = True
    """Stutter dial tone while the agent has voicemail that was not listened to."""
    message_waiting_lamp: bool = True
    pin_attempts: Annotated[int, msgspec.Meta(ge=1, le=10)] = 3
    """So many wrong PINs for one staff number, or at one phone, lock it."""
    pin_lock_s: Seconds = 900.0
    numbered_prompts: tuple[NumberedPrompt, ...] = (
        NumberedPrompt(number="1", prompt=PromptId("welcome")),
        NumberedPrompt(number="2", prompt=PromptId("main_menu")),
        NumberedPrompt(number="3", prompt=PromptId("night")),
        NumberedPrompt(number="4", prompt=PromptId("no_agent")),
        NumberedPrompt(number="5", prompt=PromptId("leave_message")),
    )
    """Any other number is the prompt of that name: `101`."""

    def prompt(self, number: str) -> PromptId:
        """The prompt that is recorded under `number`."""
        return next((each.prompt for each in self.numbered_prompts if each.number == number), PromptId(number))


def feature_problems(codes: FeatureCodes, stations: Sequence[StationId], outside_prefix: str) -> Iterable[Problem]:
    """Codes that mean something else as well: an outside line, a station, or another code."""
    given = [(feature, getattr(codes, feature)) for feature in Feature if getattr(codes, feature)]
    for index, (feature, code) in enumerate(given):
        field = f"features.{feature}"
        if code.startswith(outside_prefix):
            text = f"功能码“{code}”以外线字冠“{outside_prefix}”开头，拨不到，请换一个。"
            yield Problem(field=field, text=text)
            continue
        station = next((each for each in stations if each.startswith(code) or code.startswith(each)), None)
        if station is not None:
            yield Problem(field=field, text=f"功能码“{code}”与分机“{station}”冲突，请换一个。")
        rival = next((each for _, each in given[:index] if each.startswith(code) or code.startswith(each)), None)
        if rival is not None:
            yield Problem(field=field, text=f"功能码“{code}”与功能码“{rival}”冲突，请换一个。")
