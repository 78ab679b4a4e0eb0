"""What the web asks about short messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from appliance.engine.refusal import Refusal
from appliance.engine.sms import SmsDesk
from appliance.wire.server import Connection
from appliance.wire.sms import ReceiveSimulatedSms, SendSms
from drivers.cellular.simulated import SimulatedSms
from drivers.cellular.sms import SmsTextError


class SmsCommands:
    """One method per command, for `Commands`."""

    def __init__(self, desk: SmsDesk, simulated: SimulatedSms | None) -> None:
        self._desk = desk
        self._simulated = simulated
        self.table: Mapping[type, Callable[[Any, Connection], None]] = {
            SendSms: self._on_send,
            ReceiveSimulatedSms: self._on_receive,
        }

    def _on_send(self, command: SendSms, _connection: Connection) -> None:
        self._desk.send(command)

    def _on_receive(self, command: ReceiveSimulatedSms, _connection: Connection) -> None:
        if self._simulated is None:
            raise Refusal("模拟来信只在模拟板卡上可用；本机接的是真实的模块。")
        try:
            self._simulated.deliver(command.number, command.text)
        except SmsTextError as error:
            raise Refusal(str(error)) from None
