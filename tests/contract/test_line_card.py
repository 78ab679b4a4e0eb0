"""What every line card must do, whatever is behind it. A new driver adds its `CardUnderTest` to `CARDS`."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from drivers.base import (
    FRAME_SAMPLES,
    LINE_COMMANDS,
    STATION_COMMANDS,
    CardError,
    FlashLine,
    LineCard,
    MessageLamp,
    PortId,
    PortKind,
    ReleaseLine,
    ReverseBattery,
    RingPhone,
    SeizeLine,
    StopRinging,
)
from drivers.dsp.level import level_dbm0
from drivers.signals import OffHook, OnHook, PortFault, PortRecovered, RingStarted, RingStopped, Signal
from tests.contract.card_under_test import CardUnderTest, laboratory_cards, ports_of, replayed, simulated
from tests.contract.cellularbench import cellular
from tests.contract.modem_under_test import voice_modem
from tests.contract.soundcard_under_test import sound_card

CARDS = laboratory_cards() or {
    "sim": simulated,
    "trace": replayed,
    "cellular": cellular,
    "modem": voice_modem,
    "soundcard": sound_card,
}
IN_REAL_TIME = {"cellular", "modem", "soundcard"}
"""Their world has clocks of its own: a frame takes 20 ms."""


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.slow if name in IN_REAL_TIME else ()) for name in CARDS])
def under_test(request, tmp_path) -> CardUnderTest:
    made = CARDS[request.param](tmp_path)
    yield made
    made.card.close()
    made.clean_up()


def stir(under_test: CardUnderTest, stimulus: str) -> PortId:
    """Bring the stimulus about; skips where it cannot be."""
    act = getattr(under_test, stimulus)
    if act is None:
        pytest.skip("this laboratory cannot bring that about")
    return act()


@pytest.fixture
def card(under_test) -> LineCard:
    under_test.card.open()
    return under_test.card


def run(card: LineCard, frames: int) -> tuple[list[list[Signal]], np.ndarray]:
    """Signals per frame and received audio `[frame, port, sample]`."""
    rx = np.full((len(card.ports), FRAME_SAMPLES), 12345, np.int16)
    tx = np.zeros_like(rx)
    signals, heard = [], []
    for _ in range(frames):
        rx.fill(12345)
        signals.append(card.read(rx))
        heard.append(rx.copy())
        card.write(tx)
    return signals, np.stack(heard)


def of(signals: list[list[Signal]], kind: type[Signal], port: PortId) -> list[int]:
    return [signal.at_frame for batch in signals for signal in batch if type(signal) is kind and signal.port == port]


def test_ports_are_named_after_the_card_and_stay_what_they_are(under_test):
    card = under_test.card
    before = list(card.ports)
    card.open()
    run(card, 3)
    assert list(card.ports) == before
    names = [info.port for info in before]
    assert len(set(names)) == len(names)
    assert all(name.startswith(f"{card.name}/") for name in names)
    assert all(info.label for info in before)


def test_every_read_fills_every_row(card):
    _, heard = run(card, 5)
    assert not (heard == 12345).all(axis=2).any()


def test_frames_of_another_shape_are_refused(card):
    wrong = np.zeros((len(card.ports) + 1, FRAME_SAMPLES), np.int16)
    with pytest.raises(CardError):
        card.read(wrong)
    with pytest.raises(CardError):
        card.write(wrong)


def test_a_card_that_is_not_open_cannot_be_used(under_test):
    frames = np.zeros((len(under_test.card.ports), FRAME_SAMPLES), np.int16)
    with pytest.raises(CardError):
        under_test.card.read(frames)
    with pytest.raises(CardError):
        under_test.card.write(frames)


def test_close_twice_and_open_again(card):
    run(card, 3)
    card.close()
    card.close()
    card.open()
    signals, _ = run(card, 3)
    assert len(signals) == 3


@pytest.mark.parametrize("kind", [PortKind.FXO, PortKind.FXS])
def test_each_port_takes_its_commands_and_refuses_the_others(card, kind):
    line = [SeizeLine(), FlashLine(), ReleaseLine()]
    station = [RingPhone("13905621234", "王"), StopRinging(), ReverseBattery(reversed=True), MessageLamp(on=True)]
    assert all(isinstance(command, LINE_COMMANDS) for command in line)
    assert all(isinstance(command, STATION_COMMANDS) for command in station)
    sockets = ports_of(card, kind) or (ports_of(card, PortKind.CELLULAR) if kind is PortKind.FXO else [])
    if not sockets:
        pytest.skip("the card has no such sockets")
    port = sockets[0].port
    fitting, foreign = (line, station) if kind is PortKind.FXO else (station, line)
    for command in fitting:
        card.command(port, command)
        run(card, 1)
    for command in foreign:
        with pytest.raises(CardError):
            card.command(port, command)


def test_a_port_that_does_not_exist_is_refused(card):
    with pytest.raises(CardError):
        card.command(PortId(f"{card.name}/99"), SeizeLine())


@pytest.mark.parametrize("stimulus", ["ring_line", "lift_and_put_down", "pull_line"])
def test_signals_are_stamped_with_the_frame_that_reports_them(under_test, stimulus):
    under_test.card.open()
    stir(under_test, stimulus)
    signals, _ = run(under_test.card, 160)
    ports = {info.port for info in under_test.card.ports}
    assert any(signals)
    for frame, batch in enumerate(signals):
        assert all(signal.at_frame == frame for signal in batch)
        assert all(signal.port in ports for signal in batch)


def test_each_ring_burst_starts_and_stops_once(under_test):
    under_test.card.open()
    port = stir(under_test, "ring_line")
    signals, _ = run(under_test.card, 200)
    started, stopped = of(signals, RingStarted, port), of(signals, RingStopped, port)
    assert len(started) == len(stopped) == 1
    assert 45 <= stopped[0] - started[0] <= 55


def test_a_handset_is_reported_lifted_at_once_and_down_when_it_cannot_be_a_flash(under_test):
    under_test.card.open()
    port = stir(under_test, "lift_and_put_down")
    signals, _ = run(under_test.card, 200)
    lifted, down = of(signals, OffHook, port), of(signals, OnHook, port)
    assert len(lifted) == len(down) == 1
    assert lifted[0] <= 5
    assert 60 <= down[0] <= 110


def test_speech_arrives_on_its_row_only(under_test):
    card = under_test.card
    card.open()
    port = stir(under_test, "speak_on_line")
    _, heard = run(card, 60)
    for row, info in enumerate(card.ports):
        level = level_dbm0(heard[:, row].reshape(-1))
        assert (level > -30) if info.port == port else (level < -60)


def test_an_unplugged_line_is_reported_once_and_once_when_it_is_back(under_test):
    under_test.card.open()
    port = stir(under_test, "pull_line")
    signals, _ = run(under_test.card, 160)
    assert len(of(signals, PortFault, port)) == 1
    assert len(of(signals, PortRecovered, port)) == 1


def held() -> tuple[int, int]:
    """Open files and threads of this process."""
    return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()


def test_nothing_is_left_behind(under_test):
    before = held()
    under_test.card.open()
    run(under_test.card, 25)
    under_test.card.close()
    assert held() == before
