"""Random and mutated octets into what reads a voice modem: nothing escapes, nothing hangs, memory stays flat."""
# slow: as long as --seconds says

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from appliance.memory import resident_mb  # noqa: E402
from tests.peers.atcommands import Firmware  # noqa: E402
from tests.peers.modembench import ModemBench  # noqa: E402
from tests.peers.voicemodem import DeadLine, VoiceModem  # noqa: E402

_WELL_FORMED = (
    b"\r\nOK\r\n",
    b"\r\nERROR\r\n",
    b"\r\nCONNECT\r\n",
    b"\r\nVCON\r\n",
    b"\r\nNO CARRIER\r\n",
    b"\r\nRING\r\n",
    b"\r\nDATE=0815\r\nTIME=0930\r\nNMBR=05628896599\r\nNAME=WANG\r\n",
    b"\r\nNMBR = P\r\n",
    b"\x10/\x105\x10~\x10b\x10d\x10l\x10L\x10s\x10q\x10u\x10R",
    b"\x10\x03\r\nOK\r\n",
    b"\x10\x10\x10\x1a" * 20,
    b"\x13",
    b"\x11",
    b"\x80" * 160,
)
_LONGEST_EPISODE_S = 9.0
"""Of the modem's time, after which it must rest again, whatever came."""


def mutated(chance: random.Random) -> bytes:
    """Something that a modem could have said, or not."""
    octets = bytearray(chance.choice(_WELL_FORMED) * chance.randint(1, 4))
    for _ in range(chance.randint(0, 6)):
        at = chance.randrange(len(octets) + 1)
        match chance.randrange(4):
            case 0:
                octets[at:at] = chance.randbytes(chance.randint(1, 30))
            case 1:
                del octets[at : at + chance.randint(1, 5)]
            case 2:
                octets[at:at] = octets[: chance.randint(0, 40)]
            case _ if octets:
                octets[at % len(octets)] ^= 1 << chance.randrange(8)
    return bytes(octets) if chance.random() < 0.7 else chance.randbytes(chance.randint(0, 400))


def episode(bench: ModemBench, chance: random.Random) -> int:
    """Nonsense for a while, then peace; how many octets."""
    count = 0
    bench.wish(off_hook=chance.random() < 0.5)
    for _ in range(chance.randint(1, 12)):
        bench.run(chance.uniform(0.0, 0.3))
        octets = mutated(chance)
        bench.dialogue.receive(octets, bench.now_s)
        count += len(octets)
    bench.wish(off_hook=False)
    bench.run(_LONGEST_EPISODE_S)
    if not bench.script.resting:
        raise SystemExit(f"the modem does not rest again after {_LONGEST_EPISODE_S} s")
    bench.happened.clear()
    bench.modem.recorded.clear()
    bench.modem.played.clear()
    bench.modem.firmware.said.clear()
    return count


def main() -> None:
    """Run, and say every half minute how it goes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    benches = [ModemBench(VoiceModem(DeadLine(), Firmware(duplex=duplex))) for duplex in (True, False)]
    for bench in benches:
        bench.run(2.0)
    began_s = told_s = time.monotonic()
    episodes = octets = 0
    first_mb = longest_s = 0.0
    while time.monotonic() - began_s < options.seconds:
        episode_s = time.monotonic()
        octets += episode(benches[episodes % 2], chance)
        episodes += 1
        longest_s = max(longest_s, time.monotonic() - episode_s)
        if episodes == 100:
            first_mb = resident_mb()
        if time.monotonic() - told_s > 30:
            told_s = time.monotonic()
            print(f"{told_s - began_s:5.0f} s  {episodes} episodes  {octets / 1e6:.1f} MB  {resident_mb():.1f} MB")
    grown_mb = resident_mb() - first_mb
    print(f"{episodes} episodes, {octets / 1e6:.2f} MB, longest {longest_s * 1000:.0f} ms, grew {grown_mb:.1f} MB")
    if first_mb and grown_mb > 8:
        raise SystemExit("memory grows")


if __name__ == "__main__":
    main()
