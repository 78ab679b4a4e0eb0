"""What a process says of its memory."""

from __future__ import annotations

from appliance.memory import resident_mb

BLOCK_MB = 300


def test_resident_memory_grows_and_shrinks_with_what_is_held() -> None:
    before_mb = resident_mb()
    block = bytearray(BLOCK_MB * 1_000_000)
    for place in range(0, len(block), 4096):
        block[place] = 1
    held_mb = resident_mb()
    del block
    assert held_mb - before_mb > 0.8 * BLOCK_MB
    assert resident_mb() < held_mb - 0.8 * BLOCK_MB
