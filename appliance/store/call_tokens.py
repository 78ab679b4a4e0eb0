"""The terms under which a call stands in the inverted index: one for every value that a condition can ask for.

Numbers and summaries are indexed by their fragments (three digits; one and two characters), which works for
two-character Chinese words where ready-made trigram indexes do not. A fragment match is a superset, checked on the row.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator

import msgspec

from appliance.store.call_key import DAY_S, SLOTS_PER_SECOND
from appliance.store.call_search import Rating

ALL = "all"
"""Every call has it."""

LENGTH_BUCKETS = (0, 1, 5, 10, 20, 30, 45, 60, 90, 120, 180, 240, 300, 420, 600, 900, 1200, 1800, 2700, 3600, 7200)
"""First second of each bucket of talking and waiting times."""
FRAGMENT_DIGITS = 3

_ESCAPED = re.compile(r"[^a-z0-9\u0080-\U0010ffff]")


class CallTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What of a call is indexed."""

    key: int
    direction: str
    result: str
    line: int
    queue: str
    agents: tuple[str, ...]
    talk_sec: int
    wait_sec: int
    peer_number: str
    peer_number_raw: str
    nodes: tuple[tuple[str, str, str], ...]
    """Flow, node, digits of every node that was passed."""
    transfers: tuple[tuple[str, str], ...]
    """Kind and target."""
    reason_id: int
    summary_folded: str
    customer_id: int
    cust_status: str
    cust_level: str
    area: str
    has_recording: bool
    no_recording: str
    recording_locked: bool
    quality_checked: bool
    voicemail_state: str
    voicemail_for: str
    rating: str


def term(kind: str, *values: object) -> str:
    """The index term of a value; capital and small letters stay apart."""
    return "_".join((kind, *(_ESCAPED.sub(lambda sign: f"_{ord(sign[0]):x}_", str(value)) for value in values)))


def bucket_of(seconds: int) -> int:
    """Number of the length bucket."""
    return bisect.bisect_right(LENGTH_BUCKETS, seconds) - 1


def digit_fragments(number: str) -> set[str]:
    """Every run of three digits in a number."""
    return {number[at : at + FRAGMENT_DIGITS] for at in range(len(number) - FRAGMENT_DIGITS + 1)}


def word_fragments(word: str) -> set[str]:
    """Pairs of neighbouring characters of a folded word, or the character if it is only one."""
    return {word[at : at + 2] for at in range(len(word) - 1)} or {word}


def tokens_of(call: CallTerms) -> list[str]:
    """All terms of a call, each once."""
    return list(dict.fromkeys(_tokens(call)))


def _tokens(call: CallTerms) -> Iterator[str]:
    yield ALL
    yield term("d", call.direction)
    yield term("r", call.result)
    yield term("l", call.line)
    yield term("q", call.queue)
    yield from (term("a", agent) for agent in call.agents or ("",))
    yield term("tb", bucket_of(call.talk_sec))
    yield term("wb", bucket_of(call.wait_sec))
    second = call.key // SLOTS_PER_SECOND
    yield term("h", second % DAY_S // 3600)
    yield term("w", (second // DAY_S + 3) % 7 + 1)
    yield from _number_tokens(call)
    for flow, node, digits in call.nodes:
        yield from _node_tokens(flow, node, digits)
    yield from (term("x", kind) for kind, _ in call.transfers)
    yield term("xn", int(not call.transfers))
    yield term("e", call.reason_id)
    yield from _summary_tokens(call.summary_folded)
    yield term("c", call.customer_id)
    yield term("cs", call.cust_status)
    yield term("cl", call.cust_level)
    yield term("ca", call.area)
    yield term("g", int(call.has_recording))
    yield term("gn", call.no_recording)
    if call.has_recording:
        yield term("gl", int(call.recording_locked))
        yield term("gc", int(call.quality_checked))
    yield term("v", call.voicemail_state)
    yield term("vf", call.voicemail_for)
    yield term("s", call.rating or Rating.NOT_INVITED)


def _number_tokens(call: CallTerms) -> Iterable[str]:
    numbers = {number for number in (call.peer_number, call.peer_number_raw) if number}
    yield term("nn", int(not call.peer_number))
    for number in sorted(numbers):
        yield term("n", number)
    for fragment in sorted(set().union(*(digit_fragments(number) for number in numbers))):
        yield term("nf", fragment)


def _node_tokens(flow: str, node: str, digits: str) -> Iterable[str]:
    yield term("f", flow)
    yield term("m", node)
    yield term("fm", flow, node)
    if digits:
        yield term("k", digits)
        yield term("fmk", flow, node, digits)


def _summary_tokens(folded: str) -> Iterable[str]:
    yield term("yn", int(not folded.strip()))
    fragments: set[str] = set()
    for word in folded.split():
        fragments |= word_fragments(word) | set(word)
    yield from (term("y", fragment) for fragment in sorted(fragments))
