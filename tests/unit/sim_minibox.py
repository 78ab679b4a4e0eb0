"""The least that can answer calls: takes every line, rings a phone, bridges. Plays scenarios without the engine."""

from __future__ import annotations

from collections import deque

import numpy as np

from drivers.base import FRAME_SAMPLES, PortKind, ReleaseLine, RingPhone, SeizeLine, StopRinging
from drivers.dsp.dtmf import DtmfReceiver
from drivers.dsp.tones import ToneGenerator, dtmf_samples
from drivers.signals import OffHook, OnHook, RingStarted
from drivers.sim.card import SimCard
from drivers.sim.cast import Cast
from drivers.sim.line import Stage


class MiniBox:
    """Inbound: answer, beep, ring `phones` in turn for 6 s each. Outbound: 9 + 11 digits. Reads the exchange's books
    to know that a caller is gone, because hang-up detection is not what is tested here."""

    def __init__(self, card: SimCard) -> None:
        self.card = card
        self.rows = {info.port: row for row, info in enumerate(card.ports)}
        self.phones = [info.port for info in card.ports if info.kind is PortKind.FXS]
        self.bridges: dict[str, str] = {}
        self.waiting: deque[str] = deque()
        self.offer: tuple[str, int, int] | None = None
        self.dialling: dict[str, str] = {}
        self.out: dict[str, np.ndarray] = {}
        self.receiver = DtmfReceiver(len(card.ports))
        self.off_hook: set[str] = set()
        self.dial_tone = ToneGenerator((450,), -10.0)
        self.music = ToneGenerator((600, 900), -20.0)
        self.busy = ToneGenerator((450,), -10.0, (0.35, 0.35))

    def play(self, cast: Cast, within_s: float) -> float:
        """Run until the scenario is over; returns the seconds it took."""
        card = self.card
        card.open()
        rx = np.zeros((len(card.ports), FRAME_SAMPLES), np.int16)
        for _ in range(round(within_s * 50)):
            signals = card.read(rx)
            self.control(signals, rx)
            card.write(self.mix(rx))
            if cast.finished:
                return card.clock.frame / 50
        raise AssertionError(f"scenario not over after {within_s} s")

    def control(self, signals, rx) -> None:
        for signal in signals:
            match signal:
                case RingStarted(port=port) if self.line(port).stage is Stage.OFFERING and port not in self.waiting:
                    self.card.command(port, SeizeLine())
                    self.waiting.append(port)
                case OffHook(port=port):
                    self.lifted(port)
                case OnHook(port=port):
                    self.put_down(port)
        for event in self.receiver.step(rx, np.ones(len(rx), np.bool_)):
            port = self.card.ports[event.port].port
            if event.end_sample is None and port in self.dialling:
                self.dialling[port] += event.digit
                if len(self.dialling[port]) == 12:
                    self.dial_out(port)
        self.release_gone()
        self.offer_next()

    def line(self, port):
        return self.card.exchange.line_of(port)

    def lifted(self, phone) -> None:
        self.off_hook.add(phone)
        if self.offer and self.phones[self.offer[1]] == phone:
            self.bridges[phone] = self.offer[0]
            self.offer = None
        else:
            self.dialling[phone] = ""

    def put_down(self, phone) -> None:
        self.off_hook.discard(phone)
        self.dialling.pop(phone, None)
        line = self.bridges.pop(phone, None)
        if line:
            self.card.command(line, ReleaseLine())

    def dial_out(self, phone) -> None:
        number = self.dialling.pop(phone)[1:]
        line = next((line for line in self.card.exchange.lines if line.free), None)
        if line is None:
            return
        self.card.command(line.port, SeizeLine())
        self.bridges[phone] = line.port
        self.out[line.port] = np.concatenate((np.zeros(8000, np.int16), dtmf_samples(number)))

    def release_gone(self) -> None:
        for line in self.card.exchange.lines:
            if line.stage is Stage.FAR_GONE:
                self.card.command(line.port, ReleaseLine())
                self.bridges = {phone: bridged for phone, bridged in self.bridges.items() if bridged != line.port}
                if line.port in self.waiting:
                    self.waiting.remove(line.port)
                if self.offer and self.offer[0] == line.port:
                    self.card.command(self.phones[self.offer[1]], StopRinging())
                    self.offer = None

    def offer_next(self) -> None:
        idle = any(phone not in self.off_hook for phone in self.phones[:3])
        if self.offer is None and self.waiting and idle:
            self.ring(self.waiting.popleft(), 0)
        elif self.offer and idle and self.card.clock.frame - self.offer[2] > 300:
            line, phone, _ = self.offer
            self.card.command(self.phones[phone], StopRinging())
            self.ring(line, (phone + 1) % 3)

    def ring(self, line, phone) -> None:
        while self.phones[phone] in self.off_hook:
            phone = (phone + 1) % 3
        number = self.line(line).call.number if self.line(line).call else ""
        self.card.command(self.phones[phone], RingPhone(number))
        self.offer = (line, phone, self.card.clock.frame)

    def mix(self, rx) -> np.ndarray:
        tx = np.zeros_like(rx)
        dial, busy, music = self.dial_tone.frame(160), self.busy.frame(160), self.music.frame(160)
        for phone in self.off_hook:
            line, row = self.bridges.get(phone), self.rows[phone]
            if line:
                tx[row], tx[self.rows[line]] = rx[self.rows[line]], rx[row]
            else:
                tx[row] = dial if self.dialling.get(phone) == "" else 0 if phone in self.dialling else busy
        for line, samples in list(self.out.items()):
            tx[self.rows[line], : len(samples[:160])] = samples[:160]
            self.out[line] = samples[160:]
            if not len(self.out[line]):
                del self.out[line]
        for line in (*self.waiting, *([self.offer[0]] if self.offer else [])):
            tx[self.rows[line]] = music
        return tx
