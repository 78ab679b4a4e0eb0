from __future__ import annotations

import pytest

from drivers.base import CardError, PortKind
from drivers.registry import CardOrder, card_families, make_card


def test_a_card_is_made_as_ordered():
    card = make_card(CardOrder("sim", "desk", lines=2, stations=3))
    assert [info.port for info in card.ports] == ["desk/1", "desk/2", "desk/3", "desk/4", "desk/5"]
    assert [info.kind for info in card.ports].count(PortKind.FXO) == 2


def test_an_unknown_family_is_named_with_the_known_ones():
    with pytest.raises(CardError, match=r"“isdn”.*sim"):
        make_card(CardOrder("isdn", "x"))
    assert "sim" in card_families()
