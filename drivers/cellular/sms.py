"""Short messages as a cellular module hands them over in PDU mode (3GPP TS 23.040): texts out, texts and reports in.

Out, a text goes as GSM 7-bit where all its letters are of that alphabet, else as UCS2 (UTF-16, so that emoji pass); a
long one in parts of which none cuts a letter. In, everything that a network may send is read or refused with
`PduError`; nothing else escapes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import StrEnum

from drivers.cellular.gsm7 import pack, septets_of, text_of, unpack

SINGLE_SEPTETS, PART_SEPTETS = 160, 153
SINGLE_UNITS, PART_UNITS = 70, 67
"""Letters of one message, and of a part: 6 octets go for the header (TS 23.040 §9.2.3.24.1)."""
MOST_PARTS = 255
_VALID_24_H = 0xA7  # relative validity period (§9.2.3.12.1)
_INTERNATIONAL, _UNKNOWN, _ALPHANUMERIC = 0x91, 0x81, 5
_DIGITS = "0123456789*#abc"


class PduError(ValueError):
    """Not a message of TS 23.040; the text says what is wrong with it, for the log."""


class SmsTextError(ValueError):
    """The text cannot be sent; the text of the error is a Chinese sentence for whoever wrote it."""


@dataclass(frozen=True, slots=True)
class SubmitPdu:
    """One part to send: `AT+CMGS=<octets>`, then `hex_text` and Ctrl-Z."""

    octets: int
    """Without the (empty) service centre address."""
    hex_text: str


@dataclass(frozen=True, slots=True)
class SmsPart:
    """A message, or a part of one, that arrived."""

    sender: str
    """`+8613905620001`, `10086` or a name such as `Kabel`."""
    text: str
    """May begin or end with half of a surrogate pair: join the parts before showing it (`join_text`)."""
    sent_at: datetime | None
    """As the service centre says; None when it says nonsense."""
    reference: int = 0
    total: int = 1
    number: int = 1
    """1 is the first part."""
    binary: bytes = b""
    """What arrived if it was no text (settings, pictures); `text` is then empty."""


class DeliveryState(StrEnum):
    DELIVERED = "delivered"
    TRYING = "trying"
    """The service centre tries again."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What became of a part that we sent with `reference` (the `+CMGS:` answer)."""

    reference: int
    recipient: str
    state: DeliveryState
    status: int
    """TP-Status (§9.2.3.15)."""
    at: datetime | None


def submit_pdus(number: str, text: str, reference: int, *, report: bool = True) -> tuple[SubmitPdu, ...]:
    """`text` to `number` as parts that belong together by `reference` (0–255). Raises `SmsTextError`."""
    septets = septets_of(text)
    if septets is not None:
        coding, bodies = 0x00, [_flat(part) for part in _parts(septets, SINGLE_SEPTETS, PART_SEPTETS)]
    else:
        units = [tuple(letter.encode("utf-16-be", "surrogatepass")) for letter in text]
        coding, bodies = 0x08, [_flat(part) for part in _parts(units, 2 * SINGLE_UNITS, 2 * PART_UNITS)]
    if len(bodies) > MOST_PARTS:
        raise SmsTextError(f"短信太长：要分成 {len(bodies)} 条，最多 {MOST_PARTS} 条，请缩短。")
    recipient = _address(number)
    many = len(bodies) > 1
    first = 0x01 | 0x10 | (0x20 if report else 0) | (0x40 if many else 0)
    pdus = []
    for at, body in enumerate(bodies, 1):
        header = bytes((5, 0, 3, reference & 0xFF, len(bodies), at)) if many else b""
        content = _content(coding, header, body)
        octets = bytes((first, 0)) + recipient + bytes((0, coding, _VALID_24_H)) + content
        pdus.append(SubmitPdu(len(octets), "00" + octets.hex().upper()))
    return tuple(pdus)


def decode_incoming(hex_text: str) -> SmsPart | DeliveryReport:
    """A received PDU, service centre address first, as `+CMT`, `+CMGR` and `+CDS` give it. Raises `PduError`."""
    try:
        octets = _Octets(bytes.fromhex(hex_text.strip()))
    except ValueError:
        raise PduError("not hexadecimal") from None
    octets.take(octets.one())
    first = octets.one()
    match first & 0x03:
        case 0x00:
            return _deliver(first, octets)
        case 0x02:
            return _status_report(octets)
        case kind:
            raise PduError(f"message type {kind} is not one that arrives")


def join_text(parts: Sequence[SmsPart]) -> str:
    """The text of parts in their order; halves of a letter that were cut apart are one again."""
    joined = "".join(part.text for part in parts)
    return joined.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")


def _parts(letters: Sequence[tuple[int, ...]], single: int, part: int) -> list[list[tuple[int, ...]]]:
    """Letters dealt out over parts; a letter of two stays whole."""
    if sum(map(len, letters)) <= single:
        return [list(letters)]
    parts: list[list[tuple[int, ...]]] = [[]]
    used = 0
    for letter in letters:
        if used + len(letter) > part:
            parts.append([])
            used = 0
        parts[-1].append(letter)
        used += len(letter)
    return parts


def _flat(letters: Sequence[tuple[int, ...]]) -> list[int]:
    return [each for letter in letters for each in letter]


def _content(coding: int, header: bytes, body: list[int]) -> bytes:
    """TP-UDL and TP-UD: the length counts septets or octets, the header included (§9.2.3.16)."""
    if coding == 0x08:
        return bytes((len(header) + len(body),)) + header + bytes(body)
    fill_bits = _fill_bits(len(header))
    header_septets = (len(header) * 8 + fill_bits) // 7
    return bytes((header_septets + len(body),)) + header + pack(body, fill_bits)


def _fill_bits(header_octets: int) -> int:
    """Zero bits between a header and the next septet boundary."""
    return -header_octets * 8 % 7


def _address(number: str) -> bytes:
    digits = number.removeprefix("+")
    if not digits or len(digits) > 20 or not all(digit in "0123456789*#" for digit in digits):
        raise SmsTextError(f"号码“{number}”不能收短信：应为 1 到 20 位数字，可以 + 开头。")
    kind = _INTERNATIONAL if number.startswith("+") else _UNKNOWN
    nibbles = [_DIGITS.index(digit) for digit in digits] + ([0xF] if len(digits) % 2 else [])
    swapped = bytes(low | high << 4 for low, high in zip(nibbles[::2], nibbles[1::2], strict=True))
    return bytes((len(digits), kind)) + swapped


class _Octets:
    """Reads octet by octet; past the end is a `PduError`."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0

    def one(self) -> int:
        return self.take(1)[0]

    def take(self, count: int) -> bytes:
        taken = self._octets[self._at : self._at + count]
        if len(taken) < count:
            raise PduError(f"ends after {len(self._octets)} octets, {count - len(taken)} short")
        self._at += count
        return taken

    def rest(self) -> bytes:
        return self.take(len(self._octets) - self._at)


def _deliver(first: int, octets: _Octets) -> SmsPart:
    sender = _read_address(octets)
    octets.one()  # protocol identifier: how it reached the network
    coding = octets.one()
    sent_at = _read_time(octets.take(7))
    length, content = octets.one(), octets.rest()
    header = b""
    if first & 0x40:
        if not content or len(content) < content[0] + 1:
            raise PduError("user data header longer than the user data")
        header = content[: content[0] + 1]
    reference, total, number = _concatenation(header[1:])
    text, binary = _read_body(_alphabet(coding), content, length, len(header))
    return SmsPart(sender, text, sent_at, reference, total, number, binary)


def _status_report(octets: _Octets) -> DeliveryReport:
    reference, recipient = octets.one(), _read_address(octets)
    octets.take(7)  # when the service centre got it
    at, status = _read_time(octets.take(7)), octets.one()
    return DeliveryReport(reference, recipient, _delivery_state(status), status, at)


def _delivery_state(status: int) -> DeliveryState:
    if status < 0x20:
        return DeliveryState.DELIVERED
    return DeliveryState.TRYING if status < 0x40 else DeliveryState.FAILED


def _read_address(octets: _Octets) -> str:
    length, kind = octets.one(), octets.one()
    coded = octets.take((length + 1) // 2)
    if kind >> 4 & 7 == _ALPHANUMERIC:
        return text_of(unpack(coded, length * 4 // 7))
    nibbles = [nibble for octet in coded for nibble in (octet & 0xF, octet >> 4)][:length]
    digits = "".join(_DIGITS[nibble] for nibble in nibbles if nibble != 0xF)
    return ("+" if kind >> 4 & 7 == 1 else "") + digits


def _read_time(coded: bytes) -> datetime | None:
    """A service centre time stamp (§9.2.3.11); its zone counts quarters of an hour."""
    year, month, day, hour, minute, second = ((octet & 0xF) * 10 + (octet >> 4) for octet in coded[:6])
    quarters = (coded[6] & 0x7) * 10 + (coded[6] >> 4)
    zone = timezone(timedelta(minutes=-15 * quarters if coded[6] & 0x8 else 15 * quarters))
    try:
        return datetime(2000 + year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None


class _Alphabet(StrEnum):
    SEPTETS = "7-bit"
    OCTETS = "8-bit"
    UCS2 = "UCS2"


def _alphabet(coding: int) -> _Alphabet:
    """Of a data coding scheme (TS 23.038 §4)."""
    group = coding >> 4
    if group < 0x8:
        code = coding >> 2 & 3
        return {1: _Alphabet.OCTETS, 2: _Alphabet.UCS2}.get(code, _Alphabet.SEPTETS)
    if group == 0xE:
        return _Alphabet.UCS2
    return _Alphabet.OCTETS if group == 0xF and coding & 0x4 else _Alphabet.SEPTETS


def _read_body(alphabet: _Alphabet, content: bytes, length: int, header_octets: int) -> tuple[str, bytes]:
    if alphabet is _Alphabet.SEPTETS:
        fill_bits = _fill_bits(header_octets)
        count = length - (header_octets * 8 + fill_bits) // 7
        return text_of(unpack(content[header_octets:], max(0, count), fill_bits)), b""
    body = content[header_octets:length]
    if alphabet is _Alphabet.OCTETS:
        return "", body
    return body[: len(body) // 2 * 2].decode("utf-16-be", "surrogatepass"), b""


def _concatenation(elements: bytes) -> tuple[int, int, int]:
    """Reference, number of parts and place of the part from the header's elements; (0, 1, 1) for a message of one."""
    at = 0
    while at + 2 <= len(elements):
        kind, length = elements[at], elements[at + 1]
        value = elements[at + 2 : at + 2 + length]
        at += 2 + length
        if kind == 0x00 and len(value) == 3 and 1 <= value[2] <= value[1]:
            return value[0], value[1], value[2]
        if kind == 0x08 and len(value) == 4 and 1 <= value[3] <= value[2]:
            return value[0] << 8 | value[1], value[2], value[3]
    return 0, 1, 1
