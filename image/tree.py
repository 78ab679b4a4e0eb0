"""The root of the box as a folder: Debian's packages, DAHDI's modules, our package, our files; the rest thrown away."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

from image.declaration import FOLDER, Box
from image.run import BuildError, run
from image.workshop import MODULES

KEYS = "usr/share/hotlinebox/update-keys"
SUPPORT_KEYS = "etc/hotlinebox/support"
"""What the setting `support.keys` says unless somebody changes it."""
_FILES = FOLDER / "files"
_PYTHON_PLACES = ("/usr/lib/python3.11", "/usr/lib/python3", "/usr/lib/hotlinebox")


class Trust(NamedTuple):
    """Whom the box believes."""

    updates: tuple[Path, ...]
    """Public keys (PEM) that may sign updates."""
    support: Path | None = None
    """Public key (OpenSSH) that signs certificates of the vendor's engineers."""
    revoked: Path | None = None
    """Those of its certificates that are not believed any more (ssh-keygen(1), KEY REVOCATION LISTS)."""

    def files(self) -> tuple[Path, ...]:
        return tuple(filter(None, (*self.updates, self.support, self.revoked)))

    def check(self) -> None:
        """Raises `BuildError` for what is no public key."""
        for key in self.updates:
            if "PUBLIC KEY" not in _text(key):
                raise BuildError(f"{key} is no public key in PEM: `openssl pkey -in KEY -pubout` makes one.")
        if self.support is not None and not _text(self.support).startswith(("ssh-", "ecdsa-", "sk-")):
            raise BuildError(f"{self.support} is no public key of OpenSSH: the file that ends in .pub is wanted.")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def kernel_version(tree: Path) -> str:
    """Raises `BuildError` unless there is exactly one kernel."""
    found = [path.name.removeprefix("vmlinuz-") for path in (tree / "boot").glob("vmlinuz-*")]
    if len(found) != 1:
        raise BuildError(f"One kernel is wanted in the image, there are {len(found)}: {' '.join(found)}.")
    return found[0]


def make_root_tree(
    box: Box, tree: Path, workshop: Path, packages: tuple[Path, ...], trust: Trust, version: str
) -> None:
    """From Debian's packages, unpacked in `tree`, to what the box has. `packages` are those not from Debian's sources.

    Raises `BuildError` with the sentence of whatever refused.
    """
    kernel = kernel_version(tree)
    target = tree / "lib/modules" / kernel / MODULES
    shutil.copytree(workshop / "modules", target)
    shutil.copytree(workshop / "programs", tree, dirs_exist_ok=True)
    run("depmod", "-b", tree, kernel)
    _install(tree, packages)
    shutil.copytree(_FILES, tree, dirs_exist_ok=True, symlinks=True)
    lay_keys(tree, trust)
    (tree / "usr/lib/os-release").open("a").write(f"IMAGE_ID={box.name}\nIMAGE_VERSION={version}\n")
    run("systemd-sysusers", f"--root={tree}")
    run("systemctl", f"--root={tree}", "preset-all", "--preset-mode=full")
    _compile(tree, box)
    _throw_away(tree, box.root.removed)
    (tree / "etc/machine-id").touch()
    (tree / "etc/localtime").unlink(missing_ok=True)
    (tree / "etc/localtime").symlink_to("/usr/share/zoneinfo/Asia/Shanghai")
    (tree / "boot").mkdir(exist_ok=True)


def _install(tree: Path, packages: tuple[Path, ...]) -> None:
    """Unpack and set up; dpkg says which packages are missing in box.toml, when there are."""
    place = tree / "tmp/packages"
    place.mkdir()
    for package in packages:
        shutil.copy2(package, place / package.name)
    names = [f"/tmp/packages/{package.name}" for package in packages]  # noqa: S108
    run("chroot", tree, "dpkg", "--install", *names, env={"DEBIAN_FRONTEND": "noninteractive"})
    shutil.rmtree(place)


def lay_keys(tree: Path, trust: Trust) -> None:
    """Where the box looks for them; the folders are there in any case."""
    for folder in (KEYS, SUPPORT_KEYS):
        (tree / folder).mkdir(parents=True, exist_ok=True)
    wanted = {f"{KEYS}/{key.name}": key for key in trust.updates}
    wanted |= {f"{SUPPORT_KEYS}/vendor_ca.pub": trust.support} if trust.support else {}
    wanted |= {f"{SUPPORT_KEYS}/revoked": trust.revoked} if trust.revoked else {}
    for name, key in wanted.items():
        shutil.copyfile(key, tree / name)
        (tree / name).chmod(0o644)


def _compile(tree: Path, box: Box) -> None:
    """All of Python's sources once, here: the box cannot write beside them. Not by date, so that the date is free."""
    for cache in tree.rglob("__pycache__"):
        shutil.rmtree(cache)
    run(
        "chroot", tree, "python3", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash",
        *(place for place in _PYTHON_PLACES if (tree / place.lstrip("/")).exists()),
        env={"SOURCE_DATE_EPOCH": str(box.epoch), "PYTHONHASHSEED": "0"},
    )  # fmt: skip


def _throw_away(tree: Path, patterns: tuple[str, ...]) -> None:
    for pattern in patterns:
        for path in tree.glob(pattern.lstrip("/")):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
