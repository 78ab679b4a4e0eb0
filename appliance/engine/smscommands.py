"""What the web asks about short messages."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from appliance.engine.commands import Outcome
from appliance.engine.refusal import Refusal
from appliance.engine.sms import SmsDesk
from appliance.wire.server import Connection
from appliance.wire.sms import ReceiveSimulatedSms, SendSms
from drivers.cellular.simulated import SimulatedSms
from drivers.cellular.sms import SmsTextError

DISK_PATIENCE_S = 4.0
"""Less than whoever asks waits for an answer."""


class SmsCommands:
    """One method per command, for `Commands`."""

    def __init__(self, desk: SmsDesk, flushed: Callable[[], Awaitable[None]], simulated: SimulatedSms | None) -> None:
        """`flushed` returns when all that was written is on the disk."""
        self._desk = desk
        self._flushed = flushed
        self._simulated = simulated
        self.table: Mapping[type, Callable[[Any, Connection], Outcome]] = {
            SendSms: self._on_send,
            ReceiveSimulatedSms: self._on_receive,
        }

    def _on_send(self, command: SendSms, _connection: Connection) -> Outcome:
        self._desk.send(command)
        return self._safe()

    async def _safe(self) -> None:
        """What is acknowledged survives a power cut."""
        try:
            async with asyncio.timeout(DISK_PATIENCE_S):
                await self._flushed()
        except TimeoutError:
            raise Refusal("短信已经排队，但磁盘现在写不进：断电会丢失这条短信。请先检查磁盘，不要重复发送。") from None

    def _on_receive(self, command: ReceiveSimulatedSms, _connection: Connection) -> None:
        if self._simulated is None:
            raise Refusal("模拟来信只在模拟板卡上可用；本机接的是真实的模块。")
        try:
            self._simulated.deliver(command.number, command.text)
        except SmsTextError as error:
            raise Refusal(str(error)) from None
