"""A small soak: random callers, agents and line faults, every record held to what happened (`bench/soak.py`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.soak import soak


@pytest.mark.slow
def test_three_hundred_calls_of_a_wild_crowd(tmp_path: Path) -> None:
    """(S020) (S047) Exactly one right record a call, nothing stuck, the queues in order, no broken rule."""
    found = soak(300, 11, tmp_path)
    assert found.calls >= 300
    assert not found.faults, "\n".join([*found.faults[:10], *found.figures])
