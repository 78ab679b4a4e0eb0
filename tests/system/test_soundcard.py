"""Sound cards as phones, on PipeWire's null sinks: real PortAudio, real ALSA, real processes, in real time.

A null sink hears what it is given, so that a card's microphone hears its own loudspeaker.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Self

import numpy as np
import pytest

from appliance.defaults.plan import default_plan
from appliance.engine.engine import Engine
from appliance.journal import Journal
from appliance.settings import Settings
from appliance.telephony.call import CallResult
from appliance.wire.messages import CallLogged
from drivers.bank import Listen, PortBank
from drivers.base import FRAME_SAMPLES, CardAbsentError, CardError, LineCard, PortId, RingPhone, SeizeLine
from drivers.dsp.level import level_dbm0
from drivers.dsp.toneplan import load_tone_plan
from drivers.dsp.tones import ToneGenerator
from drivers.signals import DigitPressed, FaultKind, OffHook, OnHook, PortFault, PortRecovered, Signal
from drivers.sim.card import SimCard
from drivers.soundcard.card import SoundCard
from tests.system.pipewire import SoundRoom, missing, sound_room

PORT = PortId("soundcard/1")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(missing()), reason=missing())]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[SoundRoom]:
    with sound_room(tmp_path, 2) as opened:
        yield opened


class Listener:
    """A bank over one card, read in this thread."""

    def __init__(self, card: LineCard) -> None:
        self.bank = PortBank([card], load_tone_plan("cn"))
        self.heard: list[np.ndarray] = []
        self.tone = ToneGenerator((1000,), -10.0)

    def __enter__(self) -> Self:
        self.bank.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.bank.close()

    def until(
        self, condition: Callable[[list[Signal]], object], within_s: float, *, says: bool = False
    ) -> list[Signal]:
        told: list[Signal] = []
        rx, tx = np.zeros((1, FRAME_SAMPLES), np.int16), np.zeros((1, FRAME_SAMPLES), np.int16)
        deadline = time.monotonic() + within_s
        while not condition(told):
            assert time.monotonic() < deadline, told
            self.bank.read(rx)
            told += self.bank.listen(rx)
            self.heard.append(rx[0].copy())
            if says:
                tx[0] = self.tone.frame(FRAME_SAMPLES)
            self.bank.write(tx)
        return told

    def level_dbm0(self) -> float:
        """Of the last half second."""
        return level_dbm0(np.concatenate(self.heard[-25:]))


def kinds(told: list[Signal]) -> list[type[Signal]]:
    return [type(signal) for signal in told]


def test_a_headset_is_lifted_spoken_through_keyed_and_put_down(room: SoundRoom) -> None:
    card = SoundCard("soundcard", device="phone1")
    with Listener(card) as listener:
        listener.until(lambda _: len(listener.heard) > 25, 5, says=True)
        assert listener.level_dbm0() < -60, "nothing leaves the room while it is on hook"
        card.lift()
        told = listener.until(lambda _: len(listener.heard) > 60 and listener.level_dbm0() > -25, 20, says=True)
        assert kinds(told) == [OffHook]
        listener.bank.listen_for(PORT, Listen.DTMF)
        card.press("5")
        told = listener.until(lambda told: DigitPressed in kinds(told), 10)
        assert [signal.digit for signal in told if isinstance(signal, DigitPressed)] == ["5"]
        card.hang_up()
        listener.until(lambda told: OnHook in kinds(told), 5)


def test_a_loudspeaker_rings_and_answers_by_itself(room: SoundRoom) -> None:
    card = SoundCard("soundcard", device="phone2", auto_answer=True)
    with Listener(card) as listener:
        listener.bank.command(PORT, RingPhone("13905621234"))
        listener.until(lambda _: card.ringing is not None, 2)
        listener.until(lambda told: kinds(told) == [OffHook], 5)
        assert card.answered_itself
        assert card.ringing is None


def test_a_card_pulled_out_is_a_fault_and_works_again_when_it_is_back(room: SoundRoom) -> None:
    with Listener(SoundCard("soundcard", device="phone1")) as listener:
        listener.until(lambda _: len(listener.heard) > 10, 5)
        room.kill()
        told = listener.until(lambda told: told, 5)
        assert isinstance(told[0], PortFault)
        assert told[0].fault is FaultKind.CARD_LOST
        frame, began = listener.bank.frame, time.monotonic()
        listener.until(lambda _: listener.bank.frame >= frame + 50, 5)
        assert time.monotonic() - began > 0.9, "time goes on at its pace"
        room.start()
        listener.until(lambda told: PortRecovered in kinds(told), 30)


def test_an_unknown_card_is_refused_with_a_sentence_and_nothing_is_left(room: SoundRoom) -> None:
    def left() -> tuple[int, int]:
        return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()

    before = left()
    with pytest.raises(CardAbsentError, match="声卡“nowhere”不能使用"):
        SoundCard("soundcard", device="nowhere").open()
    card = SoundCard("soundcard", device="phone1")
    for _ in range(2):
        card.open()
        card.close()
        card.close()
    assert left() == before
    with pytest.raises(CardError):
        card.read(np.zeros((1, FRAME_SAMPLES), np.int16))
    with pytest.raises(CardError):
        card.command(PORT, SeizeLine())
    with pytest.raises(CardError):
        card.command(PortId("soundcard/2"), RingPhone())


def test_a_colleague_calls_the_loudspeaker_which_hangs_up_when_the_call_is_over(
    room: SoundRoom, tmp_path: Path
) -> None:
    plan = default_plan(
        "铜陵广电",
        "0562-96599",
        "0562",
        line_ports=[PortId("sim/1")],
        station_ports=[PortId("sim/2"), PORT],
    )

    async def until(condition: Callable[[], object]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                await asyncio.sleep(0.05)

    async def call() -> list[CallLogged]:
        sim, speaker = SimCard(lines=1, stations=1), SoundCard("soundcard", device="phone1", auto_answer=True)
        logged: list[CallLogged] = []
        journal = Journal(tmp_path / "journal", "test", synchronous=True)
        engine = Engine(
            Settings(data_dir=str(tmp_path)),
            [sim, speaker],
            journal,
            lambda: datetime.now().astimezone(),
            lambda event: logged.append(event) if isinstance(event, CallLogged) else None,
        )
        await engine.start(plan, "test", [])
        await engine.listen(tmp_path / "engine.sock")
        phone = sim.phones[0]
        sim.post(phone.lift)
        await until(lambda: phone.ear.level_dbm0() > -40)
        for digit in plan.stations[1].id:
            sim.post(lambda digit=digit: phone.press(digit))
            await asyncio.sleep(0.3)
        await until(lambda: speaker.off_hook)
        await asyncio.sleep(1)
        sim.post(phone.hang_up)
        await until(lambda: not speaker.off_hook and logged)
        await engine.stop()
        journal.close()
        return logged

    logged = asyncio.run(call())
    assert [event.record.result for event in logged] == [CallResult.TALKED]
