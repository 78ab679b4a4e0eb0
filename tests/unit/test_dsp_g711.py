from __future__ import annotations

import numpy as np
import pytest

from drivers.dsp.g711 import alaw_decode, alaw_encode, ulaw_decode, ulaw_encode

ALL_CODES = np.arange(256, dtype=np.uint8)
ALL_SAMPLES = np.arange(-32768, 32768).astype(np.int16)


def test_alaw_known_values() -> None:
    # G.711 table 1a: 0xD5 is the smallest positive value, 0xAA the largest, 0x2A the most negative
    assert alaw_decode(np.array([0xD5, 0x55, 0xAA, 0x2A], dtype=np.uint8)).tolist() == [8, -8, 32256, -32256]


def test_ulaw_known_values() -> None:
    assert ulaw_decode(np.array([0xFF, 0x7F, 0x80, 0x00], dtype=np.uint8)).tolist() == [0, 0, 32124, -32124]


def test_alaw_codes_survive() -> None:
    assert np.array_equal(alaw_encode(alaw_decode(ALL_CODES)), ALL_CODES)


def test_ulaw_codes_survive_but_for_minus_zero() -> None:
    back = ulaw_encode(ulaw_decode(ALL_CODES))
    assert np.flatnonzero(back != ALL_CODES).tolist() == [0x7F]


@pytest.mark.parametrize(("encode", "decode"), [(alaw_encode, alaw_decode), (ulaw_encode, ulaw_decode)])
def test_nearest_value_is_taken(encode, decode) -> None:
    ladder = np.sort(decode(ALL_CODES).astype(np.int64))
    error = np.abs(decode(encode(ALL_SAMPLES)).astype(np.int64) - ALL_SAMPLES)
    nearest = np.abs(ladder[None, :] - ALL_SAMPLES.astype(np.int64)[::37, None]).min(axis=1)
    assert np.array_equal(error[::37], nearest)


@pytest.mark.parametrize(("encode", "decode"), [(alaw_encode, alaw_decode), (ulaw_encode, ulaw_decode)])
def test_order_is_kept_and_shape_too(encode, decode) -> None:
    assert (np.diff(decode(encode(ALL_SAMPLES)).astype(np.int64)) >= 0).all()
    assert decode(encode(ALL_SAMPLES.reshape(8, -1))).shape == (8, 8192)
