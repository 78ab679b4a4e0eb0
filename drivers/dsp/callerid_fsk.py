"""FSK caller ID on on-hook lines: Bell 202 and V.23, SDMF and MDMF, all ports at once.

What: `FskCallerIdReceiver.step` takes one frame of every line and gives an event when a burst has been read, or when
    one was there that cannot be read. Armed all the time a line is on hook: before the first ring, between rings.
How: frames are kept while there is anything on the line; the burst is read as a whole every 240 ms and when it ends:
    least-squares mark and space amplitudes at each sample, scaled by their own strength, then byte by byte from edge to
    edge. A message counts only with every start and stop bit right, the checksum right and every field well formed.
Limits: YDN 069 / GR-30 / EN 300 659: -9 … -38 dBm0 (gate -47), 12 dB signal-to-noise, 10 dB twist, ± 1.5 % in bit
    rate and frequency, preamble from 30 mark bits without seizure, up to 20 idle bits between bytes.
Cost: about 0.1 µs a quiet frame and line, 1 µs with signal; reading a burst 0.2 ms, at most one burst per frame.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from drivers.base import SAMPLE_RATE
from drivers.dsp.arming import Arming
from drivers.dsp.callerid import CallerIdEvent, unreadable
from drivers.dsp.callerid_message import CallerIdFormatError, parse_message
from drivers.dsp.callerid_send import BELL_202, V23
from drivers.dsp.kernel.fsk import Carrier, FskLines, FskReading, Reading
from drivers.dsp.level import power_of
from drivers.signals import CallerIdModulation

_GATE_DBM0 = -47.0
_BETWEEN_MARKS_HZ = 1250.0
_SHORTEST_SAMPLES = round(0.3 * SAMPLE_RATE)
"""The shortest burst there is: 80 + 30 bits of preamble and an SDMF message take 0.28 s, plus the end's delay."""


class FskCallerIdReceiver:
    """Reads FSK caller ID on `ports` lines."""

    def __init__(self, ports: int) -> None:
        self._lines = FskLines(ports, power_of(_GATE_DBM0))
        self._arming = Arming(ports)
        self._spoilt: list[CallerIdModulation | None] = [None] * ports
        self._delivered = [False] * ports
        self._ended = [False] * ports
        self._waiting: deque[int] = deque()

    def step(self, frames: NDArray[np.int16], armed: NDArray[np.bool_]) -> list[CallerIdEvent]:
        """Take `frames`, shape `[port, 160]`; a line that becomes armed starts afresh."""
        for port in self._arming.newly(armed):
            self.reset(port)
        events: list[CallerIdEvent] = []
        for port, carrier in self._lines.listen(frames, armed):
            if carrier is Carrier.ENDED:
                self._ended[port] = True
            if port not in self._waiting:
                self._waiting.append(port)
        if self._waiting:
            port = self._waiting.popleft()
            events += self._read(port)
            if self._ended[port]:
                events += self._conclude(port)
        return events

    def reset(self, port: int) -> None:
        """Forget what `port` has heard."""
        self._lines.reset(port)
        self._forget(port)

    def _forget(self, port: int) -> None:
        self._spoilt[port] = None
        self._delivered[port] = self._ended[port] = False
        if port in self._waiting:
            self._waiting.remove(port)

    def _read(self, port: int) -> list[CallerIdEvent]:
        """The message that is kept of `port`, if it is there whole; that there was a broken one is remembered."""
        for modem in (BELL_202, V23):
            reading = self._lines.read(port, modem)
            event = _event(port, reading) if reading.reading is Reading.GOOD else None
            if event:
                self._delivered[port] = True
                self._lines.drop_until(port, reading.end_sample)
                return [event]
            if reading.reading is Reading.NOTHING:
                break
            self._spoilt[port] = self._spoilt[port] or _modulation(reading)
        return []

    def _conclude(self, port: int) -> list[CallerIdEvent]:
        """The carrier of `port` has gone: say so if a burst was there that gave no message."""
        spoilt = None if self._delivered[port] else self._spoilt[port]
        end_sample = self._lines.sample
        self._forget(port)
        self._lines.drop_until(port, end_sample)
        start_sample = self._lines.loud_since(port)
        if spoilt is None or end_sample - start_sample < _SHORTEST_SAMPLES:
            return []
        return [unreadable(port, spoilt, start_sample, end_sample)]


def _modulation(reading: FskReading) -> CallerIdModulation:
    is_v23 = reading.mark_hz > _BETWEEN_MARKS_HZ
    return CallerIdModulation.FSK_V23 if is_v23 else CallerIdModulation.FSK_BELL202


def _event(port: int, reading: FskReading) -> CallerIdEvent | None:
    """The event of a message with the right checksum, or None if a field in it is malformed."""
    try:
        message = parse_message(reading.content)
    except CallerIdFormatError:
        return None
    return CallerIdEvent(
        port=port,
        number=message.number,
        name=message.name,
        sent_at=message.sent_at,
        absence=message.absence,
        modulation=_modulation(reading),
        ok=True,
        start_sample=reading.start_sample,
        end_sample=reading.end_sample,
    )
