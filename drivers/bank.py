"""All cards on one clock, and the detectors that listen on their ports.

What: `PortBank` reads and writes one frame of every port of every card as one array `[port, 160]`, and turns what the
    cards and the armed detectors say into signals with port and frame number. It also passes the verdicts that need
    more than one detector: far end hung up, far end answered, far end pauses.
How: the cards are read one after the other in the same tick, into their rows of the same array (`drivers/rack.py`).
    The echo of what we send is cancelled on off-hook lines before any detector hears them.
    A detector sees all rows at once and is not run at all while no row is armed for it. Caller ID is listened for on
    every FXO port that is on hook, FSK and DTMF, before and after the first ring.
Limits: everything here runs in the tick thread. A card on another clock must slip or repeat frames by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Flag, auto

import numpy as np
from numpy.typing import NDArray

from drivers.armed import ArmedDetector
from drivers.base import (
    FRAME_S,
    FRAME_SAMPLES,
    SAMPLE_RATE,
    FlashLine,
    Frames,
    LineCard,
    PortCommand,
    PortId,
    PortInfo,
    PortKind,
    ReleaseLine,
    SeizeLine,
)
from drivers.dsp.answer import AnswerClue, AnswerDetector, AnswerEvent
from drivers.dsp.answerer import AnswererDetector
from drivers.dsp.callerid import CallerIdEvent
from drivers.dsp.callerid_dtmf import DtmfCallerIdReceiver
from drivers.dsp.callerid_fsk import FskCallerIdReceiver
from drivers.dsp.callprogress import CallProgressDetector
from drivers.dsp.dtmf import DtmfReceiver
from drivers.dsp.level import power_of
from drivers.dsp.linecheck import LineFindings
from drivers.dsp.toneplan import TonePlan
from drivers.hangup import QUIET_DBM0, HangUpProfile
from drivers.lineecho import LineEcho
from drivers.linewatch import LineWatch
from drivers.rack import CardRack, CardState
from drivers.signals import (
    Answerer,
    AnswererHeard,
    CallerIdReceived,
    CallerIdUnreadable,
    DigitPressed,
    DigitReleased,
    FarEndAnswered,
    FarEndHungUp,
    RingStarted,
    RingStopped,
    Signal,
    Tone,
    ToneHeard,
)
from drivers.supervision import Supervision

_QUIET_SUM = power_of(QUIET_DBM0) * FRAME_SAMPLES
_LEARNT_FRAMES = round(4.0 / FRAME_S)
"""Two whole cycles of any tone that ends calls, and what came before it."""
_CYCLED_TONES = (Tone.BUSY, Tone.CONGESTION)
_USUAL_CYCLE_S = 1.0
"""For a plan without the tone; it is never reported then."""


class Listen(Flag):
    """What to listen for on a port. Hardware signals (ring, hook, polarity, loop, faults) always come."""

    NOTHING = 0
    DTMF = auto()
    """`DigitPressed` and `DigitReleased`."""
    TONES = auto()
    """`ToneHeard`. While hang-up is watched for, dial tone is left to that: a held note is like it for a second."""
    CALLER_ID = auto()
    """`CallerIdReceived`, `CallerIdUnreadable`; on by itself for every FXO port that is on hook."""
    ANSWER = auto()
    """Outgoing call: `FarEndAnswered`, inferred from voice or the end of ring-back (`drivers/dsp/answer.py`); once.
    Then `AnswererHeard`, if it can be told."""
    ANSWER_BY_POLARITY = auto()
    """Outgoing call on a line with answer reversal: `FarEndAnswered`, certain; once."""
    PAUSE = auto()
    """`PauseHeard`: the far end has said nothing for `pause_s` (end of a voicemail); once per pause."""


class PortBank:
    """Ports of all cards in one row order. Life as a card's: `open` → (`read` → `listen` → `write`)* → `close`."""

    def __init__(self, cards: Sequence[LineCard], tone_plan: TonePlan, *, virtual: bool = False) -> None:
        """Join `cards`; the first that is there is the clock. `virtual`: whoever reads is.

        Raises `ValueError` when two cards name the same port.
        """
        self._rack = CardRack(cards, beside=not virtual)
        self.frame = -1
        """Number of the frame read last, 20 ms units since `open`."""
        self.ports: tuple[PortInfo, ...] = tuple(port for card in cards for port in card.ports)
        self._rows = {info.port: row for row, info in enumerate(self.ports)}
        if len(self._rows) != len(self.ports):
            raise ValueError("two cards have a port of the same name; give each card a name of its own")
        self._echo = LineEcho(cards, self._rack.spans)
        self._watch = LineWatch([info.kind for info in self.ports])
        self._heard: list[Signal] = []
        count = len(self.ports)
        self._dtmf = ArmedDetector(DtmfReceiver(count), count)
        self._tone_detector = CallProgressDetector(count, tone_plan)
        self._tones = ArmedDetector(self._tone_detector, count)
        self._answer_detector = AnswerDetector(count, tone_plan)
        self._answers = ArmedDetector(self._answer_detector, count)
        self._answerers = ArmedDetector(AnswererDetector(count), count)
        self._caller_ids = (
            ArmedDetector(FskCallerIdReceiver(count), count),
            ArmedDetector(DtmfCallerIdReceiver(count), count),
        )
        cycles_s = _cycles_s(tone_plan)
        self._listening = [Listen.NOTHING] * count
        self._supervision = [Supervision(info.port, cycles_s) for info in self.ports]
        self._watched: tuple[int, ...] = ()
        self._levelled: tuple[int, ...] = ()

    @property
    def names(self) -> tuple[PortId, ...]:
        """Ports by row."""
        return tuple(self._rows)

    def row(self, port: PortId) -> int:
        """Row of `port` in the frames. Raises `KeyError`."""
        return self._rows[port]

    def open(self) -> None:
        """Open the cards; one that cannot be had is a `PortFault` of its ports, and tried again until it is there."""
        self._rack.open()
        for row in range(len(self.ports)):
            self._listen_for_caller_id(row, on_hook=True)

    def close(self) -> None:
        """Close all cards; safe to call twice."""
        self._rack.close()

    def wake(self) -> None:
        """Something was plugged in: look at once for cards that are away. From any thread."""
        self._rack.wake()

    def card_states(self) -> tuple[CardState, ...]:
        """Every card as it is now. From any thread."""
        return self._rack.states()

    def read(self, rx: Frames) -> None:
        """Block until the next frame is in `rx`, `[ports, 160]`; what the cards reported comes out of `listen`."""
        self.frame += 1
        self._heard = self._rack.read(rx, self.frame)

    def write(self, tx: Frames) -> None:
        """Send one frame to every port."""
        if self._answers.listening:
            self._answer_detector.note_sent(tx)  # its echo must not be taken for the far end's voice
        self._echo.note_sent(tx)
        self._rack.write(tx, self.frame)

    def listen(self, rx: Frames) -> list[Signal]:
        """All signals of the frame just read: the cards' own, then the detectors', then the verdicts.

        The echo of what was sent is taken out of `rx`: detectors, bridges and recordings hear the far end alone.
        """
        at_frame = self.frame
        self._echo.clean(rx)
        self._watch.step(rx)
        signals: list[Signal] = []
        for signal in self._heard:
            stamped = signal if signal.at_frame == at_frame else replace(signal, at_frame=at_frame)
            self._tell(signals, stamped)
        for digit in self._dtmf.step(rx, at_frame):
            port = self.ports[digit.port].port
            if digit.end_sample is None:
                self._tell(signals, DigitPressed(port, at_frame, digit.digit))
            else:
                duration_ms = (digit.end_sample - digit.start_sample) // (SAMPLE_RATE // 1000)
                signals.append(DigitReleased(port, at_frame, digit.digit, duration_ms))
        for tone in self._tones.step(rx, at_frame):
            supervision = self._supervision[tone.port]
            if tone.end_sample is not None:
                supervision.tone_ended(tone.tone)
                continue
            supervision.tone_began(tone.tone, self._tones.frame_of(tone.start_sample))
            left_to_hang_up = tone.tone is Tone.DIAL and supervision.wants_tones
            if Listen.TONES in self._listening[tone.port] and not left_to_hang_up:
                signals.append(ToneHeard(self.ports[tone.port].port, at_frame, tone.tone))
        for answer in self._answers.step(rx, at_frame):
            self._inferred(answer, signals)
        for heard in self._answerers.step(rx, at_frame):
            self._answerers.set_armed(heard.port, armed=False)
            signals.append(AnswererHeard(self.ports[heard.port].port, at_frame, heard.answerer))
        for receiver in self._caller_ids:
            signals += [self._caller_id_signal(event) for event in receiver.step(rx, at_frame)]
        if self._watched:
            self._judge(rx, signals)
        return signals

    def _inferred(self, answer: AnswerEvent, signals: list[Signal]) -> None:
        """The far end answered, as far as can be heard; who it was is listened for next."""
        port = self.ports[answer.port].port
        self._supervision[answer.port].answered(self.frame)
        signals.append(FarEndAnswered(port, self.frame, certain=False))
        if answer.clue is AnswerClue.FAX:
            signals.append(AnswererHeard(port, self.frame, Answerer.FAX))
        else:
            self._answerers.set_armed(answer.port, armed=True)

    def _caller_id_signal(self, event: CallerIdEvent) -> Signal:
        port = self.ports[event.port].port
        if not event.ok:
            return CallerIdUnreadable(port, self.frame, event.modulation)
        return CallerIdReceived(
            port,
            self.frame,
            event.number,
            event.name,
            event.modulation,
            event.sent_at,
            event.absence,
            event.reliable,
        )

    def _tell(self, signals: list[Signal], signal: Signal) -> None:
        """Add `signal`, and the answer if it is one."""
        signals.append(signal)
        if isinstance(signal, RingStarted | RingStopped):
            self._watch.ringing(self._rows[signal.port], isinstance(signal, RingStarted))
        answer = self._supervision[self._rows[signal.port]].take(signal)
        if answer:
            signals.append(answer)

    def _judge(self, rx: Frames, signals: list[Signal]) -> None:
        for row in self._levelled:
            wide = rx[row].astype(np.float32)
            if float(wide @ wide) > _QUIET_SUM:
                self._supervision[row].voice_heard(self.frame)
        verdicts = [signal for row in self._watched for signal in self._supervision[row].verdicts(self.frame)]
        if verdicts:
            signals += verdicts
            self._rearm()

    def listen_for(self, port: PortId, what: Listen, *, pause_s: float = 5.0) -> None:
        """Listen on `port` for exactly `what`; `pause_s` belongs to `Listen.PAUSE`, which starts afresh."""
        row = self._rows[port]
        self._listening[row] = what | (self._listening[row] & Listen.CALLER_ID)
        self._supervision[row].watch_pause(pause_s if Listen.PAUSE in what else None, self.frame)
        self._supervision[row].watch_answer_by_polarity(Listen.ANSWER_BY_POLARITY in what)
        self._rearm()

    def watch_hang_up(self, port: PortId, profile: HangUpProfile | None) -> None:
        """Say `FarEndHungUp` once for an off-hook line, by `profile`; None ends the watch."""
        self._supervision[self._rows[port]].watch_hang_up(profile, self.frame)
        self._rearm()

    def listen_by(self, port: PortId, plan: TonePlan) -> None:
        """Recognise the tones of `port` by `plan`, as far as its frequencies are watched for (the plan of the bank)."""
        row = self._rows[port]
        self._tone_detector.listen_by(row, plan)
        self._supervision[row].cycles_changed(_cycles_s(plan))

    def line_findings(self, port: PortId) -> LineFindings | None:
        """What the line is like; None before anything was heard on it. Safe from any thread."""
        return self._watch.findings(self._rows[port])

    def measure_line(self, port: PortId, on: bool) -> None:
        """Let `line_findings` go on with what is heard on the line, or leave it out; on by itself."""
        self._watch.measure(self._rows[port], on)

    def heard_before(self, signal: FarEndHungUp) -> NDArray[np.int16]:
        """What was on the line while the hang-up just told showed itself: since it began, else the last seconds."""
        began = max(signal.since_frame, 0)
        return self._watch.last_heard(self._rows[signal.port], min(signal.at_frame - began + 1, _LEARNT_FRAMES))

    def heard_of_call(self, port: PortId) -> NDArray[np.int16]:
        """The last 5 s of the call that is, or just was, on a line."""
        return self._watch.heard_of_call(self._rows[port])

    def cancel_echo(self, port: PortId, on: bool) -> None:
        """Cancel the echo on `port`, a line, whenever it is off hook; on by itself."""
        self._echo.enable(self._rows[port], on)

    def command(self, port: PortId, command: PortCommand) -> None:
        """Pass `command` to the card of `port`. Raises its `CardError`."""
        row = self._rows[port]
        self._rack.command(row, port, command, self.frame)
        if isinstance(command, FlashLine):
            self._supervision[row].flashed(command.duration_ms, self.frame)
        elif isinstance(command, SeizeLine):
            self._echo.off_hook(row)
            self._watch.off_hook(row)
            self._listen_for_caller_id(row, on_hook=False)
        elif isinstance(command, ReleaseLine):
            self._echo.on_hook(row)
            self._watch.on_hook(row)
            self._answerers.set_armed(row, armed=False)
            self._supervision[row].watch_hang_up(None, self.frame)
            self.listen_for(port, Listen.NOTHING)
            self._listen_for_caller_id(row, on_hook=True)

    def _listen_for_caller_id(self, row: int, *, on_hook: bool) -> None:
        if self.ports[row].kind is not PortKind.FXO:
            return
        if on_hook:
            self._listening[row] |= Listen.CALLER_ID
        else:
            self._listening[row] &= ~Listen.CALLER_ID
        self._rearm()

    def _rearm(self) -> None:
        """Bring the detectors in line with what is listened for and watched."""
        for row, (what, supervision) in enumerate(zip(self._listening, self._supervision, strict=True)):
            tells_keys = self.ports[row].dials
            self._dtmf.set_armed(row, Listen.DTMF in what and not tells_keys)
            self._answers.set_armed(row, Listen.ANSWER in what)
            for receiver in self._caller_ids:
                receiver.set_armed(row, Listen.CALLER_ID in what)
            tones = Listen.TONES in what or supervision.wants_tones
            self._tones.set_armed(row, tones)
            if not tones:
                supervision.tones_unheard()
        self._watched = tuple(row for row, watch in enumerate(self._supervision) if watch.active)
        self._levelled = tuple(row for row in self._watched if self._supervision[row].wants_level)


def _cycles_s(plan: TonePlan) -> dict[Tone, float]:
    """The length of one on-off cycle of busy and of congestion."""
    return {
        tone: next((sum(planned.cadence_s) for planned in plan.tone if planned.tone is tone), _USUAL_CYCLE_S)
        for tone in _CYCLED_TONES
    }
