"""`callplan.json`: read when it changed, written whole or not at all."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from appliance.atomicfile import replace_file
from appliance.callplan import CallPlan
from webui.errors import Refusal


class PlanFile:
    """The call plan in force, kept decoded until the file changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._plan: CallPlan | None = None

    async def read(self) -> CallPlan | None:
        """The plan; None before there is one. Raises `Refusal` (503) when the file is broken."""
        return await asyncio.to_thread(self._read)

    async def write(self, plan: CallPlan) -> None:
        """Replace the file; the engine still has to be told (`ReloadCallPlan`)."""
        await asyncio.to_thread(self._write, plan)

    def _read(self) -> CallPlan | None:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return None
        stamp = (status.st_mtime_ns, status.st_ino)
        if stamp != self._stamp:
            try:
                self._plan = msgspec.json.decode(self._path.read_bytes(), type=CallPlan)
            except msgspec.MsgspecError as error:
                raise Refusal(503, f"话务配置文件 {self._path.name} 有误：{error}。请从备份恢复或联系厂商。") from error
            self._stamp = stamp
        return self._plan

    def _write(self, plan: CallPlan) -> None:
        replace_file(self._path, msgspec.json.format(msgspec.json.encode(plan), indent=2) + b"\n")
