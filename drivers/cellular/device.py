"""The AT port of a module at work: a thread that reads, writes and reopens it, so that nobody waits for it.

What: `CellularDevice` runs a `Module`; calls and messages are asked for from any thread, `take` gives what happened
    with the call, messages are told to whoever asked for them (`tell`), in this thread.
How: one `poll` on the port and on a pipe that wakes it. A port that is gone is looked for again each second, by
    `find`, because after replugging it may have another name.
"""

from __future__ import annotations

import contextlib
import os
import select
import termios
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

import serial

from drivers.base import CardAbsentError, CardBusyError, CardError, PortId
from drivers.cellular.dialogue import GIVE_UP_PDU
from drivers.cellular.happening import Happening
from drivers.cellular.module import Module
from drivers.cellular.modulecall import Stage
from drivers.smsmodule import ModuleStatus, PduToSend, SmsEvent

_TICK_S = 0.1
_REOPEN_EVERY_S = 1.0
_PORTION = 4096
RATES_BAUD = (115200, 9600, 57600, 230400, 460800, 921600)
"""The first is the usual one. Of no importance to a module that is a USB device itself."""
_RATE_S = 2.2
"""Two knocks: the first may be lost on what the module heard at a wrong rate."""


class CellularDevice:
    """`find` gives the path of the AT port; raises `CardError` while there is none."""

    def __init__(self, port: PortId, find: Callable[[], str], *, pin: str = "") -> None:
        self._port_id = port
        self._find = find
        self._rate_baud = RATES_BAUD[0]
        """At which it was last understood."""
        self._rates_to_try = _after(self._rate_baud)
        self._next_rate_s = 0.0
        self._module = Module(port, pin=pin)
        self._status = self._module.status
        self._asked: deque[Callable[[], None]] = deque()
        self._happened: deque[Happening] = deque()
        self._told: Callable[[SmsEvent], None] | None = None
        self._untold: deque[SmsEvent] = deque(maxlen=1000)
        self._serial: serial.Serial | None = None
        self._thread: threading.Thread | None = None
        self._wake_read, self._wake_write = -1, -1
        self._stopping = False

    @property
    def port(self) -> PortId:
        return self._port_id

    def start(self, *, must_be_there: bool = True) -> None:
        """Open the port and begin. Raises `CardAbsentError`, `CardBusyError` unless it may come later."""
        if self._thread is not None:
            return
        try:
            self._open()
        except CardError:
            if must_be_there:
                raise
        self._stopping = False
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._thread = threading.Thread(target=self._run, name=f"cellular {self._port_id}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Hang up, and give the port back."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._stopping = True
        self._wake()
        thread.join()
        read, write, self._wake_read, self._wake_write = self._wake_read, self._wake_write, -1, -1
        os.close(read)
        os.close(write)
        self._happened.clear()

    def take(self) -> list[Happening]:
        """What happened with the call since the last time."""
        taken: list[Happening] = []
        while self._happened:
            taken.append(self._happened.popleft())
        return taken

    @property
    def connected(self) -> bool:
        """The port is there, whether or not the module answers."""
        return self._serial is not None

    # --- calls ----------------------------------------------------------------------------------------------------

    @property
    def can_call(self) -> bool:
        return self._module.can_call

    def use_usb_sound(self, *, yes: bool) -> None:
        """Which way voice goes in calls to come."""
        self._ask(lambda: setattr(self._module.call, "usb_sound", yes))

    def answer(self) -> None:
        self._ask(self._module.call.answer)

    def dial(self, number: str) -> None:
        self._ask(lambda: self._module.call.dial(number))

    def keys(self, digits: str) -> None:
        self._ask(lambda: self._module.call.keys(digits))

    def hang_up(self) -> None:
        self._ask(self._module.call.hang_up)

    # --- messages -------------------------------------------------------------------------------------------------

    def status(self) -> ModuleStatus:
        return self._status

    def tell(self, told: Callable[[SmsEvent], None]) -> None:
        """See `SmsModule.tell`."""

        def begin() -> None:
            self._told = told

        self._ask(begin)

    def submit(self, ticket: str, pdus: Sequence[PduToSend]) -> None:
        """See `SmsModule.submit`."""
        self._ask(lambda: self._module.sms.submit(ticket, pdus))

    def forget(self, place: str) -> None:
        """See `SmsModule.forget`."""
        self._ask(lambda: self._module.sms.forget(place))

    # --- the thread -----------------------------------------------------------------------------------------------

    def _ask(self, action: Callable[[], None]) -> None:
        self._asked.append(action)
        self._wake()

    def _wake(self) -> None:
        if self._wake_write >= 0:
            with contextlib.suppress(OSError):
                os.write(self._wake_write, b"!")

    def _run(self) -> None:
        while not self._stopping:
            if self._serial is None:
                self._reopen()
            self._turn()
        if self._serial is not None and self._module.call.stage is not Stage.NONE:
            with contextlib.suppress(OSError, serial.SerialException):
                self._serial.write(GIVE_UP_PDU + b"\rAT+CHUP\r")
        self._module.call.lost()
        self._close()

    def _turn(self) -> None:
        try:
            octets = self._read()
            now_s = time.monotonic()
            while self._asked:
                self._asked.popleft()()
            if octets:
                self._module.feed(octets, now_s)
            if self._serial is not None:
                self._module.tick(now_s)
                self._flush()
                self._try_rates(self._serial, now_s)
        except (OSError, serial.SerialException):
            self._close()
            self._module.disconnected("通信模块已断开：请检查 USB 连接和供电，插回后会自动恢复。")
        self._hand_over()

    def _read(self) -> bytes:
        waiting = select.poll()
        waiting.register(self._wake_read, select.POLLIN)
        port = self._serial
        if port is not None:
            waiting.register(port.fileno(), select.POLLIN)
        ready = dict(waiting.poll(_TICK_S * 1000))
        if self._wake_read in ready:
            os.read(self._wake_read, _PORTION)
        if port is None or port.fileno() not in ready:
            return b""
        octets = os.read(port.fileno(), _PORTION)
        if not octets:
            raise OSError("the port hung up")
        return octets

    def _try_rates(self, port: serial.Serial, now_s: float) -> None:
        """A module that is not understood is tried at the other rates, each once, then at the usual one for ever."""
        if self._module.awake:
            self._rate_baud = port.baudrate
            self._rates_to_try = _after(self._rate_baud)
        elif self._module.given_up and self._rates_to_try and now_s >= self._next_rate_s:
            self._next_rate_s = now_s + _RATE_S
            with contextlib.suppress(ValueError, OSError, termios.error):  # the adapter does not know this one
                port.baudrate = self._rates_to_try.popleft()

    def _flush(self) -> None:
        octets, port = self._module.output(), self._serial
        if octets and port is not None:
            port.write(octets)

    def _hand_over(self) -> None:
        self._status = self._module.status
        self._happened.extend(self._module.happened)
        self._module.happened.clear()
        self._untold.extend(self._module.told)
        self._module.told.clear()
        while self._told is not None and self._untold:
            self._told(self._untold.popleft())

    def _open(self) -> None:
        path = self._find()
        try:
            self._serial = serial.Serial(path, self._rate_baud, timeout=0, write_timeout=0.5, exclusive=True)
        except serial.SerialException as error:
            if "exclusively lock" in str(error) or getattr(error, "errno", None) == 16:
                raise CardBusyError(f"{path} 正被其他程序使用。请停止 ModemManager 等占用模块的程序。") from error
            raise CardAbsentError(f"打不开 {path}：模块没有插好，或运行本程序的用户不在 dialout 组。") from error
        self._rates_to_try = _after(self._rate_baud)
        self._module.use_device(path)
        self._module.reconnect()

    def _reopen(self) -> None:
        try:
            self._open()
        except CardError as error:
            self._module.disconnected(str(error))
            until_s = time.monotonic() + _REOPEN_EVERY_S
            while not self._stopping and time.monotonic() < until_s:
                self._turn()

    def _close(self) -> None:
        port, self._serial = self._serial, None
        if port is not None:
            with contextlib.suppress(OSError, serial.SerialException):
                port.close()


def _after(rate_baud: int) -> deque[int]:
    """The other rates, and in the end this one again."""
    return deque([*(rate for rate in RATES_BAUD if rate != rate_baud), rate_baud])
