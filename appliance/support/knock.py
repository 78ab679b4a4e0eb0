"""What an sshd's log says of one connection: was somebody let in, who knocked, and why not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_ACCEPTED = re.compile(r"Accepted publickey for \S+ ")
_NAMED = re.compile(r"\bID (?P<name>.+?) \(serial \d+\)")


class Refusal(StrEnum):
    NONE = ""
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    OTHER_BOX = "other_box"
    """The certificate names another box, or the leave is over."""
    REVOKED = "revoked"
    OTHER_ISSUER = "other_issuer"
    """A certificate that is not the vendor's."""
    NO_CERTIFICATE = "no_certificate"
    """A bare key, a password."""
    NOBODY = "nobody"
    """Nothing was said that sshd understood."""


_REASONS = (
    ("revoked", Refusal.REVOKED),
    ("Certificate invalid: expired", Refusal.EXPIRED),
    ("Certificate invalid: not yet valid", Refusal.NOT_YET),
    ("authorized principal", Refusal.OTHER_BOX),
    ("-CERT ", Refusal.OTHER_ISSUER),
    ("[preauth]", Refusal.NO_CERTIFICATE),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    admitted: bool
    who: str
    """Key ID of a certificate that was shown, whoever made it; empty: none."""
    why: Refusal


def outcome_of(lines: Sequence[str]) -> Outcome:
    """Read the lines of one connection, at LogLevel VERBOSE."""
    who = next((found["name"] for line in lines if (found := _NAMED.search(line))), "")
    if any(_ACCEPTED.search(line) for line in lines):
        return Outcome(admitted=True, who=who, why=Refusal.NONE)
    for words, why in _REASONS:
        if any(words in line for line in lines):
            return Outcome(admitted=False, who=who, why=why)
    return Outcome(admitted=False, who=who, why=Refusal.NOBODY)
