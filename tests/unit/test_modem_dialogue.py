"""A voice modem's life in virtual time: set up, rung, answered, played to; and what people report of bad ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from drivers.base import FRAME_SAMPLES
from drivers.modem.callertext import CallerText
from drivers.modem.coding import decode, encode
from drivers.modem.happening import (
    CallerTold,
    DropDtr,
    Happening,
    KeyCame,
    LoopBroke,
    ModemFailed,
    ModemReady,
    Rang,
    Reopen,
    SoundCame,
)
from drivers.modem.outgoing import LEAD_FRAMES
from drivers.modem.script import Direction
from drivers.signals import FaultKind
from tests.peers.atcommands import Firmware, Sound
from tests.peers.modembench import ModemBench
from tests.peers.voicemodem import VoiceModem

PROMISED_S = 5.0
CALLER = [b"DATE=0815", b"TIME=0930", b"NMBR=05628896599", b"NAME=WANG"]


class Line:
    """Says a tone off hook; rings and notices as told."""

    def __init__(self) -> None:
        self.notices: list[bytes] = []
        self.heard: list[NDArray[np.int16]] = []
        self.off_hook = False

    def step(self, said: NDArray[np.int16] | None, *, off_hook: bool) -> tuple[NDArray[np.int16], list[bytes]]:
        self.off_hook = off_hook
        if said is not None:
            self.heard.append(said)
        notices, self.notices = self.notices, []
        return np.full(FRAME_SAMPLES, -28672 if off_hook else 0, np.int16), notices  # 0x10 as unsigned eight bits


def bench(firmware: Firmware | None = None) -> tuple[ModemBench, Line]:
    line = Line()
    made = ModemBench(VoiceModem(line, firmware))
    return made, line


def ready_bench(firmware: Firmware | None = None) -> tuple[ModemBench, Line]:
    made, line = bench(firmware)
    assert [type(each) for each in made.run(1.5)] == [ModemReady]
    return made, line


def fault_in(happenings: list[Happening]) -> FaultKind | None:
    return next((each.fault for each in happenings if isinstance(each, ModemFailed)), None)


def of(kind: type[Happening], happenings: list[Happening]) -> list[Happening]:
    return [each for each in happenings if isinstance(each, kind)]


def heard_level(happenings: list[Happening]) -> int:
    """How many samples of the line's tone arrived."""
    sound = [decode(each.octets, each.coding) for each in happenings if isinstance(each, SoundCame)]
    return int((np.concatenate(sound) < -28000).sum()) if sound else 0


def test_a_modem_is_recognised_and_set_up() -> None:
    made, _ = ready_bench(Firmware(identity="5601"))
    assert made.happened[-1][1] == ModemReady("USR5637")
    assert made.modem.firmware.fclass == "0"
    assert made.modem.firmware.tells_callers
    assert not made.modem.firmware.echo


def test_ring_and_caller_come_as_text() -> None:
    made, line = ready_bench()
    line.notices = [b"RING"]
    assert of(Rang, made.run(0.1)) == [Rang()]
    line.notices = list(CALLER)
    told = of(CallerTold, made.run(1.0))
    assert told == [CallerTold(CallerText("05628896599", "WANG", "0815", "0930"))]
    said = list(made.modem.firmware.said)
    line.notices = [b"RING"]
    assert of(Rang, made.run(4.0)) == [Rang()]
    assert made.modem.firmware.said == said, "nothing is asked while it rings: it could cost the caller ID"


def test_a_caller_told_before_the_first_ring_is_told_once() -> None:
    made, line = ready_bench()
    line.notices = [*CALLER, b"ANID=05628896599", b"CDID=96599", b"RING"]
    happened = made.run(1.5)
    assert [type(each) for each in happened] == [CallerTold, Rang]


@pytest.mark.parametrize(
    "firmware",
    [
        Firmware(),
        Firmware(identity="5601"),
        Firmware(identity="56000", stop_shields=3, own_commands=("-SCID", "-STE"), rings_by_event=True),
    ],
    ids=["generic", "usr", "conexant"],
)
@pytest.mark.parametrize("duplex", [True, False])
def test_off_hook_the_line_is_heard_and_on_hook_again_it_is_not(firmware: Firmware, duplex: bool) -> None:
    made, line = ready_bench(firmware)
    firmware.duplex = duplex
    made.wish(off_hook=True)
    happened = made.run(1.0)
    assert line.off_hook
    assert heard_level(happened) > 7000
    assert made.script.direction is (Direction.BOTH if duplex else Direction.FROM_LINE)
    made.wish(off_hook=False)
    made.run(1.5)
    assert not line.off_hook
    assert (firmware.fclass, firmware.sound) == ("0", Sound.NONE)
    assert heard_level(made.run(0.5)) == 0
    assert not made.told_at(ModemFailed)


def speak(made: ModemBench, frames: int, value: int) -> list[Happening]:
    """So many frames of a constant, in real order of time."""
    happened: list[Happening] = []
    for _ in range(frames):
        frame = encode(np.full(FRAME_SAMPLES, value, np.int16), made.script.coding)
        made.script.sound.add(frame, audible=abs(value) > 100)
        happened += made.run(0.02)
    return happened


@pytest.mark.parametrize("duplex", [True, False])
def test_what_is_said_reaches_the_line_whole(duplex: bool) -> None:
    made, line = ready_bench(Firmware(duplex=duplex))
    made.wish(off_hook=True)
    made.run(0.5)
    speak(made, 20, 0)
    speak(made, 50, -28672)
    speak(made, 60, 0)
    said = np.concatenate(line.heard)
    assert abs(int((said < -28000).sum()) - 50 * FRAME_SAMPLES) <= FRAME_SAMPLES
    where = np.flatnonzero(said < -28000)
    assert where[-1] - where[0] + 1 == len(where), "without a gap"
    assert made.script.direction is (Direction.BOTH if duplex else Direction.FROM_LINE)
    assert where[0] >= (LEAD_FRAMES - 1) * FRAME_SAMPLES, "a lead of silence, so that a late frame makes no gap"


def test_half_duplex_keys_come_as_reports_while_it_plays_and_as_sound_else() -> None:
    made, line = ready_bench(Firmware(duplex=False))
    made.wish(off_hook=True)
    made.run(0.5)
    line.notices = [b"/", b"7", b"7", b"~"]
    assert of(KeyCame, made.run(0.3)) == [], "the detectors hear it themselves"
    speak(made, 20, 8000)
    line.notices = [b"/", b"5", b"5", b"~", b"6"]
    assert of(KeyCame, speak(made, 5, 8000)) == [KeyCame("5"), KeyCame("6")]


def test_half_duplex_a_reported_busy_tone_is_listened_to_although_something_plays() -> None:
    made, line = ready_bench(Firmware(duplex=False))
    made.wish(off_hook=True)
    made.run(0.5)
    speak(made, 20, 8000)
    assert made.script.direction is Direction.TO_LINE
    line.notices = [b"b"]
    assert heard_level(speak(made, 150, 8000)) > 2 * 8000
    speak(made, 150, 8000)
    assert made.script.direction is Direction.TO_LINE, "nothing came of it: the prompt goes on"


def test_half_duplex_the_dial_tone_does_not_keep_us_from_dialling() -> None:
    made, line = ready_bench(Firmware(duplex=False))
    made.wish(off_hook=True)
    line.notices = [b"d", b"b"]
    made.run(0.5)
    speak(made, 20, 8000)
    line.notices = [b"d"]
    speak(made, 20, 8000)
    assert made.script.direction is Direction.TO_LINE
    speak(made, 250, 8000)
    line.notices = [b"d"]
    speak(made, 20, 8000)
    assert made.script.direction is Direction.FROM_LINE, "in the middle of a long prompt it means something"


def test_a_flash_breaks_the_loop_and_the_sound_comes_back() -> None:
    made, line = ready_bench()
    made.wish(off_hook=True)
    made.run(0.5)
    made.script.flash_ms = 100
    broken = 0
    for _ in range(30):
        made.run(0.02)
        broken += not line.off_hook
    assert 4 <= broken <= 8
    assert heard_level(made.run(0.5)) > 2000


def test_a_broken_loop_is_told() -> None:
    made, line = ready_bench()
    made.wish(off_hook=True)
    made.run(0.5)
    line.notices = [b"l"]
    assert of(LoopBroke, made.run(0.1)) == [LoopBroke()]


ILLNESSES = ("silent", "garbage", "scrambled")


@pytest.mark.parametrize("illness", ILLNESSES)
def test_a_modem_that_is_ill_from_the_start_is_a_named_fault_and_recovers(illness: str) -> None:
    made, _ = bench()
    setattr(made.modem, illness, True)
    assert fault_in(made.run(PROMISED_S)) is FaultKind.NOT_ANSWERING
    assert made.told_at(DropDtr)
    assert made.told_at(Reopen)
    setattr(made.modem, illness, False)
    assert of(ModemReady, made.run(PROMISED_S))


@pytest.mark.parametrize("illness", ILLNESSES)
@pytest.mark.parametrize("later_s", [0.0, 0.5, 1.0])
def test_a_modem_that_falls_ill_on_hook_is_a_named_fault_and_recovers(illness: str, later_s: float) -> None:
    made, _ = ready_bench()
    made.run(later_s)
    setattr(made.modem, illness, True)
    assert fault_in(made.run(PROMISED_S)) is FaultKind.NOT_ANSWERING
    setattr(made.modem, illness, False)
    assert of(ModemReady, made.run(PROMISED_S))


@pytest.mark.parametrize("duplex", [True, False])
def test_a_modem_that_falls_silent_in_a_call_ends_it_with_a_named_fault(duplex: bool) -> None:
    made, line = ready_bench(Firmware(duplex=duplex))
    made.wish(off_hook=True)
    made.run(0.5)
    made.modem.silent = True
    assert fault_in(made.run(PROMISED_S)) is FaultKind.NOT_ANSWERING
    assert not made.script.off_hook
    made.modem.silent = False
    assert of(ModemReady, made.run(PROMISED_S))
    assert not line.off_hook


def test_a_modem_left_recording_by_a_program_that_died_is_woken() -> None:
    firmware = Firmware()
    made, _ = bench(firmware)
    firmware.fclass, firmware.off_hook, firmware.sound = "8", True, Sound.RECORDING
    assert of(ModemReady, made.run(3.0))
    assert not firmware.off_hook
    assert not made.told_at(ModemFailed)


def test_a_modem_without_voice_is_named_so() -> None:
    made, _ = bench(Firmware(voice=False))
    assert fault_in(made.run(PROMISED_S)) is FaultKind.UNFIT
    made.modem.firmware.voice = True
    assert of(ModemReady, made.run(60.0)), "looked at again by and by"


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_whatever_comes_in_the_middle_it_recovers(data: st.DataObject) -> None:
    made, _ = ready_bench(Firmware(duplex=data.draw(st.booleans())))
    made.wish(off_hook=data.draw(st.booleans()))
    for _ in range(data.draw(st.integers(1, 6))):
        made.run(data.draw(st.floats(0.0, 0.4)))
        made.dialogue.receive(data.draw(st.binary(max_size=200) | st.sampled_from(NASTY)), made.now_s)
    made.wish(off_hook=False)
    made.run(9.0)
    assert made.script.resting


NASTY = (
    b"\r\nCONNECT\r\n",
    b"\x10\x03\r\nOK\r\n",
    b"\r\nERROR\r\n" * 9,
    b"\x10",
    b"\x13",
    b"\r\nRING\r\nNMBR=\xff\xfe\r\n",
    b"A" * 1000,
    b"\r\nNO CARRIER\r\n\x10b\x10l\x10u",
)
