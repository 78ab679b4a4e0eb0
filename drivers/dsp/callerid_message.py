"""The caller-ID message that FSK carries: bytes to fields and back.

What: SDMF (type 04h) and MDMF (type 80h) messages of Bellcore GR-30 / ETSI EN 300 659-3 / YD/T 1277.1, that is
type, length, content, and a checksum byte that makes the sum of all bytes zero modulo 256.
How: `encode_sdmf` and `encode_mdmf` for the senders; `parse_message` for the receiver. Text is ASCII for numbers;
names are read as GB 18030 (a superset of GB2312 and GBK, which Chinese exchanges send) with an ASCII fast path.
Limits: a number is digits and `*#+ABCD` only; other characters in a number field make the message unreadable.
Cost: a few microseconds, once per received burst.
"""

from __future__ import annotations

from dataclasses import dataclass

SDMF = 0x04
MDMF = 0x80
CALLER_ID_TYPES = frozenset((SDMF, MDMF))
"""Message types that carry a caller's number."""
_TIME, _NUMBER, _DIALABLE, _NO_NUMBER, _NAME, _NO_NAME = 0x01, 0x02, 0x03, 0x04, 0x07, 0x08
_NUMBER_CHARACTERS = frozenset("0123456789*#+ABCDabcd")
_ABSENCES = frozenset("OP")
_TIME_LENGTH = 8
_LONGEST_FIELD = 120


class CallerIdFormatError(ValueError):
    """The bytes are not a caller-ID message, or a field in it breaks the rules."""


@dataclass(frozen=True, slots=True)
class CallerIdMessage:
    """What the exchange says of the caller. `absence` is `O` or `P` when `number` is withheld, else empty."""

    number: str = ""
    name: str = ""
    sent_at: str = ""
    """MMDDHHMM, or empty when the exchange sent no time."""
    absence: str = ""


def checksum(content: bytes) -> int:
    """The byte that makes `content` plus itself sum to 0 modulo 256."""
    return -sum(content) & 0xFF


def encode_sdmf(message: CallerIdMessage) -> bytes:
    """Single data message format: time and number (or `O`/`P`); a name has no place in it."""
    body = (message.sent_at or "01010000") + (message.number or message.absence or "O")
    return _frame(SDMF, body.encode("ascii"))


def encode_mdmf(message: CallerIdMessage) -> bytes:
    """Multiple data message format: each set field as type, length, value. Raises ValueError if a field is too long."""
    fields: list[tuple[int, bytes]] = []
    if message.sent_at:
        fields.append((_TIME, message.sent_at.encode("ascii")))
    if message.number:
        fields.append((_NUMBER, message.number.encode("ascii")))
    else:
        fields.append((_NO_NUMBER, (message.absence or "O").encode("ascii")))
    if message.name:
        fields.append((_NAME, message.name.encode("gb18030")))
    for _, value in fields:
        if len(value) > _LONGEST_FIELD:
            text = f"caller-ID field of {len(value)} bytes; at most {_LONGEST_FIELD} fit"
            raise ValueError(text)
    return _frame(MDMF, b"".join(bytes((kind, len(value))) + value for kind, value in fields))


def parse_message(content: bytes) -> CallerIdMessage:
    """Read a whole message, checksum included. Raises `CallerIdFormatError` if anything in it is wrong."""
    if len(content) < 3 or content[0] not in CALLER_ID_TYPES or len(content) != content[1] + 3:
        text = "not a complete SDMF or MDMF message"
        raise CallerIdFormatError(text)
    if sum(content) & 0xFF:
        text = "checksum does not match"
        raise CallerIdFormatError(text)
    body = content[2:-1]
    return _parse_sdmf(body) if content[0] == SDMF else _parse_mdmf(body)


def _frame(kind: int, body: bytes) -> bytes:
    head = bytes((kind, len(body))) + body
    return head + bytes((checksum(head),))


def _parse_sdmf(body: bytes) -> CallerIdMessage:
    if len(body) <= _TIME_LENGTH:
        text = "SDMF message without a number"
        raise CallerIdFormatError(text)
    number, absence = _number_or_absence(body[_TIME_LENGTH:])
    return CallerIdMessage(number=number, sent_at=_sent_at(body[:_TIME_LENGTH]), absence=absence)


def _parse_mdmf(body: bytes) -> CallerIdMessage:
    number = name = sent_at = absence = ""
    at = 0
    while at < len(body):
        if at + 2 > len(body) or at + 2 + body[at + 1] > len(body):
            text = "MDMF field runs past the end of the message"
            raise CallerIdFormatError(text)
        kind, value = body[at], body[at + 2 : at + 2 + body[at + 1]]
        at += 2 + len(value)
        if kind == _TIME:
            sent_at = _sent_at(value)
        elif kind == _NUMBER or (kind == _DIALABLE and not number):
            number, absence = _number_or_absence(value)
        elif kind == _NO_NUMBER:
            absence = _absence(value)
        elif kind == _NAME:
            name = _name(value)
    if not number and not absence:
        text = "MDMF message with neither a number nor a reason for its absence"
        raise CallerIdFormatError(text)
    return CallerIdMessage(number=number, name=name, sent_at=sent_at, absence="" if number else absence)


def _number_or_absence(value: bytes) -> tuple[str, str]:
    text = value.decode("latin-1").strip(" \x00")
    if text in _ABSENCES or not text:
        return "", text or "O"
    text = text.replace("-", "").replace(" ", "")
    if not text or not set(text) <= _NUMBER_CHARACTERS:
        message = "number field holds characters that cannot be dialled"
        raise CallerIdFormatError(message)
    return text.upper(), ""


def _absence(value: bytes) -> str:
    return "P" if value[:1] in (b"P", b"p") else "O"


def _sent_at(value: bytes) -> str:
    text = value[:_TIME_LENGTH].decode("latin-1")
    return text if len(text) == _TIME_LENGTH and text.isascii() and text.isdigit() else ""


def _name(value: bytes) -> str:
    text = value.decode("gb18030", errors="replace")
    return "".join(character for character in text if character.isprintable()).strip()
