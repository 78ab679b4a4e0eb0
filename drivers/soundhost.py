"""The process that holds one sound card: moves samples between PortAudio's callbacks and a socket, and nothing else.

Why a process: PortAudio learns of new cards only when it starts anew, and some drivers hang when a card is pulled out.
    Both end with this process, and calls do not notice.
Protocol, one datagram each (SOCK_SEQPACKET): the first one out is `H` and JSON (`Hello`) or `F` and a sentence; then
    for each block `A`, four counters and 16-bit samples of the microphone; in come 16-bit samples for the loudspeaker.
It ends when the socket is closed, or with an `F` when the card does.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import socket
import struct
import sys
import threading
import time
from pathlib import Path
from typing import Any

COUNTERS = struct.Struct("<IIII")
"""Samples that wait for the loudspeaker, underruns there, overruns at the microphone, blocks that nobody took."""
LARGEST_DATAGRAM = 8192
RATES_HZ = (8000, 16000, 48000, 44100, 32000)
_BLOCKS_PER_S = 50
_LATENCY_S = 0.04
_PRIMED_BLOCKS = 3
_MOST_BLOCKS = 25
_DEAD_S = 1.5
"""No callback for so long: the card is gone, whatever its driver says."""
_REALTIME_PRIORITY = 10
"""Below the tick's."""


class Host:
    """Both streams of one card."""

    def __init__(self, end: socket.socket, card: dict[str, Any], sounddevice: Any) -> None:
        """`card`: a device as PortAudio describes it."""
        self._end = end
        self._queue = bytearray()
        self._primed = False
        self._underruns = self._overruns = self._untaken = 0
        self.last_callback_s = time.monotonic()
        self.hung_up = False
        self._urgent: set[int] = set()
        self.rate_in = _rate(sounddevice.check_input_settings, card) if card["max_input_channels"] else 0
        self.rate_out = _rate(sounddevice.check_output_settings, card) if card["max_output_channels"] else 0
        self.streams = []
        if self.rate_in:
            made = {"samplerate": self.rate_in, "blocksize": self.rate_in // _BLOCKS_PER_S, "callback": self._hear}
            self.streams.append(sounddevice.RawInputStream(**_common(card), **made))
        if self.rate_out:
            made = {"samplerate": self.rate_out, "blocksize": self.rate_out // _BLOCKS_PER_S, "callback": self._speak}
            self.streams.append(sounddevice.RawOutputStream(**_common(card), **made))

    def _hear(self, samples: Any, _frames: int, _time: Any, status: Any) -> None:
        self._called()
        self._overruns += bool(status)
        self._tell(bytes(samples))

    def _speak(self, samples: Any, _frames: int, _time: Any, status: Any) -> None:
        self._called()
        self._underruns += bool(status)
        self._take()
        wanted = len(samples)
        if not self._primed:
            self._primed = len(self._queue) >= _PRIMED_BLOCKS * wanted
        elif len(self._queue) < wanted:
            self._primed = False
            self._underruns += 1
        if not self._primed:
            samples[:] = bytes(wanted)
        else:
            samples[:] = self._queue[:wanted]
            del self._queue[:wanted]
            if len(self._queue) > _MOST_BLOCKS * wanted:
                del self._queue[: -_PRIMED_BLOCKS * wanted]
        if not self.rate_in:
            self._tell(b"")

    def _called(self) -> None:
        self.last_callback_s = time.monotonic()
        thread = threading.get_ident()
        if thread not in self._urgent:
            self._urgent.add(thread)
            with contextlib.suppress(OSError):  # without the right to it: as urgent as anybody
                os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(_REALTIME_PRIORITY))

    def _take(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while datagram := self._end.recv(LARGEST_DATAGRAM, socket.MSG_DONTWAIT):
                self._queue += datagram
            self.hung_up = True

    def _tell(self, samples: bytes) -> None:
        counters = COUNTERS.pack(len(self._queue) // 2, self._underruns, self._overruns, self._untaken)
        try:
            self._end.send(b"A" + counters + samples, socket.MSG_DONTWAIT)
        except BlockingIOError:
            self._untaken += 1
        except OSError:
            self.hung_up = True


def _common(card: dict[str, Any]) -> dict[str, Any]:
    return {"device": card["index"], "channels": 1, "dtype": "int16", "latency": _LATENCY_S}


def _rate(check: Any, card: dict[str, Any]) -> int:
    """The lowest fitting rate that the card takes. Raises what the check of the last one raises."""
    for rate_hz in RATES_HZ[:-1]:
        with contextlib.suppress(Exception):
            check(device=card["index"], channels=1, dtype="int16", samplerate=rate_hz)
            return rate_hz
    check(device=card["index"], channels=1, dtype="int16", samplerate=RATES_HZ[-1])
    return RATES_HZ[-1]


def choose(cards: list[dict[str, Any]], wanted: str, default: int, sound: Path = Path("/sys/class/sound")) -> Any:
    """The device that `wanted` means: an ALSA card id, or (a part of) PortAudio's name; empty: the default. Or None."""
    if not wanted:
        return next((card for card in cards if card["index"] == default), None)
    for folder in sound.glob("card*"):
        with contextlib.suppress(OSError):
            if (folder / "id").read_text().strip() == wanted:
                number = folder.name.removeprefix("card")
                return next((card for card in cards if f"(hw:{number}," in card["name"]), None)
    named = [card for card in cards if card["name"] == wanted]
    named += [card for card in cards if wanted.lower() in card["name"].lower()]
    return named[0] if named else None


def main(end: socket.socket, wanted: str) -> None:
    """Serve until the socket or the card is gone."""
    import sounddevice  # noqa: PLC0415 - loads PortAudio, which only this process shall

    default = next((index for index in sounddevice.default.device if index >= 0), -1)
    card = choose(list(sounddevice.query_devices()), wanted, default)
    if card is None:
        end.send(b"F" + "没有找到声卡".encode())
        return
    host = Host(end, card, sounddevice)
    if not host.streams:
        end.send(b"F" + "这块声卡没有可用的声道".encode())
        return
    hello = {"name": card["name"], "rate_in": host.rate_in, "rate_out": host.rate_out}
    end.send(b"H" + json.dumps(hello).encode())
    gc.disable()  # nothing here makes cycles
    for stream in host.streams:
        stream.start()
    closed = select.poll()
    closed.register(end, select.POLLHUP | select.POLLERR)
    while not closed.poll(250) and not host.hung_up:
        if time.monotonic() - host.last_callback_s > _DEAD_S or not all(stream.active for stream in host.streams):
            end.send(b"F" + "声卡已断开".encode())
            break
    os._exit(0)  # closing the streams of a card that is gone may hang


if __name__ == "__main__":
    socket_end = socket.socket(fileno=int(sys.argv[1]))
    try:
        main(socket_end, sys.argv[2])
    except Exception as error:  # noqa: BLE001 - the other side tells a person
        with contextlib.suppress(OSError):
            socket_end.send(b"F" + str(error).encode())
