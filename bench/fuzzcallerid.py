"""Random and mutated caller IDs, as bytes, digits and sound: nothing escapes, nothing hangs, memory stays flat."""
# slow: as long as --seconds says

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from appliance.memory import resident_mb  # noqa: E402
from drivers.base import FRAME_SAMPLES, SAMPLE_RATE  # noqa: E402
from drivers.dsp.callerid import CallerIdEvent  # noqa: E402
from drivers.dsp.callerid_dtmf import DtmfCallerIdReceiver, read_digits  # noqa: E402
from drivers.dsp.callerid_fsk import FskCallerIdReceiver  # noqa: E402
from drivers.dsp.callerid_message import (  # noqa: E402
    CallerIdFormatError,
    CallerIdMessage,
    checksum,
    encode_mdmf,
    encode_sdmf,
    parse_message,
)
from drivers.dsp.callerid_send import BELL_202, V23, DtmfFraming, FskShape, dtmf_burst, fsk_samples  # noqa: E402

Samples = NDArray[np.int16]
_LINES = 4
_NUMBER = "05628896599"
_DIALLED = frozenset("0123456789*#+ABCD")
_PEACE_S = 3.0
"""Silence after which a receiver must be as new, whatever it heard before."""
_LONGEST_STEP_S = 1.0
"""Of one frame: far more than it ever takes, far less than a hang."""


def mutated(octets: bytes, chance: random.Random) -> bytes:
    """A message with some of it changed, and a checksum that is right again half of the time."""
    changed = bytearray(octets)
    for _ in range(chance.randint(0, 5)):
        at = chance.randrange(len(changed) + 1)
        match chance.randrange(4):
            case 0:
                changed[at:at] = chance.randbytes(chance.randint(1, 12))
            case 1:
                del changed[at : at + chance.randint(1, 6)]
            case 2 if changed:
                changed[at % len(changed)] ^= 1 << chance.randrange(8)
            case _ if changed:
                changed[at % len(changed)] = chance.randrange(256)
    if len(changed) > 3 and chance.random() < 0.5:
        changed[1] = len(changed) - 3 if chance.random() < 0.8 and len(changed) < 258 else changed[1]
        changed[-1] = checksum(bytes(changed[:-1]))
    return bytes(changed)


def message(chance: random.Random) -> bytes:
    """One that an exchange could send, or nothing of the kind."""
    said = CallerIdMessage(
        number=chance.choice((_NUMBER, "13905620001", "")),
        name=chance.choice(("", "WANG", "王建国")),
        sent_at=chance.choice(("", "08150930")),
        absence=chance.choice("OP"),
    )
    whole = encode_mdmf(said) if chance.random() < 0.7 else encode_sdmf(said)
    return mutated(whole, chance) if chance.random() < 0.8 else chance.randbytes(chance.randint(0, 259))


def read_bytes(octets: bytes) -> bool:
    """Whether it was a message."""
    try:
        return sound(parse_message(octets).number)
    except CallerIdFormatError:
        return False


def read_keys(chance: random.Random) -> bool:
    """A burst of digits, in a framing or not."""
    keys = "".join(chance.choice("0123456789*#ABCD") for _ in range(chance.randint(0, 40)))
    try:
        return sound(read_digits(keys)[0].number)
    except CallerIdFormatError:
        return False


def sound(number: str) -> bool:
    """True; ends the run when what is told as a number could not be dialled."""
    if not set(number) <= _DIALLED:
        raise SystemExit(f"told as a number: {number!r}")
    return True


def as_sound(samples: NDArray[np.float64]) -> Samples:
    """What a line card would give of it."""
    return samples.clip(-32768, 32767).astype(np.int16)


def noise(chance: random.Random) -> Samples:
    """Up to a second and a half of anything: hiss, clicks, tones, full scale."""
    count = chance.randint(1, SAMPLE_RATE * 3 // 2)
    of = np.random.default_rng(chance.randrange(2**32))
    match chance.randrange(4):
        case 0:
            return of.integers(-32768, 32768, count).astype(np.int16)
        case 1:
            return as_sound(of.normal(0, 10 ** chance.uniform(0, 4), count))
        case 2:
            hz = chance.uniform(200, 3800)
            return as_sound(32767 * np.sin(2 * np.pi * hz / SAMPLE_RATE * np.arange(count)))
        case _:
            return as_sound(np.where(of.random(count) < 0.01, 32767.0, 0.0))


def burst(chance: random.Random) -> Samples:
    """A caller ID as sound, of a message that may be right or wrong."""
    if chance.random() < 0.5:
        shape = FskShape(
            seizure_bits=chance.randint(0, 400),
            mark_bits=chance.randint(0, 250),
            stop_bits=chance.randint(1, 24),
            tail_bits=chance.randint(0, 30),
            level_dbm0=chance.uniform(-45, 0),
            twist_db=chance.uniform(-14, 14),
        )
        return fsk_samples(message(chance), chance.choice((BELL_202, V23)), shape)
    number = "".join(chance.choice("0123456789*#ABCD") for _ in range(chance.randint(1, 24)))
    framing, error = chance.choice(list(DtmfFraming)), chance.uniform(-0.04, 0.04)
    tone_ms, pause_ms = chance.uniform(20, 120), chance.uniform(20, 120)
    return dtmf_burst(number, framing, tone_ms=tone_ms, pause_ms=pause_ms, frequency_error=error)


def spoilt(samples: Samples, chance: random.Random) -> Samples:
    """With holes, doubled pieces, cuts, clipping and hiss."""
    pieces = samples.astype(np.float64)
    for _ in range(chance.randint(0, 4)):
        at, length = chance.randrange(len(pieces) + 1), chance.randint(1, 800)
        match chance.randrange(5):
            case 0:
                pieces[at : at + length] = 0
            case 1:
                pieces = np.concatenate((pieces[:at], pieces[at + length :]))
            case 2:
                pieces = np.concatenate((pieces[:at], pieces[max(0, at - length) : at], pieces[at:]))
            case 3:
                pieces[at : at + length] *= chance.uniform(-30, 30)
            case _:
                of = np.random.default_rng(chance.randrange(2**32))
                pieces += of.normal(0, 10 ** chance.uniform(0, 4), len(pieces))
    return as_sound(pieces)


class Lines:
    """Both receivers on all lines, hearing whatever they are given, armed and disarmed in between."""

    def __init__(self) -> None:
        self.receivers = (FskCallerIdReceiver(_LINES), DtmfCallerIdReceiver(_LINES))
        self.slowest_s = 0.0
        self.told = 0

    def hear(self, rows: list[Samples], armed: NDArray[np.bool_]) -> list[CallerIdEvent]:
        """A row a line; what was told of all of it."""
        frames = -(-max(map(len, rows)) // FRAME_SAMPLES)
        block = np.zeros((_LINES, frames * FRAME_SAMPLES), np.int16)
        for line, row in enumerate(rows):
            block[line, : len(row)] = row
        events: list[CallerIdEvent] = []
        for at in range(0, block.shape[1], FRAME_SAMPLES):
            began_s = time.thread_time()
            for receiver in self.receivers:
                events += receiver.step(np.ascontiguousarray(block[:, at : at + FRAME_SAMPLES]), armed)
            self.slowest_s = max(self.slowest_s, time.thread_time() - began_s)
        if self.slowest_s > _LONGEST_STEP_S:
            raise SystemExit(f"a frame took {self.slowest_s:.2f} s")
        self.told += sum(event.ok and sound(event.number) for event in events)
        return events

    def episode(self, chance: random.Random) -> None:
        """Nonsense on every line, peace, and then one honest caller on each, who must be read."""
        for _ in range(chance.randint(1, 4)):
            armed = np.array([chance.random() < 0.9 for _ in range(_LINES)])
            rows = [spoilt(burst(chance), chance) if chance.random() < 0.7 else noise(chance) for _ in range(_LINES)]
            self.hear(rows, armed)
        everybody = np.ones(_LINES, np.bool_)
        quiet = [np.zeros(round(_PEACE_S * SAMPLE_RATE), np.int16)] * _LINES
        self.hear(quiet, everybody)
        honest = fsk_samples(encode_mdmf(CallerIdMessage(number=_NUMBER)), BELL_202, FskShape())
        tail = np.zeros(SAMPLE_RATE, np.int16)
        keyed = dtmf_burst(_NUMBER)
        rows = [np.concatenate((honest if line % 2 else keyed, tail)) for line in range(_LINES)]
        events = self.hear(rows, everybody)
        read = {event.port for event in events if event.ok and event.number == _NUMBER}
        if read != set(range(_LINES)):
            raise SystemExit(f"after all that only the lines {sorted(read)} read an honest caller")


def main() -> None:
    """Run, and say every half minute how it goes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    lines = Lines()
    began_s = said_s = time.monotonic()
    episodes = messages = read = 0
    first_mb = 0.0
    while (now_s := time.monotonic()) < began_s + options.seconds:
        for _ in range(2000):
            read += read_bytes(message(chance)) + read_keys(chance)
        messages += 4000
        lines.episode(chance)
        episodes += 1
        if episodes == 20:
            first_mb = resident_mb()
        if now_s - said_s >= 30.0:
            said_s = now_s
            print(
                f"{now_s - began_s:5.0f} s: {messages:,} messages and rows of keys, {read:,} read; {episodes} episodes"
                f" on {_LINES} lines, {lines.told} callers told, slowest frame {lines.slowest_s * 1000:.0f} ms,"
                f" memory {resident_mb() - first_mb:+.1f} MB",
                flush=True,
            )
    print(f"seed {options.seed}: {episodes} episodes, memory {resident_mb() - first_mb:+.1f} MB, all well")


if __name__ == "__main__":
    main()
