"""The secret of a box that nobody has set up yet."""

from __future__ import annotations

import re
from pathlib import Path

from appliance.support.firstboot import FirstRunSecret


def test_it_is_made_once_and_stands_on_the_label(tmp_path: Path) -> None:
    said = FirstRunSecret(tmp_path).ensure()
    assert re.fullmatch(r"([A-HJKMNP-Z2-9]{4}-){2}[A-HJKMNP-Z2-9]{4}", said)
    assert FirstRunSecret(tmp_path).ensure() == said
    label = FirstRunSecret(tmp_path).label
    assert said in label.read_text(encoding="utf-8")
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())


def test_two_boxes_have_two_secrets(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    assert FirstRunSecret(tmp_path / "one").ensure() != FirstRunSecret(tmp_path / "two").ensure()


def test_who_knows_it_may_write_it_as_people_do(tmp_path: Path) -> None:
    secret = FirstRunSecret(tmp_path)
    said = secret.ensure()
    assert secret.is_right(said)
    assert secret.is_right(f" {said.lower().replace('-', ' ')} ")
    assert not secret.is_right(said[:-1])
    assert not secret.is_right("")
    assert not secret.is_right("口令")


def test_nothing_is_right_where_there_is_none(tmp_path: Path) -> None:
    secret = FirstRunSecret(tmp_path)
    assert not secret.is_right("")
    secret.ensure()
    secret.forget()
    secret.forget()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "first-run-secret").write_text("")
    assert not secret.is_right("")
