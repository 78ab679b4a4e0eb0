"""What the hash chain costs: `python bench/soundchain.py`; CPU for an hour of stereo, written as the recorder does."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

from appliance.media.events import RecordingToken
from appliance.media.ledger import Ledger
from appliance.media.recorder import Recorder
from appliance.media.recordingfile import RecordingRing

MINUTES = 20
FRAMES_A_DRAIN = 10


def cpu_s(*, chained: bool) -> float:
    """CPU of this process for an hour, from the ring to the page cache."""
    frame = np.random.default_rng(1).integers(-9000, 9000, (2, 160)).astype(np.int16)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        recorder = Recorder(disk_reserve_mb=0, durable=False, ledger=Ledger(data, durable=False) if chained else None)
        ring = RecordingRing(RecordingToken(1), data / "a.wav", ((0,), (1,)), chained_at="2026-11-02T09:00:00")
        recorder.start(ring)
        began = time.process_time()
        for number in range(MINUTES * 3000):
            recorder.tap(frame)
            if number % FRAMES_A_DRAIN == 0:
                recorder.drain()
        return (time.process_time() - began) * 60 / MINUTES


def main() -> None:
    plain, chained = (min(cpu_s(chained=chained) for _ in range(3)) for chained in (False, True))
    print(f"an hour of stereo: {plain:.2f} s of CPU without, {chained:.2f} s with its hash chain")


if __name__ == "__main__":
    main()
