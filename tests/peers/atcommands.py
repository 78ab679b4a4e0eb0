"""The commands of a simulated voice modem: one line in, answers out, and the state that they leave."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum, auto

from drivers.modem.coding import Coding

_PART = re.compile(r"[+#-][A-Z]+\d*(?:=\?|\?|=[^;+]*)?|&[A-Z]\d*|S\d+(?:=\d+|\?)?|[A-Z]\d*")
_CODINGS = {0: Coding.SIGNED_8, 1: Coding.UNSIGNED_8, 4: Coding.MU_LAW, 5: Coding.A_LAW, 128: Coding.UNSIGNED_8}
_OFFERED = (
    '0,"SIGNED PCM",8,0,8000,0,0',
    '1,"UNSIGNED PCM",8,0,8000,0,0',
    '4,"G.711U",8,0,8000,0,0',
    '5,"G.711A",8,0,8000,0,0',
)
_TAKEN = (
    "+VSD",
    "+VGT",
    "+VGR",
    "+VRA",
    "+VRN",
    "+VNH",
    "+VIT",
    "+IFC",
    "+FLO",
    "+IPR",
    "+VGM",
    "+VGS",
    "+VTS",
    "+VDR",
)


class Sound(Enum):
    NONE = auto()
    RECORDING = auto()
    PLAYING = auto()
    DUPLEX = auto()


@dataclass
class Firmware:
    """`identity`: what ATI says. A modem without `voice` knows data and fax only."""

    identity: str = "SIM V.253 Voice Modem"
    duplex: bool = True
    voice: bool = True
    stop_shields: int = 1
    rings_by_event: bool = False
    """In class 8 it says <DLE>R instead of RING (Conexant)."""
    own_commands: tuple[str, ...] = ()
    echo: bool = True
    fclass: str = "0"
    off_hook: bool = False
    sound: Sound = Sound.NONE
    coding: Coding = Coding.UNSIGNED_8
    tells_callers: bool = False
    said: list[str] = field(default_factory=list)
    """Every command line that came."""
    _typed: bytearray = field(default_factory=bytearray)

    def power_on(self) -> None:
        self.echo, self.fclass, self.off_hook, self.sound = True, "0", False, Sound.NONE
        self.coding, self.tells_callers = Coding.UNSIGNED_8, False

    def key(self, octet: int) -> list[str]:
        """An octet of a command; the answers when it ends a line."""
        if octet != ord("\r"):
            if octet != ord("\n"):
                self._typed.append(octet)
            return []
        line = self._typed.decode("latin-1").strip().upper()
        self._typed.clear()
        return self._line(line) if line.startswith("AT") else []

    def _line(self, line: str) -> list[str]:
        self.said.append(line)
        answers: list[str] = []
        for part in _PART.findall(line[2:]):
            *told, result = self._part(part)
            answers += told
            if result != "OK":
                return [*answers, result]
        return [*answers, "OK"]

    def _part(self, part: str) -> list[str]:
        name, _, value = part.partition("=")
        match name:
            case "I" | "I0":
                return [self.identity, "OK"]
            case "Z" | "H" | "H0":
                self.off_hook = False
                self.fclass = "0" if name == "Z" else self.fclass
            case "E0" | "E1" | "E":
                self.echo = name == "E1"
            case "+VCID":
                self.tells_callers = value == "1"
            case "+FCLASS" | "+FCLASS?":
                return self._fclass(name, value)
            case _ if name.startswith("+V"):
                return self._voice(name, value)
            case _:
                known = not name.startswith(("+", "#", "-")) or name.startswith(_TAKEN) or name in self.own_commands
                return ["OK" if known else "ERROR"]
        return ["OK"]

    def _fclass(self, name: str, value: str) -> list[str]:
        if name.endswith("?"):
            return [self.fclass, "OK"]
        if value == "?":
            return ["0,1,1.0,8" if self.voice else "0,1,1.0", "OK"]
        if value not in {"0", "1", "1.0", "8"} or (value == "8" and not self.voice):
            return ["ERROR"]
        self.fclass = value
        return ["OK"]

    def _voice(self, name: str, value: str) -> list[str]:
        if not self.voice:
            return ["ERROR"]
        match name:
            case "+VSM":
                return self._select_coding(value)
            case "+VLS":
                return self._select_line(value)
            case "+VTX" | "+VRX" | "+VTR":
                return self._begin(name)
            case _:
                return ["OK" if name.startswith(_TAKEN) else "ERROR"]

    def _select_coding(self, value: str) -> list[str]:
        if value == "?":
            return [*_OFFERED, "OK"]
        number = value.partition(",")[0]
        if not number.isdecimal() or int(number) not in _CODINGS:
            return ["ERROR"]
        self.coding = _CODINGS[int(number)]
        return ["OK"]

    def _select_line(self, value: str) -> list[str]:
        if value == "?":
            return ['0,"",B0000000,B0000000', '1,"T",0BA0,0BA0', "OK"]
        if not value.isdecimal() or int(value) > 20 or self.fclass != "8":
            return ["ERROR"]
        self.off_hook = int(value) in {1, 5, 3, 7, 9}
        return ["OK"]

    def _begin(self, name: str) -> list[str]:
        if self.fclass != "8" or (name == "+VTR" and not self.duplex):
            return ["ERROR"]
        self.sound = {"+VTX": Sound.PLAYING, "+VRX": Sound.RECORDING, "+VTR": Sound.DUPLEX}[name]
        return ["CONNECT"]
