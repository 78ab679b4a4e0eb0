"""The other end of a DAHDI channel in the laboratory: an exchange's side of a line, or a person at a phone.

It plays with the kernel's own channel on the far side of a crossed span, in a thread of its own.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Self

import numpy as np

from drivers.base import FRAME_SAMPLES, CardError, PortKind
from drivers.dahdi.abi import Event, Hook
from drivers.dahdi.channel import Channel, EventWaitsError
from drivers.dsp.g711 import alaw_decode, alaw_encode

_PAUSE_S = 0.015


class Peer:
    """Open it in a `with` block. `heard` grows by what comes, `said` is sent frame by frame."""

    def __init__(self, number: int, kind: PortKind) -> None:
        self._channel = Channel(number, kind)
        self.events: list[tuple[float, int]] = []
        """Moment (monotonic) and event."""
        self.codes_heard: list[bytes] = []
        self._to_say: deque[bytes] = deque()
        self._acts: deque[tuple[float, Hook]] = deque()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"peer-{number}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join(5)
        self._channel.close()

    def hook(self, hook: Hook) -> None:
        """Now."""
        self._channel.hook(hook)

    def hook_later(self, delay_s: float, hook: Hook) -> None:
        """From the thread, in the order of calls."""
        self._acts.append((time.monotonic() + delay_s, hook))

    def say(self, samples: np.ndarray) -> None:
        """Linear samples, whole frames of them."""
        self.say_codes(alaw_encode(samples.astype(np.int16)).tobytes())

    def say_codes(self, codes: bytes) -> None:
        for at in range(0, len(codes) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
            self._to_say.append(codes[at : at + FRAME_SAMPLES])

    @property
    def codes(self) -> bytes:
        return b"".join(self.codes_heard)

    @property
    def heard(self) -> np.ndarray:
        return alaw_decode(np.frombuffer(self.codes, np.uint8))

    def saw(self, event: Event, within_s: float) -> bool:
        """Waits until the event came (once it is taken, it does not count again)."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            for seen in self.events:
                if seen[1] == event:
                    self.events.remove(seen)
                    return True
            time.sleep(0.01)
        return False

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._step()
            except EventWaitsError:
                self.events.append((time.monotonic(), self._channel.next_event()))
            except CardError:
                time.sleep(_PAUSE_S)

    def _step(self) -> None:
        while self._acts and self._acts[0][0] <= time.monotonic():
            self._channel.hook(self._acts.popleft()[1])
        frame = self._channel.read_frame()
        if frame is not None:
            self.codes_heard.append(frame)
        sent = bool(self._to_say) and self._channel.write_frame(self._to_say[0])
        if sent:
            self._to_say.popleft()
        if frame is None and not sent:
            time.sleep(_PAUSE_S)
