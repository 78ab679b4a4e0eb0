"""DAHDI's kernel modules, built by Debian's own recipe for the very kernel of the image."""

from __future__ import annotations

import shutil
from pathlib import Path

from image.debian import make_tree, unpack
from image.declaration import Box
from image.run import BuildError, run

MODULES = "updates/dkms"
_PROGRAMS = ("usr/sbin/dahdi_cfg", "usr/lib/x86_64-linux-gnu/libtonezone.so.2.0")


def build_modules(box: Box, version: str, folder: Path) -> None:
    """`folder/modules/*.ko` for kernel `version`, and `folder/programs` with what sets cards up.

    Raises `BuildError` with the compiler's last lines.
    """
    archive = make_tree(box, folder, (*box.workshop.packages, f"linux-headers-{version}"))
    tree = folder / "tree"
    unpack(archive, tree)
    archive.unlink()
    made = tree / "lib/modules" / version / MODULES
    if not (made / "dahdi.ko").exists():  # the package builds them itself where it can tell the kernel
        try:
            for place in ("proc", "dev"):
                run("mount", "--bind", f"/{place}", tree / place)
            run("chroot", tree, "dkms", "autoinstall", "-k", version, log=folder / "dkms.log")
        finally:
            for place in ("dev", "proc"):
                run("umount", tree / place)
    if not (made / "dahdi.ko").exists():
        raise BuildError(f"dkms made no dahdi.ko for {version}: see {folder / 'dkms.log'}.")
    shutil.copytree(made, folder / "modules")
    for program in _PROGRAMS:
        target = folder / "programs" / program
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2((tree / program).resolve(), target)
    shutil.rmtree(tree)
