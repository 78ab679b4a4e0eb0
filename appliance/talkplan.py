"""The part of the call plan about conversations: what a phone can key after a flash, calls that go on outside."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import Annotated

import msgspec

from appliance.ivr.problem import Problem

Seconds = Annotated[float, msgspec.Meta(ge=0, le=86400)]
Code = Annotated[str, msgspec.Meta(pattern=r"^([0-9*]{1,4})?$")]


class CodeMeaning(StrEnum):
    """Where a code of `TalkRules.codes` sends the far party; `target` is its id, or the outside number."""

    SEAT = "seat"
    QUEUE = "queue"
    FLOW = "flow"
    OUTSIDE = "outside"
    PUSH = "push"
    """Through a flow, and back to the phone that keyed the code."""


class TalkCode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    code: Annotated[str, msgspec.Meta(pattern=r"^[0-9*]{1,4}$")]
    to: CodeMeaning
    target: Annotated[str, msgspec.Meta(min_length=1)]


class TalkRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What agents can do in a conversation from the phone set, beside calling a station or an outside number."""

    codes: tuple[TalkCode, ...] = ()
    """Keyed after a flash."""
    pause_recording: Code = "*70"
    """Keyed after a flash: pauses the recording, and resumes it; empty: not from a phone set."""
    forwarded_max_s: Seconds = 3600.0
    """Two outside parties who talk without one of us, at most."""


def talk_problems(
    rules: TalkRules,
    outside_prefix: str,
    seats: Collection[str],
    queues: Collection[str],
    flows: Collection[str],
    stations: Collection[str],
) -> Iterable[Problem]:
    """Codes that mean something else as well, or lead to what is not there."""
    there = {
        CodeMeaning.SEAT: ("座席", seats),
        CodeMeaning.QUEUE: ("技能组", queues),
        CodeMeaning.FLOW: ("流程", flows),
        CodeMeaning.PUSH: ("流程", flows),
    }
    taken = [rules.pause_recording] if rules.pause_recording else []
    for index, each in enumerate(rules.codes):
        field = f"talk.codes[{index}]"
        rivals = (*taken, *stations, outside_prefix)
        rival = next((rival for rival in rivals if rival.startswith(each.code) or each.code.startswith(rival)), None)
        if rival is not None:
            yield Problem(field=f"{field}.code", text=f"通话中代码“{each.code}”与“{rival}”冲突，请换一个。")
        taken.append(each.code)
        word, known = there.get(each.to, ("", ()))
        if word and each.target not in known:
            text = f"没有编号为“{each.target}”的{word}，请填已有的编号。"
            yield Problem(field=f"{field}.target", text=text, grave=False)
        elif not word and not each.target.isdigit():
            yield Problem(field=f"{field}.target", text=f"“{each.target}”不是电话号码，应只有数字。")
