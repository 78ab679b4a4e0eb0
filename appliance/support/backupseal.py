"""Encryption of a backup as it flows by: nobody without the password reads it, and no change to it goes unnoticed.

Layout: the line `HLBSEAL1`, a line of JSON (`_Head`), then pieces: 4 octets length, big endian, and AES-256-GCM of at
most `PIECE_BYTES`. The nonce is the number of the piece and, in its last octet, whether it is the last one: a piece
that is missing, moved or cut off is found. The key comes from the password by scrypt with a salt of this file alone.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import os
import struct
from base64 import b64decode, b64encode
from typing import BinaryIO

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from appliance.support.backuperrors import DamagedError, WrongPasswordError

MAGIC = b"HLBSEAL1\n"
PIECE_BYTES = 1 << 18
_TAG_BYTES = 16
_LENGTH = struct.Struct(">I")
_LONGEST_HEAD = 1024
_COST = 1 << 15
"""scrypt's N: a tenth of a second and 32 MB for each try of a password."""


class _Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    salt: str
    proof: str
    """Tells a wrong password from a damaged file; part of scrypt's output that is not the key."""


class SealedWriter(io.RawIOBase):
    """Encrypts what is written to it into `out`; only `close` makes it whole. `out` stays open."""

    def __init__(self, out: BinaryIO, password: str) -> None:
        super().__init__()
        salt = os.urandom(16)
        key, proof = _key_of(password, salt)
        self._head = MAGIC + msgspec.json.encode(_Head(salt=_text(salt), proof=_text(proof))) + b"\n"
        self._cipher = AESGCM(key)
        self._out = out
        self._waiting = bytearray()
        self._number = 0
        out.write(self._head)

    def writable(self) -> bool:
        return True

    def write(self, content: object, /) -> int:
        octets = memoryview(content).cast("B")  # type: ignore[arg-type]
        self._waiting += octets
        while len(self._waiting) > PIECE_BYTES:
            self._seal(bytes(self._waiting[:PIECE_BYTES]), last=False)
            del self._waiting[:PIECE_BYTES]
        return len(octets)

    def end(self) -> None:
        """Write the last piece. Without it a reader says that the file is cut off."""
        self._seal(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _seal(self, plain: bytes, *, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._number, last=last), plain, self._head)
        self._out.write(_LENGTH.pack(len(sealed)) + sealed)
        self._number += 1


class SealedReader(io.RawIOBase):
    """Decrypts from `source`, which stands behind `MAGIC`. Raises `WrongPasswordError`, `DamagedError`."""

    def __init__(self, source: BinaryIO, password: str) -> None:
        super().__init__()
        line = source.readline(_LONGEST_HEAD)
        try:
            head = msgspec.json.decode(line, type=_Head)
            salt, proof = b64decode(head.salt), b64decode(head.proof)
        except (ValueError, msgspec.DecodeError) as error:
            raise DamagedError("备份文件的开头已损坏，请换一份备份。") from error
        if not password:
            raise WrongPasswordError("这份备份已加密，请输入备份密码。")
        key, expected = _key_of(password, salt)
        if not hmac.compare_digest(proof, expected):
            raise WrongPasswordError("备份密码不对，请重新输入。")
        self._head = MAGIC + line
        self._cipher = AESGCM(key)
        self._source = source
        self._plain = memoryview(b"")
        self._number = 0
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object, /) -> int:
        room = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        while not self._plain and not self._ended:
            self._plain = memoryview(self._next())
        count = min(len(room), len(self._plain))
        room[:count] = self._plain[:count]
        self._plain = self._plain[count:]
        return count

    def _next(self) -> bytes:
        prefix = self._source.read(_LENGTH.size)
        if len(prefix) < _LENGTH.size:
            raise DamagedError("备份文件不完整，后面的部分丢失了，请换一份备份。")
        (length,) = _LENGTH.unpack(prefix)
        if not _TAG_BYTES <= length <= PIECE_BYTES + _TAG_BYTES:
            raise DamagedError("备份文件已损坏，请换一份备份。")
        sealed = self._source.read(length)
        for last in (False, True):
            try:
                plain = self._cipher.decrypt(_nonce(self._number, last=last), sealed, self._head)
            except (InvalidTag, ValueError):
                continue
            self._number += 1
            self._ended = last
            return plain
        raise DamagedError("备份文件已损坏，请换一份备份。")


def _key_of(password: str, salt: bytes) -> tuple[bytes, bytes]:
    derived = hashlib.scrypt(password.encode(), salt=salt, n=_COST, r=8, p=1, maxmem=1 << 26, dklen=64)
    return derived[:32], derived[32:]


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _text(octets: bytes) -> str:
    return b64encode(octets).decode()
