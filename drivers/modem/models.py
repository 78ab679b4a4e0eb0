"""What is peculiar to each model of voice modem: how it is known, set up, and made to speak and listen.

Sources: the makers' AT command manuals (Conexant 102752B, 100498E; USR 5637), Silabs AN93, and reports of users.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from drivers.modem.coding import Coding

USB_IDS = frozenset({(0x0572, 0x1329), (0x0572, 0x1340), (0x0572, 0x1349), (0x0BAF, 0x0303)})
"""Vendor and product of the modems that are looked for when the settings name none."""


@dataclass(frozen=True, slots=True)
class ModemModel:
    """One family of modems."""

    name: str
    known_by: re.Pattern[str]
    """In the answers to ATI0, ATI3 and AT+GMI9."""
    compression: tuple[str, Coding] | None = None
    """What follows `AT+VSM=`, and what it means; None: the best of what `AT+VSM=?` offers."""
    set_up: tuple[str, ...] = ()
    """Each a command of its own: one unknown part fails all of a line."""
    record_on: str = ""
    """Said before +VRX where the line is recorded from another source."""
    stop_shields: int = 1
    """<DLE> octets before the code that ends a recording; some firmwares take only three."""


GENERIC = ModemModel("通用语音猫", re.compile(r"(?!)"))
MODELS = (
    ModemModel(
        "USR5637",
        re.compile(r"\b5601\b|USR5637|U\.S\. ?Robotics", re.IGNORECASE),
        ("128,8000", Coding.UNSIGNED_8),
        record_on="AT+VLS=5",
    ),
    ModemModel(
        "Conexant CX930xx",
        re.compile(r"\b56000\b|CONEXANT|CX930", re.IGNORECASE),
        ("1,8000,0,0", Coding.UNSIGNED_8),
        set_up=("AT-SCID=1", "AT-STE=3"),
        stop_shields=3,
    ),
)
_LIKED = (
    (re.compile(r"G\.?711U|ULAW|MU.?LAW"), Coding.MU_LAW),
    (re.compile(r"G\.?711A|ALAW|A.LAW"), Coding.A_LAW),
    (re.compile(r"UNSIGNED.*(PCM|LINEAR)|8.?BIT LINEAR"), Coding.UNSIGNED_8),
    (re.compile(r"SIGNED.*(PCM|LINEAR)"), Coding.SIGNED_8),
)
"""Best first: G.711 keeps quiet speech, eight linear bits do not."""
_OFFER = re.compile(r'^\s*(?P<number>\d+)\s*,\s*"(?P<name>[^"]*)"\s*,\s*8\b(?P<rest>.*)$', re.MULTILINE)


def model_of(answers: str) -> ModemModel:
    """The model that gives these answers, the generic one when none is known by them."""
    return next((model for model in MODELS if model.known_by.search(answers)), GENERIC)


def model_named(name: str) -> ModemModel | None:
    """The model that the settings name: its name, or the beginning of it."""
    return next((model for model in (*MODELS, GENERIC) if model.name.lower().startswith(name.lower())), None)


def best_compression(answer: str) -> tuple[str, Coding] | None:
    """The best way to code sound in eight bits at 8 kHz of what `AT+VSM=?` lists; None when there is none."""
    offers = [(each["number"], each["name"].upper()) for each in _OFFER.finditer(answer) if "8000" in each["rest"]]
    return next(
        ((f"{number},8000", coding) for liked, coding in _LIKED for number, name in offers if liked.search(name)), None
    )
