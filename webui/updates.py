"""The page 系统升级: takes an update file, says how far it is, and restarts the box when no call is going on.

The web installs nothing itself: it leaves files and wishes in the folder `updates`
(`appliance/support/updatestate.py`); systemd starts the updater and the restart, which have rights that it has not.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from appliance.atomicfile import replace_file
from appliance.support.updatestate import Phase, SlotContent, SlotVersion, UpdateFolder, UpdateState
from webui.engine_link import EngineLink
from webui.errors import Refusal

log = logging.getLogger(__name__)

MAX_UPDATE_BYTES = 1 << 30
_LOOK_EVERY_S = 2.0
_SPARE_BYTES = 256 << 20
"""What recordings must still have when an update was uploaded."""
NO_IMAGE = "本机不是从厂家镜像启动的，请用 Debian 软件包升级（见安装说明）。"


class RestartPlan(msgspec.Struct, frozen=True, kw_only=True):
    at: datetime
    """The box restarts when no call is going on, from this moment on."""


class UpdatesView(msgspec.Struct, frozen=True, kw_only=True):
    available: bool
    """Whether this machine runs from an image; otherwise its packages are updated."""
    version: str
    slots: tuple[SlotVersion, ...]
    state: UpdateState
    uploaded_mb: int | None
    """Size of the file that waits to be installed."""
    restart: RestartPlan | None
    calls: int
    """Going on now: a restart waits for their end."""


class Updates:
    """Made once; `start` and `stop` belong to the web's life."""

    def __init__(self, data: Path, version: str, link: EngineLink) -> None:
        self.folder = UpdateFolder(data)
        self._version = version
        self._link = link
        self._task: asyncio.Task[None] | None = None

    def start(self) -> asyncio.Task[None]:
        """Look for restarts that are due. The task ends only when it breaks."""
        self._task = asyncio.create_task(self._look_after(), name="updates")
        return self._task

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def view(self) -> UpdatesView:
        return await asyncio.to_thread(self._view)

    def refuse_upload(self, size: int) -> None:
        """Blocking. Raises `Refusal` (409, 413, 507) when no file of `size` octets may come now."""
        self._refuse_without_image()
        self._refuse_while_busy()
        if size > MAX_UPDATE_BYTES:
            raise too_large()
        if shutil.disk_usage(self.folder.path).free < size + _SPARE_BYTES:
            raise Refusal(507, "磁盘空间不足，放不下升级文件。请先在“录音与存储”里清理。")

    def take(self) -> None:
        """Blocking: what arrived is whole."""
        self.folder.arriving.chmod(0o640)
        self.folder.arriving.replace(self.folder.upload)

    def discard(self) -> None:
        """Blocking: throw an uploaded file away."""
        self._refuse_while_busy()
        self.folder.upload.unlink(missing_ok=True)

    def install(self) -> None:
        """Blocking: have the uploaded file checked and written. Raises `Refusal` (409)."""
        self._refuse_without_image()
        self._refuse_while_busy()
        if not self.folder.upload.exists():
            raise Refusal(409, "还没有上传升级文件，请先选择文件。")
        self.folder.enter(UpdateState(phase=Phase.CHECKING))
        self.folder.install_wish.touch()

    def go_back(self) -> None:
        """Blocking: let the next start take the other slot. Raises `Refusal` (409)."""
        self._refuse_without_image()
        self._refuse_while_busy()
        other = next((slot for slot in self.folder.slots() if not slot.running), None)
        if other is None or other.content in {SlotContent.EMPTY, SlotContent.FAILED}:
            raise Refusal(409, "另一个系统分区里没有可用的版本，无法退回。")
        self.folder.back_wish.touch()

    def plan_restart(self, at: datetime | None) -> None:
        """Blocking: restart at `at`, or now, as soon as no call is going on."""
        self._refuse_without_image()
        self._refuse_while_busy()
        plan = RestartPlan(at=at or datetime.now(UTC))
        replace_file(self.folder.restart_plan, msgspec.json.encode(plan))

    def cancel_restart(self) -> None:
        """Blocking."""
        self.folder.restart_plan.unlink(missing_ok=True)

    def reset(self) -> None:
        """Blocking: throw away everything at the next start, which begins at once. Raises `Refusal` (409)."""
        self._refuse_without_image()
        self._refuse_while_busy()
        self.folder.reset_wish.touch()
        self.folder.restart_wish.touch()

    def _view(self) -> UpdatesView:
        slots, uploaded = self.folder.slots(), None
        with suppress(OSError):
            uploaded = self.folder.upload.stat().st_size >> 20
        running = next((slot.version for slot in slots if slot.running), self._version)
        return UpdatesView(
            available=bool(slots),
            version=running,
            slots=slots,
            state=self.folder.state(),
            uploaded_mb=uploaded,
            restart=self._restart_plan(),
            calls=self._calls(),
        )

    def _calls(self) -> int:
        snapshot = self._link.mirror.snapshot()
        return len(snapshot.calls) if snapshot else 0

    def _restart_plan(self) -> RestartPlan | None:
        with suppress(OSError, msgspec.DecodeError):
            return msgspec.json.decode(self.folder.restart_plan.read_bytes(), type=RestartPlan)
        return None

    def _refuse_without_image(self) -> None:
        if not self.folder.slots():
            raise Refusal(409, NO_IMAGE)

    def _refuse_while_busy(self) -> None:
        if self.folder.state().phase.busy:
            raise Refusal(409, "正在安装升级文件，请等它完成。")

    async def _look_after(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            try:
                await asyncio.to_thread(self._restart_if_due)
            except OSError:
                log.exception("looking for a restart that is due; trying again in a moment")

    def _restart_if_due(self) -> None:
        plan = self._restart_plan()
        if plan is None or plan.at > datetime.now(UTC) or self._calls() or self.folder.state().phase.busy:
            return
        self.folder.restart_plan.unlink()
        log.warning("restarting: planned for %s", plan.at)
        self.folder.restart_wish.touch()


def too_large() -> Refusal:
    """What is said of a file that is larger than an update can be."""
    return Refusal(413, f"升级文件不能超过 {MAX_UPDATE_BYTES >> 20} MB，请确认选对了文件。")
