"""Commands, answers, events and sound on a serial line, as a state machine without I/O: octets and time in, octets out.

What: a `Script` (a generator) says what to ask and is given the answers; `Dialogue` splits what comes from the modem
    into answers, rings, caller ID, <DLE> events and sound (V.250, V.253), keeps the deadlines, and notes what happened.
How: a question without an answer in time raises `SilentError` in the script, and so does a recording without sound.
    Only the word RING is a ring: idle modems are in class 0, and <DLE>R comes out of garbage too easily.
Limits: whatever comes, nothing here raises or grows: lines are cut at 256 octets, unknown ones are part of the answer
    to the question that is open, or passed over.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass

from drivers.modem.callertext import CallerText, with_line
from drivers.modem.coding import Coding
from drivers.modem.happening import BatteryTurned, CallerTold, Happening, KeyCame, LoopBroke, Rang, SoundCame
from drivers.modem.keys import Keys
from drivers.modem.shielding import Key, ModemEvent, SoundEnded, UnknownCode, Unshielding

ANSWER_S = 0.8
SOUND_GONE_S = 1.5
"""A recording modem sends 8000 octets a second; this long without any, and it is ill."""
_CALLER_COMPLETE_S = 0.6
"""No further line of caller ID comes after such a gap."""
_XON, _XOFF = 0x11, 0x13
_LONGEST_HOLD_S = 1.0
_LONGEST_LINE = 256
_MOST_LINES = 64
_FINALS = frozenset(
    ("OK", "ERROR", "CONNECT", "VCON", "NO CARRIER", "NO ANSWER", "NO DIALTONE", "NO DIAL TONE", "BUSY")
)
_TONES_HEARD = frozenset((ModemEvent.BUSY, ModemEvent.CONGESTION, ModemEvent.DIAL_TONE))


class SilentError(Exception):
    """The modem does not answer, or nothing that can be understood."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Octets for the modem, and how long its answer may take."""

    octets: bytes
    timeout_s: float = ANSWER_S
    sound_in: Coding | None = None
    """After CONNECT the modem sends sound so coded."""
    may_be_silent: bool = False
    """No answer is one: an `Answer` with an empty result."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing for so long."""

    duration_s: float


@dataclass(frozen=True, slots=True)
class Stir:
    """Until `Dialogue.stir`, or for so long."""

    timeout_s: float


@dataclass(frozen=True, slots=True)
class Answer:
    """`result`: the final word, "" when none came; `lines`: what stood before it."""

    result: str = ""
    lines: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        return self.result in {"OK", "VCON", "CONNECT"}


Script = Generator[Ask | Pause | Stir, Answer, None]


def command(text: str) -> bytes:
    """A command line."""
    return text.encode("ascii", "ignore") + b"\r"


class Dialogue:
    """The conversation that `script` leads. Everything is told with the time, in seconds of any steady clock."""

    def __init__(self, script: Script, now_s: float) -> None:
        self.happenings: deque[Happening] = deque()
        self.outgoing = bytearray()
        self.tone_heard: ModemEvent | None = None
        """Busy, congestion or dial tone that the modem reported since this was last set back."""
        self.ran_dry = False
        """The modem reported that it had nothing to play, since this was last set back."""
        self.rang_ago_s = math.inf
        """Since the last ring burst, as of `advance`."""
        self._script = script
        self._waits_for: Ask | Pause | Stir = Pause(0.0)
        self._deadline_s = now_s
        self._unshielding = Unshielding()
        self._sound_in: Coding | None = None
        self._sound_at_s = now_s
        self._line = bytearray()
        self._skip_line_feed = False
        self._lines: list[str] = []
        self._caller = CallerText()
        self._caller_at_s = now_s
        self._keys = Keys()
        self._held_until_s = now_s
        self._rang_at_s = -math.inf
        self._wait_for(next(self._script), now_s)

    def receive(self, octets: bytes, now_s: float) -> None:
        """Octets from the modem, as they came."""
        rest = octets
        while rest:
            found, rest = self._unshielding.feed(rest)
            for each in found:
                match each:
                    case bytes():
                        self._take(each, now_s)
                    case SoundEnded():
                        self._sound_in = None
                    case Key(digit):
                        self._key(self._keys.digit(digit))
                    case ModemEvent():
                        self._event(each)
                    case UnknownCode():
                        pass

    def advance(self, now_s: float) -> None:
        """Time went on."""
        self.rang_ago_s = now_s - self._rang_at_s
        if not self._caller.empty and now_s - self._caller_at_s > _CALLER_COMPLETE_S:
            self._caller_complete()
        if self._sound_in is not None and now_s - self._sound_at_s > SOUND_GONE_S:
            self._sound_in = None
            self._raise_silent(now_s)
        elif now_s >= self._deadline_s:
            waits_for = self._waits_for
            if isinstance(waits_for, Ask) and not waits_for.may_be_silent:
                self._raise_silent(now_s)
            else:
                self._go_on(Answer(lines=tuple(self._lines)), now_s)

    def stir(self, now_s: float) -> None:
        """What the script decides by has changed."""
        if isinstance(self._waits_for, Stir):
            self._go_on(Answer(), now_s)

    @property
    def hears(self) -> bool:
        """Sound comes in."""
        return self._sound_in is not None

    def takes_sound(self, now_s: float) -> bool:
        """The modem has not asked us to wait (<XOFF>)."""
        return now_s >= self._held_until_s

    def lost(self, now_s: float) -> None:
        """The port was lost or opened anew: the script begins again."""
        self.forget()
        self._raise_silent(now_s)

    def forget(self) -> None:
        """Nothing that came half, or was still to be sent, belongs to anything."""
        self._unshielding = Unshielding()
        self._sound_in = None
        self._line.clear()
        self.outgoing.clear()

    def _take(self, octets: bytes, now_s: float) -> None:
        """Octets without events: text, and sound behind the text that announces it."""
        for at, octet in enumerate(octets):
            if self._sound_in is not None:
                sound = octets[at + 1 :] if self._skip_line_feed and octet == ord("\n") else octets[at:]
                self._skip_line_feed = False
                self._sound_at_s = now_s
                if sound:
                    self.happenings.append(SoundCame(sound, self._sound_in))
                return
            if octet in b"\r\n":
                line = self._line.decode("latin-1").strip()
                self._line.clear()
                if line:
                    self._line_came(line, now_s)
                self._skip_line_feed = octet == ord("\r")
            elif octet in {_XOFF, _XON}:
                self._held_until_s = now_s + _LONGEST_HOLD_S if octet == _XOFF else now_s
            elif len(self._line) < _LONGEST_LINE:
                self._line.append(octet)

    def _line_came(self, line: str, now_s: float) -> None:
        if line == "RING" or line.startswith("RING "):
            self._caller_complete()
            self._rang_at_s = now_s
            self.happenings.append(Rang())
            return
        caller = with_line(self._caller, line)
        if caller is not None:
            self._caller, self._caller_at_s = caller, now_s
            return
        if not isinstance(self._waits_for, Ask):
            return
        asked = self._waits_for
        word = line.upper()
        if word.split(" ", 1)[0] in {"CONNECT", "VCON"} or word in _FINALS:
            if word.startswith("CONNECT") and asked.sound_in is not None:
                self._sound_in, self._sound_at_s = asked.sound_in, now_s
            lines, self._lines = tuple(self._lines), []
            self._go_on(Answer("CONNECT" if word.startswith("CONNECT") else word, lines), now_s)
        elif not word.startswith("AT") and len(self._lines) < _MOST_LINES:
            self._lines.append(line)

    def _caller_complete(self) -> None:
        if not self._caller.empty:
            self.happenings.append(CallerTold(self._caller))
        self._caller = CallerText()

    def _event(self, event: ModemEvent) -> None:
        match event:
            case ModemEvent.KEY_BEGINS:
                self._keys.begin()
            case ModemEvent.KEY_ENDS:
                self._keys.end()
            case ModemEvent.LOOP_LOST:
                self.happenings.append(LoopBroke())
            case ModemEvent.POLARITY:
                self.happenings.append(BatteryTurned())
            case ModemEvent.UNDERRUN:
                self.ran_dry = True
            case _ if event in _TONES_HEARD:
                self.tone_heard = event
            case _:
                pass

    def _key(self, pressed: str) -> None:
        if pressed and not self.hears:
            self.happenings.append(KeyCame(pressed))

    def _go_on(self, answer: Answer, now_s: float) -> None:
        self._wait_for(self._script.send(answer), now_s)

    def _raise_silent(self, now_s: float) -> None:
        self._wait_for(self._script.throw(SilentError()), now_s)

    def _wait_for(self, next_one: Ask | Pause | Stir, now_s: float) -> None:
        self._waits_for = next_one
        self._lines = []
        match next_one:
            case Ask(octets, timeout_s):
                self.outgoing += octets
                self._deadline_s = now_s + timeout_s
            case Pause(duration_s):
                self._deadline_s = now_s + duration_s
            case Stir(timeout_s):
                self._deadline_s = now_s + timeout_s
