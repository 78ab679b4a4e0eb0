"""A simulated cellular module: what its AT port says, as a Quectel or a SIMCom, with a network behind it. Pure.

What: enough of TS 27.007 and TS 27.005 for our driver and for other people's programs (gammu, oFono, ModemManager).
    `feed` takes commands, `output` is what it says; `deliver`, `ring` and the rest are the world around it.
How: answers stand in tables (`simanswers.py`). One call, one SIM, PDU mode only; the network answers at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from drivers.cellular.simanswers import FIXED, QUECTEL_EC20, TAKEN, SimDialect, octets_of
from drivers.cellular.sms import PduError
from drivers.cellular.smsdeliver import deliver_pdus, status_report_pdu

_PARTS = re.compile(r";(?=[+&*^D])")
_BASIC = re.compile(r"(?:(?P<echo>E[01]?)|V1?|Q0?|X\d?|Z\d?|&[A-Z]\d?|S\d+=\d+|I\d?|H0?)", re.IGNORECASE)
ROOM = 50
REPORT_DELAY_S = 0.3


class ModuleFault(StrEnum):
    """What can be wrong."""

    NO_SIM = "no_sim"
    PIN = "pin"
    NO_NETWORK = "no_network"
    FULL = "full"
    """The SIM is full: nothing more arrives."""
    REFUSES_SMS = "refuses_sms"
    SILENT = "silent"
    GARBAGE = "garbage"


class SimModule:
    """`now` tells the time for messages; `on_sent` is told number and PDU of each part that the box sends."""

    def __init__(self, now: Callable[[], datetime], *, pin: str = "1234", dialect: SimDialect = QUECTEL_EC20) -> None:
        self._now = now
        self._dialect = dialect
        self._fixed = FIXED | dialect.identity
        self._pin = pin
        self.on_sent: Callable[[str], None] = lambda _pdu: None
        self.on_dialled: Callable[[str], None] = lambda _number: None
        self.faults: set[ModuleFault] = set()
        self.kept: dict[str, dict[int, tuple[int, str]]] = {"SM": {}, "ME": {}}
        """By store and place: state (0 unread, 1 read) and PDU."""
        self.call: tuple[str, int, str] | None = None
        """Of the one call: `in` or `out`, its `+CLCC` state, the other's number."""
        self.keys_sent = ""
        self.voice_on = False
        self.unknown: set[str] = set()
        self._waiting_in_network: list[str] = []
        self._later: list[tuple[float, Callable[[], None]]] = []
        self._now_s = self._ring_due_s = 0.0
        self._store = "SM"
        self._reference = 10
        self._line = bytearray()
        self._pdu_of: str | None = None
        self._output = bytearray()
        self._handlers: dict[str, Callable[[str], str]] = {
            "A": self._on_answer,
            "+CHUP": self._on_hang_up,
            dialect.voice: self._on_voice,
            "+VTS": self._on_keys,
            "+CLCC": self._on_calls,
            "+CPIN": self._on_pin,
            "+CREG": self._on_registration,
            "+CEREG": self._on_registration,
            "+CGREG": self._on_registration,
            "+CSQ": self._on_signal,
            "+CLIP": self._on_clip,
            "+CNMI": self._on_notices,
            "+CPMS": self._on_stores,
            "+CMGL": self._on_list,
            "+CMGR": self._on_read,
            "+CMGD": self._on_delete,
            "+CMGS": self._on_send,
            "+CMGW": self._on_send,
        }
        self._echo, self._direct, self._reports, self._clip, self._creg = True, 0, 0, False, 0

    # --- the port -------------------------------------------------------------------------------------------------

    def feed(self, octets: bytes) -> None:
        """Take what a program wrote."""
        if self.faults & {ModuleFault.SILENT, ModuleFault.GARBAGE}:
            if ModuleFault.GARBAGE in self.faults:
                self._output += bytes((each * 7 + 0x81) & 0xFF | 0x80 for each in octets) + b"\r"
            return
        for octet in octets:
            if self._pdu_of is not None:
                self._take_pdu(octet)
                continue
            if self._echo:
                self._output.append(octet)
            if octet == 0x0D:
                line, self._line = self._line.decode("latin-1").strip(), bytearray()
                if line[:2].upper() == "AT":
                    self._run(line[2:])
            elif octet != 0x0A:
                self._line.append(octet)

    def output(self) -> bytes:
        """What it says; it is gone then."""
        taken = bytes(self._output)
        self._output.clear()
        return taken

    def tick(self, now_s: float) -> None:
        """Time goes on: ringing repeats, reports arrive."""
        self._now_s = now_s
        if self.call is not None and self.call[:2] == ("in", 4) and now_s >= self._ring_due_s:
            self._ring_due_s = now_s + 5.0
            self.say("RING")
            if self._clip:
                kind = 145 if self.call[2].startswith("+") else 129
                self.say(f'+CLIP: "{self.call[2]}",{kind},,,,{0 if self.call[2] else 1}')
        due = [action for at_s, action in self._later if at_s <= now_s]
        self._later = [(at_s, action) for at_s, action in self._later if at_s > now_s]
        for action in due:
            action()

    @property
    def prepared(self) -> bool:
        """Callers' numbers and notices of messages were asked for."""
        return self._clip and self._direct > 0

    # --- the world ------------------------------------------------------------------------------------------------

    def say(self, line: str) -> None:
        """A line unasked, or of an answer; an empty one is not said."""
        if line and not self.faults & {ModuleFault.SILENT, ModuleFault.GARBAGE}:
            self._output += f"\r\n{line}\r\n".encode("latin-1", "replace")

    def deliver(self, sender: str, text: str) -> None:
        """Somebody sends a message. Raises `SmsTextError`."""
        self._reference = self._reference % 255 + 1
        for pdu in deliver_pdus(sender, text, self._now(), self._reference):
            self.deliver_pdu(pdu)

    def deliver_pdu(self, pdu: str) -> None:
        """A part arrives; while the SIM is full it waits in the network."""
        if self._direct == 2:
            self.say(f"+CMT: ,{octets_of(pdu)}\r\n{pdu}")
            return
        kept = self.kept["SM"]
        if len(kept) >= ROOM or ModuleFault.FULL in self.faults:
            self._waiting_in_network.append(pdu)
            return
        place = next(each for each in range(ROOM) if each not in kept)
        kept[place] = (0, pdu)
        if self._direct == 1:
            self.say(f'+CMTI: "SM",{place}')

    def set_network(self, *, there: bool) -> None:
        """Coverage comes or goes; it says so if it was asked to."""
        (self.faults.discard if there else self.faults.add)(ModuleFault.NO_NETWORK)
        if self._creg:
            self.say(f"+CREG: {1 if there else 2}")

    def ring(self, number: str) -> None:
        """Somebody calls."""
        self.call, self._ring_due_s = ("in", 4, number), self._now_s

    def far_rings(self) -> None:
        self._set_call_state(3)

    def far_answers(self) -> None:
        self._set_call_state(0)
        self.say(self._dialect.taken_line)

    def far_hangs_up(self, *, busy: bool = False) -> None:
        """The other side ends the call, or does not take it."""
        if self.call is not None:
            missed = self.call[:2] == ("in", 4)
            self.call, self.voice_on = None, False
            self.say(self._dialect.missed_line if missed else self._dialect.ended_line)
            self.say("BUSY" if busy else "NO CARRIER")

    def far_presses(self, digit: str) -> None:
        """A key is heard."""
        self.say(self._dialect.key(digit))

    def restart(self) -> None:
        """Power goes and comes: the SIM keeps its messages."""
        self.call, self._pdu_of, self._echo, self._direct, self._reports, self._clip = None, None, True, 0, 0, False
        self._later.clear()
        self.say("RDY")

    def _set_call_state(self, state: int) -> None:
        if self.call is not None:
            self.call = (self.call[0], state, self.call[2])

    # --- commands -------------------------------------------------------------------------------------------------

    def _run(self, body: str) -> None:
        for part in [body] if body[:1].upper() == "D" else _PARTS.split(body):
            result = self._one(self._after_basic(part))
            if result != "OK":
                if result:
                    self.say(result)
                return
        self.say("OK")

    def _after_basic(self, part: str) -> str:
        """Basic commands may stand before an extended one, `E0V1+CMEE=1`."""
        while found := _BASIC.match(part):
            word = found.group().upper()
            if word.startswith("E"):
                self._echo = word == "E1"
            elif word.startswith("I"):
                self.say(self._dialect.banner)
            elif word.startswith("H"):
                self._hang_up()
            part = part[found.end() :]
        return part

    def _one(self, command: str) -> str:
        """The final result, empty when it is still to come."""
        name = command.upper()
        if name.startswith("D"):
            return self._dial(command[1:])
        handler = self._handlers.get(name.partition("=")[0].rstrip("?"))
        if name in self._fixed:
            self.say(self._fixed[name])
        elif handler is not None:
            return handler(command)
        elif name and not name.startswith(TAKEN):
            self.unknown.add(command)
            return "ERROR"
        return "OK"

    def _on_answer(self, _command: str) -> str:
        if self.call is None:
            return "NO CARRIER"
        self.far_answers()
        return "OK"

    def _dial(self, number: str) -> str:
        if ModuleFault.NO_NETWORK in self.faults:
            return "NO CARRIER"
        self.call = ("out", 2, number.rstrip(";"))
        self.on_dialled(self.call[2])
        return "OK"

    def _hang_up(self) -> None:
        self.call, self.voice_on = None, False

    def _on_hang_up(self, _command: str) -> str:
        self._hang_up()
        return "OK"

    def _on_voice(self, command: str) -> str:
        self.voice_on = not command.endswith("=0")
        return "OK"

    def _on_keys(self, command: str) -> str:
        self.keys_sent += command.partition("=")[2].strip('"')
        return "OK"

    def _on_calls(self, command: str) -> str:
        if command == "+CLCC" and self.call is not None:
            way, state, number = self.call
            self.say(f'+CLCC: 1,{int(way == "in")},{state},0,0,"{number}",{145 if number.startswith("+") else 129}')
        return "OK"

    def _on_pin(self, command: str) -> str:
        if "=" in command:
            if command.partition("=")[2].strip('"') != self._pin:
                return "+CME ERROR: 16"
            self.faults.discard(ModuleFault.PIN)
            return "OK"
        if ModuleFault.NO_SIM in self.faults:
            return "+CME ERROR: 10"
        self.say("+CPIN: SIM PIN" if ModuleFault.PIN in self.faults else "+CPIN: READY")
        return "OK"

    def _on_registration(self, command: str) -> str:
        name = command.partition("=")[0].rstrip("?")
        if "=" in command:
            if command.endswith("=?"):
                self.say(f"{name}: (0-2)")
            elif name == "+CREG":
                self._creg = int(command[-1]) if command[-1].isdigit() else 0
            return "OK"
        self.say(f"{name}: {self._creg if name == '+CREG' else 0},{2 if ModuleFault.NO_NETWORK in self.faults else 1}")
        return "OK"

    def _on_signal(self, _command: str) -> str:
        self.say("+CSQ: 99,99" if ModuleFault.NO_NETWORK in self.faults else "+CSQ: 24,99")
        return "OK"

    def _on_clip(self, command: str) -> str:
        if command.endswith("?"):
            self.say(f"+CLIP: {int(self._clip)},1")
        else:
            self._clip = command.endswith("=1")
        return "OK"

    def _on_notices(self, command: str) -> str:
        if command.endswith("=?"):
            self.say("+CNMI: (0-2),(0-3),(0,2),(0-2),(0,1)")
        elif command.endswith("?"):
            self.say(f"+CNMI: 2,{self._direct},0,{self._reports},0")
        else:
            values = [int(each) if each.isdigit() else 0 for each in (command[6:] + ",,,").split(",")]
            self._direct, self._reports = values[1], values[3]
        return "OK"

    def _on_stores(self, command: str) -> str:
        if command.endswith("=?"):
            self.say('+CPMS: ("SM","ME"),("SM","ME"),("SM","ME")')
            return "OK"
        if command.endswith("?"):
            used = len(self.kept[self._store])
            self.say("+CPMS: " + ",".join(f'"{self._store}",{used},{ROOM}' for _ in range(3)))
            return "OK"
        store = command.partition("=")[2].split(",")[0].strip('"')
        if store == "MT":
            store = "SM"
        if store not in self.kept:
            return "+CMS ERROR: 302"
        self._store = store
        self.say("+CPMS: " + ",".join(f"{len(self.kept[store])},{ROOM}" for _ in range(3)))
        return "OK"

    def _on_list(self, command: str) -> str:
        wanted = command.partition("=")[2] or "0"
        kept = self.kept[self._store]
        for place, (state, pdu) in sorted(kept.items()):
            if wanted in {"4", str(state)}:
                self.say(f"+CMGL: {place},{state},,{octets_of(pdu)}\r\n{pdu}")
                kept[place] = (1, pdu)
        return "OK"

    def _on_read(self, command: str) -> str:
        place = command.partition("=")[2].split(",")[0]
        kept = self.kept[self._store]
        if not place.isdigit() or int(place) not in kept:
            return "+CMS ERROR: 321"
        state, pdu = kept[int(place)]
        self.say(f"+CMGR: {state},,{octets_of(pdu)}\r\n{pdu}")
        kept[int(place)] = (1, pdu)
        return "OK"

    def _on_delete(self, command: str) -> str:
        if command.endswith("=?"):
            self.say(f"+CMGD: ({','.join(map(str, self.kept[self._store]))}),(0-4)")
            return "OK"
        values = command.partition("=")[2].split(",")
        if values[1:] and values[1] == "4":
            self.kept[self._store].clear()
        elif values[0].isdigit():
            self.kept[self._store].pop(int(values[0]), None)
        waiting, self._waiting_in_network = self._waiting_in_network, []
        for pdu in waiting:
            self.deliver_pdu(pdu)
        return "OK"

    def _on_send(self, command: str) -> str:
        if ModuleFault.NO_NETWORK in self.faults:
            return "+CMS ERROR: 331"
        self._pdu_of = command[:5].upper()
        self._output += b"\r\n> "
        return ""

    def _take_pdu(self, octet: int) -> None:
        if octet == 0x1B:
            self._pdu_of = None
            self._line.clear()
            self.say("OK")
        elif octet == 0x1A:
            name, self._pdu_of = self._pdu_of or "", None
            pdu, self._line = self._line.decode("latin-1").strip(), bytearray()
            self._submit(name, pdu)
        elif octet not in b"\r\n":
            self._line.append(octet)

    def _submit(self, name: str, pdu: str) -> None:
        if ModuleFault.REFUSES_SMS in self.faults:
            self.say("+CMS ERROR: 38")
            return
        self._reference = reference = self._reference % 255 + 1
        try:
            report = status_report_pdu(pdu, reference, self._now())
            wants_report = bool(bytes.fromhex(pdu)[1 + int(pdu[:2], 16)] & 0x20)
        except (ValueError, IndexError, PduError):
            self.say("+CMS ERROR: 304")
            return
        self.say(f"{name}: {reference}")
        self.say("OK")
        self.on_sent(pdu)
        if wants_report and self._reports == 1:
            told = f"+CDS: {octets_of(report)}\r\n{report}"
            self._later.append((self._now_s + REPORT_DELAY_S, lambda: self.say(told)))
