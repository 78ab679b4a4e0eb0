"""The secret of a box that nobody has set up yet."""

from __future__ import annotations

import re
from pathlib import Path

from appliance.support.firstboot import FirstRunSecret


def test_it_is_made_once_and_stands_on_the_label(tmp_path: Path) -> None:
    said = FirstRunSecret(tmp_path).ensure("hotlinebox-3f2a.local")
    assert re.fullmatch(r"([A-HJKMNP-Z2-9]{4}-){2}[A-HJKMNP-Z2-9]{4}", said)
    assert FirstRunSecret(tmp_path).ensure("hotlinebox-3f2a.local") == said
    label = FirstRunSecret(tmp_path).label
    assert said in label.read_text(encoding="utf-8")
    assert "http://hotlinebox-3f2a.local/" in label.read_text(encoding="utf-8"), "and where the pages are"
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())


def test_two_boxes_have_two_secrets(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    assert FirstRunSecret(tmp_path / "one").ensure("hotlinebox-3f2a.local") != FirstRunSecret(tmp_path / "two").ensure(
        "hotlinebox-3f2a.local"
    )


def test_who_knows_it_may_write_it_as_people_do(tmp_path: Path) -> None:
    secret = FirstRunSecret(tmp_path)
    said = secret.ensure("hotlinebox-3f2a.local")
    assert secret.is_right(said)
    assert secret.is_right(f" {said.lower().replace('-', ' ')} ")
    assert not secret.is_right(said[:-1])
    assert not secret.is_right("")
    assert not secret.is_right("口令")


def test_nothing_is_right_where_there_is_none(tmp_path: Path) -> None:
    secret = FirstRunSecret(tmp_path)
    assert not secret.is_right("")
    secret.ensure("hotlinebox-3f2a.local")
    secret.forget()
    secret.forget()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "first-run-secret").write_text("")
    assert not secret.is_right("")
