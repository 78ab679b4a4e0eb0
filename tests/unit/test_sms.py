"""Our PDU codec against the standard's own examples, against gammu, and against anything at all."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from drivers.cellular.gsm7 import pack, septets_of, text_of, unpack
from drivers.cellular.sms import (
    DeliveryReport,
    DeliveryState,
    PduError,
    SmsPart,
    SmsTextError,
    decode_incoming,
    join_text,
    submit_pdus,
)
from drivers.cellular.smsassembly import PATIENCE, StoredPart, assemble

BEIJING = timezone(timedelta(hours=8))
NOON = datetime(2026, 11, 2, 12, tzinfo=BEIJING)
GSM_LETTERS = "abcXYZ0123456789 @£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ!\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà^{}\\[~]|€"
LETTERS = st.one_of(
    st.text(st.sampled_from(GSM_LETTERS), max_size=400),
    st.text(st.sampled_from("欠费停机请续缴有线电视費ＡＢ，。0123abc😀📺👨‍👩‍👧"), max_size=250),
    st.text(st.characters(blacklist_categories=("Cs",)), max_size=200),
)


def delivered(submit_hex: str, sender: str = "0BA13109650200F1", stamp: str = "62112021000023") -> str:
    """The DELIVER that a network makes of our SUBMIT: same header flag, coding and content."""
    octets = bytes.fromhex(submit_hex)[1:]
    after_address = 4 + (octets[2] + 1) // 2
    coding, content = octets[after_address + 1], octets[after_address + 3 :]
    first = 0x04 | octets[0] & 0x40
    return "00" + bytes((first,)).hex() + sender + f"00{coding:02X}" + stamp + content.hex()


def came(hex_text: str) -> SmsPart:
    part = decode_incoming(hex_text)
    assert isinstance(part, SmsPart)
    return part


def there_and_back(text: str, reference: int = 7) -> str:
    return join_text([came(delivered(pdu.hex_text)) for pdu in submit_pdus("13905620001", text, reference)])


@given(LETTERS)
@example("")
@example("€" * 80)
@example("a" * 152 + "€" + "b" * 20)  # the extended letter would be cut by the end of part 1
@example("好" * 66 + "😀" + "好" * 10)  # so would the pair
def test_what_is_sent_is_what_arrives(text: str) -> None:
    assert there_and_back(text) == text


@given(LETTERS)
def test_parts_are_as_many_as_needed_and_none_cuts_a_letter(text: str) -> None:
    septets = septets_of(text)
    pdus = submit_pdus("13905620001", text, 1)
    parts = [came(delivered(pdu.hex_text)) for pdu in pdus]
    for part in parts:
        part.text.encode("utf-16-be")  # no half of a surrogate pair
    if septets is not None:
        length, single, room = sum(map(len, septets)), 160, 153
    else:
        length, single, room = len(text.encode("utf-16-be")) // 2, 70, 67
    assert [part.number for part in parts] == list(range(1, len(pdus) + 1))
    assert len(parts) == 1 if length <= single else -(-length // room) <= len(parts) <= -(-length // (room - 1))


def test_a_submit_of_the_books() -> None:
    """The well-known `hellohello` to +46708251358, validity of ours instead of 4 days."""
    (pdu,) = submit_pdus("+46708251358", "hellohello", 0, report=False)
    assert pdu.hex_text == "0011000B916407281553F80000A70AE8329BFD4697D9EC37"
    assert pdu.octets == len(pdu.hex_text) // 2 - 1


def test_a_deliver_of_the_books() -> None:
    """`How are you?` from +27838890001, by way of the service centre +27381000015."""
    part = came("07917283010010F5040BC87238880900F10000993092516195800AE8329BFD4697D9EC37")
    assert part.text == "hellohello"
    assert part.sender == "27838890001"
    assert part.sent_at == datetime(2099, 3, 29, 15, 16, 59, tzinfo=timezone(timedelta(hours=2)))


def test_a_name_as_sender_and_a_zone_west() -> None:
    septets = [code for letter in septets_of("CMCC10086") or [] for code in letter]
    name = pack(septets)
    nibbles = -(-len(septets) * 7 // 4)
    part = came(f"0004{nibbles:02X}D0{name.hex()}0000621120210000 0A 02 C834".replace(" ", ""))
    assert (part.sender, part.text) == ("CMCC10086", "Hi")
    assert part.sent_at is not None
    assert part.sent_at.utcoffset() == timedelta(hours=-5)


@pytest.mark.parametrize(
    ("status", "state"),
    [(0x00, DeliveryState.DELIVERED), (0x30, DeliveryState.TRYING), (0x46, DeliveryState.FAILED)],
)
def test_a_delivery_report(status: int, state: DeliveryState) -> None:
    report = decode_incoming(f"0006 2A 0B A1 3109650200F1 62112021000023 62112021500023 {status:02X}".replace(" ", ""))
    assert report == DeliveryReport(42, "13905620001", state, status, datetime(2026, 11, 2, 12, 5, tzinfo=BEIJING))


def test_octets_that_are_no_text_and_a_time_that_is_none() -> None:
    part = came("0004 0B A1 3109650200F1 00 04 99999999999923 03 010203".replace(" ", ""))
    assert (part.text, part.binary, part.sent_at) == ("", b"\x01\x02\x03", None)


def test_a_concatenation_with_sixteen_bits_among_other_elements() -> None:
    header = "0C 05 04 00000000 08 04 1234 03 02"  # ports first, then reference 1234, part 2 of 3
    part = came(f"0044 0B A1 3109650200F1 00 08 62112021000023 0F {header} 4F60".replace(" ", ""))
    assert (part.reference, part.total, part.number) == (0x1234, 3, 2)


@settings(max_examples=400)
@given(
    st.one_of(st.binary(max_size=200).map(bytes.hex), st.text(max_size=60), st.integers(0, 170).map(lambda n: GOOD[:n]))
)
def test_nothing_escapes_a_decoder_but_its_own_error(hex_text: str) -> None:
    try:
        decode_incoming(hex_text)
    except PduError:
        return


@settings(max_examples=400)
@given(st.data())
def test_a_mutated_message_is_read_or_refused(data: st.DataObject) -> None:
    octets = bytearray.fromhex(GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    try:
        decode_incoming(octets.hex())
    except PduError:
        return


GOOD = delivered(submit_pdus("13905620001", "欠费通知：请于月底前缴清。" * 6, 9)[0].hex_text)


@pytest.mark.parametrize("number", ["", "+", "139 0562", "1" * 21, "一三九"])
def test_a_wrong_number_is_refused(number: str) -> None:
    with pytest.raises(SmsTextError, match="号码"):
        submit_pdus(number, "你好", 1)


def test_a_text_beyond_all_parts_is_refused() -> None:
    with pytest.raises(SmsTextError, match="太长"):
        submit_pdus("13905620001", "好" * (67 * 255 + 1), 1)


@given(st.lists(st.integers(0, 127), max_size=200), st.integers(0, 6))
def test_septets_survive_packing(septets: list[int], fill_bits: int) -> None:
    assert unpack(pack(septets, fill_bits), len(septets), fill_bits) == septets
    text_of(septets)


# --- assembly ---------------------------------------------------------------------------------------------------------


def parts_of(text: str, reference: int = 7) -> list[SmsPart]:
    return [came(delivered(pdu.hex_text)) for pdu in submit_pdus("13905620001", text, reference)]


def stored(parts: list[SmsPart], first_id: int = 1, at: datetime = NOON) -> list[StoredPart]:
    return [StoredPart(first_id + n, part, at + timedelta(seconds=n)) for n, part in enumerate(parts)]


LONG = "尊敬的用户，您的有线电视将于本月底到期📺，" * 10


@given(st.permutations(range(len(parts_of(LONG)))), st.lists(st.integers(0, len(parts_of(LONG)) - 1), max_size=5))
def test_parts_in_any_order_and_doubled_are_one_message(order: list[int], doubles: list[int]) -> None:
    parts = parts_of(LONG)
    (message,) = assemble(stored([parts[n] for n in [*order, *doubles]]), NOON)
    assert message.text == LONG
    assert message.missing == 0
    assert len(message.parts) == len(order) + len(doubles)


def test_a_missing_part_is_waited_for_and_then_shown_as_a_gap() -> None:
    parts = parts_of(LONG)
    kept = stored([parts[0], *parts[2:]])
    assert assemble(kept, NOON + PATIENCE - timedelta(minutes=1)) == []
    (message,) = assemble(kept, NOON + PATIENCE)
    assert message.missing == 1
    assert message.text == parts[0].text + "…" + "".join(part.text for part in parts[2:])


def test_the_same_reference_with_another_text_is_another_message() -> None:
    other = "明天上午维修人员上门，" * 20
    kept = stored(parts_of(LONG)) + stored(parts_of(other), first_id=100, at=NOON + timedelta(hours=1))
    assert [message.text for message in assemble(kept, NOON)] == [LONG, other]


def test_short_ones_are_whole_and_what_comes_twice_is_one() -> None:
    twice = stored(parts_of("好的") * 2) + stored(parts_of("收到"), first_id=9)
    assert sorted(message.text for message in assemble(twice, NOON)) == ["好的", "收到"]


# --- against gammu ----------------------------------------------------------------------------------------------------

PEER = """
import gammu, json, sys
for line in sys.stdin:
    text = json.loads(line)
    entry = {"ID": "ConcatenatedTextLong", "Buffer": text}
    info = {"Class": -1, "Unicode": any(ord(c) not in SET for c in text), "Entries": [entry]}
    found = []
    for sms in gammu.EncodeSMS(info):
        sms["SMSC"], sms["Number"] = {"Location": 0, "Number": ""}, "13905620001"
        found.append([sms["UDH"].get("ID8bit", -1), gammu.EncodePDU(sms, "Submit").hex()])
    print(json.dumps(found))
"""
PEER_PYTHON = "/usr/bin/python3"


def _has_gammu() -> bool:
    return (
        shutil.which(PEER_PYTHON) is not None
        and not subprocess.run([PEER_PYTHON, "-c", "import gammu"], capture_output=True, check=False).returncode
    )


@pytest.mark.slow
@pytest.mark.skipif(not _has_gammu(), reason="needs Debian's python3-gammu")
def test_gammu_makes_the_same_of_ten_thousand_texts() -> None:
    dice = random.Random(4)
    texts = [_random_text(dice) for _ in range(10_000)]
    peer = PEER.replace("SET", repr({ord(letter) for letter in GSM_LETTERS}))
    answer = subprocess.run(
        [PEER_PYTHON, "-c", peer],
        input="\n".join(json.dumps(text) for text in texts),
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    differing = [
        text for text, line in zip(texts, answer.stdout.splitlines(), strict=True) if not _agree(text, json.loads(line))
    ]
    assert differing == []


def _random_text(dice) -> str:
    pool = dice.choice([GSM_LETTERS.replace("\r", ""), "欠费停机请续缴有线电视，。0123abc", "好a1😀📺"])
    return "".join(
        dice.choice(pool) for _ in range(dice.choice([1, 5, 40, 69, 70, 71, 152, 153, 159, 160, 161, 300, 400]))
    )


def _agree(text: str, theirs: list) -> bool:
    reference = max(0, theirs[0][0])
    ours = submit_pdus("13905620001", text, reference)
    return [_content_of(pdu.hex_text) for pdu in ours] == [_content_of(hex_text) for _, hex_text in theirs]


def _content_of(hex_text: str) -> tuple[int, int, bytes]:
    """Coding, length, and the octets that the length covers."""
    octets = bytes.fromhex(hex_text)
    octets = octets[1 + octets[0] :]
    coding_at = 5 + (octets[2] + 1) // 2
    coding, length = octets[coding_at], octets[coding_at + 2]
    covered = length if coding == 8 else -(-length * 7 // 8)
    return coding, length, octets[coding_at + 3 : coding_at + 3 + covered]
