"""The shielding of sound and the texts of voice modems: what they send, in any pieces, and anything else."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.modem.callertext import CallerText, with_line
from drivers.modem.coding import Coding, decode, encode
from drivers.modem.keys import Keys
from drivers.modem.models import GENERIC, best_compression, model_named, model_of
from drivers.modem.shielding import Key, ModemEvent, SoundEnded, UnknownCode, Unshielding, shield


def heard(pieces: list[bytes]) -> tuple[bytes, list[object], bytes]:
    """Sound, events, and what followed the end."""
    unshielding = Unshielding()
    sound, events, rest = b"", [], b""
    for piece in pieces:
        found, rest = unshielding.feed(piece)
        sound += b"".join(each for each in found if isinstance(each, bytes))
        events += [each for each in found if not isinstance(each, bytes)]
    return sound, events, rest


@given(st.binary(max_size=400), st.lists(st.integers(0, 800), max_size=6))
def test_sound_survives_in_any_pieces(sound: bytes, cuts: list[int]) -> None:
    octets = shield(sound)
    edges = [0, *sorted(cut for cut in cuts if cut < len(octets)), len(octets)]
    assert heard([octets[a:b] for a, b in pairwise(edges)]) == (sound, [], b"")


def test_events_lie_between_the_sound() -> None:
    octets = b"ab\x10/c\x105\x10\x1ad\x10~\x10b\x10\x7f\x10\x90\x10\x03\r\nOK\r\n"
    sound, events, rest = heard([octets])
    assert sound == b"abc\x10\x10d"
    begins, ends = ModemEvent.KEY_BEGINS, ModemEvent.KEY_ENDS
    assert events == [begins, Key("5"), ends, ModemEvent.BUSY, ends, UnknownCode(0x90), SoundEnded()]
    assert rest == b"\r\nOK\r\n"


@given(st.lists(st.binary(max_size=50), max_size=20))
def test_anything_is_taken_without_complaint(pieces: list[bytes]) -> None:
    heard(pieces)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ["DATE=0815", "TIME=0930", "NMBR=05628896599", "NAME=WANG"],
            CallerText("05628896599", "WANG", "0815", "0930"),
        ),
        (
            ["DATE = 0815", "TIME = 0930", "NAME = WANG", "NMBR = 0562-8896599"],
            CallerText("05628896599", "WANG", "0815", "0930"),
        ),
        (["NMBR=O"], CallerText(absence="O")),
        (["NMBR = PRIVATE", "NAME = P"], CallerText(absence="P")),
        (["NMBR=13905621234"], CallerText("13905621234")),
        (["DATE=yesterday", "TIME=", "NMBR=!?", "USER=x"], CallerText()),
    ],
)
def test_caller_id_in_its_dialects(lines: list[str], expected: CallerText) -> None:
    known = CallerText()
    for line in lines:
        added = with_line(known, line)
        assert added is not None
        known = added
    assert known == expected
    assert known.sent_at == ("08150930" if expected.date else "")


@pytest.mark.parametrize("line", ["RING", "OK", "", "NMBR", "AT+VCID=1", "DRON=20"])
def test_other_lines_are_no_caller_id(line: str) -> None:
    assert with_line(CallerText(), line) is None


@given(st.text(max_size=80))
def test_any_line_is_taken_without_complaint(line: str) -> None:
    with_line(CallerText(), line)
    with_line(CallerText(), f"NMBR={line}")


def test_models_are_known_by_their_answers() -> None:
    assert model_of("5601\r\nU.S. Robotics 56K Fax USB V1.2.23").name == "USR5637"
    assert model_of('56000\r\n+GMI9: "CONEXANT ACF"').name == "Conexant CX930xx"
    assert model_of("Vendor 1234") is GENERIC
    assert model_named("usr5637") is model_of("5601")
    assert model_named("通用") is GENERIC
    assert model_named("Hayes") is None


@pytest.mark.parametrize(
    ("lines", "best"),
    [
        (['0,"SIGNED PCM",8,0,8000,0,0', '1,"UNSIGNED PCM",8,0,8000,0,0'], ("1,8000", Coding.UNSIGNED_8)),
        (['0,"SIGNED PCM",8,0,8000,0,0', '129,"IMA ADPCM",4,0,8000,0,0'], ("0,8000", Coding.SIGNED_8)),
        (['1,"UNSIGNED PCM",8,0,8000,0,0', '4,"G.711U",8,0,8000,0,0'], ("4,8000", Coding.MU_LAW)),
        (['5,"G.711A",8,0,(7200,8000,11025),0,0'], ("5,8000", Coding.A_LAW)),
        (['1,"UNSIGNED PCM",8,0,7200,0,0', '129,"IMA ADPCM",4,0,8000,0,0'], None),
        (["", "nonsense", "1,2,3"], None),
    ],
)
def test_the_best_way_to_code_sound_is_chosen(lines: list[str], best: tuple[str, Coding] | None) -> None:
    assert best_compression("\n".join(lines)) == best


@pytest.mark.parametrize("coding", list(Coding))
def test_codes_are_the_nearest_values(coding: Coding) -> None:
    samples = np.arange(-32768, 32768, 7).astype(np.int16)
    back = decode(encode(samples, coding), coding)
    error = np.abs(back.astype(np.int32) - samples)
    assert error[np.abs(samples.astype(np.int32)) < 32000].max() <= (128 if "linear" in coding.value else 1024)
    codes = bytes(range(256))
    assert encode(decode(codes, coding), coding).replace(b"\x7f", b"\xff") == codes.replace(b"\x7f", b"\xff")


def test_a_key_is_one_key_in_every_dialect() -> None:
    keys = Keys()
    keys.begin()
    framed = [keys.digit("5") for _ in range(4)]
    keys.end()
    assert framed == ["5", "", "", ""]
    keys.begin()
    assert keys.digit("5") == "5"
    keys.end()
    assert [keys.digit(each) for each in "112"] == ["1", "1", "2"]
