"""Who an OpenSSH user certificate was made out to: PROTOCOL.certkeys, read only, signatures are sshd's business."""

from __future__ import annotations

import base64
import binascii
import struct
from dataclasses import dataclass

_CERTIFICATE = "-cert-v01@openssh.com"
_KEY_FIELDS = {"ssh-ed25519": 1, "ssh-rsa": 2, "ecdsa-sha2-nistp256": 2, "ecdsa-sha2-nistp384": 2,
               "ecdsa-sha2-nistp521": 2, "sk-ssh-ed25519": 2, "sk-ecdsa-sha2-nistp256": 3}  # fmt: skip
"""How many strings the public key has, by kind of certificate."""


@dataclass(frozen=True, slots=True)
class Bearer:
    name: str
    """Key ID that the vendor wrote into the certificate: who it is, which case."""
    serial: int


def bearer_of(user_auth: str) -> Bearer | None:
    """From the text of the file that SSH_USER_AUTH names (sshd_config(5), ExposeAuthInfo); None: no certificate."""
    for word in user_auth.split():
        if len(word) > 100:
            found = _bearer(word)
            if found is not None:
                return found
    return None


def _bearer(encoded: str) -> Bearer | None:
    try:
        blob = base64.b64decode(encoded, validate=True)
        kind, at = _string(blob, 0)
        name = kind.decode("ascii")
        if not name.endswith(_CERTIFICATE):
            return None
        fields = _KEY_FIELDS[name.removesuffix(_CERTIFICATE)]
        for _ in range(1 + fields):  # the nonce, then the key
            _, at = _string(blob, at)
        serial, _type = struct.unpack_from(">QI", blob, at)
        key_id, _ = _string(blob, at + 12)
        return Bearer(key_id.decode("utf-8", "replace"), serial)
    except (binascii.Error, struct.error, KeyError, UnicodeDecodeError, ValueError):
        return None


def _string(blob: bytes, at: int) -> tuple[bytes, int]:
    (length,) = struct.unpack_from(">I", blob, at)
    end = at + 4 + length
    if end > len(blob):
        raise ValueError("cut short")
    return blob[at + 4 : end], end
