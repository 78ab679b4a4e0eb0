"""An update's way: checked, written into the other slot, tried, kept or given up.

Three programs of their own do it (`hotlinebox update install|begin|assess`), each started by systemd; what they know of
each other stands in the state file and in the boot menu.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from appliance.support.bootmenu import Slot
from appliance.support.bundle import Bundle, BundleError, open_bundle
from appliance.support.slots import Slots
from appliance.support.updatestate import Phase, SlotContent, SlotVersion, UpdateFolder, UpdateState

_TITLE = "hotlinebox "
_STEP = 0.01
"""Progress is written down when it grew by so much."""


@dataclass(frozen=True)
class Installed:
    """What runs on this machine, and what it takes updates from."""

    slots: Slots
    running: Slot
    product: str
    architecture: str
    version: str
    keys: Path


class Updater:
    """Made for one step. Nothing here raises for a bad file: the state says what was wrong with it."""

    def __init__(self, installed: Installed, folder: UpdateFolder) -> None:
        self._installed = installed
        self._folder = folder

    def install(self) -> UpdateState:
        """Check the uploaded file wholly, then write it into the other slot. The file is gone afterwards."""
        self._folder.install_wish.unlink(missing_ok=True)
        self._enter(Phase.CHECKING, UpdateState(version_from=self._installed.version))
        try:
            bundle = open_bundle(self._folder.upload, self._installed.keys)
            self._refuse_stranger(bundle)
            bundle.check(self._reporter())
            self._enter(Phase.WRITING, version_to=bundle.manifest.version)
            self._installed.slots.write(self._installed.running.other, bundle, self._reporter())
        except BundleError as error:
            return self._enter(Phase.FAILED, text=str(error))
        except OSError as error:
            reason = error.strerror or str(error)
            return self._enter(Phase.FAILED, text=f"读写磁盘出错（{reason}），没有安装，正在使用的版本没有改动。")
        finally:
            self._folder.upload.unlink(missing_ok=True)
        text = f"{bundle.manifest.version} 已写入，重启后开始试运行；自检通过才会保留，否则自动退回。"
        return self._enter(Phase.READY, slot=self._installed.running.other, text=text)

    def carry_out(self) -> UpdateState:
        """Whichever of its two wishes the web left: to go back, or to install what was uploaded."""
        if self._folder.back_wish.exists():
            self._folder.back_wish.unlink()
            return self.go_back()
        return self.install()

    def go_back(self) -> UpdateState:
        """The next start takes the other slot, on trial."""
        other, menu = self._installed.running.other, self._installed.slots.menu
        entry = menu.entry(other)
        if entry is None or entry.failed:
            return self._enter(Phase.FAILED, text="另一个系统分区里没有可用的版本，无法退回。")
        version = menu.title(entry).removeprefix(_TITLE)
        menu.prefer(other)
        state = UpdateState(version_from=self._installed.version, version_to=version)
        return self._enter(Phase.READY, state, slot=other, text=f"重启后退回 {version}；自检不通过则自动回到当前版本。")

    def begin(self) -> UpdateState:
        """At every start, before anything else of the box: which turn did the last update take?"""
        state = self._folder.state()
        if state.phase.busy:
            return self._enter(Phase.FAILED, text="安装被断电或重启打断，正在使用的版本没有改动，请重新上传升级文件。")
        if not state.phase.pending or state.slot is None:
            return state
        if state.slot is self._installed.running:
            return self._enter(Phase.TRIAL)
        there = self._installed.slots.menu.entry(state.slot)
        if state.phase is Phase.READY and there is not None and there.tries_done == 0 and not there.failed:
            return state  # it was not tried yet: somebody chose the old one in the boot menu
        return self._returned(state, "新版本没有通过启动自检")

    def assess(self, passes: Callable[[], str]) -> bool:
        """On trial: run the self-test (`passes` says what is wrong, or nothing) and decide. False: restart now."""
        running, menu = self._installed.running, self._installed.slots.menu
        entry = menu.entry(running)
        if entry is None or entry.good:
            return True
        wrong = passes()
        state = self._folder.state()
        if not wrong:
            menu.bless(running)
            if state.phase is Phase.TRIAL:
                self._enter(Phase.DONE, text=f"已升级到 {self._installed.version}，自检通过。")
            return True
        other = menu.entry(running.other)
        if other is None or other.failed:
            return True  # nowhere to go: a box that half works beats one that restarts for ever
        menu.condemn(running)
        if state.phase is Phase.TRIAL:
            self._enter(Phase.TRIAL, text=wrong)
        return False

    def show_slots(self) -> None:
        """Tell the web what lies in the slots."""
        self._folder.show_slots(tuple(self._slot(slot) for slot in Slot))

    def _slot(self, slot: Slot) -> SlotVersion:
        menu, running = self._installed.slots.menu, slot is self._installed.running
        entry = menu.entry(slot)
        if entry is None:
            return SlotVersion(slot=slot, version=self._installed.version if running else "", running=running)
        content = SlotContent.GOOD if entry.good else SlotContent.TRIAL
        if entry.failed and not running:
            content = SlotContent.FAILED
        version = menu.title(entry).removeprefix(_TITLE)
        return SlotVersion(slot=slot, version=version, content=content, running=running)

    def _returned(self, state: UpdateState, otherwise: str) -> UpdateState:
        reason = state.text if state.phase is Phase.TRIAL and state.text else otherwise
        text = f"{state.version_to} 没有通过：{reason}。已自动退回 {self._installed.version}，通话记录和录音没有丢失。"
        return self._enter(Phase.RETURNED, text=text)

    def _refuse_stranger(self, bundle: Bundle) -> None:
        manifest, installed = bundle.manifest, self._installed
        if (manifest.product, manifest.architecture) != (installed.product, installed.architecture):
            raise BundleError(f"这个升级文件是为另一种设备（{manifest.product}，{manifest.architecture}）准备的。")
        if manifest.version == installed.version:
            raise BundleError(f"本机已经是 {manifest.version}，不需要升级。")

    def _reporter(self) -> Callable[[float], None]:
        state, told = self._folder.state(), 0.0

        def report(done: float) -> None:
            nonlocal told
            if done - told >= _STEP:
                told = done
                self._folder.enter(msgspec.structs.replace(state, done=round(done, 2)))

        return report

    def _enter(
        self,
        phase: Phase,
        state: UpdateState | None = None,
        *,
        text: str = "",
        slot: Slot | None = None,
        version_to: str = "",
    ) -> UpdateState:
        state = state or self._folder.state()
        return self._folder.enter(
            msgspec.structs.replace(
                state,
                phase=phase,
                text=text,
                done=0.0,
                slot=slot or state.slot,
                version_to=version_to or state.version_to,
            )
        )
