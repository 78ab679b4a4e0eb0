"""The XML form: one mapping both ways, and nothing that an attacker sends does harm."""

from __future__ import annotations

import random
import time
from xml.etree import ElementTree as ET

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.store.call_search import CallSearch, DirectionIs, LengthBetween
from appliance.store.customers import CustomerDraft
from webui.interfaces.formats import likes_xml
from webui.interfaces.xmlform import DEEPEST, LONGEST_BYTES, MOST_ELEMENTS, XmlError, from_xml, parse, to_xml

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=20)
GOOD = """<r><name>赵</name><numbers><item>2821234</item></numbers></r>""".encode()


@given(name=TEXT, note=TEXT, numbers=st.lists(TEXT.map(str.strip), max_size=3))
def test_what_is_written_is_read_again(name: str, note: str, numbers: list[str]) -> None:
    draft = CustomerDraft(name=name, note=note, numbers=tuple(numbers))
    assert from_xml(to_xml(draft), CustomerDraft) == draft


def test_types_are_those_of_json() -> None:
    search = CallSearch(talk_sec=LengthBetween(min=3, not_=True), direction=DirectionIs(values=()))
    assert from_xml(b"<r><talk_sec><min> 3 </min><not>true</not></talk_sec><direction/></r>", CallSearch) == search
    assert from_xml(b'<r><talk_sec nil="true"/></r>', CallSearch) == CallSearch()


def test_an_answer_is_well_formed_whatever_is_in_it() -> None:
    answer = {"a<b": 1, "ok": True, "none": None, "list": [1.5, "x"], "text": "\x00<&>\"'\ud7ff中"}
    root = ET.fromstring(to_xml(answer))
    assert root.find("entry").get("key") == "a<b"
    assert (root.findtext("ok"), root.find("none").get("nil")) == ("true", "true")
    assert [item.text for item in root.findall("list/item")] == ["1.5", "x"]
    assert root.findtext("text") == "\ufffd<&>\"'\ud7ff中"


LAUGHS = b"<!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '" + b"&a;" * 50 + b"'>]><l>&b;</l>"


@pytest.mark.parametrize(
    "body",
    [
        LAUGHS,
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>',
        b"<x>&undefined;</x>",
        b"<a>" * (DEEPEST + 1) + b"</a>" * (DEEPEST + 1),
        b"<a>" + b"<b/>" * MOST_ELEMENTS + b"</a>",
        b"<a>" + b" " * LONGEST_BYTES + b"</a>",
        b"",
        b"<a><b></a>",
        b'<?xml version="1.0" encoding="no-such"?><a/>',
        b'<?xml version="1.0" encoding="utf-16"?><a/>',
        b"<r><name>a</name><name>b</name></r>",
        b"<r><name>a</name><numbers><number>1</number></numbers></r>",
        b"\xff\xfe<\x00",
    ],
)
def test_what_is_not_acceptable_is_refused_at_once(body: bytes) -> None:
    began = time.monotonic()
    with pytest.raises(XmlError):
        from_xml(body, CustomerDraft)
    assert time.monotonic() - began < 1


def test_random_damage_is_refused_or_understood_never_a_crash() -> None:
    dice = random.Random(11)
    seeds = [GOOD, LAUGHS, b'<?xml version="1.0" encoding="UTF-8"?>' + GOOD]
    for _ in range(3000):
        body = bytearray(dice.choice(seeds))
        for _ in range(dice.randrange(1, 8)):
            at = dice.randrange(len(body) + 1)
            body[at : at + dice.randrange(3)] = dice.choice(
                [b"<", b">", b"&", b"]]>", b"<![CDATA[", b"\x00", b"/", b"x"]
            )
        try:
            assert isinstance(from_xml(bytes(body), CustomerDraft), CustomerDraft)
        except (XmlError, msgspec.ValidationError):
            continue


def test_names_of_namespaces_are_names_like_others() -> None:
    assert parse(b'<s:r xmlns:s="urn:x"><a/></s:r>').children[0].tag == "a"


@pytest.mark.parametrize(
    ("accept", "xml"),
    [
        ("", False),
        ("*/*", False),
        ("application/xml", True),
        ("text/xml;q=0.9, application/json", False),
        ("application/json;q=0.5, application/xml;q=0.6", True),
        ("text/html, application/xml;q=oops", False),
    ],
)
def test_what_a_program_likes(accept: str, xml: bool) -> None:
    assert likes_xml(accept) is xml
