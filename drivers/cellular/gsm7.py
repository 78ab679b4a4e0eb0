"""The GSM 7-bit default alphabet (3GPP TS 23.038 §6.2.1) and the packing of septets into octets (§6.1.2.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
ESCAPE = 0x1B
"""The next septet is of the extension table (§6.2.1.1)."""

_SEPTETS = {letter: (code,) for code, letter in enumerate(_BASIC) if code != ESCAPE} | {
    letter: (ESCAPE, code) for code, letter in _EXTENDED.items()
}


def septets_of(text: str) -> list[tuple[int, ...]] | None:
    """One or two septets a letter, or None when a letter is not of the alphabet."""
    found = [_SEPTETS.get(letter) for letter in text]
    return None if None in found else [each for each in found if each is not None]


def text_of(septets: Iterable[int]) -> str:
    """What the septets say. An unknown extension reads as the basic letter (§6.2.1.1), a lone escape as a space."""
    letters: list[str] = []
    escaped = False
    for septet in septets:
        if escaped:
            letters.append(_EXTENDED.get(septet, " " if septet == ESCAPE else _BASIC[septet]))
            escaped = False
        elif septet == ESCAPE:
            escaped = True
        else:
            letters.append(_BASIC[septet])
    return "".join(letters) + (" " if escaped else "")


def pack(septets: Sequence[int], fill_bits: int = 0) -> bytes:
    """Septets as octets, the first after `fill_bits` zero bits (after a header: up to the next septet boundary)."""
    bits, width, octets = 0, fill_bits, bytearray()
    for septet in septets:
        bits |= septet << width
        width += 7
        while width >= 8:
            octets.append(bits & 0xFF)
            bits >>= 8
            width -= 8
    if width:
        octets.append(bits & 0xFF)
    return bytes(octets)


def unpack(octets: bytes, count: int, fill_bits: int = 0) -> list[int]:
    """The `count` septets after `fill_bits`; fewer when the octets do not hold as many."""
    bits = int.from_bytes(octets, "little") >> fill_bits
    held = max(0, (len(octets) * 8 - fill_bits) // 7)
    return [(bits >> (7 * at)) & 0x7F for at in range(min(count, held))]
