"""What the simulated module answers to questions whose answer never changes, and which settings it just takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class SimDialect:
    """What one make of modules says otherwise than the others."""

    maker: str
    model: str
    firmware: str
    voice: str
    """The command that switches voice on (`=1…`) and off (`=0`)."""
    key: Callable[[str], str]
    """How a key of the far end is told."""
    taken_line: str = ""
    """Said when a call is taken."""
    ended_line: str = ""
    """Said before `NO CARRIER` or `BUSY`."""
    missed_line: str = ""
    """The same when nobody took a call that came."""

    @property
    def banner(self) -> str:
        """`ATI`."""
        return f"{self.maker}\r\n{self.model}\r\nRevision: {self.firmware}"

    @property
    def identity(self) -> dict[str, str]:
        """By command, both spellings (TS 27.007 §5, V.250 §6.1)."""
        answers = {"MI": self.maker, "MM": self.model, "MR": self.firmware, "SN": "860000000000001"}
        return {f"+{begin}{end}": said for end, said in answers.items() for begin in ("G", "CG")}


QUECTEL_EC20: Final = SimDialect(
    maker="Quectel",
    model="EC20F",
    firmware="EC20CEFASGR08A03M2G",
    voice="+QPCMV",
    key=lambda digit: f"+QTONEDET: {ord(digit)}",
)
SIMCOM_SIM7600: Final = SimDialect(
    maker="SIMCOM INCORPORATED",
    model="SIMCOM_SIM7600CE",
    firmware="LE20B03SIM7600M22",
    voice="+CPCMREG",
    key=lambda digit: f"+RXDTMF: {digit}",
    taken_line="VOICE CALL: BEGIN",
    ended_line="VOICE CALL: END: 000010",
    missed_line="MISSED_CALL: 10:21AM 13905621234",
)
FIXED: Final = {
    "+CIMI": "460001234567890",
    "+GCAP": "+GCAP: +CGSM,+FCLASS",
    "+QCCID": "+QCCID: 89860000000000000001",
    "+ICCID": "+ICCID: 89860000000000000001",
    "+CCID": "+CCID: 89860000000000000001",
    "+CRSM=176,12258,0,0,10": '+CRSM: 144,0,"98680000000000000010"',
    "+CNUM": '+CNUM: ,"13905620000",129',
    "+CBC": "+CBC: 0,0,3800",
    "+CPAS": "+CPAS: 0",
    "+CCLK?": '+CCLK: "26/06/01,09:12:00+32"',
    "+COPS?": '+COPS: 0,0,"CHINA MOBILE",7',
    "+CSCA?": '+CSCA: "+8613800556500",145',
    "+CSCS=?": '+CSCS: ("GSM","IRA","UCS2")',
    "+CSCS?": '+CSCS: "GSM"',
    "+CMGF=?": "+CMGF: (0,1)",
    "+CMGF?": "+CMGF: 0",
    "+CSMS=?": "+CSMS: (0,1)",
    "+CSMS?": "+CSMS: 0,1,1,1",
    "+CMEE=?": "+CMEE: (0-2)",
    "+CMEE?": "+CMEE: 1",
    "+CFUN=?": "+CFUN: (0,1,4),(0,1)",
    "+CFUN?": "+CFUN: 1",
    "+CLCK=?": '+CLCK: ("SC","FD")',
    '+CLCK="SC",2': "+CLCK: 0",
    "+CSTA?": "+CSTA: 129",
    "+WS46=?": "+WS46: (12,22,28)",
}
TAKEN: Final = (
    "+CMEE=", "+CSCS=", "+CSCA=", "+CRC=", "+CCWA=", "+CUSD=", "+CGEREP", "+CSMP=", "+CSMS=", "+CMGF=", "+CFUN=",
    "+COPS=", "+COLP=", "+CSSN=", "+CVHU=", "+CMOD=", "+CR=", "+CSDH=", "+CPBS=", "+CMMS=", "+CSMINS=", "+VTD=",
    "+CTZU=", "+CTZR=", "+CNMA", "+QINDCFG=", "+QTONEDET=", "+QURCCFG=", "+QCFG=", "+CLCK=", "+CPNNSTAT=",
    "+DDET=", "+CPCMFRM=",
)  # fmt: skip
"""Settings without effect here."""


def octets_of(pdu: str) -> int:
    """Without the service centre address (TS 27.005 §3.1)."""
    return len(pdu) // 2 - 1 - int(pdu[:2] or "0", 16)
