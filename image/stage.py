"""Stages of a build: a folder that is made anew only when what it is made of changed."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

_STAMP = "made-of"


def stage(folder: Path, ingredients: str, make: Callable[[Path], None]) -> bool:
    """Have `make` fill `folder`, unless it was made of the same `ingredients` before. Whether it was made now.

    An interrupted stage is made again: the stamp comes last.
    """
    stamp = folder / _STAMP
    wanted = hashlib.sha256(ingredients.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        print(f"· {folder.name}: as before", flush=True)
        return False
    began = time.monotonic()
    print(f"· {folder.name} …", end=" ", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    make(folder)
    stamp.write_text(wanted)
    print(f"{time.monotonic() - began:.0f} s", flush=True)
    return True


def digest_of(*places: Path) -> str:
    """SHA-256 of names, modes and contents of files, and of the files in folders."""
    digest = hashlib.sha256()
    for place in places:
        for path in _files(place):
            mode = path.lstat().st_mode & 0o777
            content = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
            digest.update(f"{path.relative_to(place.parent)} {mode:o} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _files(place: Path) -> Iterator[Path]:
    if not place.is_dir():
        yield place
        return
    yield from sorted(
        path for path in place.rglob("*") if (path.is_file() or path.is_symlink()) and "__pycache__" not in path.parts
    )
