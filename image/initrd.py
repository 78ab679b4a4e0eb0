"""The initial root of the box: busybox, what opens a verified root, and the drivers of disks, in one archive."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from image.cpio import InitramfsArchive
from image.declaration import FOLDER, Initrd
from image.run import BuildError, run

_LIBRARY = re.compile(r"(?:=> )?(/\S+) \(0x")


def with_init(parts: bytes) -> bytes:
    """What `make_initrd` made, with `boot/init`: the kernel unpacks archives one after the other."""
    archive = InitramfsArchive()
    archive.file("init", (FOLDER / "boot/init").read_bytes(), executable=True)
    return parts + _compressed(archive)


def make_initrd(declared: Initrd, tree: Path, version: str) -> bytes:
    """Archive for the kernel `version`, with programs, libraries and modules from the root in `tree`.

    Raises `BuildError` when the tree lacks something declared.
    """
    archive = InitramfsArchive()
    for name in ("bin", "dev"):
        archive.folder(name)
    archive.character_device("dev/console", 5, 1)
    archive.file("bin/busybox", (tree / "bin/busybox").read_bytes(), executable=True)
    folders = {"bin", "dev"}
    for path in [*declared.programs, *_libraries(tree, declared.programs)]:
        _add(archive, folders, path, (tree / path.lstrip("/")).read_bytes(), executable=True)
    modules = f"/lib/modules/{version}"
    lines = _dependencies(tree / modules.lstrip("/"))
    kept = _needed(declared.modules, lines, (tree / modules.lstrip("/") / "modules.builtin").read_text())
    for file in kept:
        _add(archive, folders, f"{modules}/{file}", (tree / modules.lstrip("/") / file).read_bytes())
    _add(archive, folders, f"{modules}/modules.dep", "".join(f"{f}: {' '.join(lines[f])}\n" for f in kept).encode())
    archive.file("modules", "".join(f"{name}\n" for name in declared.modules).encode())
    return _compressed(archive)


def _compressed(archive: InitramfsArchive) -> bytes:
    octets = archive.octets()
    return gzip.compress(octets + bytes(-len(octets) % 4), 9, mtime=0)


def _add(archive: InitramfsArchive, folders: set[str], path: str, content: bytes, *, executable: bool = False) -> None:
    """A file with the folders that lead to it."""
    name = path.lstrip("/")
    for parent in reversed([str(folder) for folder in Path(name).parents][:-1]):
        if parent not in folders:
            folders.add(parent)
            archive.folder(parent)
    archive.file(name, content, executable=executable)


def _libraries(tree: Path, programs: tuple[str, ...]) -> list[str]:
    """What the dynamic linker loads for them, itself included."""
    found: set[str] = set()
    for program in programs:
        found.update(_LIBRARY.findall(run("chroot", tree, "ldd", program)))
    # ldd does not tell what is loaded later: a thread that ends wants libgcc.
    later = sorted((tree / "lib/x86_64-linux-gnu").glob("libgcc_s.so.1"))
    found.update("/" + str(path.relative_to(tree)) for path in later)
    return sorted(found)


def _dependencies(modules: Path) -> dict[str, list[str]]:
    lines = (line.split(":") for line in (modules / "modules.dep").read_text().splitlines())
    return {file: needs.split() for file, needs in lines}


def _needed(names: tuple[str, ...], lines: dict[str, list[str]], builtin: str) -> list[str]:
    """Files of the modules and of all that they depend on."""
    by_name = {_module_name(file): file for file in lines}
    there = {_module_name(line) for line in builtin.split()}
    kept: set[str] = set()
    for name in names:
        if name in there:
            continue
        if name not in by_name:
            raise BuildError(f"The kernel has no module {name}: box.toml, [initrd] modules.")
        kept.update([by_name[name], *lines[by_name[name]]])
    return sorted(kept)


def _module_name(file: str) -> str:
    return Path(file).name.split(".")[0].replace("-", "_")
