"""A take: what somebody said into a phone for the screen, before anybody decided to keep it.

While it is made the phone has its id as `call_id`; afterwards its sound lies in the folder of prompts for an hour.
"""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from appliance.telephony.ids import CallId

KEPT_S = 3600.0
_TAKE = re.compile(r"take-[0-9a-f]{16}")


def new_take() -> CallId:
    """Nobody can guess it: who knows it made it."""
    return CallId(f"take-{secrets.token_hex(8)}")


def is_take(call_id: str | None) -> bool:
    """Whether it is the id of a take, not of a call."""
    return call_id is not None and _TAKE.fullmatch(call_id) is not None


def take_file(prompts_dir: Path, take: CallId) -> Path:
    """Its sound (mono WAV); there once it is complete. No name of a prompt begins with a dot."""
    return prompts_dir / f".{take}.wav"


def all_takes(prompts_dir: Path) -> list[Path]:
    """The sounds of every take, complete or not."""
    return list(prompts_dir.glob(".take-*"))
