"""Updates for a box in the laboratory: the built one again, with another version and something changed in its root."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from appliance.support.bundle import MAGIC, PARTS, Manifest, describe_part, open_bundle, pack_bundle
from tests.system.lab.imagebox import SHELL_OPTIONS

_ROOT_HASH = re.compile(r"^Root hash:\s+([0-9a-f]{64})$", re.MULTILINE)
ENGINE_UNIT = "usr/lib/systemd/system/hotlinebox-engine.service"


class ImageBuild:
    """What `./dev image` left in `work`; its key signs what is made here."""

    def __init__(self, work: Path) -> None:
        self.out = work / "out"
        self.key = work / "development.key"
        self._keys = work / "signing"

    def why_not(self) -> str:
        """Why no box can be made of it, or ''."""
        there = (self.out / "disk.raw").exists() and self.key.exists()
        return "" if there else f"no image in {self.out}: sudo ./dev image"

    def variant(self, folder: Path, version: str, change: Callable[[Path], None] = lambda _: None) -> Path:
        """An update to `version`, `change` made to the tree of its root. Needs root; less compressed: sooner made."""
        built = open_bundle(next(self.out.glob("*.update")), self._keys)
        update = folder / f"{version}.update"
        with tempfile.TemporaryDirectory(dir=folder) as name:
            parts = {part: Path(name) / part for part in PARTS}
            for part, path in parts.items():
                with path.open("wb") as file:
                    file.writelines(built.part(part))
            tree = Path(name) / "tree"
            _run("fsck.erofs", f"--extract={tree}", str(parts["root"]))
            release = tree / "usr/lib/os-release"
            release.write_text(re.sub(r"(?m)^IMAGE_VERSION=.*$", f"IMAGE_VERSION={version}", release.read_text()))
            change(tree)
            parts["root"].unlink()
            _run("mkfs.erofs", "-zlz4", "-C65536", str(parts["root"]), str(tree))
            shutil.rmtree(tree)
            found = _ROOT_HASH.search(_run("veritysetup", "format", str(parts["root"]), str(parts["verity"])))
            assert found is not None
            manifest = Manifest(
                product=built.manifest.product,
                architecture=built.manifest.architecture,
                version=version,
                built_at=built.manifest.built_at,
                kernel_options=built.manifest.kernel_options.replace(" quiet", "") + f" {SHELL_OPTIONS}",
                root_hash=found[1],
                parts=tuple(describe_part(part, path) for part, path in parts.items()),
            )
            pack_bundle(update, manifest, tuple(parts.values()), self.key)
        return update


def break_engine(tree: Path) -> None:
    """It ends as soon as it is started."""
    unit = tree / ENGINE_UNIT
    unit.write_text(re.sub(r"(?m)^ExecStart=.*$", "ExecStart=/bin/false", unit.read_text()))


def signed_by_a_stranger(update: Path, folder: Path) -> Path:
    """The same update, signed with a key that no box trusts."""
    key, text, seal = (folder / f"stranger.{end}" for end in ("key", "text", "seal"))
    content = update.read_bytes()
    manifest_size, signature_size = struct.unpack_from(">II", content, len(MAGIC))
    at = len(MAGIC) + 8
    text.write_bytes(content[at : at + manifest_size])
    _run("openssl", "genpkey", "-algorithm", "ed25519", "-out", str(key))
    _run("openssl", "pkeyutl", "-sign", "-rawin", "-inkey", str(key), "-in", str(text), "-out", str(seal))
    assert len(seal.read_bytes()) == signature_size
    foreign = folder / "foreign.update"
    foreign.write_bytes(
        content[: at + manifest_size] + seal.read_bytes() + content[at + manifest_size + signature_size :]
    )
    return foreign


def _run(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout
