"""A caller and a phone at the far ends of two local spans have one call with the box. Runs inside the image, as root.

`one_call.py LINE PHONE NUMBER`: channels of the far ends, and who calls. Says each step, and which was in vain.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from drivers.base import PortKind
from drivers.dahdi.abi import Event, Hook
from drivers.dsp.callerid_send import fsk_burst
from drivers.dsp.tones import ToneGenerator, dtmf_samples
from tests.system.lab.peer import Peer

DEAF_S = 2.3
"""A channel that was just opened hears no ringing for 2 s."""
PATIENCE_S = 90.0
PRESS_EVERY_S = 4.0
TALK_S = 6
CALLER_HZ, AGENT_HZ = 700.0, 1300.0
SILENCE = np.zeros(1600, np.int16)


def say(step: str) -> None:
    sys.stdout.write(f"{step}\n")
    sys.stdout.flush()


def saw(peer: Peer, event: Event, step: str, within_s: float = PATIENCE_S) -> None:
    if not peer.saw(event, within_s):
        sys.exit(f"in vain: {step}; seen {peer.events}")
    say(step)


def voice(pitch_hz: float) -> np.ndarray:
    return ToneGenerator((pitch_hz,), -15.0).frame(8000 * TALK_S)


def level(heard: np.ndarray, pitch_hz: float) -> float:
    """How much of the last seconds is at this pitch, 0–1."""
    power = np.abs(np.fft.rfft(heard.astype(np.float64))) ** 2
    hz = np.fft.rfftfreq(len(heard), 1 / 8000)
    return float(power[np.abs(hz - pitch_hz) < 20].sum() / power.sum())


def one_call(line: int, phone: int, number: str) -> None:
    with Peer(line, PortKind.FXS) as caller, Peer(phone, PortKind.FXO) as handset:
        time.sleep(DEAF_S)
        caller.hook(Hook.RING)
        time.sleep(1.6)
        caller.say(np.concatenate([SILENCE, fsk_burst(number, "", "11220830"), SILENCE]))
        saw(caller, Event.RING_OFF_HOOK, "the box answers")
        caller.hook(Hook.OFF)
        for _ in range(round(PATIENCE_S / PRESS_EVERY_S)):
            caller.say(dtmf_samples("1", on_ms=120))
            if handset.saw(Event.RING_BEGIN, PRESS_EVERY_S):
                break
        else:
            sys.exit("in vain: the phone rings")
        say("the phone rings")
        time.sleep(0.3)
        handset.hook(Hook.OFF)
        time.sleep(2)
        caller.say(voice(CALLER_HZ))
        handset.say(voice(AGENT_HZ))
        time.sleep(TALK_S)
        heard = level(handset.heard[-16000:], CALLER_HZ), level(caller.heard[-16000:], AGENT_HZ)
        say(f"heard {heard[0]:.2f} {heard[1]:.2f}")
        handset.hook(Hook.ON)
        saw(caller, Event.ON_HOOK, "the box hangs up")
        caller.hook(Hook.ON)
        if min(heard) < 0.5:
            sys.exit("they do not hear each other")


if __name__ == "__main__":
    one_call(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
