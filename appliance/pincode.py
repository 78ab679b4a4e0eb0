"""PINs keyed at a phone set: kept as salted scrypt hashes, checked without the web.

A hash reads `scrypt$<n>$<r>$<p>$<salt>$<key>`, salt and key base64. Checking takes about 50 ms and 16 MB: never on the
control loop.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

SHORTEST, LONGEST = 4, 12
_N, _R, _P = 2**14, 8, 1
_KEY_BYTES = 32
_MOST_BYTES = 64 * 1024 * 1024
_STRAIGHT = "01234567890123456789"


def pin_weakness(pin: str, staff_number: str) -> str | None:
    """Why this PIN will not do, as a Chinese sentence; None when it will."""
    if not pin.isascii() or not pin.isdigit() or not SHORTEST <= len(pin) <= LONGEST:
        return f"话机密码应为 {SHORTEST} 到 {LONGEST} 位数字。"
    if len(set(pin)) == 1 or pin in _STRAIGHT or pin in _STRAIGHT[::-1]:
        return "话机密码太简单，请不要用连号或同一个数字。"
    if pin == staff_number:
        return "话机密码不能与工号相同。"
    return None


def hash_pin(pin: str) -> str:
    """A hash with a salt of its own."""
    salt = secrets.token_bytes(16)
    return "$".join(("scrypt", str(_N), str(_R), str(_P), _text(salt), _text(_key(pin, salt, _N, _R, _P))))


def pin_matches(encoded: str, pin: str) -> bool:
    """Whether the PIN is right; an empty or broken hash matches nothing, and takes as long."""
    try:
        kind, n, r, p, salt, key = encoded.split("$")
        wanted = base64.b64decode(key, validate=True)
        given = _key(pin, base64.b64decode(salt, validate=True), int(n), int(r), int(p))
    except (ValueError, binascii.Error):
        _key(pin, b"nobody has this", _N, _R, _P)
        return False
    return kind == "scrypt" and hmac.compare_digest(wanted, given)


def _key(pin: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MOST_BYTES, dklen=_KEY_BYTES)


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
