"""What differs between cellular modules: how voice is switched on, how keys are told, which USB interface is which.

From Quectel's EC2x/EG25 AT commands manual and SIMCom's SIM7500/SIM7600 one; the usual case first.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModuleModel:
    """One family of modules. Commands are without `AT`."""

    name: str
    usb_ids: frozenset[str]
    """`vendor:product` of its USB forms."""
    at_interface: int
    """USB interface of the AT port."""
    pcm_interface: int
    prepare: tuple[str, ...]
    """After a SIM was found; what a firmware does not know is passed over."""
    voice_on: str
    """16-bit samples at 8 kHz over the voice port."""
    voice_off: str
    voice_on_usb: str
    """Instead, where the module is a USB sound card as well; empty: it never is."""
    voice_before_call: bool
    """Voice is switched on before the call is taken; else when it is connected."""
    key_lines: tuple[str, ...]
    """Beginnings of the lines that tell a key of the far end."""


QUECTEL = ModuleModel(
    name="Quectel EC20/EC25/EG25",
    usb_ids=frozenset({"2c7c:0125", "2c7c:0121", "05c6:9215"}),
    at_interface=2,
    pcm_interface=1,
    prepare=('+QINDCFG="ring",0,0', "+QTONEDET=1", "+QPCMV=0"),
    voice_on="+QPCMV=1,0",
    voice_off="+QPCMV=0",
    voice_on_usb="+QPCMV=1,2",
    voice_before_call=True,
    key_lines=("+QTONEDET:",),
)
SIMCOM = ModuleModel(
    name="SIMCom SIM7600",
    usb_ids=frozenset({"1e0e:9001", "1e0e:9011"}),
    at_interface=2,
    pcm_interface=4,
    prepare=("+DDET=1,0,0,0", "+CPCMFRM=0"),
    voice_on="+CPCMREG=1",
    voice_off="+CPCMREG=0",
    voice_on_usb="",
    voice_before_call=False,
    key_lines=("+RXDTMF:", "+DTMF:"),
)
MODELS = (QUECTEL, SIMCOM)


def model_of(maker: str) -> ModuleModel:
    """By what the module says of its maker; Quectel's when it is unknown, whose extra commands others just refuse."""
    return SIMCOM if "SIMCOM" in maker.upper() else QUECTEL
