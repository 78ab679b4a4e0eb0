"""Starts programs of `appliance.jobs`: niced, so that they never take time from calls."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress

from appliance.jobs.away import SOCKET_VARIABLE

NICENESS = 10


async def start_job(module: str, *arguments: str) -> asyncio.subprocess.Process:
    """`python -m appliance.jobs.<module> ARGUMENTS…` with its output and errors piped.

    On the box in a unit of its own, with limits of its own: what is started here then only stands for it.
    """
    away = SOCKET_VARIABLE in os.environ
    words = ["appliance.jobs.away", module] if away else [f"appliance.jobs.{module}"]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *words,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    if not away:
        with suppress(ProcessLookupError):  # it may be done already
            os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
    return process


def last_sentence(errors: bytes, otherwise: str) -> str:
    """What a job said about why it failed: its last line, unless that is no sentence for a person."""
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    if lines and any("\u4e00" <= character <= "\u9fff" for character in lines[-1]):
        return lines[-1]
    return otherwise
