"""Which of PortAudio's devices a setting means."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.soundhost import choose

CARDS = [
    {"index": 0, "name": "HDA Intel PCH: ALC256 Analog (hw:0,0)"},
    {"index": 1, "name": "USB Headset: Audio (hw:1,0)"},
    {"index": 2, "name": "USB Headset: Audio (hw:2,0)"},
    {"index": 3, "name": "default"},
]


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    for number, name in enumerate(["PCH", "Headset", "Headset_1", "Silent"]):
        (tmp_path / f"card{number}").mkdir()
        (tmp_path / f"card{number}" / "id").write_text(f"{name}\n")
    (tmp_path / "controlC0").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("wanted", "index"),
    [("", 3), ("Headset", 1), ("Headset_1", 2), ("PCH", 0), ("default", 3), ("usb headset", 1), ("alc256", 0)],
)
def test_by_alsa_id_by_name_by_part_of_it_or_the_default(sound: Path, wanted: str, index: int) -> None:
    assert choose(CARDS, wanted, 3, sound)["index"] == index


@pytest.mark.parametrize("wanted", ["Nothing", "Silent"])
def test_a_card_that_portaudio_does_not_have_is_none(sound: Path, wanted: str) -> None:
    assert choose(CARDS, wanted, 3, sound) is None


def test_without_a_default_there_is_none(tmp_path: Path) -> None:
    assert choose([], "", -1, tmp_path) is None
