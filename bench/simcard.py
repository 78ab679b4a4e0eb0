"""What a frame of the simulated card costs: `python bench/simcard.py`."""

from __future__ import annotations

import time

import numpy as np

from drivers.base import FRAME_SAMPLES, ReleaseLine, SeizeLine
from drivers.sim.card import SimCard
from drivers.sim.steps import Voice

_FRAMES = 2000


def _median_us(card: SimCard, tx: np.ndarray) -> float:
    rx = np.zeros_like(tx)
    costs = []
    for _ in range(_FRAMES):
        begun = time.perf_counter()
        card.read(rx)
        card.write(tx)
        costs.append(time.perf_counter() - begun)
    return float(np.median(costs)) * 1e6


def main() -> None:
    card = SimCard(paced=False)
    card.open()
    tx = np.zeros((len(card.ports), FRAME_SAMPLES), np.int16)
    print(f"idle               {_median_us(card, tx):6.1f} µs")
    voice = card.sounds.samples(Voice(1, _FRAMES / 50 * 3))
    callers = [card.exchange.add_phone(f"out-{number}") for number in range(1, 5)]
    for line, caller in zip(card.exchange.lines, callers, strict=True):
        caller.call("13905620001", line.port)
        card.command(line.port, SeizeLine())
    card.read(np.zeros_like(tx))
    for person in (*callers, *card.phones):
        person.say(voice)
    for phone in card.phones:
        phone.lift()
    print(f"talking, box silent {_median_us(card, tx):5.1f} µs")
    tx[:] = voice[: tx.size].reshape(tx.shape)
    print(f"talking both ways   {_median_us(card, tx):5.1f} µs")
    for line in card.exchange.lines:
        card.command(line.port, ReleaseLine())
    card.close()


if __name__ == "__main__":
    main()
