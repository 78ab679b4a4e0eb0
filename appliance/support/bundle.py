"""An update in one file: a manifest, its signature, and the parts that the manifest describes.

Layout: 8 octets `HLBOXUP1`; lengths of manifest and signature, 4 octets each, big endian; the manifest (JSON); its
Ed25519 signature; the parts one after the other, in the manifest's order. The signature covers the manifest, the
manifest's SHA-256 sums cover the parts, so nothing in the file is unsigned. Signing and checking are OpenSSL's.
"""

from __future__ import annotations

import hashlib
import struct
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec

MAGIC = b"HLBOXUP1"
_HEAD = struct.Struct(">8sII")
_MOST_MANIFEST, _MOST_SIGNATURE = 64 << 10, 4 << 10
CHUNK = 1 << 20
PARTS = ("kernel", "initrd", "root", "verity")
"""The large ones last: their place on the disk is written first."""

Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]


class BundleError(Exception):
    """One sentence in Chinese: why this file is not taken."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    size: Annotated[int, msgspec.Meta(ge=1)]
    sha256: Sha256


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the vendor vouches for."""

    product: str
    architecture: str
    version: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z.+~-]{1,64}$")]
    built_at: str
    kernel_options: Annotated[str, msgspec.Meta(pattern=r"^[ -~]{1,2000}$")]
    root_hash: Sha256
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Bundle:
    """A file whose manifest is signed by a key that the box trusts. The parts are checked while they are read."""

    path: Path
    manifest: Manifest
    parts_at: int
    """Octets before the first part."""

    def part(self, name: str) -> Iterator[bytes]:
        """A part in pieces. Raises `BundleError` at its end when it is not what was signed."""
        at = self.parts_at
        for part in self.manifest.parts:
            if part.name == name:
                with self.path.open("rb") as file:
                    file.seek(at)
                    yield from _checked(file, part)
                return
            at += part.size

    def check(self, progress: Callable[[float], None] = lambda _: None) -> None:
        """Read everything once. Raises `BundleError` when a part is not what was signed."""
        whole, done = sum(part.size for part in self.manifest.parts), 0
        for part in self.manifest.parts:
            for piece in self.part(part.name):
                done += len(piece)
                progress(done / whole)


def open_bundle(path: Path, keys: Path) -> Bundle:
    """Read and check the manifest; `keys` is a folder of PEM files, each a key that may sign.

    Raises `BundleError`: not an update, signed by nobody we trust, cut short or longer than signed.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD.size)
        if len(head) < _HEAD.size or not head.startswith(MAGIC):
            raise BundleError("这不是本系统的升级文件，请选择厂家提供的 .update 文件。")
        _, manifest_size, signature_size = _HEAD.unpack(head)
        if manifest_size > _MOST_MANIFEST or signature_size > _MOST_SIGNATURE:
            raise BundleError("升级文件已损坏（文件头不正确），请重新下载。")
        encoded, signature = file.read(manifest_size), file.read(signature_size)
    if len(signature) < signature_size:
        raise BundleError("升级文件不完整，请重新下载后再上传。")
    if not any(_signed_by(key, encoded, signature) for key in sorted(keys.glob("*.pem"))):
        raise BundleError("升级文件的签名不正确：它不是厂家发布的，或者已被改动。没有安装任何内容。")
    try:
        manifest = msgspec.json.decode(encoded, type=Manifest)
    except msgspec.DecodeError as error:
        raise BundleError("这个升级文件的格式比本机的新，请先安装较早的版本。") from error
    parts_at = _HEAD.size + manifest_size + signature_size
    wanted = parts_at + sum(part.size for part in manifest.parts)
    there = path.stat().st_size
    if there != wanted:
        raise BundleError(
            f"升级文件不完整：应有 {wanted >> 20} MB，收到 {there >> 20} MB，请重新下载后再上传。"
            if there < wanted
            else "升级文件末尾有多余的内容，请重新下载。"
        )
    if tuple(part.name for part in manifest.parts) != PARTS:
        raise BundleError("这个升级文件的格式比本机的新，请先安装较早的版本。")
    return Bundle(path, manifest, parts_at)


def pack_bundle(path: Path, manifest: Manifest, parts: tuple[Path, ...], private_key: Path) -> None:
    """Write an update; `parts` are the files of the manifest's parts in their order.

    Raises `OSError`, `subprocess.CalledProcessError` when the key cannot sign.
    """
    encoded = msgspec.json.encode(manifest)
    with tempfile.TemporaryDirectory() as folder:
        text, signature = Path(folder) / "text", Path(folder) / "signature"
        text.write_bytes(encoded)
        words = ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", str(private_key)]
        subprocess.run([*words, "-in", str(text), "-out", str(signature)], check=True, capture_output=True)  # noqa: S603
        signed = signature.read_bytes()
    with path.open("wb") as file:
        file.write(_HEAD.pack(MAGIC, len(encoded), len(signed)) + encoded + signed)
        for part in parts:
            with part.open("rb") as source:
                while piece := source.read(CHUNK):
                    file.write(piece)


def describe_part(name: str, path: Path) -> Part:
    """Size and sum of a file that becomes a part."""
    with path.open("rb") as file:
        return Part(name=name, size=path.stat().st_size, sha256=hashlib.file_digest(file, "sha256").hexdigest())


def _checked(file: BinaryIO, part: Part) -> Iterator[bytes]:
    digest, left = hashlib.sha256(), part.size
    while left:
        piece = file.read(min(CHUNK, left))
        if not piece:
            raise BundleError("升级文件不完整，请重新下载后再上传。")
        digest.update(piece)
        left -= len(piece)
        yield piece
    if digest.hexdigest() != part.sha256:
        raise BundleError("升级文件已损坏（内容与签名不符），请重新下载后再上传。")


def _signed_by(key: Path, text: bytes, signature: bytes) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        signed, seal = Path(folder) / "text", Path(folder) / "signature"
        signed.write_bytes(text)
        seal.write_bytes(signature)
        words = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(key), "-rawin"]
        done = subprocess.run(  # noqa: S603
            [*words, "-in", str(signed), "-sigfile", str(seal)], capture_output=True, check=False, timeout=60
        )
    return done.returncode == 0
