"""ffmpeg as one program: Debian's brings 180 packages and 445 MiB, what a PyPI wheel carries has 165 MiB."""

from __future__ import annotations

import shutil
import sys
import zipfile
from pathlib import Path

from image.run import BuildError, run

_WHEEL = "imageio-ffmpeg"
_PLATFORM = "manylinux_2_28_x86_64"


_CONTROL = """Package: ffmpeg
Version: 7:{version}-wheel
Architecture: amd64
Maintainer: The hotlinebox developers <hotlinebox@localhost>
Description: ffmpeg as one program
"""


def take_ffmpeg(folder: Path, epoch: int) -> None:
    """`folder/ffmpeg.deb`, which stands for Debian's. Raises `BuildError` when pip cannot get the wheel."""
    run(
        sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
        f"--platform={_PLATFORM}", "--dest", folder, _WHEEL,
    )  # fmt: skip
    (wheel,) = folder.glob("*.whl")
    tree = folder / "tree"
    (tree / "usr/bin").mkdir(parents=True)
    (tree / "DEBIAN").mkdir()
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if "/binaries/ffmpeg-linux" in name]
        if len(names) != 1:
            raise BuildError(f"{wheel.name} holds no ffmpeg for Linux.")
        (tree / "usr/bin/ffmpeg").write_bytes(archive.read(names[0]))
    (tree / "usr/bin/ffmpeg").chmod(0o755)
    (tree / "DEBIAN/control").write_text(_CONTROL.format(version=names[0].rsplit("-v", 1)[-1]))
    words = ("dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, folder / "ffmpeg.deb")
    run(*words, env={"SOURCE_DATE_EPOCH": str(epoch)})
    shutil.rmtree(tree)
    wheel.unlink()
