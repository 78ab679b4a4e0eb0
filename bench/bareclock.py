"""How late a real-time process that does nothing wakes on this machine: what no program here can better.

`python bench/bareclock.py SECONDS` prints `p99_ms max_ms`; it sleeps from one 20 ms instant to the next at a higher
real-time priority than the tick has (an ordinary process without the right to it).
"""

from __future__ import annotations

import os
import sys
import time

_TICK_S = 0.02
_PRIORITY = 50


def main() -> None:
    ticks = int(float(sys.argv[1]) / _TICK_S)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(_PRIORITY))
    except PermissionError:
        sys.stderr.write("no real-time priority\n")
    late_s = []
    due_s = time.monotonic()
    for _ in range(ticks):
        due_s += _TICK_S
        time.sleep(max(0.0, due_s - time.monotonic()))
        late_s.append(time.monotonic() - due_s)
        due_s = max(due_s, time.monotonic() - _TICK_S)
    late_s.sort()
    print(f"{late_s[int(0.99 * ticks)] * 1000:.1f} {late_s[-1] * 1000:.1f}")


if __name__ == "__main__":
    main()
