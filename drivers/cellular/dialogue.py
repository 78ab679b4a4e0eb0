"""One conversation with a module: a command at a time, its answer, and what the module says unasked. Pure.

What: `Dialogue.ask` queues a command; `feed` takes what was read, `tick` the time, `output` is what to write.
How: an answer ends with a final result code (TS 27.007 §9.1); lines that begin with the command's own name, and lines
    without any name, belong to it, everything else is unasked. `+CMT`, `+CDS` bring their PDU on the next line.
Limits: a command that is not answered in time ends with `Answer.silent`; what comes late is taken as unasked.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from drivers.cellular.at import PROMPT, AtReader

_FINAL_BAD = ("ERROR", "+CME ERROR", "+CMS ERROR", "NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "NO DIAL TONE")
_UNASKED = frozenset({"RING", "NO CARRIER", "BUSY", "NO ANSWER", "RDY", "POWERED DOWN", "NORMAL POWER DOWN"})
_WITH_PDU = ("+CMT:", "+CDS:", "+CBM:")
_NAME = re.compile(r"[+^*$][A-Z]+:")
_COMMAND = re.compile(r"[+^*$][A-Z]+")
PROMPT_S = 3.0
"""A module that takes messages asks for one within this time."""
END_OF_PDU, GIVE_UP_PDU = b"\x1a", b"\x1b"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command brought. `result` is the final line, empty when none came in time."""

    lines: tuple[str, ...]
    result: str

    @property
    def ok(self) -> bool:
        return self.result == "OK"

    @property
    def silent(self) -> bool:
        return not self.result


Then = Callable[[Answer], None]


def ignore(_answer: Answer) -> None:
    """For commands whose answer does not matter."""


@dataclass(slots=True)
class _Command:
    text: str
    then: Then
    timeout_s: float
    pdu: str = ""
    pdu_sent: bool = False

    @property
    def name(self) -> str:
        found = _COMMAND.match(self.text)
        return found.group() if found else ""


class Dialogue:
    """`on_unasked` is told each line (and the PDU that came with it)."""

    def __init__(self, on_unasked: Callable[[str, str], None]) -> None:
        self._on_unasked = on_unasked
        self._reader = AtReader()
        self._waiting: deque[_Command] = deque()
        self._running: _Command | None = None
        self._deadline_s = self._now_s = 0.0
        self._lines: list[str] = []
        self._header = ""
        self._output = bytearray()
        self.octets_heard = 0
        """Readable or not."""
        self.lines_understood = 0
        """Answers and lines with a name: what a module says, and noise does not."""

    @property
    def busy(self) -> bool:
        return self._running is not None or bool(self._waiting)

    @property
    def pdu_is_out(self) -> bool:
        """A message was handed over, and its answer has not come."""
        return self._running is not None and self._running.pdu_sent

    def ask(
        self, text: str, then: Then = ignore, *, timeout_s: float = 5.0, pdu: str = "", first: bool = False
    ) -> None:
        """Send `AT<text>` when it is its turn; `first`: before all that wait. `pdu` follows the prompt."""
        command = _Command(text, then, timeout_s, pdu)
        if first:
            self._waiting.appendleft(command)
        else:
            self._waiting.append(command)

    def restart(self) -> None:
        """Forget everything asked; nobody is told."""
        self._waiting.clear()
        self._running = None
        self._lines.clear()
        self._header = ""
        self._reader.clear()
        self._output.clear()

    def feed(self, octets: bytes, now_s: float) -> None:
        """Take what the module said."""
        self._now_s = now_s
        self.octets_heard += len(octets)
        for line in self._reader.feed(octets):
            self._take(line)

    def tick(self, now_s: float) -> None:
        """Begin the next command, or give up the one that is not answered."""
        command = self._running
        if command is not None and now_s >= self._deadline_s:
            if command.pdu and not command.pdu_sent:
                self._output += GIVE_UP_PDU
            self._finish("")
        if self._running is None and self._waiting:
            self._running = self._waiting.popleft()
            self._deadline_s = now_s + (PROMPT_S if self._running.pdu else self._running.timeout_s)
            self._output += f"AT{self._running.text}\r".encode("ascii", "replace")

    def output(self) -> bytes:
        """What to write now; it is gone then."""
        taken = bytes(self._output)
        self._output.clear()
        return taken

    def _take(self, line: str) -> None:
        if self._header:
            header, self._header = self._header, ""
            self._on_unasked(header, line)
            return
        if line.startswith(_WITH_PDU):
            self._header = line
            return
        command = self._running
        if line == "OK" or line.startswith(_FINAL_BAD) or line in _UNASKED or _NAME.match(line):
            self.lines_understood += 1
        if command is None:
            self._on_unasked(line, "")
        elif line == PROMPT:
            if command.pdu and not command.pdu_sent:
                command.pdu_sent = True
                self._deadline_s = self._now_s + command.timeout_s
                self._output += command.pdu.encode("ascii", "replace") + END_OF_PDU
        elif line == f"AT{command.text}" or (command.pdu and line == command.pdu):
            pass  # echo
        elif self._is_final(line, command):
            self._finish(line)
        elif self._belongs(line, command):
            self._lines.append(line)
        else:
            self._on_unasked(line, "")

    @staticmethod
    def _is_final(line: str, command: _Command) -> bool:
        if line == "OK":
            return True
        if line in _UNASKED:
            return line.startswith(_FINAL_BAD) and command.text.startswith(("D", "A"))
        return line.startswith(_FINAL_BAD)

    @staticmethod
    def _belongs(line: str, command: _Command) -> bool:
        if line in _UNASKED or line.startswith(("VOICE CALL", "MISSED_CALL")):
            return False
        named = _NAME.match(line)
        return named is None or line.partition(":")[0] == command.name

    def _finish(self, result: str) -> None:
        command, self._running = self._running, None
        lines, self._lines = tuple(self._lines), []
        if command is not None:
            command.then(Answer(lines, result))
