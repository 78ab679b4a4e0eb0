"""A root tree as a read-only file system with a hash tree: one changed bit, and the kernel does not read it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from image.run import BuildError, run

_ROOT_HASH = re.compile(r"^Root hash:\s+([0-9a-f]{64})$", re.MULTILINE)


class VerifiedRoot(NamedTuple):
    image: Path
    hashes: Path
    root_hash: str
    """Stands on the kernel command line; whoever vouches for it vouches for every octet."""


def make_root(tree: Path, folder: Path, name: str, epoch: int) -> VerifiedRoot:
    """Same tree, same octets: dates, identifiers and salt are given."""
    image, hashes = folder / "root.erofs", folder / "root.verity"
    for old in (image, hashes):
        old.unlink(missing_ok=True)
    run("mkfs.erofs", "-zlz4hc,9", "-C65536", f"-T{epoch}", f"-U{_identifier(name, 'root')}", image, tree)
    said = run(
        "veritysetup", "format", "--salt", "00" * 32, "--uuid", str(_identifier(name, "verity")), image, hashes
    )  # fmt: skip
    found = _ROOT_HASH.search(said)
    if found is None:
        raise BuildError(f"veritysetup told no root hash: {said}")
    return VerifiedRoot(image, hashes, found[1])


def _identifier(name: str, part: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"{name}/{part}")
