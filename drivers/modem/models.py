"""What is peculiar to each model of voice modem: how it is known, set up, and made to speak and listen.

Sources: the makers' AT command manuals (Conexant 102752B, 100498E; USR 5637), Silabs AN93, and reports of users.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class SampleFormat(Enum):
    """How a modem codes sound at 8 kHz."""

    UNSIGNED_8 = "unsigned 8-bit linear"
    SIGNED_8 = "signed 8-bit linear"
    MU_LAW = "G.711 µ-law"
    A_LAW = "G.711 A-law"


@dataclass(frozen=True, slots=True)
class ModemModel:
    """One family of modems."""

    name: str
    known_by: re.Pattern[str]
    """In the answers to ATI0, ATI3 and AT+GMI9."""
    compression: str
    """`AT+VSM=`…"""
    sample_format: SampleFormat
    set_up: tuple[str, ...] = ()
    """Each a command of its own: one unknown part fails all of a line."""
    off_hook: str = "AT+VLS=1"
    record_on: str = ""
    """Said before +VRX where the line is recorded from another source."""
    stop_shields: int = 1
    """<DLE> octets before the code that ends a recording; some firmwares take only three."""
    lifts_say_handset_down: bool = False
    """Says `H` right after going off hook: no hang-up."""
    tone_digits: bool = True
    """`AT+VTS=9` plays a key; else the pair of frequencies is named."""


GENERIC = ModemModel("通用语音猫", re.compile(r"(?!)"), "AT+VSM=1,8000", SampleFormat.UNSIGNED_8)
MODELS = (
    ModemModel(
        "USR5637",
        re.compile(r"\b5601\b|USR5637|U\.S\. ?Robotics", re.IGNORECASE),
        "AT+VSM=128,8000",
        SampleFormat.UNSIGNED_8,
        record_on="AT+VLS=5",
        lifts_say_handset_down=True,
        tone_digits=False,
    ),
    ModemModel(
        "Conexant CX930xx",
        re.compile(r"\b56000\b|CONEXANT|CX930", re.IGNORECASE),
        "AT+VSM=1,8000,0,0",
        SampleFormat.UNSIGNED_8,
        set_up=("AT-SCID=1", "AT-STE=3"),
        stop_shields=3,
    ),
)


def model_of(answers: str) -> ModemModel:
    """The model that gives these answers, the generic one when none is known by them."""
    return next((model for model in MODELS if model.known_by.search(answers)), GENERIC)


def offered_compressions(answer: str) -> dict[int, str]:
    """What `AT+VSM=?` lists: number and name of each way to code sound, e.g. {1: "UNSIGNED PCM"}."""
    return {
        int(number): name.upper() for number, name in re.findall(r'^\s*(\d+)\s*,\s*"([^"]*)"', answer, re.MULTILINE)
    }
