"""The one voice call of a module: what its lines and its list of calls say becomes `Happening`s. Pure.

How: `RING`, `+CLIP` and `NO CARRIER` are believed at once; the list of calls (`+CLCC`, TS 27.007 §7.18) is asked for
    while there is a call, because some firmwares say nothing when the far end hangs up.
Limits: a second call that waits is not taken.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from drivers.cellular.at import fields_of, number_of
from drivers.cellular.dialogue import Answer, Dialogue
from drivers.cellular.happening import CallComes, CallConnected, CallGone, CallRings, FarKey, Happening
from drivers.cellular.models import ModuleModel

_LIST_EVERY_S = 0.5
_CLIP_WAIT_S = 0.6
"""`+CLIP` follows `RING` at once where the number is given at all."""
_VOICE_CALL = "0"
_GONE_LINES = ("NO CARRIER", "NO ANSWER", "MISSED_CALL")
_ENDED = "VOICE CALL: END"
"""SIMCom."""
_KEYS = "0123456789*#ABCD"


class Stage(Enum):
    """Of our call."""

    NONE = "none"
    ANNOUNCED = "announced"
    """It rings, and we wait for its number."""
    COMES = "comes"
    ANSWERING = "answering"
    DIALLING = "dialling"
    ACTIVE = "active"


_STATE_ACTIVE, _STATE_ALERTING, _STATE_INCOMING = 0, 3, 4


class ModuleCall:
    """`tell` is told what happens."""

    def __init__(self, dialogue: Dialogue, tell: Callable[[Happening], None]) -> None:
        self._dialogue = dialogue
        self._tell = tell
        self.stage = Stage.NONE
        self._model: ModuleModel | None = None
        self.usb_sound = False
        """Voice goes over the module's USB sound card, not over its voice port."""
        self._number = ""
        self._rung_s = self._listed_s = 0.0
        self._now_s = 0.0
        self._alerting = False
        self._missing = 0

    def use(self, model: ModuleModel) -> None:
        """What the module is."""
        self._model = model

    def lost(self) -> None:
        """The module is away, and the call with it."""
        if self.stage is not Stage.NONE:
            self._over(CallGone(), tidy=False)

    def unasked(self, line: str) -> bool:
        """Take a line; False when it is not about the call."""
        if line == "RING" or line.startswith("+CRING:"):
            if self.stage is Stage.NONE:
                self.stage, self._rung_s = Stage.ANNOUNCED, self._now_s
            elif self.stage is Stage.ANNOUNCED:
                self._comes("")
        elif line.startswith("+CLIP:"):
            if self.stage in {Stage.NONE, Stage.ANNOUNCED}:
                self._comes(fields_of(line)[0])
        elif line.startswith(_ENDED) and self.stage is Stage.DIALLING:
            self._listed_s = 0.0  # `BUSY` may follow; else the list of calls tells
        elif line.startswith((*_GONE_LINES, _ENDED)) or line == "BUSY":
            self._gone(busy=line == "BUSY")
        elif line.startswith(("VOICE CALL: BEGIN", "+CLCC:")):
            self._listed_s = 0.0  # ask now
        elif self._model is not None and line.startswith(self._model.key_lines):
            self._key(fields_of(line)[0])
        else:
            return False
        return True

    def tick(self, now_s: float) -> None:
        """Look after the call."""
        self._now_s = now_s
        if self.stage is Stage.ANNOUNCED and now_s - self._rung_s >= _CLIP_WAIT_S:
            self._comes("")
        if self.stage is not Stage.NONE and now_s - self._listed_s >= _LIST_EVERY_S and not self._dialogue.busy:
            self._listed_s = now_s
            self._dialogue.ask("+CLCC", self._listed, timeout_s=2.0)

    def answer(self) -> None:
        """Take the call that comes; it is gone if it does not work."""
        if self.stage not in {Stage.COMES, Stage.ANNOUNCED}:
            return
        self.stage = Stage.ANSWERING
        self._dialogue.ask("A", self._answered, timeout_s=10.0, first=True)
        self._switch_voice(before=True)

    def dial(self, number: str) -> None:
        """Call somebody; `CallConnected` or `CallGone` follows."""
        wanted = "".join(letter for letter in number if letter in "0123456789*#+")
        if self.stage is not Stage.NONE or not wanted:
            self._tell(CallGone())
            return
        self.stage, self._alerting, self._missing = Stage.DIALLING, False, 0
        self._dialogue.ask(f"D{wanted};", self._dialled, timeout_s=20.0, first=True)
        self._switch_voice(before=True)

    def keys(self, digits: str) -> None:
        """Send keys to the far end (TS 27.007 §C.2.11)."""
        for digit in digits:
            if digit in _KEYS and self.stage is Stage.ACTIVE:
                self._dialogue.ask(f'+VTS="{digit}"')

    def hang_up(self) -> None:
        """End whatever there is; nothing is told of it."""
        if self.stage is not Stage.NONE:
            self.stage = Stage.NONE
            self._switch_off()
            self._dialogue.ask("+CHUP", first=True)

    def _comes(self, number: str) -> None:
        self.stage, self._number, self._missing = Stage.COMES, number, 0
        self._listed_s = self._now_s
        self._tell(CallComes(number))

    def _answered(self, answer: Answer) -> None:
        if self.stage is not Stage.ANSWERING:
            return
        if answer.ok:
            self._connected(outgoing=False)
        else:
            self._over(CallGone())

    def _dialled(self, answer: Answer) -> None:
        if self.stage is Stage.DIALLING and not answer.ok:
            self._over(CallGone(busy=answer.result == "BUSY"))

    def _connected(self, *, outgoing: bool) -> None:
        self.stage = Stage.ACTIVE
        self._switch_voice(before=False)
        self._tell(CallConnected(outgoing))

    def _listed(self, answer: Answer) -> None:
        """What the module says of all its calls."""
        if not answer.ok or self.stage in {Stage.NONE, Stage.ANSWERING}:
            return
        calls = [fields_of(line) for line in answer.lines if line.startswith("+CLCC:")]
        ours = next((call for call in calls if len(call) >= 4 and call[3] == _VOICE_CALL), None)
        if ours is None:
            self._missing += 1
            if self._missing >= 2:  # a call just dialled is not in the list yet
                self._gone(busy=False)
            return
        self._missing = 0
        state = number_of(ours[2])
        if self.stage is Stage.DIALLING and state == _STATE_ACTIVE:
            self._connected(outgoing=True)
        elif self.stage is Stage.DIALLING and state == _STATE_ALERTING and not self._alerting:
            self._alerting = True
            self._tell(CallRings())
        elif self.stage is Stage.ANNOUNCED and state == _STATE_INCOMING and len(ours) >= 6:
            self._comes(ours[5])

    def _key(self, code: str) -> None:
        """Quectel tells the key's ASCII code, SIMCom the key."""
        number = number_of(code)
        digit = chr(number) if number is not None and number >= 0x23 and len(code) > 1 else code.upper()
        if len(digit) == 1 and digit in _KEYS and self.stage is Stage.ACTIVE:
            self._tell(FarKey(digit))

    def _gone(self, *, busy: bool) -> None:
        if self.stage is not Stage.NONE:
            self._over(CallGone(busy))

    def _over(self, gone: CallGone, *, tidy: bool = True) -> None:
        self.stage = Stage.NONE
        if tidy:
            self._switch_off()
        self._tell(gone)

    def _switch_voice(self, *, before: bool) -> None:
        model = self._model
        if model is not None and model.voice_before_call is before:
            self._dialogue.ask(model.voice_on_usb if self.usb_sound else model.voice_on, first=True)

    def _switch_off(self) -> None:
        if self._model is not None:
            self._dialogue.ask(self._model.voice_off)
