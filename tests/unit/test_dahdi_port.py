"""What a DAHDI port makes of the kernel's events: traps of the interface, and events of recorded calls again."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest

from drivers.base import CutBattery, FlashLine, PortId, PortInfo, PortKind, ReleaseLine, RingPhone, SeizeLine
from drivers.dahdi.abi import PULSE_DIGIT, Event, Hook
from drivers.dahdi.port import DahdiPort
from drivers.signals import (
    DigitPressed,
    DigitReleased,
    FaultKind,
    LoopBack,
    LoopLost,
    OffHook,
    OnHook,
    PortFault,
    PortRecovered,
    RingStarted,
    RingStopped,
    Signal,
)
from drivers.trace import Trace

TRACES = Path(__file__).parents[1] / "contract/traces"
LINE = PortInfo(PortId("dahdi/1"), PortKind.FXO, "外线 1")
PHONE = PortInfo(PortId("dahdi/5"), PortKind.FXS, "话机 1")


class Kernel:
    """A channel of which only the requests matter: the kernel's side is played by the test."""

    def __init__(self) -> None:
        self.hooks: list[Hook] = []
        self.settling = False
        self.alarm = False
        self.flash_ms = 0
        self.sounding_ms = 0
        self.closed = False

    def hook(self, hook: Hook) -> bool:
        if not self.settling:
            self.hooks.append(hook)
        return not self.settling

    def set_flash_ms(self, duration_ms: int) -> None:
        self.flash_ms = duration_ms

    def transfer_on_hook(self, duration_ms: int) -> bool:
        self.sounding_ms = duration_ms
        return True

    def has_alarm(self) -> bool:
        return self.alarm

    def close(self) -> None:
        self.closed = True


def attached(info: PortInfo) -> tuple[DahdiPort, Kernel]:
    port, kernel = DahdiPort(info), Kernel()
    assert port.attach(kernel, 0) == []
    return port, kernel


def told(port: DahdiPort, *events: int) -> list[type[Signal]]:
    return [type(signal) for event in events for signal in port.event(event, 1)]


def test_the_end_of_a_burst_that_comes_after_the_answer_is_no_second_burst():
    port, kernel = attached(LINE)
    assert told(port, Event.RING_OFF_HOOK) == [], "the end of a burst that began before the channel was opened"
    assert told(port, Event.RING_BEGIN) == [RingStarted]
    port.carry_out(SeizeLine(), 1)
    assert told(port, Event.RING_OFF_HOOK, Event.RING_BEGIN) == []
    port.carry_out(ReleaseLine(), 2)
    assert told(port, Event.RING_BEGIN, Event.RING_BEGIN, Event.RING_OFF_HOOK) == [RingStarted, RingStopped]
    assert kernel.hooks == [Hook.OFF, Hook.ON]


def test_the_loop_is_lost_once_and_back_once():
    port, _ = attached(LINE)
    assert told(port, Event.ON_HOOK) == []
    port.carry_out(SeizeLine(), 1)
    assert told(port, Event.ON_HOOK, Event.ON_HOOK, Event.RING_OFF_HOOK, Event.RING_OFF_HOOK) == [LoopLost, LoopBack]


def test_a_phone_that_answers_is_taken_off_the_ringer_and_hears_caller_id_between_bursts():
    port, kernel = attached(PHONE)
    port.carry_out(RingPhone("13905621234"), 1)
    assert told(port, Event.RINGER_OFF) == []
    assert kernel.sounding_ms > 3000
    assert told(port, Event.RING_OFF_HOOK, Event.RING_OFF_HOOK) == [OffHook]
    port.carry_out(RingPhone("13905621234"), 2)
    assert kernel.hooks == [Hook.RING, Hook.OFF], "nobody is rung who has lifted"
    assert told(port, Event.ON_HOOK) == [OnHook]


def test_what_the_kernel_cannot_do_yet_is_asked_again_until_it_does():
    port, kernel = attached(LINE)
    kernel.settling = True
    port.carry_out(SeizeLine(), 10)
    port.tick(11)
    kernel.settling = False
    port.tick(12)
    port.tick(13)
    assert kernel.hooks == [Hook.OFF]
    port.carry_out(FlashLine(300), 20)
    assert (kernel.flash_ms, kernel.hooks) == (300, [Hook.OFF, Hook.FLASH])


def test_a_cut_battery_comes_back_for_a_phone_that_is_still_lifted():
    port, kernel = attached(PHONE)
    told(port, Event.RING_OFF_HOOK)
    port.carry_out(CutBattery(600), 100)
    port.tick(129)
    assert kernel.hooks == [Hook.OFF, Hook.ON]
    port.tick(130)
    assert kernel.hooks == [Hook.OFF, Hook.ON, Hook.OFF]


def test_dial_pulses_are_digits():
    port, _ = attached(PHONE)
    told(port, Event.RING_OFF_HOOK)
    pressed, released = port.event(PULSE_DIGIT | ord("7"), 5)
    assert (pressed, released) == (DigitPressed(PHONE.port, 5, "7"), DigitReleased(PHONE.port, 5, "7", 600))


def test_a_card_that_is_pulled_out_is_lost_though_its_lines_lose_their_voltage_first():
    port, _ = attached(LINE)
    assert port.event(Event.ALARM, 1) + port.tick(2) == []
    (fault,) = port.detach(FaultKind.CARD_LOST, "板卡已拔出。", 3) + port.tick(20)
    assert isinstance(fault, PortFault)
    assert fault.fault is FaultKind.CARD_LOST


def test_each_fault_is_told_once_and_its_end_once():
    port, kernel = attached(LINE)
    assert told(port, Event.ALARM, Event.NO_ALARM) + port.tick(20) == [], "too short to be a line that was pulled"
    assert told(port, Event.ALARM, Event.ALARM) + port.tick(10) == []
    faults = [*port.tick(11), *port.tick(12)]
    assert [(type(each), each.at_frame) for each in faults] == [(PortFault, 11)]
    assert told(port, Event.NO_ALARM, Event.NO_ALARM) == [PortRecovered]
    assert [type(signal) for signal in port.detach(FaultKind.CARD_LOST, "板卡已拔出。", 2)] == [PortFault]
    assert kernel.closed
    port.carry_out(SeizeLine(), 3)  # forgotten: its fault has been told
    unplugged = Kernel()
    unplugged.alarm = True
    (fault,) = port.attach(unplugged, 4)
    assert isinstance(fault, PortFault)
    assert fault.fault is FaultKind.UNPLUGGED


@pytest.mark.parametrize("rig", ["local-spans", "astribank"])
def test_events_of_a_recorded_call_mean_what_they_meant(rig: str, tmp_path: Path) -> None:
    ZipFile(TRACES / f"dahdi-{rig}.zip").extractall(tmp_path)
    trace = Trace(tmp_path)
    ports = {info.port: DahdiPort(info) for info in trace.opening.ports}
    for port in ports.values():
        port.attach(Kernel(), trace.opening.first_frame)
    said: list[Signal] = []
    commands = trace.commands()
    for line in (tmp_path / "events").read_text(encoding="ascii").splitlines():
        frame, name, event = line.split()
        while commands and commands[0][0] <= int(frame):
            at_frame, port_id, command = commands.pop(0)
            ports[port_id].carry_out(command, at_frame)
        said += ports[PortId(name)].event(int(event), int(frame))
    assert said == trace.signals()
    assert len(said) >= 5
