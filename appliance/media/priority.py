"""Real-time priority for the threads that share an interpreter with the tick."""

from __future__ import annotations

import logging
import os

LOWEST = 1
"""For the control loop and the writer: above every ordinary process, below every tick."""
_log = logging.getLogger(__name__)


def take_priority(priority: int) -> bool:
    """Make the calling thread a SCHED_FIFO one; its children are ordinary again. False without the right to it.

    Not only the tick needs this: a thread that holds the interpreter lock while other processes keep it from running
    makes the tick wait. Measured with two busy processes on two cores and a control loop that works 80 % of the time:
    tick lateness p99 0.7 ms with the loop at `LOWEST`, 12 ms with the loop an ordinary thread (even at nice -15).
    """
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(priority))
    except OSError as error:
        _log.warning("no real-time priority (%s); calls may click while the machine is busy", error.strerror)
        return False
    return True
