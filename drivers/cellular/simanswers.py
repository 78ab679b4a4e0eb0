"""What the simulated module answers to questions whose answer never changes, and which settings it just takes."""

from __future__ import annotations

from typing import Final

_IDENTITY = {
    "+CGMI": "Quectel",
    "+GMI": "Quectel",
    "+CGMM": "EC20F",
    "+GMM": "EC20F",
    "+CGMR": "EC20CEFASGR08A03M2G",
    "+GMR": "EC20CEFASGR08A03M2G",
    "+CGSN": "860000000000001",
    "+GSN": "860000000000001",
    "+CIMI": "460001234567890",
}
FIXED: Final = _IDENTITY | {
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
)  # fmt: skip
"""Settings without effect here."""
