"""A root file system for a guest that needs no disk: the Debian package, its Python, e2fsck and busybox, in memory.

Packed as an initramfs. Shared libraries are those that these programs name.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from image.cpio import InitramfsArchive
from tests.system.lab.kernel import BUSYBOX

HOME = Path("usr/lib/hotlinebox")
_PROGRAMS = (Path("/sbin/e2fsck"),)
_ZONES = (Path("/usr/share/zoneinfo/Asia/Shanghai"), Path("/usr/share/zoneinfo/UTC"))
_LEFT_OUT = ("tkinter", "idlelib", "test", "ensurepip", "lib2to3", "pydoc_data", "config-3*")


def small_root(package: Path, more: Mapping[str, bytes]) -> bytes:
    """The archive. `package`: unpacked; `more`: further files by their path, those below `bin` and `init` are programs.

    Raises `FileNotFoundError` where Debian's Python of the package is not installed.
    """
    python = (package / HOME / "bin" / "python").readlink()
    files = {each: each for each in (*_PROGRAMS, *_ZONES, python, *_library_of(python))}
    files |= {Path("/") / each.relative_to(package): each for each in _files(package / HOME)}
    native = [each for each in files.values() if each.suffix == ".so" or ".so." in each.name]
    files |= {each: each for each in _named_libraries([python, *_PROGRAMS, *native]) if package not in each.parents}
    contents = {str(name).lstrip("/"): file.read_bytes() for name, file in sorted(files.items())}
    contents |= {"bin/busybox": BUSYBOX.read_bytes(), **more}
    programs = {"init", *(str(each).lstrip("/") for each in (python, *_PROGRAMS))}
    archive, folders = InitramfsArchive(), set[str]()
    for folder in ("dev", "proc", "sys", "run", "tmp", "var/lib/hotlinebox"):
        _folder(archive, folders, Path(folder))
    archive.character_device("dev/console", 5, 1)
    for name, content in contents.items():
        _folder(archive, folders, Path(name).parent)
        program = name in programs or "bin" in Path(name).parts or "ld-linux" in name
        archive.file(name, content, executable=program)
    return archive.octets()


def _folder(archive: InitramfsArchive, made: set[str], folder: Path) -> None:
    for each in [*reversed(folder.parents), folder]:
        if each != Path() and str(each) not in made:
            made.add(str(each))
            archive.folder(str(each))


def _library_of(python: Path) -> Iterator[Path]:
    """Python's own modules."""
    home = Path("/usr/lib") / python.name
    for each in _files(home):
        if not any(part.match(left_out) for part in _parts(each.relative_to(home)) for left_out in _LEFT_OUT):
            yield each


def _parts(path: Path) -> list[Path]:
    return [Path(part) for part in path.parts]


def _files(folder: Path) -> Iterator[Path]:
    return (each for each in folder.rglob("*") if each.is_file())


def _named_libraries(files: list[Path]) -> set[Path]:
    """What the dynamic linker would load for these, where it would look for it."""
    said = subprocess.run(["ldd", *map(str, files)], capture_output=True, text=True, check=False).stdout
    found = {Path(path) for path in re.findall(r"(?:=>|^)\s+(/\S+) \(0x", said, re.MULTILINE)}
    return {each for each in found if not str(each).startswith(sys.prefix)}
