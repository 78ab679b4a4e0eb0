"""False hang-ups: hours of made-up conversation through line model and all detectors, then real hang-ups.

`python bench/falsehangup.py --hours 20 [--lines 60] [--seed 1]`: many lines side by side, each two people (or a person
and our prompts and music) with echo, noise and levels of its own; every hang-up told while they talk is false. Each
conversation ends with a true hang-up in the midst of talk, whose delay is measured. On every second line our side then
notices and falls silent within a second: the bounds are for these. On the others it talks on over the tone, with which
nobody is helped, and which is only reported. Exit code 1 beyond the bounds.
"""

# slow: some minutes

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bench.talk import Sound, Sounds, Talker
from drivers.bank import Listen, PortBank
from drivers.base import (
    FRAME_S,
    FRAME_SAMPLES,
    SAMPLE_RATE,
    Frames,
    LineCard,
    PortCommand,
    PortId,
    PortInfo,
    PortKind,
    ReleaseLine,
    SeizeLine,
)
from drivers.dsp.level import amplitude_of
from drivers.dsp.toneplan import load_tone_plan
from drivers.hangup import HangUpProfile
from drivers.signals import FarEndHungUp, HangUpEvidence, LoopLost, PolarityReversed, Signal
from drivers.sim.linemodel import LineModel
from drivers.sim.profile import LineQuality

TONE_BOUND_S, SIGNAL_BOUND_S = 3.0, 0.5
NOTICES_S = (0.3, 1.0)
GIVE_UP_S = 12.0
CONVERSATION_S = 120.0
E_ = HangUpEvidence
SHOWN = (E_.BUSY_TONE, E_.BUSY_TONE, E_.BUSY_TONE, E_.POLARITY, E_.LOOP_BREAK, E_.CONGESTION_TONE, E_.DIAL_TONE)
_CADENCES_S = {E_.BUSY_TONE: 0.35, E_.CONGESTION_TONE: 0.7, E_.DIAL_TONE: 0.0}
BOUNDS_S = {
    E_.BUSY_TONE: TONE_BOUND_S,
    E_.POLARITY: SIGNAL_BOUND_S,
    E_.LOOP_BREAK: SIGNAL_BOUND_S,
    E_.CONGESTION_TONE: 5.5,
    E_.DIAL_TONE: 5.5,
}
"""Congestion needs three cycles of 1.4 s, dial tone 3 s beyond what a musician holds."""


@dataclass
class Outcome:
    """What was heard."""

    hours: float = 0.0
    false: list[str] = field(default_factory=list)
    delays_s: dict[HangUpEvidence, list[float]] = field(default_factory=lambda: defaultdict(list))
    talked_over_s: dict[HangUpEvidence, list[float]] = field(default_factory=lambda: defaultdict(list))
    """The same where our side talks on."""
    not_found: Counter[HangUpEvidence] = field(default_factory=Counter)
    late: list[str] = field(default_factory=list)
    other_sign: int = 0
    """Told by another sign than the one shown."""
    took_s: float = 0.0
    frames: int = 0


class TalkCard(LineCard):
    """Lines on each of which two ends talk; what the box sends comes back as echo."""

    name = "talk"

    def __init__(self, lines: int, sounds: Sounds, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.lines = lines
        self.far = [Talker(sounds, np.random.default_rng((seed, 1, n)), rng.uniform(-20.0, -8.0)) for n in range(lines)]
        self.hung_up: list[Sound | None] = [None] * lines
        """What the exchange puts on a line whose far end is gone; None while there is one."""
        self.signals: list[Signal] = []
        qualities = [
            LineQuality(
                loss_db=float(rng.uniform(1.0, 10.0)),
                noise_dbm0=float(rng.uniform(-68.0, -52.0)),
                hum_dbm0=float(rng.uniform(-70.0, -45.0)),
                echo_return_loss_db=float(rng.uniform(10.0, 26.0)),
                clicks_per_minute=float(rng.choice([0.0, 0.0, 1.0, 6.0])),
            )
            for _ in range(lines)
        ]
        self._model = LineModel(qualities, seed)
        for line in range(lines):
            self._model.set_live(line, live=True)
        self._ports = tuple(PortInfo(PortId(f"talk/{n + 1}"), PortKind.FXO, "") for n in range(lines))
        self._said = np.zeros((lines, FRAME_SAMPLES), np.float32)
        self._sent = np.zeros((lines, FRAME_SAMPLES), np.int16)
        self._frame = 0

    @property
    def ports(self) -> Sequence[PortInfo]:
        return self._ports

    def open(self) -> None: ...

    def close(self) -> None: ...

    def read(self, rx: Frames) -> list[Signal]:
        for line, talker in enumerate(self.far):
            tone = self.hung_up[line]
            if tone is None:
                self._said[line] = talker.next_frame()
            else:
                at = self._frame * FRAME_SAMPLES % (len(tone) - FRAME_SAMPLES + 1)
                self._said[line] = tone[at : at + FRAME_SAMPLES]
        self._model.toward_box(self._said, self._sent, rx)
        self._frame += 1
        told, self.signals = self.signals, []
        return told

    def write(self, tx: Frames) -> None:
        self._sent[...] = tx

    def command(self, port: PortId, command: PortCommand) -> None: ...


def listen(hours: float, lines: int, seed: int, *, talk: bool = False) -> Outcome:
    """`hours` of conversation over `lines` lines side by side, each conversation ended by a true hang-up."""
    sounds = Sounds(seed)
    outcome = Outcome()
    rounds = max(1, round(hours * 3600.0 / CONVERSATION_S / lines))
    length_s = hours * 3600.0 / lines / rounds
    for number in range(rounds):
        _round(sounds, lines, seed * 1000 + number, length_s, outcome)
        if talk:
            print(f"  {outcome.hours:.1f} h, {len(outcome.false)} false, {outcome.took_s:.0f} s", flush=True)
    return outcome


def _round(sounds: Sounds, lines: int, seed: int, length_s: float, outcome: Outcome) -> None:
    """One conversation on every line."""
    card = TalkCard(lines, sounds, seed)
    bank = PortBank([card], load_tone_plan("cn"))
    bank.open()
    rng = np.random.default_rng((seed, 2))
    near = [Talker(sounds, np.random.default_rng((seed, 3, n)), rng.uniform(-24.0, -12.0)) for n in range(lines)]
    for port in bank.names:
        bank.command(port, SeizeLine())
        bank.listen_for(port, Listen.DTMF | Listen.TONES | Listen.ANSWER)
        bank.watch_hang_up(port, HangUpProfile(silence_s=600.0))
    began_s = time.perf_counter()
    _talk(bank, card, near, round(length_s / FRAME_S), outcome)
    outcome.hours += lines * length_s / 3600.0
    _end(bank, card, near, rng, outcome)
    outcome.took_s += time.perf_counter() - began_s
    for port in bank.names:
        bank.command(port, ReleaseLine())


def _talk(bank: PortBank, card: TalkCard, near: list[Talker], frames: int, outcome: Outcome) -> None:
    """Nobody hangs up here."""
    for _ in range(frames):
        for signal in _tick(bank, near, outcome):
            if isinstance(signal, FarEndHungUp):
                line = bank.row(signal.port)
                said = f"{signal.evidence} while far {card.far[line].kind}, near {near[line].kind}"
                outcome.false.append(f"{said}, frame {signal.at_frame} of {signal.port}")
                bank.watch_hang_up(signal.port, HangUpProfile(silence_s=600.0))


def _end(bank: PortBank, card: TalkCard, near: list[Talker], rng: np.random.Generator, outcome: Outcome) -> None:
    """Every far end hangs up now, each as its exchange shows it, in the midst of talk."""
    began = bank.frame
    for talker in near[::2]:
        talker.frames_left = round(rng.uniform(*NOTICES_S) / FRAME_S)
    shown = {port: SHOWN[int(rng.integers(0, len(SHOWN)))] for port in bank.names}
    for line, (port, evidence) in enumerate(shown.items()):
        if evidence is HangUpEvidence.POLARITY:
            card.signals.append(PolarityReversed(port, began))
        elif evidence is HangUpEvidence.LOOP_BREAK:
            card.signals.append(LoopLost(port, began))
        card.hung_up[line] = _after(evidence, rng)
    waiting = dict(shown)
    for _ in range(round(GIVE_UP_S / FRAME_S)):
        for signal in _tick(bank, near, outcome):
            if isinstance(signal, FarEndHungUp) and signal.port in waiting:
                evidence = waiting.pop(signal.port)
                delay_s = (signal.at_frame - began) * FRAME_S
                outcome.other_sign += evidence is not signal.evidence
                line = bank.row(signal.port)
                if near[line].frames_left is None:
                    outcome.talked_over_s[evidence].append(delay_s)
                    continue
                outcome.delays_s[evidence].append(delay_s)
                if delay_s > BOUNDS_S[evidence]:
                    outcome.late.append(f"{evidence} after {delay_s:.2f} s, near {near[line].kind}")
        if not waiting:
            break
    for port, evidence in waiting.items():
        if near[bank.row(port)].frames_left is None:
            outcome.talked_over_s[evidence].append(np.inf)
            continue
        outcome.not_found[evidence] += 1
        outcome.late.append(f"{evidence} not within {GIVE_UP_S} s, {port} near {near[bank.row(port)].kind}")


def _after(evidence: HangUpEvidence, rng: np.random.Generator) -> Sound:
    """What is on the line then: a tone of the country's plan, as exchanges make it, or nothing."""
    half_s = _CADENCES_S.get(evidence)
    if half_s is None:
        return np.zeros(2 * FRAME_SAMPLES, np.float32)
    stretch, pitch_hz = rng.uniform(0.93, 1.07), rng.uniform(432.0, 468.0)
    frames = 3000
    time_s = np.arange(frames * FRAME_SAMPLES) / SAMPLE_RATE
    tone = amplitude_of(float(rng.uniform(-13.0, -7.0))) * np.sin(2 * np.pi * pitch_hz * time_s)
    if half_s:
        tone *= (time_s / (half_s * stretch)).astype(int) % 2 == 0
    return tone.astype(np.float32)


def _tick(bank: PortBank, near: list[Talker], outcome: Outcome) -> list[Signal]:
    rx = np.zeros((len(near), FRAME_SAMPLES), np.int16)
    bank.read(rx)
    signals = bank.listen(rx)
    sent = np.stack([talker.next_frame() for talker in near])
    bank.write(np.clip(sent, -32000, 32000).astype(np.int16))
    outcome.frames += 1
    return signals


def faults(outcome: Outcome) -> list[str]:
    """What is not as promised."""
    found = [f"false hang-up by {text}" for text in outcome.false]
    found += [f"late: {text}" for text in outcome.late]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=20.0)
    parser.add_argument("--lines", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parsed = parser.parse_args()
    outcome = listen(parsed.hours, parsed.lines, parsed.seed, talk=True)
    cost_us = outcome.took_s / outcome.frames / parsed.lines * 1e6
    cost = f"{outcome.took_s:.0f} s, {cost_us:.0f} µs a frame and line"
    print(f"{outcome.hours:.1f} h of conversation: {len(outcome.false)} false hang-ups; {cost}")
    for evidence, delays_s in sorted(outcome.delays_s.items()):
        p50, p99 = np.percentile(delays_s, [50, 99])
        print(f"{evidence}: {len(delays_s)} found after {p50:.2f} s (p99 {p99:.2f}, longest {max(delays_s):.2f})")
    for evidence, delays_s in sorted(outcome.talked_over_s.items()):
        late = sum(delay_s > BOUNDS_S[evidence] for delay_s in delays_s)
        print(f"talked over, {evidence}: {len(delays_s)}, {late} of them later than {BOUNDS_S[evidence]} s")
    print(f"{outcome.other_sign} told by another sign than the one shown; {sum(outcome.not_found.values())} not found")
    wrong = faults(outcome)
    for text in wrong[:40]:
        print(f"FAULT {text}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
