"""Four sound cards at once, as the engine runs them, on PipeWire's null sinks: what is lost, and what it costs.

Each plays a tone and hears it again; what comes back tells of every gap. No sound hardware is needed.
"""

# slow: minutes, and needs PipeWire

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path

import numpy as np

from appliance.media.priority import take_priority
from drivers.base import FRAME_S, FRAME_SAMPLES
from drivers.dsp.tones import ToneGenerator
from drivers.rack import CardRack
from drivers.soundcard.card import SoundCard
from tests.system.pipewire import missing, sound_room

CARDS = 4


def processor_s() -> float:
    """Of this process and of those that hold the cards (they are still running: read from /proc)."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    spent = own.ru_utime + own.ru_stime
    ticks_per_s = os.sysconf("SC_CLK_TCK")
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                program = (folder / "cmdline").read_text()
            except OSError:
                continue
            if int(fields[1]) == os.getpid() and "host.py" in program:
                spent += (int(fields[11]) + int(fields[12])) / ticks_per_s
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parsed = parser.parse_args()
    if why := missing():
        print(why)
        return
    with tempfile.TemporaryDirectory() as folder, sound_room(Path(folder), CARDS):
        cards = [SoundCard(f"soundcard{n}", device=f"phone{n}") for n in range(1, CARDS + 1)]
        rack = CardRack(cards)
        rack.open()
        for card in cards:
            card.lift()
        realtime = take_priority(20)
        tone = ToneGenerator((1000,), -10.0)
        rx, tx = np.zeros((CARDS, FRAME_SAMPLES), np.int16), np.zeros((CARDS, FRAME_SAMPLES), np.int16)
        frames = round(parsed.minutes * 60 / FRAME_S)
        gaps = np.zeros(CARDS, int)
        own_s = 0.0
        settled = round(5.0 / FRAME_S)
        before: list[tuple[int, ...]] = []
        for frame in range(frames + settled):
            if frame == settled:
                began, spent = time.monotonic(), processor_s()
                before = [_counts(card) for card in cards]
            rack.read(rx, frame)
            own = time.thread_time()
            tx[:] = tone.frame(FRAME_SAMPLES)
            if frame > settled:
                gaps += np.abs(rx.astype(np.int32)).mean(axis=1) < 2000
                own_s += time.thread_time() - own
            rack.write(tx, frame)
        took_s = time.monotonic() - began
        share, bench = (100 * each / took_s for each in (processor_s() - spent - own_s, own_s))
        print(f"{parsed.minutes:g} min, load {os.getloadavg()[0]:.1f}, real-time {realtime}")
        print(f"{share:.1f} % of a core for all {CARDS}; making and judging the tone {bench:.1f} % more")
        for card, earlier, gap in zip(cards, before, gaps, strict=True):
            out, over, bridged, dropped, untaken = np.subtract(_counts(card), earlier)
            print(
                f"{card.name}: underruns {out}, overruns {over}, bridged {bridged}, dropped {dropped}, "
                f"untaken {untaken}; frames with a gap {gap}; drift {card.drift_ppm:+.0f} ppm"
            )
        rack.close()


def _counts(card: SoundCard) -> tuple[int, ...]:
    counts = card.counts
    return counts.underruns_out, counts.overruns_in, counts.bridged, counts.dropped, counts.untaken


if __name__ == "__main__":
    main()
