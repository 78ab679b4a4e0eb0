"""Cards taken into use beside those of the settings: names, the file, what the doctor says of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.addedcards import AddedCard, added_cards, named_cards, new_name, write_added_cards
from appliance.cli.doctor import findings
from appliance.settings import CardSettings, Settings, SettingsError

MODEM = CardSettings(family="modem", device="00000001")


def test_every_card_has_a_name_of_its_own_whatever_the_settings_name(tmp_path: Path) -> None:
    settings = Settings(data_dir=str(tmp_path), cards=(CardSettings(), MODEM))
    assert added_cards(settings) == ()
    first = AddedCard(name=new_name("modem", ()), card=MODEM)
    second = AddedCard(name=new_name("modem", [first]), card=MODEM)
    write_added_cards(settings, [first, second])
    assert [name for name, _ in named_cards(settings, added_cards(settings))] == [
        "sim", "modem2", "modem-1", "modem-2",
    ]  # fmt: skip
    assert new_name("modem", [second]) == "modem-1", "a name that is free again is given again"
    assert (tmp_path / "cards.json").stat().st_mode & 0o007 == 0, "a PIN may stand in it"


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    settings = Settings(data_dir=str(tmp_path))
    for content in (b"[{]", b'[{"name": 1}]', b'[{"name": "x", "card": {"family": "sim"}, "more": 1}]', b"\xff"):
        (tmp_path / "cards.json").write_bytes(content)
        with pytest.raises(SettingsError, match=r"cards\.json"):
            added_cards(settings)
    told = next(findings(settings))
    assert told.subject == "板卡登记"
    assert told.grave


def test_the_doctor_knows_added_cards(tmp_path: Path) -> None:
    settings = Settings(data_dir=str(tmp_path))
    write_added_cards(settings, [AddedCard(name="modem-1", card=MODEM)])
    cards = [finding.text for finding in findings(settings) if finding.subject == "板卡"]
    assert any(text.startswith("modem") for text in cards)
