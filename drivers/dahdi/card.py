"""A DAHDI card (or all of them) as a line card: FXO sockets are outside lines, FXS sockets phones.

What: `DahdiCard` opens the channels, exchanges frames of 160 samples with all of them and turns events into signals.
How: the first channel that gives frames is the clock: its next one is waited for, the others are asked for theirs then
    (some cards carry no sound for a phone on hook). One frame is written for each that was read, behind two frames of
    silence (`channel.py`), so that 40–60 ms lie between writing and hearing, and 80 ms of lateness are survived.
    A port keeps the socket at which it was first found, whatever else is plugged in or out.
Limits: a port whose channel is missing, taken by another program or without line voltage is reported as faulty and
    tried again every second; with no channel at all the card keeps time by the monotonic clock and stays silent.
"""

from __future__ import annotations

import select
import time
from collections.abc import Iterable, Sequence

import numpy as np

from drivers.base import (
    FRAME_S,
    FRAME_SAMPLES,
    LINE_COMMANDS,
    STATION_COMMANDS,
    CardAbsentError,
    CardBusyError,
    CardError,
    CardLostError,
    Frames,
    LineCard,
    PortCommand,
    PortId,
    PortInfo,
    PortKind,
)
from drivers.dahdi.abi import Event
from drivers.dahdi.channel import (
    ALAW_SILENCE,
    PRIMED_FRAMES,
    Channel,
    EventWaitsError,
    attach_card_canceller,
    configure_channels,
    start_span,
)
from drivers.dahdi.inventory import DahdiChannel, DahdiDevice, dahdi_devices
from drivers.dahdi.port import DahdiPort
from drivers.dsp.g711 import alaw_decode, alaw_encode, ulaw_decode, ulaw_encode
from drivers.signals import FaultKind, Signal

_PATIENCE_S = 3 * FRAME_S
"""The clock may be late by so much before another channel is tried."""
_TRY_AGAIN_FRAMES = 50
_LARGEST_LAG_S = 1.0


class DahdiCard(LineCard):
    """`lines` outside lines and `stations` phones, in the order of DAHDI's channel numbers."""

    echo_delay_samples = PRIMED_FRAMES * FRAME_SAMPLES

    def __init__(self, name: str, *, lines: int, stations: int, device: str = "", channels: Iterable[int] = ()) -> None:
        """`device`: only the card with this identity (`hotlinebox doctor` shows it). `channels`: only these numbers."""
        self.name = name
        self._device = device
        self._chosen = frozenset(channels)
        kinds = [PortKind.FXO] * lines + [PortKind.FXS] * stations
        self._port_list = [DahdiPort(self._describe(number, kind, lines)) for number, kind in enumerate(kinds, 1)]
        self._by_name = {port.info.port: port for port in self._port_list}
        self._codes = np.full((len(kinds), FRAME_SAMPLES), ALAW_SILENCE, np.uint8)
        self._mu_law_rows: list[int] = []
        self._clock_row = 0
        self._frame = 0
        self._told: list[Signal] = []
        self._open = False
        self._deadline: float | None = None
        self._poll = select.poll()
        self._homes: dict[PortId, tuple[str, int]] = {}
        """The socket of each port: the identity of its card and the place in it."""

    def _describe(self, number: int, kind: PortKind, lines: int) -> PortInfo:
        label = f"外线 {number}" if kind is PortKind.FXO else f"话机 {number - lines}"
        return PortInfo(PortId(f"{self.name}/{number}"), kind, label)

    @property
    def ports(self) -> Sequence[PortInfo]:
        """The outside lines, then the phones."""
        return tuple(port.info for port in self._port_list)

    def open(self) -> None:
        """Take the channels that are there. Raises `CardAbsentError`, `CardBusyError` when not one can be had."""
        if self._open:
            return
        self._frame = 0
        self._told.clear()
        self._deadline = None
        errors = self._attach_missing()
        if not any(port.channel for port in self._port_list):
            raise next(iter(errors), CardAbsentError(self._absent_sentence()))
        for port in self._port_list:
            if port.channel is None and port.fault is None:
                self._lose(port, "板卡上没有这个端口。请检查板卡的模块，或修改设置里的路数。")
        self._open = True

    def close(self) -> None:
        """Hang up everything: closing a channel does."""
        self._open = False
        for port in self._port_list:
            if port.channel is not None:
                port.channel.close()
                port.channel = None
            port.fault = None

    def read(self, rx: Frames) -> list[Signal]:
        """One frame of every port; see `LineCard.read`."""
        self._check(rx)
        clocked = self._wait_for_clock()
        silent = []
        for row, port in enumerate(self._port_list):
            frame = clocked if row == self._clock_row else self._frame_of(port)
            if frame is None:
                silent.append(row)
            else:
                self._codes[row] = np.frombuffer(frame, np.uint8)
        self._decode(rx)
        rx[silent] = 0
        for port in self._port_list:
            self._told += port.tick(self._frame)
        if self._frame % _TRY_AGAIN_FRAMES == 0 and any(port.channel is None for port in self._port_list):
            self._attach_missing()
        signals = self._told
        self._told = []
        self._frame += 1
        return signals

    def write(self, tx: Frames) -> None:
        """One frame for every port; see `LineCard.write`."""
        self._check(tx)
        codes = alaw_encode(tx)
        if self._mu_law_rows:
            codes[self._mu_law_rows] = ulaw_encode(tx[self._mu_law_rows])
        for row, port in enumerate(self._port_list):
            if port.channel is None:
                continue
            frame = codes[row].tobytes()
            try:
                port.channel.write_frame(frame)
            except EventWaitsError:
                self._take_events(port)
                self._write_again(port, frame)
            except CardLostError as lost:
                self._lose(port, str(lost))

    def command(self, port: PortId, command: PortCommand) -> None:
        """Act on a port at once; see `LineCard.command`."""
        owner = self._by_name.get(port)
        if owner is None:
            raise CardError(f"板卡 {self.name} 没有端口 {port}。")
        wanted = LINE_COMMANDS if owner.info.kind is PortKind.FXO else STATION_COMMANDS
        if not isinstance(command, wanted):
            raise CardError(f"端口 {port} 不能执行 {type(command).__name__}。")
        try:
            owner.carry_out(command, self._frame)
        except CardLostError as lost:
            self._lose(owner, str(lost))

    @property
    def late(self) -> tuple[int, int]:
        """How often sound was lost because this process came too late: frames not taken, and none left to send."""
        return sum(port.overruns for port in self._port_list), sum(port.underruns for port in self._port_list)

    def cancel_echo(self, port: PortId, *, on: bool) -> bool:
        """By the canceller of the card, or of the kernel, where the channel has one; see `LineCard.cancel_echo`."""
        return self._by_name[port].cancel_echo(on=on)

    def _decode(self, rx: Frames) -> None:
        rx[:] = alaw_decode(self._codes)
        if self._mu_law_rows:
            rx[self._mu_law_rows] = ulaw_decode(self._codes[self._mu_law_rows])

    def _wait_for_clock(self) -> bytes | None:
        """The next frame of the port that is the clock; None when none came, and another port is the clock then."""
        port = self._port_list[self._clock_row]
        deadline = time.monotonic() + _PATIENCE_S
        while port.channel is not None:
            frame = self._frame_of(port)
            if frame is not None or port.channel is None:
                return frame
            left_ms = (deadline - time.monotonic()) * 1000
            if left_ms <= 0:
                break
            self._poll.register(port.channel, select.POLLIN | select.POLLPRI)
            self._poll.poll(left_ms)
            self._poll.unregister(port.channel)
        else:
            self._keep_time()
        working = [row for row, each in enumerate(self._port_list) if each.channel is not None]
        self._clock_row = next((row for row in working if row > self._clock_row), working[0] if working else 0)
        return None

    def _frame_of(self, port: DahdiPort) -> bytes | None:
        """The port's next frame if it is there; its events on the way."""
        while port.channel is not None:
            try:
                return port.channel.read_frame()
            except EventWaitsError:
                self._take_events(port)
            except CardLostError as lost:
                self._lose(port, str(lost))
        return None

    def _write_again(self, port: DahdiPort, frame: bytes) -> None:
        if port.channel is None:
            return
        try:
            port.channel.write_frame(frame)
        except EventWaitsError:
            return  # one frame is lost; the next read takes the event
        except CardLostError as lost:
            self._lose(port, str(lost))

    def _take_events(self, port: DahdiPort) -> None:
        """Everything that waits at the port becomes signals of the frame being read."""
        while port.channel is not None:
            try:
                event = port.channel.next_event()
                if event == Event.NONE:
                    return
                if event == Event.REMOVED:
                    self._lose(port, "板卡已拔出。请重新插好，几秒后自动恢复。")
                    return
                self._told += port.event(event, self._frame)
            except CardLostError as lost:
                self._lose(port, str(lost))
            except CardError:
                continue  # a hook change that the channel refused; what it tells next is what counts

    def _lose(self, port: DahdiPort, text: str) -> None:
        self._told += port.detach(FaultKind.CARD_LOST, text, self._frame)

    def _attach_missing(self) -> list[CardError]:
        """Open what is there for ports without a channel; why that failed, one error a port."""
        errors: list[CardError] = []
        there = self._configured()
        for port in self._port_list:
            socket = there.get(port.info.port)
            if port.channel is not None or socket is None:
                continue
            cancels = port.info.kind is PortKind.FXO and _has_canceller(socket)
            try:
                channel = Channel(socket.number, port.info.kind)
                self._told += port.attach(channel, self._frame, cancels_echo=cancels)
            except CardBusyError as busy:
                errors.append(busy)
                self._told += port.detach(FaultKind.BUSY_ELSEWHERE, str(busy), self._frame)
            except CardError as error:
                errors.append(error)
        self._mu_law_rows = [row for row, port in enumerate(self._port_list) if port.channel and port.channel.mu_law]
        return errors

    def _configured(self) -> dict[PortId, DahdiChannel]:
        """The socket of every port that has one, configured if it was not yet."""
        devices = [each for each in dahdi_devices() if self._device in {"", each.identity}]
        for device in devices:
            self._configure(device)
        sockets = {
            (device.identity, place): channel
            for device in devices
            for place, channel in enumerate(device.channels)
            if not self._chosen or channel.number in self._chosen
        }
        for kind in (PortKind.FXO, PortKind.FXS):
            homeless = [port.info.port for port in self._port_list if port.info.kind is kind]
            homeless = [port for port in homeless if port not in self._homes]
            taken = set(self._homes.values())
            free = [home for home, channel in sockets.items() if channel.kind is kind and home not in taken]
            self._homes |= zip(homeless, free, strict=False)
        self.identity = "、".join(sorted({identity for identity, _ in self._homes.values()}))
        return {port: sockets[home] for port, home in self._homes.items() if home in sockets}

    def _configure(self, device: DahdiDevice) -> None:
        raw = [(each.number, each.kind) for each in device.channels if not each.configured and not each.in_use]
        if raw:
            configure_channels(raw)
            for span in device.spans:
                start_span(span)

    def _absent_sentence(self) -> str:
        which = f"标识为“{self._device}”的" if self._device else ""
        return f"没有找到{which} DAHDI 板卡。请检查板卡是否插好、驱动是否加载（hotlinebox doctor 会说明）。"

    def _keep_time(self) -> None:
        """There is no channel to wait for: the frame lasts 20 ms all the same."""
        now = time.monotonic()
        if self._deadline is None or not -_LARGEST_LAG_S < now - self._deadline < _LARGEST_LAG_S:
            self._deadline = now
        self._deadline += FRAME_S
        time.sleep(max(0.0, self._deadline - now))

    def _check(self, frames: Frames) -> None:
        if not self._open:
            raise CardError("板卡还没有打开。")
        if frames.shape != self._codes.shape:
            raise CardError(f"缓冲区形状应为 {self._codes.shape}，实际是 {frames.shape}。")


def _has_canceller(socket: DahdiChannel) -> bool:
    """One is attached, or can be: what the machine's own configuration chose is left as it is."""
    return bool(socket.echo_canceller) or (not socket.in_use and attach_card_canceller(socket.number))
