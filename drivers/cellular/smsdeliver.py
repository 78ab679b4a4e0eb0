"""Messages and reports as a network brings them (TS 23.040 §9.2.2.1, §9.2.2.3): what the simulated module receives."""

from __future__ import annotations

from datetime import datetime

from drivers.cellular.sms import submit_pdus


def deliver_pdus(sender: str, text: str, at: datetime, reference: int) -> tuple[str, ...]:
    """`text` from `sender` in as many parts as it takes. Raises `SmsTextError`."""
    return tuple(_delivered(pdu.hex_text, at) for pdu in submit_pdus(sender, text, reference, report=False))


def status_report_pdu(submitted: str, reference: int, at: datetime, status: int = 0) -> str:
    """What the network reports of the part that was submitted with `reference`; status 0: delivered."""
    octets = bytes.fromhex(submitted)
    body = octets[1 + octets[0] :]
    length = (body[2] + 1) // 2 + 2
    stamp = _stamp(at)
    return (bytes((0, 0x06, reference & 0xFF)) + body[2 : 2 + length] + stamp + stamp + bytes((status,))).hex().upper()


def _delivered(submitted: str, at: datetime) -> str:
    """A SUBMIT turned into a DELIVER: no reference, a time stamp in place of the validity period."""
    body = bytes.fromhex(submitted)[1:]
    address_end = 2 + 2 + (body[2] + 1) // 2
    address, pid_and_coding, content = body[2:address_end], body[address_end : address_end + 2], body[address_end + 3 :]
    first = 0x04 | body[0] & 0x40
    return (bytes((0, first)) + address + pid_and_coding + _stamp(at) + content).hex().upper()


def _stamp(at: datetime) -> bytes:
    """§9.2.3.11: swapped digits, the zone in quarters of an hour."""
    offset = at.utcoffset()
    quarters = round(offset.total_seconds() / 900) if offset is not None else 0
    values = (at.year % 100, at.month, at.day, at.hour, at.minute, at.second, abs(quarters))
    swapped = [value % 10 << 4 | value // 10 for value in values]
    return bytes((*swapped[:6], swapped[6] | (0x08 if quarters < 0 else 0)))
