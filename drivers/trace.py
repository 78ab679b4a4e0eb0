"""Records what a card did and plays it back: audio of every port in both directions, signals and commands.

What: a folder with one stereo WAV per port (left: from the port, right: to the port; 16 bit, 8 kHz) and
`signals.jsonl`: a first line that describes the ports, then one JSON object per signal and command with its frame
number. A recorded line can be listened to, analysed, and put before the engine again as a `TraceCard`.
How: everything is only appended. A WAV header states the length as of the last second that was written; readers go by
the length of the file, so a trace that ends in a power failure is readable to its last whole frame and line.
Limits: 32 kB per second and port. Writing belongs into a thread that may touch the disk, not into the tick.
"""

from __future__ import annotations

import struct
import time
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec
import numpy as np
from numpy.typing import NDArray

from drivers import base, signals
from drivers.base import (
    FRAME_S,
    FRAME_SAMPLES,
    SAMPLE_RATE,
    CardAbsentError,
    CardError,
    Frames,
    LineCard,
    PortCommand,
    PortId,
    PortInfo,
    PortKind,
)
from drivers.signals import Signal
from drivers.wavefile import WavError

if TYPE_CHECKING:
    from collections.abc import Sequence

_SIGNALS_FILE = "signals.jsonl"
_HEADER_BYTES = 44
_FRAME_BYTES = FRAME_SAMPLES * 4
_FLUSH_FRAMES = 50
_VERSION = 1
_SIGNAL_KINDS: dict[str, type[Signal]] = {
    kind.__name__: kind for kind in vars(signals).values() if isinstance(kind, type) and issubclass(kind, Signal)
}
_COMMAND_KINDS: dict[str, type[PortCommand]] = {kind.__name__: kind for kind in PortCommand.__args__}


class _Opening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """First line of a trace."""

    version: int
    card: str
    first_frame: int
    ports: tuple[PortInfo, ...]


class _Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """A signal, or a command to `port`, in frame `at_frame`."""

    at_frame: int
    kind: str
    fields: dict[str, object]
    port: str = ""


class TraceWriter:
    """Writes a trace into `folder`, which must not hold one already."""

    def __init__(self, folder: Path, card: str, ports: Sequence[PortInfo], first_frame: int = 0) -> None:
        """Raises `CardError` when the folder cannot be written or holds a trace."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._log: BinaryIO = (folder / _SIGNALS_FILE).open("xb")
            self._sounds: list[BinaryIO] = [(folder / _sound_file(info.port)).open("xb") for info in ports]
        except FileExistsError as error:
            raise CardError(f"文件夹 {folder} 里已经有线路记录，请换一个文件夹。") from error
        except OSError as error:
            raise CardError(f"线路记录写不进 {folder}：{error.strerror}。请检查权限和磁盘。") from error
        self._log.write(msgspec.json.encode(_Opening(_VERSION, card, first_frame, tuple(ports))) + b"\n")
        self._log.flush()
        self._frame = first_frame
        self._frames = 0
        for sound in self._sounds:
            sound.write(_wav_header(0))

    def frame(self, rx: Frames, tx: Frames, reported: Sequence[Signal]) -> None:
        """Append one tick: what came in, what was sent after it, and the signals of the `read`."""
        both: NDArray[np.int16] = np.stack((rx, tx), axis=2)
        for row, sound in enumerate(self._sounds):
            sound.write(both[row].tobytes())
        for signal in reported:
            fields = msgspec.to_builtins(signal)
            self._append(_Entry(signal.at_frame, type(signal).__name__, fields))
        self._frame += 1
        self._frames += 1
        if self._frames % _FLUSH_FRAMES == 0:
            self._settle()

    def command(self, port: PortId, command: PortCommand) -> None:
        """Append a command that was given after the last frame."""
        self._append(_Entry(self._frame, type(command).__name__, msgspec.to_builtins(command), port))

    def close(self) -> None:
        """Finish the headers and close the files; safe to call twice."""
        if self._log.closed:
            return
        self._settle()
        for sound in self._sounds:
            sound.close()
        self._log.close()

    def _append(self, entry: _Entry) -> None:
        self._log.write(msgspec.json.encode(entry) + b"\n")
        self._log.flush()

    def _settle(self) -> None:
        for sound in self._sounds:
            sound.seek(0)
            sound.write(_wav_header(self._frames))
            sound.seek(0, 2)
            sound.flush()


def _sound_file(port: PortId) -> str:
    return port.replace("/", "-") + ".wav"


def _wav_header(frames: int) -> bytes:
    length = frames * _FRAME_BYTES
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 2, SAMPLE_RATE, SAMPLE_RATE * 4, 4, 16)
    return (
        struct.pack("<4sI4s", b"RIFF", length + _HEADER_BYTES - 8, b"WAVE")
        + form
        + struct.pack("<4sI", b"data", length)
    )


class Trace:
    """A trace that was read whole."""

    def __init__(self, folder: Path) -> None:
        """Raises `CardAbsentError` when `folder` holds no readable trace."""
        try:
            lines = (folder / _SIGNALS_FILE).read_bytes().split(b"\n")
            self.opening = msgspec.json.decode(lines[0], type=_Opening)
            self.entries = [msgspec.json.decode(line, type=_Entry) for line in lines[1:-1]]
            self.audio = [_read_sound(folder / _sound_file(info.port)) for info in self.opening.ports]
        except OSError as error:
            raise CardAbsentError(f"读不到线路记录 {folder}：{error.strerror}。") from error
        except (msgspec.MsgspecError, WavError) as error:
            raise CardAbsentError(f"线路记录 {folder} 已损坏：{error}。") from error
        self.frames = min((len(sound) for sound in self.audio), default=0)

    def signals(self) -> list[Signal]:
        """All signals, in order."""
        found = [entry for entry in self.entries if entry.kind in _SIGNAL_KINDS]
        return [msgspec.convert(entry.fields, _SIGNAL_KINDS[entry.kind]) for entry in found]

    def commands(self) -> list[tuple[int, PortId, PortCommand]]:
        """All commands, with the frame that followed them."""
        found = [entry for entry in self.entries if entry.kind in _COMMAND_KINDS]
        return [
            (entry.at_frame, PortId(entry.port), msgspec.convert(entry.fields, _COMMAND_KINDS[entry.kind]))
            for entry in found
        ]


def _read_sound(path: Path) -> NDArray[np.int16]:
    """`[frame, FRAME_SAMPLES, 2]`, whatever the header says about the length."""
    content = path.read_bytes()
    if content[8:40] != _wav_header(0)[8:40]:
        raise WavError(f"{path} 不是线路记录的声音文件")
    content = content[_HEADER_BYTES:]
    whole = len(content) // _FRAME_BYTES * _FRAME_BYTES
    return np.frombuffer(content[:whole], "<i2").reshape(-1, FRAME_SAMPLES, 2)


class TraceCard(LineCard):
    """Plays a trace: the ports receive what they received then. After its end the ports are silent.

    What the box does is checked and otherwise without effect: the other side of a recording does not react. What it
    sends can be compared with `trace.audio[row][frame, :, 1]`.
    """

    def __init__(self, folder: Path, *, paced: bool = False) -> None:
        """Raises `CardAbsentError` when `folder` holds no readable trace."""
        self.trace = Trace(folder)
        self.name = self.trace.opening.card
        self.paced = paced
        self._signals = self.trace.signals()
        self._rows = {info.port: info for info in self.trace.opening.ports}
        self._at = 0
        self._next_signal = 0
        self._open = False
        self._deadline = 0.0

    @property
    def ports(self) -> Sequence[PortInfo]:
        """The ports of the card that was recorded."""
        return self.trace.opening.ports

    @property
    def finished(self) -> bool:
        """Everything that was recorded has been read."""
        return self._at >= self.trace.frames

    def open(self) -> None:
        """Go on where `close` left off."""
        self._open = True
        self._deadline = time.monotonic()

    def close(self) -> None:
        """Stop."""
        self._open = False

    def read(self, rx: Frames) -> list[Signal]:
        """The next recorded frame and the signals that were reported with it."""
        self._check(rx)
        if self.paced:
            self._deadline += FRAME_S
            time.sleep(max(0.0, self._deadline - time.monotonic()))
        for row, sound in enumerate(self.trace.audio):
            rx[row] = 0 if self.finished else sound[self._at, :, 0]
        frame = self.trace.opening.first_frame + self._at
        first = self._next_signal
        while self._next_signal < len(self._signals) and self._signals[self._next_signal].at_frame <= frame:
            self._next_signal += 1
        self._at += 1
        return self._signals[first : self._next_signal]

    def write(self, tx: Frames) -> None:
        """Take a frame; nobody listens."""
        self._check(tx)

    def command(self, port: PortId, command: PortCommand) -> None:
        """Check that the port could do it."""
        info = self._rows.get(port)
        if info is None:
            raise CardError(f"线路记录里没有端口 {port}。")
        wanted = base.STATION_COMMANDS if info.kind is PortKind.FXS else base.LINE_COMMANDS
        if not isinstance(command, wanted):
            raise CardError(f"端口 {port} 不能执行 {type(command).__name__}。")

    def _check(self, frames: Frames) -> None:
        if not self._open:
            raise CardError("线路记录还没有打开。")
        if frames.shape != (len(self.ports), FRAME_SAMPLES):
            raise CardError(f"缓冲区形状应为 {(len(self.ports), FRAME_SAMPLES)}，实际是 {frames.shape}。")
