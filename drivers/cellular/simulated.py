"""The messages of a box without any real card: our driver on a simulated module, in this process."""

from __future__ import annotations

from datetime import datetime

from drivers.base import PortId
from drivers.cellular.device import CellularDevice
from drivers.cellular.simmodule import SimModule
from drivers.cellular.simport import SimPort


class SimulatedSms:
    """`device` is the module; `deliver` is the world outside. It takes everything and reports it as delivered."""

    def __init__(self, name: str) -> None:
        self.device = CellularDevice(PortId(name), self._path)
        self._port: SimPort | None = None

    def start(self) -> None:
        self._port = SimPort(SimModule(lambda: datetime.now().astimezone()))
        self.device.start()

    def stop(self) -> None:
        self.device.stop()
        if self._port is not None:
            self._port.close()
            self._port = None

    def deliver(self, number: str, text: str) -> None:
        """Somebody writes to the box. Raises `SmsTextError`."""
        if self._port is not None:
            self._port.act(lambda module: module.deliver(number, text))

    def _path(self) -> str:
        return self._port.path if self._port is not None else ""
