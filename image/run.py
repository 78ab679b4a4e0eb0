"""Programs of the building machine: what they said is shown only when they fail."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path


class BuildError(Exception):
    """One sentence: what could not be made, and why."""


def run(*words: str | Path, env: Mapping[str, str] | None = None, log: Path | None = None, text: str = "") -> str:
    """Run a program to its end; what it wrote to its output. `log` gets what it said.

    Raises `BuildError` with its last lines when it fails or is not installed.
    """
    try:
        done = subprocess.run(
            [str(word) for word in words],
            input=text,
            capture_output=True,
            text=True,
            errors="replace",
            env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})},
            check=False,
        )
    except FileNotFoundError:
        raise BuildError(f"{words[0]} is not installed. `./dev image` installs what it needs.") from None
    said = done.stdout + done.stderr
    if log is not None:
        log.write_text(said, encoding="utf-8")
    if done.returncode:
        last = "\n".join(said.strip().splitlines()[-15:])
        raise BuildError(f"{Path(str(words[0])).name} ended with {done.returncode}:\n{last}")
    return done.stdout
