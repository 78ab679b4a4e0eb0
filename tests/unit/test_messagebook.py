"""The book of voicemails that phones read."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from appliance.telephony.ids import AgentId, CallId
from appliance.wire.messagebook import BookedMessage, MessageBook, MessageBox, read_messagebook, write_messagebook

MESSAGE = BookedMessage(call_id=CallId("c1"), path="voicemail/c1.wav", at="2026-11-02T09:00:00+08:00", number="139")


def test_written_and_read_again(tmp_path: Path) -> None:
    book = MessageBook(boxes=(MessageBox(agent=AgentId("1001"), messages=(MESSAGE,)),))
    write_messagebook(tmp_path / "messages.json", book)
    assert read_messagebook(tmp_path / "messages.json") == book
    assert book.of(AgentId("1001")) == (MESSAGE,)
    assert book.of(AgentId("1002")) == ()


def test_no_file_is_an_empty_book_and_a_broken_one_is_an_error(tmp_path: Path) -> None:
    assert read_messagebook(tmp_path / "none.json") == MessageBook()
    (tmp_path / "broken.json").write_text('{"boxes": [{"agent": 7}]}')
    with pytest.raises(msgspec.DecodeError):
        read_messagebook(tmp_path / "broken.json")
