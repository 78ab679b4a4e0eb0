"""Whatever comes from a module's port or out of the air: nothing escapes, nothing hangs, memory stays flat."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bench.fuzzcellular import SAYINGS, Fuzzed, decode_whatever

WORDS = st.sampled_from(SAYINGS)
NOISE = st.binary(max_size=200)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(WORDS, NOISE), max_size=30))
def test_the_driver_survives_whatever_the_port_says(pieces):
    module = Fuzzed()
    for piece in pieces:
        module.hears(piece)
    module.settles()


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=180).map(bytes.hex), st.text(max_size=80)))
def test_every_pdu_is_read_or_refused(pdu):
    decode_whatever(pdu)
