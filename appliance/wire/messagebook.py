"""What phone sets need to know of voicemails: `messages.json` in the data folder, written by the web.

The web owns who may hear which message (the addressed agent and the superiors); the engine only reads the outcome, so
that an agent can listen from the phone while the web is down.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from appliance.atomicfile import replace_file
from appliance.telephony.ids import AgentId, CallId


class BookedMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A voicemail that is not closed yet."""

    call_id: CallId
    path: str
    """Below the data folder, as in the call's record."""
    at: str
    """When it was left, ISO 8601 with offset."""
    number: str = ""
    """The caller's, as dialled to call back without the outside prefix; empty: unknown."""
    heard: bool = False


class MessageBox(msgspec.Struct, frozen=True, kw_only=True):
    """What one agent may listen to, oldest first."""

    agent: AgentId
    messages: tuple[BookedMessage, ...] = ()


class MessageBook(msgspec.Struct, frozen=True, kw_only=True):
    boxes: tuple[MessageBox, ...] = ()

    def of(self, agent: AgentId) -> tuple[BookedMessage, ...]:
        """The agent's messages; none for somebody the book does not know."""
        return next((box.messages for box in self.boxes if box.agent == agent), ())


def read_messagebook(path: Path) -> MessageBook:
    """The book at `path`; empty when there is no such file.

    Raises `OSError` when it cannot be read, `msgspec.DecodeError` when it is no message book.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=MessageBook)
    except FileNotFoundError:
        return MessageBook()


def write_messagebook(path: Path, book: MessageBook) -> None:
    """Replace the book at `path`, wholly or not at all. Raises `OSError`."""
    replace_file(path, msgspec.json.format(msgspec.json.encode(book), indent=1))
