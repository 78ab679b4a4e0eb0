"""Starts programs of `appliance.jobs`, niced, so that they never take time from calls; watches and ends them."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

from appliance.jobs.away import SOCKET_VARIABLE
from appliance.settings import Settings

NICENESS = 10
STOP_PATIENCE_S = 3.0


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


def store_options(settings: Settings) -> list[str]:
    """Where a job finds data folder and store."""
    options = ["--data", str(settings.data)]
    return [*options, "--database", settings.store.url] if settings.store.url else options


class RunningJob:
    """A program that was started, until it has ended."""

    def __init__(
        self, process: asyncio.subprocess.Process, name: str, ended: Callable[[int, bytes], Awaitable[None]]
    ) -> None:
        """`ended` is told exit code and error output; `name` is the watching task's."""
        self._process = process
        self._ended = ended
        self.task = asyncio.create_task(self._watch(), name=name)

    @property
    def runs(self) -> bool:
        return not self.task.done()

    async def stopped(self) -> None:
        """Ask it to stop; returns when it has ended and whoever waits was told."""
        self._ask_to_stop()
        await asyncio.shield(self.task)

    async def end(self, patience_s: float = STOP_PATIENCE_S) -> None:
        """The web stops: ask it to, and kill it when it takes too long."""
        self._ask_to_stop()
        await asyncio.wait({self.task}, timeout=patience_s)
        with suppress(ProcessLookupError):
            self._process.kill()
        await self.task

    def _ask_to_stop(self) -> None:
        with suppress(ProcessLookupError):
            self._process.terminate()

    async def _watch(self) -> None:
        _, errors = await self._process.communicate()
        await self._ended(self._process.returncode or 0, errors)


def is_alive(pid: int) -> bool:
    """Whether a process of ours runs under this number; 0: never."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return pid > 0


def last_sentence(errors: bytes, otherwise: str) -> str:
    """What a job said about why it failed: its last line, unless that is no sentence for a person."""
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    if lines and any("\u4e00" <= character <= "\u9fff" for character in lines[-1]):
        return lines[-1]
    return otherwise
