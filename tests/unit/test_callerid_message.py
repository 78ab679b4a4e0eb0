"""Caller-ID messages: bytes to fields and back, and DTMF digits to a number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.dsp.callerid_dtmf import read_digits
from drivers.dsp.callerid_message import (
    CallerIdFormatError,
    CallerIdMessage,
    checksum,
    encode_mdmf,
    encode_sdmf,
    parse_message,
)

NUMBERS = st.text("0123456789", min_size=1, max_size=20)
EXAMPLE = bytes.fromhex("8016 0108 3033313731363536 020A 32313536343330313434 BA".replace(" ", ""))


def test_the_worked_example() -> None:
    message = CallerIdMessage(number="2156430144", sent_at="03171656")
    assert parse_message(EXAMPLE) == message
    assert encode_mdmf(message) == EXAMPLE


@given(NUMBERS, st.text("蒙城县广电局王李abcXYZ 0", max_size=20), st.sampled_from(["", "01020304", "12312359"]))
def test_mdmf_comes_back_as_it_was_sent(number: str, name: str, sent_at: str) -> None:
    message = CallerIdMessage(number=number, name=name.strip(), sent_at=sent_at)
    assert parse_message(encode_mdmf(message)) == message


@given(NUMBERS)
def test_sdmf_comes_back_as_it_was_sent(number: str) -> None:
    message = CallerIdMessage(number=number, sent_at="06010912")
    assert parse_message(encode_sdmf(message)) == message


@given(st.integers(0, len(EXAMPLE) - 1), st.integers(1, 255))
def test_one_wrong_byte_is_never_a_message(at: int, change: int) -> None:
    damaged = bytearray(EXAMPLE)
    damaged[at] ^= change
    with pytest.raises(CallerIdFormatError):
        parse_message(bytes(damaged))


@given(st.binary(max_size=40))
def test_any_bytes_are_a_message_or_an_error(content: bytes) -> None:
    framed = bytes((0x80, len(content))) + content
    try:
        message = parse_message(framed + bytes((checksum(framed),)))
    except CallerIdFormatError:
        return
    assert bool(message.number) != bool(message.absence)


def test_absence_and_time() -> None:
    assert parse_message(encode_mdmf(CallerIdMessage(absence="P"))) == CallerIdMessage(absence="P")
    assert parse_message(encode_sdmf(CallerIdMessage(absence="P", sent_at="06010912"))).absence == "P"


@pytest.mark.parametrize(
    ("digits", "number", "absence"),
    [
        ("D05628896599C", "05628896599", ""),
        ("A05628896599#", "05628896599", ""),
        ("A05628896599D", "05628896599", ""),
        ("B05628896599C", "05628896599", ""),
        ("A0562D8896599B00C", "0562", ""),
        ("AD8896599B00C", "", "O"),
        ("8896599#", "8896599", ""),
        ("D1#", "", "P"),
        ("D2#", "", "O"),
        ("D3#", "", "O"),
        ("B00C", "", "O"),
        ("B10C", "", "P"),
    ],
)
def test_framings(digits: str, number: str, absence: str) -> None:
    message, _ = read_digits(digits)
    assert message == CallerIdMessage(number=number, absence=absence)


@pytest.mark.parametrize(
    "digits", ["", "D", "DC", "8896599", "8896599C", "D8896599", "D88A96599C", "D9#", "12#", "*12#"]
)
def test_what_is_no_caller_id(digits: str) -> None:
    with pytest.raises(CallerIdFormatError):
        read_digits(digits)
