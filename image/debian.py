"""Trees of Debian packages, from the sources that the building machine itself is set up with."""

from __future__ import annotations

from pathlib import Path

from image.declaration import Box
from image.run import BuildError, run

_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_MIRROR = "$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)"


def sources_of_this_machine(suite: str) -> str:
    """Lines of a sources.list with Debian's own sources for `suite` that apt here knows.

    Raises `BuildError` when this machine does not take packages of that suite.
    """
    said = run("apt-get", "indextargets", "--format", _MIRROR, "Created-By: Packages")
    lines = []
    for line in dict.fromkeys(said.splitlines()):
        words = line.split()
        if len(words) == 4 and words[0] == "Debian" and words[2].startswith(suite) and words[3] == "main":
            lines.append(f"deb [signed-by={_KEYRING}] {words[1]} {words[2]} main")
    if not lines:
        raise BuildError(f"apt on this machine knows no sources of Debian {suite}: the image is built on that Debian.")
    return "\n".join(lines) + "\n"


def make_tree(box: Box, folder: Path, packages: tuple[str, ...], left_out: tuple[str, ...] = ()) -> Path:
    """A tar archive of a Debian with `packages`, in `folder`. Same packages, same octets."""
    sources, archive = folder / "sources.list", folder / "tree.tar"
    sources.write_text(sources_of_this_machine(box.suite))
    run(
        "mmdebstrap", "--mode=root", "--variant=apt", f"--architectures={box.architecture}",
        '--aptopt=Acquire::Check-Valid-Until "false"', '--aptopt=APT::Install-Recommends "false"',
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in left_out),
        f"--include={','.join(packages)}",
        # What was taken, by version: dpkg's own books do not stay.
        '--customize-hook=chroot "$1" dpkg-query -W >"$1/usr/share/packages"',
        box.suite, archive, sources,
        env={"SOURCE_DATE_EPOCH": str(box.epoch), "INITRD": "No"}, log=folder / "mmdebstrap.log",
    )  # fmt: skip
    return archive


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a tree, owners, rights and capabilities included."""
    folder.mkdir(parents=True, exist_ok=True)
    run("tar", "-xf", archive, "-C", folder, "--numeric-owner", "--xattrs", "--xattrs-include=*", "--exclude=./dev/*")
