"""Linear samples to and from the octets of a voice modem: one octet a sample, 8 kHz."""

from __future__ import annotations

from enum import Enum

import numpy as np
from numpy.typing import NDArray

from drivers.dsp.g711 import alaw_decode, alaw_encode, ulaw_decode, ulaw_encode


class Coding(Enum):
    """How a modem codes sound."""

    UNSIGNED_8 = "unsigned 8-bit linear"
    SIGNED_8 = "signed 8-bit linear"
    MU_LAW = "G.711 µ-law"
    A_LAW = "G.711 A-law"


def encode(samples: NDArray[np.int16], coding: Coding) -> bytes:
    """The octets of 16-bit samples; eight bits are rounded, not cut."""
    match coding:
        case Coding.MU_LAW:
            return ulaw_encode(samples).tobytes()
        case Coding.A_LAW:
            return alaw_encode(samples).tobytes()
        case _:
            eight = np.clip((samples.astype(np.int32) + 128) >> 8, -128, 127)
            offset = 128 if coding is Coding.UNSIGNED_8 else 0
            codes: NDArray[np.uint8] = (eight + offset).astype(np.uint8)
            return codes.tobytes()


def decode(octets: bytes, coding: Coding) -> NDArray[np.int16]:
    """The 16-bit samples of octets."""
    codes = np.frombuffer(octets, np.uint8)
    match coding:
        case Coding.MU_LAW:
            return ulaw_decode(codes)
        case Coding.A_LAW:
            return alaw_decode(codes)
        case Coding.SIGNED_8:
            return codes.view(np.int8).astype(np.int16) << np.int16(8)
        case Coding.UNSIGNED_8:
            return (codes.astype(np.int16) - np.int16(128)) << np.int16(8)
