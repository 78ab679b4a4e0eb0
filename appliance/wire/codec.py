"""One message, one JSON line: the only place that knows how messages look on the socket."""

from __future__ import annotations

import msgspec

from appliance.wire.messages import AnyCommand, AnyEvent, AnyReply, FromEngine

MAX_LINE_BYTES = 1 << 20
"""Longest line either side accepts; a snapshot of 32 ports with 100 waiting callers stays below 100 kB."""


class WireError(Exception):
    """A line that is no message, or a socket that cannot be used; the text says what was expected."""


class _Numbered(msgspec.Struct):
    seq: int = 0


_encoder = msgspec.json.Encoder()
_commands = msgspec.json.Decoder(AnyCommand)
_from_engine = msgspec.json.Decoder(FromEngine)
_numbered = msgspec.json.Decoder(_Numbered)


def encode_line(message: AnyCommand | AnyReply | AnyEvent) -> bytes:
    """The message as one JSON line with its newline. Raises `WireError` when it is longer than `MAX_LINE_BYTES`."""
    line = _encoder.encode(message) + b"\n"
    if len(line) > MAX_LINE_BYTES:
        raise WireError(f"{type(message).__name__} takes {len(line)} bytes, the wire carries at most {MAX_LINE_BYTES}")
    return line


def decode_command(line: bytes) -> AnyCommand:
    """What the web asks. Raises `WireError` naming the field and what was expected."""
    try:
        command: AnyCommand = _commands.decode(line)
    except msgspec.MsgspecError as error:
        raise WireError(f"not a command: {error} in {_shown(line)}") from error
    return command


def decode_from_engine(line: bytes) -> FromEngine:
    """What the engine says. Raises `WireError` naming the field and what was expected."""
    try:
        message: FromEngine = _from_engine.decode(line)
    except msgspec.MsgspecError as error:
        raise WireError(f"not a message of the engine: {error} in {_shown(line)}") from error
    return message


def sequence_of(line: bytes) -> int:
    """`seq` of a line that is no command of ours (a newer web, say), so that it can be refused; 0 when it has none."""
    try:
        return _numbered.decode(line).seq
    except msgspec.MsgspecError:
        return 0


def _shown(line: bytes) -> str:
    text = line.decode("utf-8", "replace").strip()
    return repr(text if len(text) <= 120 else text[:120] + "…")
