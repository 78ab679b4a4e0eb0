"""Random and mutated octets into the driver of cellular modules: no exception, no hang, memory flat.

Run: python -m bench.fuzzcellular --minutes 10 [--seed 1]
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import time
from datetime import UTC, datetime, timedelta

from drivers.cellular.module import Module
from drivers.cellular.sms import PduError, SmsPart, decode_incoming, submit_pdus
from drivers.cellular.smsassembly import StoredPart, assemble
from drivers.cellular.smsdeliver import deliver_pdus
from drivers.smsmodule import PduToSend

AT = datetime(2026, 6, 1, tzinfo=UTC)
_PDUS = (*deliver_pdus("+8613905620001", "您好😀" * 40, AT, 7), *deliver_pdus("10086", "ok {}", AT, 1))
SAYINGS = tuple(
    f"\r\n{line}\r\n".encode()
    for line in (
        "OK", "ERROR", "+CME ERROR: 10", "+CMS ERROR: 38", "+CMS ERROR:", "RING", '+CLIP: "13905620001",129', "+CLIP:",
        "NO CARRIER", "BUSY", "RDY", "+CPIN: READY", "+CPIN: SIM PIN", "+CREG: 1,1", "+CREG: ,", "+CEREG: 9",
        "+CSQ: 99,", "+CSQ:", '+CMTI: "SM",3', '+CMTI: "SM"', f"+CMT: ,30\r\n{_PDUS[0]}", f"+CDS: 20\r\n{_PDUS[1]}",
        "+CMT: ,",
        f"+CMGL: 1,0,,30\r\n{_PDUS[0]}", f"+CMGL: ,,\r\n{_PDUS[1]}", "+CMGL: 2,1", "+CMGS: 12", "+CMGS:",
        "+CPMS: 3,50,3,50,3,50", "+CPMS:", '+CLCC: 1,1,4,0,0,"139",129', "+CLCC: 1,0,0,0", "+CLCC:", "+QTONEDET: 49",
        "+QTONEDET:", "> ", '+COPS: 0,0,"X",7', "+CNUM:", "VOICE CALL: BEGIN", "MISSED_CALL: 1", "Quectel", "SIMCOM",
    )
)  # fmt: skip
_MEMORY_ALLOWED_MB = 40


class Fuzzed:
    """Our driver's module with somebody mad at the other end; time passes by itself, and everything is tried."""

    def __init__(self) -> None:
        self.module = Module("cellular/1", pin="1234")
        self.module.reconnect()
        self._now_s = 0.0
        self._step = 0

    def hears(self, octets: bytes) -> None:
        self._now_s += 0.3
        self._step += 1
        module = self.module
        module.feed(octets, self._now_s)
        self._act(self._step % 11)
        for event in module.told:
            place = getattr(event, "place", "")
            if place:
                module.sms.forget(place)
        module.told.clear()
        module.happened.clear()
        module.tick(self._now_s)
        module.output()

    def settles(self) -> None:
        """However it was treated, silence is named in the end."""
        for _ in range(260):
            self._now_s += 0.3
            self.module.tick(self._now_s)
            self.module.output()
        assert self.module.status.fault, "silence was not noticed"

    def _act(self, which: int) -> None:
        module = self.module
        if which == 3:
            module.call.answer()
        elif which == 5:
            module.call.dial("13905620001")
        elif which == 7:
            module.call.hang_up()
        elif which == 9:
            pdus = submit_pdus("13905620001", "您好", 1)
            module.sms.submit("t", [PduToSend(pdu.octets, pdu.hex_text) for pdu in pdus])


def decode_whatever(pdu: str) -> None:
    """Read or refused, and whatever was read can be put together."""
    try:
        came = decode_incoming(pdu)
    except PduError:
        return
    if isinstance(came, SmsPart):
        assemble([StoredPart(1, came, AT)], AT + timedelta(days=2))


def _mutated(octets: bytes, chance: random.Random) -> bytes:
    changed = bytearray(octets)
    for _ in range(chance.randint(0, 4)):
        at = chance.randrange(len(changed) + 1)
        match chance.randrange(3):
            case 0:
                changed[at : at + 1] = chance.randbytes(1)
            case 1:
                del changed[at : at + chance.randint(1, 8)]
            case _:
                changed[at:at] = chance.randbytes(chance.randint(1, 8))
    return bytes(changed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    end_s = time.monotonic() + options.minutes * 60
    rounds = slowest_ms = 0.0
    begun_mb = 0.0
    while time.monotonic() < end_s:
        rounds += 1
        began_s = time.monotonic()
        module = Fuzzed()
        for _ in range(chance.randint(1, 200)):
            piece = chance.choice(SAYINGS) if chance.random() < 0.8 else chance.randbytes(chance.randint(0, 300))
            module.hears(_mutated(piece, chance))
        module.settles()
        for pdu in _PDUS:
            decode_whatever(_mutated(bytes.fromhex(pdu), chance).hex())
            decode_whatever(chance.randbytes(chance.randint(0, 200)).hex())
        slowest_ms = max(slowest_ms, (time.monotonic() - began_s) * 1000)
        if rounds == 200:
            begun_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    grown_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - begun_mb
    print(f"{rounds:.0f} rounds, slowest {slowest_ms:.0f} ms, memory +{grown_mb:.1f} MB")
    return 0 if grown_mb < _MEMORY_ALLOWED_MB else 1


if __name__ == "__main__":
    sys.exit(main())
