"""`python -m image.build`: from Debian's packages and our own to a disk image and a signed update, in cached stages.

How: packages → workshop (DAHDI's modules) → root tree → erofs + dm-verity → boot files → bundle and disk. Every stage
is a folder in `--work`, made anew only when what it is made of changed; the same sources give the same root hash.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

from appliance.support.bundle import PARTS, Manifest, describe_part, pack_bundle
from image.debian import make_tree, unpack
from image.declaration import FOLDER, Box, read_declaration
from image.disk import make_disk
from image.ffmpeg import take_ffmpeg
from image.initrd import make_initrd, with_init
from image.run import BuildError, run
from image.stage import digest_of, stage
from image.tree import Trust, kernel_version, make_root_tree
from image.verity import make_root
from image.workshop import build_modules

_REPOSITORY = FOLDER.parent
_RECIPES = ("debian.py", "workshop.py", "ffmpeg.py", "tree.py", "initrd.py", "verity.py", "disk.py", "cpio.py")


def build(box: Box, work: Path, package: Path, version: str, signing_key: Path, trusted: Trust) -> None:
    """Write `work/out/hotlinebox-VERSION.{raw.zst,update}`; `trusted`: besides the signing key.

    Raises `BuildError`, `OSError`.
    """
    trust = trusted._replace(updates=(_public(signing_key, work), *trusted.updates))
    trust.check()
    packages, workshop, ffmpeg, root, out = (work / name for name in ("packages", "workshop", "ffmpeg", "root", "out"))
    stage(
        packages,
        f"{box.suite} {box.architecture} {box.epoch} {box.root.packages} {box.root.left_out} {_recipe('debian')}",
        lambda folder: _packages(box, folder),
    )
    kernel = (packages / "kernel").read_text()
    stage(
        workshop,
        f"{kernel} {box.workshop} {_recipe('workshop')}",
        lambda folder: build_modules(box, kernel, folder),
    )
    stage(ffmpeg, _recipe("ffmpeg"), lambda folder: take_ffmpeg(folder, box.epoch))
    made_of = (
        f"{version} {box} {[_recipe(name[:-3]) for name in _RECIPES]} "
        f"{digest_of(package, FOLDER / 'files', packages / 'digest', *trust.files())}"
    )
    stage(root, made_of, lambda folder: _root(box, work, package, trust, version, folder))
    _finish(box, root, out, version, signing_key)


def _recipe(name: str) -> str:
    return digest_of(FOLDER / f"{name}.py")


def _packages(box: Box, folder: Path) -> None:
    archive = make_tree(box, folder, box.root.packages, box.root.left_out)
    names = run("tar", "-tf", archive, "--wildcards", "./boot/vmlinuz-*").split()
    if len(names) != 1:
        raise BuildError(f"One kernel is wanted in the image, there are {len(names)}.")
    (folder / "digest").write_text(digest_of(archive))
    (folder / "kernel").write_text(names[0].split("vmlinuz-")[1])


def _root(box: Box, work: Path, package: Path, trust: Trust, version: str, folder: Path) -> None:
    tree = folder / "tree"
    unpack(work / "packages/tree.tar", tree)
    kernel = kernel_version(tree)
    shutil.copy2(tree / f"boot/vmlinuz-{kernel}", folder / "kernel")
    shutil.copy2(tree / "usr/lib/systemd/boot/efi/systemd-bootx64.efi", folder / "loader.efi")
    make_root_tree(box, tree, work / "workshop", (work / "ffmpeg/ffmpeg.deb", package), trust, version)
    (folder / "initrd-parts").write_bytes(make_initrd(box.initrd, tree, kernel))
    made = make_root(tree, folder, box.name, box.epoch)
    (folder / "root-hash").write_text(made.root_hash)
    shutil.copy2(tree / "usr/share/packages", folder / "packages.txt")
    shutil.rmtree(tree)


def _finish(box: Box, root: Path, out: Path, version: str, signing_key: Path) -> None:
    out.mkdir(exist_ok=True)
    (out / "initrd").write_bytes(with_init((root / "initrd-parts").read_bytes()))
    files = {
        "kernel": root / "kernel", "initrd": out / "initrd",
        "root": root / "root.erofs", "verity": root / "root.verity",
    }  # fmt: skip
    root_hash = (root / "root-hash").read_text()
    words = " ".join(box.kernel.command_line)
    manifest = Manifest(
        product=box.name,
        architecture=box.architecture,
        version=version,
        built_at=datetime.fromtimestamp(box.epoch, UTC).isoformat(),
        kernel_options=words,
        root_hash=root_hash,
        parts=tuple(describe_part(name, files[name]) for name in PARTS),
    )
    update = out / f"{box.name}-{version}.update"
    pack_bundle(update, manifest, tuple(files[name] for name in PARTS), signing_key)
    options = f"{words} hotlinebox.roothash={root_hash}"
    disk = make_disk(box, files, options, f"{box.name} {version}", root / "loader.efi", out)
    packed = out / f"{box.name}-{version}.raw.zst"
    run("zstd", "--quiet", "--force", "-T0", "-6", disk, "-o", packed)
    shutil.copy2(files["kernel"], out / "kernel")
    (out / "options").write_text(options)
    shutil.copy2(root / "packages.txt", out / "packages.txt")
    shutil.rmtree(out / "esp")
    (out / "esp.vfat").unlink()
    print(f"· root hash {root_hash}")
    for path in (update, packed, files["root"], files["initrd"]):
        print(f"· {path.stat().st_size / 1e6:6.1f} MB  {path}")


def _public(private: Path, work: Path) -> Path:
    key = work / "signing" / f"{private.stem}.pem"
    key.parent.mkdir(parents=True, exist_ok=True)
    run("openssl", "pkey", "-in", private, "-pubout", "-out", key)
    return key


def _development_key(work: Path) -> Path:
    """Made once and never shipped: an image that trusts it is for the bench."""
    key = work / "development.key"
    if not key.exists():
        work.mkdir(parents=True, exist_ok=True)
        run("openssl", "genpkey", "-algorithm", "ed25519", "-out", key)
        key.chmod(0o600)
    return key


def _version() -> str:
    with (_REPOSITORY / "pyproject.toml").open("rb") as file:
        declared: str = tomllib.load(file)["project"]["version"]
    try:
        commit = run("git", "-C", _REPOSITORY, "rev-parse", "--short=8", "HEAD").strip()
    except BuildError:
        return declared
    return f"{declared}+{commit}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev image", description="Build the image of the box and its update.")
    parser.add_argument("--package", type=Path, required=True, help=argparse.SUPPRESS)  # ./dev gives it
    parser.add_argument("--work", type=Path, default=_REPOSITORY / "var/image", help="stages and results")
    parser.add_argument("--version", default="", help="default: that of pyproject.toml and the commit")
    parser.add_argument(
        "--signing-key", type=Path, help="Ed25519 private key (PEM); default: one made for this machine"
    )
    parser.add_argument(
        "--trust", type=Path, action="append", default=[], help="another public key that may sign updates"
    )
    parser.add_argument("--support-ca", type=Path, help="the vendor's public key for remote support (vendor_ca.pub)")
    parser.add_argument("--support-revoked", type=Path, help="list of its revoked certificates")
    given = parser.parse_args()
    try:
        work = given.work.resolve()
        key = given.signing_key or _development_key(work)
        trusted = Trust(tuple(given.trust), given.support_ca, given.support_revoked)
        build(read_declaration(), work, given.package, given.version or _version(), key, trusted)
    except (BuildError, OSError, subprocess.CalledProcessError) as error:
        print(f"./dev image: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
