"""The facade over the simulated card: a call's media from end to end, in virtual and in real time."""

from __future__ import annotations

import asyncio
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.media.events import Batch, CommandRefused, MediaEvent, PlaybackFinished, RecordingFinished
from appliance.media.items import Digits, PlayedTone, Prompt, ServiceTone, Silence
from appliance.media.media import Media, UnknownPortError
from appliance.media.virtualloop import run_virtually
from appliance.telephony.ids import PromptId
from drivers.bank import Listen
from drivers.base import PortId, ReleaseLine, RingPhone, SeizeLine
from drivers.hangup import HangUpProfile
from drivers.signals import (
    CallerIdReceived,
    DigitPressed,
    FarEndHungUp,
    OffHook,
    PortFault,
    PortRecovered,
    RingStarted,
    Signal,
)
from drivers.sim.card import SimCard
from drivers.sim.steps import Voice
from tests.unit.scripted_card import ScriptedCard
from tests.unit.sim_rig import correlation

LINE, PHONE = PortId("sim/1"), PortId("sim/5")
LEFT, RIGHT = PortId("card/1"), PortId("card/2")


class Bench:
    """A `Media` over a card, and everything that came in batches."""

    def __init__(self, card: SimCard | ScriptedCard, folder: Path) -> None:
        self.media = Media([card], own_prompts=folder / "prompts", built_in_prompts=folder / "built-in")
        self.media.on_batch(self._take)
        self.signals: list[Signal] = []
        self.events: list[MediaEvent] = []
        self.batches: list[Batch] = []

    def _take(self, batch: Batch) -> None:
        self.batches.append(batch)
        self.signals += batch.signals
        self.events += batch.events

    async def until(self, kind: type[Signal], within_s: float = 30.0) -> Signal:
        """The first signal of a kind from now on."""
        seen = len(self.signals)
        async with asyncio.timeout(within_s):
            while True:
                for signal in self.signals[seen:]:
                    if isinstance(signal, kind):
                        return signal
                await asyncio.sleep(0.02)


def stereo(path: Path) -> NDArray[np.int16]:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())


def best_correlation(recorded: NDArray[np.int16], said: NDArray[np.int16]) -> float:
    """Of `said` anywhere in `recorded`."""
    one, other = recorded.astype(np.float64), said.astype(np.float64)
    size = one.size + other.size
    lags = np.fft.irfft(np.fft.rfft(one, size) * np.conj(np.fft.rfft(other, size)), size)
    at = int(np.argmax(lags[: one.size - other.size]))
    return correlation(recorded[at : at + said.size], said)


async def one_call(folder: Path) -> Bench:
    """Rings, is answered by the box with a beep, keys a digit, is bridged to a phone, talks, hangs up."""
    card = SimCard(paced=False)
    bench = Bench(card, folder)
    media = bench.media
    customer_voice, seat_voice = card.sounds.samples(Voice(1, 3.0)), card.sounds.samples(Voice(2, 3.0))
    await media.start()
    card.exchange.add_phone("out-1").call("13905620001", LINE)
    caller = card.exchange.phones[0]
    await bench.until(CallerIdReceived)
    media.command(LINE, SeizeLine())
    media.watch_hang_up(LINE, HangUpProfile())
    media.listen(LINE, Listen.DTMF)
    assert await media.play(LINE, [ServiceTone(PlayedTone.BEEP), Silence(0.5)]).finished()
    caller.press("2")
    await bench.until(DigitPressed)
    waiting = media.hold(LINE, PromptId("music"))
    media.command(PHONE, RingPhone("13905620001"))
    await asyncio.sleep(3)
    card.phones[0].lift()
    await bench.until(OffHook)
    media.connect(LINE, PHONE)
    assert not await waiting.finished()
    recording = media.start_recording(folder / "calls" / "a.wav", LINE, PHONE)
    await asyncio.sleep(0.5)
    caller.ear.capture()
    caller.say(customer_voice)
    await asyncio.sleep(3.5)
    card.phones[0].say(seat_voice)
    await asyncio.sleep(4)
    assert best_correlation(caller.ear.captured(), seat_voice) > 0.9, "the customer hears the seat"
    caller.hang_up()
    hung_up = await bench.until(FarEndHungUp)
    assert isinstance(hung_up, FarEndHungUp)
    media.stop_recording(recording, trim_tail_s=(hung_up.at_frame - hung_up.since_frame) * 0.02)
    finished = await recording.finished()
    assert finished.reason is None
    content = stereo(finished.path)
    assert content.shape[0] == pytest.approx(finished.length_s * 8000)
    assert best_correlation(content[:, 0], customer_voice) > 0.9
    assert best_correlation(content[:, 1], seat_voice) > 0.9
    assert best_correlation(content[:, 1], customer_voice) < 0.5
    media.command(LINE, ReleaseLine())
    await media.close()
    return bench


def test_a_whole_call_in_virtual_time(tmp_path: Path) -> None:
    bench = run_virtually(one_call(tmp_path))
    assert isinstance(bench.signals[0], RingStarted)
    frames = [batch.at_frame for batch in bench.batches]
    assert frames == sorted(set(frames)), "one batch per tick"


def test_two_runs_are_the_same(tmp_path: Path) -> None:
    runs = [run_virtually(one_call(tmp_path)) for _ in range(2)]
    assert runs[0].batches == runs[1].batches
    assert [bench.media.frame for bench in runs] == [runs[0].media.frame] * 2


def scripted(folder: Path, card: ScriptedCard) -> Bench:
    card.said = {0: np.full(8000 * 60, 100, np.int16), 1: np.full(8000 * 60, 7, np.int16)}
    return Bench(card, folder)


def test_connect_hold_disconnect_and_one_way(tmp_path: Path) -> None:
    async def plot() -> NDArray[np.int16]:
        card = ScriptedCard()
        bench = scripted(tmp_path, card)
        media = bench.media
        await media.start()
        steps = [
            lambda: media.connect(LEFT, RIGHT),
            lambda: media.disconnect(LEFT),
            lambda: media.set_path(RIGHT, LEFT, 6.0206),
            lambda: media.set_path(RIGHT, LEFT, None),
            lambda: media.set_port_gains(LEFT, rx_db=20, tx_db=20),
            lambda: media.connect(LEFT, RIGHT),
            lambda: media.play(LEFT, [Silence(9)]),
            lambda: media.stop(LEFT),
        ]
        heard = []
        for step in steps:
            step()
            await asyncio.sleep(0.1)
            heard.append(card.written[-1][:, 0].copy())
        await media.close()
        return np.array(heard)

    assert run_virtually(plot()).tolist() == [
        [7, 100], [0, 0], [0, 200], [0, 0], [0, 0], [70, 1000], [0, 1000], [70, 1000],
    ]  # fmt: skip


def test_digits_go_out_to_the_line(tmp_path: Path) -> None:
    async def plot() -> NDArray[np.int16]:
        card = ScriptedCard()
        bench = Bench(card, tmp_path)
        await bench.media.start()
        assert await bench.media.play(LEFT, [Digits("12")]).finished()
        await bench.media.close()
        return card.sent(0)

    sent = run_virtually(plot())
    loud = np.abs(sent).reshape(-1, 160).max(axis=1) > 1000
    assert np.count_nonzero(loud) in range(10, 13)


def test_unknown_ports_and_digits_are_refused_to_the_caller(tmp_path: Path) -> None:
    async def plot() -> None:
        media = Bench(ScriptedCard(), tmp_path).media
        with pytest.raises(UnknownPortError, match="card/9; there are card/1, card/2"):
            media.connect(LEFT, PortId("card/9"))
        with pytest.raises(ValueError, match="DTMF"):
            media.play(LEFT, [Digits("8o8")])
        await media.close()

    run_virtually(plot())


def test_a_card_that_refuses_is_told_and_the_tick_goes_on(tmp_path: Path) -> None:
    async def plot() -> tuple[list[MediaEvent], int]:
        card = ScriptedCard()
        card.refuses = "the line is not plugged in"
        bench = Bench(card, tmp_path)
        await bench.media.start()
        bench.media.command(LEFT, SeizeLine())
        await asyncio.sleep(1)
        await bench.media.close()
        return bench.events, bench.media.frame

    events, frame = run_virtually(plot())
    assert events == [CommandRefused(LEFT, 0, "the line is not plugged in")]
    assert frame == 49


def test_what_breaks_the_tick_is_raised_by_failure(tmp_path: Path) -> None:
    async def plot() -> None:
        card = ScriptedCard()
        bench = Bench(card, tmp_path)
        await bench.media.start()
        card.breaks = RuntimeError("a fault of ours")
        with pytest.raises(RuntimeError, match="a fault of ours"):
            await bench.media.failure()
        await bench.media.close()

    run_virtually(plot())


def test_close_ends_recordings_and_wakes_who_waits(tmp_path: Path) -> None:
    async def plot() -> None:
        bench = scripted(tmp_path, ScriptedCard())
        media = bench.media
        await media.start()
        recording = media.start_recording(tmp_path / "a.wav", LEFT, RIGHT)
        playback = media.play(LEFT, [Prompt(PromptId("music"))], loop=True)
        await asyncio.sleep(2)
        await media.close()
        await media.close()
        finished = await recording.finished()
        assert finished.length_s == pytest.approx(2.0, abs=0.05)
        assert not await playback.finished()
        assert finished in bench.events
        await media.failure()

    run_virtually(plot())


def test_a_card_in_use_elsewhere_is_a_fault_until_it_is_free(tmp_path: Path) -> None:
    async def plot() -> None:
        card = ScriptedCard()
        card.busy = True
        bench = Bench(card, tmp_path)
        await bench.media.start()
        fault = await bench.until(PortFault)
        assert isinstance(fault, PortFault)
        assert "another program" in fault.text
        card.busy = False
        await bench.until(PortRecovered)
        await bench.media.close()

    run_virtually(plot())


def test_in_real_time_a_thread_ticks_records_and_reports(tmp_path: Path) -> None:
    async def plot() -> None:
        bench = Bench(SimCard(paced=True), tmp_path)
        media = bench.media
        await media.start()
        recording = media.start_recording(tmp_path / "a.wav", LINE, PHONE)
        async with asyncio.timeout(20):
            assert await media.play(PHONE, [ServiceTone(PlayedTone.BEEP)]).finished()
        media.stop_recording(recording)
        async with asyncio.timeout(20):
            finished = await recording.finished()
        assert finished.length_s >= 0.28
        assert stereo(finished.path).shape[0] == pytest.approx(finished.length_s * 8000)
        health = media.health()
        assert health.ticks >= 15
        assert health.last_tick_s > 0
        await media.close()
        ticks = media.health().ticks
        await asyncio.sleep(0.05)
        assert media.health().ticks == ticks, "no tick after close"
        kinds = [type(event) for event in bench.events]
        assert kinds == [PlaybackFinished, RecordingFinished]

    asyncio.run(plot())


def test_in_real_time_too_a_fault_is_raised_by_failure(tmp_path: Path) -> None:
    async def plot() -> None:
        card = ScriptedCard()
        card.breaks = RuntimeError("a fault of ours")
        bench = Bench(card, tmp_path)
        await bench.media.start()
        async with asyncio.timeout(20):
            with pytest.raises(RuntimeError, match="a fault of ours"):
                await bench.media.failure()
        await bench.media.close()

    asyncio.run(plot())
