"""What is said to a voice modem, from the first AT to the last: wake, recognise, set up, poll, answer, speak, hang up.

What: `ModemScript.life` is the script of a `Dialogue`. The card says what it wants (`off_hook`, `flash`, `sound`); the
    script brings the modem there, one command after another, whatever the modem was doing.
How: while on hook it polls the modem, so that one that has gone to sleep is known within 5 s; a modem that does not
    answer is woken by ending whatever sound it may be in, by DTR, and by opening the port anew. Where +VTR is refused
    the line is half duplex: it is listened to, and played to while there is something audible to play.
Limits: what a half-duplex modem calls busy or dial tone while we play is judged by listening for some seconds.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from enum import Enum, auto

from drivers.base import FRAME_S
from drivers.modem.coding import Coding
from drivers.modem.dialogue import Answer, Ask, Dialogue, Pause, Script, SilentError, Stir, command
from drivers.modem.happening import DropDtr, ModemFailed, ModemReady, Reopen
from drivers.modem.models import ModemModel, best_compression, model_of
from drivers.modem.outgoing import OutgoingSound
from drivers.modem.shielding import ABORT, DLE, END, STOP_DUPLEX, STOP_RECORDING, ModemEvent
from drivers.signals import FaultKind

POLL_S = 1.4
RING_PEACE_S = 6.0
"""After a ring burst nothing is asked: some modems lose caller ID by a command."""
_SLOW_S = 2.0
"""For what moves a relay or resets the modem."""
_WAKING_S = 0.6
_LATE_ANSWERS_S = 0.15
"""Answers to what was asked before the modem woke."""
_REOPEN_EVERY_S = 2.0
_UNFIT_RETRY_S = (1.0, 60.0)
"""Soon the first time, for an answer may have been garbled; each time in vain twice as long, up to the second."""
_END_OF_PLAYING_S = 0.4
_LISTEN_AFTER_TONE_S = 4.0
"""Two whole cycles of busy tone, and the dial tone's two seconds."""
_LONGEST_DIALLING_S = 5.0
_STUCK_S = 1.5
_GIVE_UP_S = 1.0
_PLAYED_S = 3.5
"""The longest sound that a modem can still have to play, and its answer."""
SILENT_TEXT = "语音猫没有应答：请检查 USB 线和电源，拔下再插上；如仍不行，请核对设置里的设备。"
_COUNTRY_FREE_SET_UP = ("AT+VIT=0", "AT+VSD=128,0", "AT+IFC=2,2", "ATM0", "ATS0=0", "AT&D2")
"""No inactivity limit, no silence detection, hardware flow control, loudspeaker off, never answer by itself; hang up
when DTR goes, which it does when this process dies."""

Steps = Generator[Ask | Pause | Stir, Answer, None]


class UnfitError(Exception):
    """The modem answers, but refuses what a line needs."""


class Direction(Enum):
    """Where sound goes while off hook."""

    NONE = auto()
    BOTH = auto()
    FROM_LINE = auto()
    TO_LINE = auto()


@dataclass(frozen=True, slots=True)
class Voice:
    """How the modem that is there speaks and listens."""

    model: ModemModel
    compression: str
    coding: Coding


class ModemScript:
    """The wishes of the card, and the life of the modem by them. `sound` is filled by the card's thread."""

    def __init__(self, model: ModemModel | None = None) -> None:
        """`model`: which one it is; None: it is recognised by its answers."""
        self.off_hook = False
        """What the card wants."""
        self.flash_ms = 0
        """A loop break that the card wants, once."""
        self.sound = OutgoingSound()
        self.coding = Coding.UNSIGNED_8
        self.direction = Direction.NONE
        self.resting = False
        """The line is on hook and the modem is well."""
        self._patience_s = self._waited_s = 0.0
        self._told_model = model
        self._duplex = True
        self._dialogue: Dialogue

    def lead(self, now_s: float) -> Dialogue:
        """A dialogue by this script."""
        self._dialogue = Dialogue(self.life(), now_s)
        return self._dialogue

    def life(self) -> Script:
        """Never ends."""
        while True:
            try:
                yield from self._wake()
                voice = yield from self._set_up()
                self._waited_s = 0.0
                self._dialogue.happenings.append(ModemReady(voice.model.name))
                while True:
                    yield from self._rest()
                    yield from self._call(voice)
            except SilentError:
                if self.off_hook:
                    self.off_hook = False
                    self._dialogue.happenings.append(ModemFailed(FaultKind.NOT_ANSWERING, SILENT_TEXT))
                self._give_up_call()
            except UnfitError as unfit:
                self._give_up_call()
                self.off_hook = False
                self._dialogue.happenings.append(ModemFailed(FaultKind.UNFIT, str(unfit)))
                self._patience_s = min(max(_UNFIT_RETRY_S[0], 2 * self._waited_s), _UNFIT_RETRY_S[1])

    # --- on hook ----------------------------------------------------------------------------------------------------

    def _wake(self) -> Steps:
        """Until the modem answers; says so once when it does not, and goes on trying."""
        told = self.resting = False
        self._waited_s, self._patience_s = self._patience_s, 0.0
        yield Pause(self._waited_s)
        while True:
            for prepare in (self._nothing, self._end_any_sound, self._drop_dtr):
                yield from prepare()
                answer = yield Ask(command("AT"), _WAKING_S, may_be_silent=True)
                if answer.result == "OK":
                    yield Pause(_LATE_ANSWERS_S)
                    return
            if not told:
                told, self.off_hook = True, False
                self._dialogue.happenings.append(ModemFailed(FaultKind.NOT_ANSWERING, SILENT_TEXT))
            self._dialogue.happenings.append(Reopen())
            yield Pause(_REOPEN_EVERY_S)

    def _nothing(self) -> Steps:
        yield Pause(0.0)

    def _end_any_sound(self) -> Steps:
        """It may be playing or recording for somebody who is gone."""
        self._dialogue.outgoing += (
            ABORT + END + STOP_RECORDING + STOP_DUPLEX + bytes((DLE, DLE)) + STOP_RECORDING + b"\r"
        )
        yield Pause(0.2)

    def _drop_dtr(self) -> Steps:
        self._dialogue.happenings.append(DropDtr())
        yield Pause(0.2)

    def _set_up(self) -> Generator[Ask | Pause | Stir, Answer, Voice]:
        for text in ("ATZ", "ATE0", "ATV1", "ATH0"):
            yield Ask(command(text), _SLOW_S)
        said: list[str] = []
        for text in ("ATI0", "ATI3", "AT+GMI9", "AT+FMM"):
            answer = yield Ask(command(text))
            said += answer.lines
        model = self._told_model or model_of("\n".join(said))
        for text in (*_COUNTRY_FREE_SET_UP, *model.set_up):
            yield Ask(command(text))
        if not (yield Ask(command("AT+FCLASS=8"))).good:
            raise UnfitError("这个设备不是语音猫（不支持语音）：只能收发数据或传真，请换一个支持语音的型号。")
        compression = model.compression
        if compression is None:
            offered = yield Ask(command("AT+VSM=?"))
            compression = best_compression("\n".join(offered.lines))
        if compression is None or not (yield Ask(command(f"AT+VSM={compression[0]}"))).good:
            raise UnfitError(f"语音猫（{model.name}）没有可用的声音格式：需要 8 kHz、每样 8 位，请换一个型号。")
        self.coding = compression[1]
        self._duplex = True
        yield from self._on_hook()
        return Voice(model, *compression)

    def _on_hook(self) -> Steps:
        """Class 0 while idle: rings and callers come as text then."""
        for text in ("AT+VLS=0", "ATH0", "AT+FCLASS=0", "AT+VCID=1"):
            yield Ask(command(text), _SLOW_S)

    def _rest(self) -> Steps:
        self.resting = True
        while not self.off_hook:
            yield Stir(POLL_S)
            if not self.off_hook and self._dialogue.rang_ago_s >= RING_PEACE_S:
                answer = yield Ask(command("AT"))
                if answer.result != "OK":
                    raise SilentError
        self.resting = False

    # --- off hook ---------------------------------------------------------------------------------------------------

    def _call(self, voice: Voice) -> Steps:
        for text in ("AT+FCLASS=8", f"AT+VSM={voice.compression}", "AT+VLS=1"):
            if not (yield Ask(command(text), _SLOW_S)).good:
                raise UnfitError(f"语音猫（{voice.model.name}）不接受 {text}：拔下再插上；如仍不行，请换一个型号。")
        yield from self._begin_listening(voice)
        turned_s = patience_s = 0.0
        while self.off_hook:
            yield Stir(FRAME_S)
            turned_s += FRAME_S
            if self.flash_ms:
                yield from self._flash(voice)
            elif self.sound.stuck_s > _STUCK_S:
                raise SilentError
            elif self.direction is not Direction.TO_LINE and not self._dialogue.hears:
                yield from self._begin_listening(voice)  # the modem ended the recording by itself
            elif self.direction is Direction.FROM_LINE and self.sound.quiet_s == 0.0 and turned_s >= patience_s:
                yield from self._begin_playing(voice)
                turned_s = 0.0
            elif self.direction is Direction.TO_LINE:
                tone_heard = self._tone_heard(turned_s)
                if tone_heard or self.sound.quiet_s > _END_OF_PLAYING_S:
                    yield from self._begin_listening(voice)
                    turned_s, patience_s = 0.0, _LISTEN_AFTER_TONE_S if tone_heard else 0.0
        yield from self._end_sound(voice)
        yield from self._on_hook()

    def _tone_heard(self, played_s: float) -> bool:
        """The modem reports, through what we play, that the far end is gone. Dial tone is there when we dial, too."""
        tone, self._dialogue.tone_heard = self._dialogue.tone_heard, None
        return tone is not None and (tone is not ModemEvent.DIAL_TONE or played_s > _LONGEST_DIALLING_S)

    def _begin_listening(self, voice: Voice) -> Steps:
        """Both ways where the modem can, else from the line."""
        yield from self._end_sound(voice)
        if self._duplex:
            if (yield Ask(command("AT+VTR"), _SLOW_S, sound_in=voice.coding)).result == "CONNECT":
                self._sound_flows(Direction.BOTH)
                return
            self._duplex = False
        if voice.model.record_on:
            yield Ask(command(voice.model.record_on), _SLOW_S)
        if (yield Ask(command("AT+VRX"), _SLOW_S, sound_in=voice.coding)).result != "CONNECT":
            raise UnfitError(f"语音猫（{voice.model.name}）不能录音：拔下再插上；如仍不行，请换一个型号。")
        self.direction = Direction.FROM_LINE

    def _begin_playing(self, voice: Voice) -> Steps:
        yield from self._end_sound(voice)
        if (yield Ask(command("AT+VTX"), _SLOW_S)).result != "CONNECT":
            raise UnfitError(f"语音猫（{voice.model.name}）不能放音：拔下再插上；如仍不行，请换一个型号。")
        self._dialogue.tone_heard = None
        self._sound_flows(Direction.TO_LINE)

    def _sound_flows(self, direction: Direction) -> None:
        self.direction = direction
        self.sound.begin()

    def _end_sound(self, voice: Voice) -> Steps:
        """Back to commands, whichever way sound flows; what the modem still has to play is played first."""
        direction, self.direction = self.direction, Direction.NONE
        self.sound.hold()
        if direction is Direction.NONE or (direction is not Direction.TO_LINE and not self._dialogue.hears):
            return
        if direction is Direction.TO_LINE:
            octets = END if self.off_hook else ABORT + END
            yield Ask(octets, _PLAYED_S)
            return
        code = STOP_DUPLEX if direction is Direction.BOTH else STOP_RECORDING
        for shields in (voice.model.stop_shields, 1, 3):
            octets = bytes((DLE,)) * (shields - 1) + code
            if (yield Ask(octets, _GIVE_UP_S, may_be_silent=True)).result:
                return
        raise SilentError

    def _flash(self, voice: Voice) -> Steps:
        """A loop break of so long, then sound as before."""
        duration_s, self.flash_ms = self.flash_ms / 1000, 0
        yield from self._end_sound(voice)
        yield Ask(command("AT+VLS=0"), _SLOW_S)
        yield Pause(duration_s)
        yield Ask(command("AT+VLS=1"), _SLOW_S)
        yield from self._begin_listening(voice)

    def _give_up_call(self) -> None:
        self.direction = Direction.NONE
        self.sound.clear()
        self._dialogue.forget()
