"""How far an update is: one small file that the updater writes and the web shows.

The folder `updates` in the data folder is all that the two have in common: the web puts a file and a wish there,
systemd starts the updater, which has other rights and hears nothing from the network.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import msgspec

from appliance.atomicfile import replace_file
from appliance.support.bootmenu import Slot


class Phase(StrEnum):
    IDLE = "idle"
    """No update was ever installed here."""
    CHECKING = "checking"
    WRITING = "writing"
    READY = "ready"
    """Written; begins with the next restart."""
    TRIAL = "trial"
    """The new version runs and has not passed its self-test yet."""
    DONE = "done"
    FAILED = "failed"
    """Nothing changed."""
    RETURNED = "returned"
    """The new version did not pass; the old one runs again."""

    @property
    def busy(self) -> bool:
        return self in {Phase.CHECKING, Phase.WRITING}

    @property
    def pending(self) -> bool:
        """Whether the next start, or this one, decides about it."""
        return self in {Phase.READY, Phase.TRIAL}


class UpdateState(msgspec.Struct, frozen=True, kw_only=True):
    phase: Phase = Phase.IDLE
    version_from: str = ""
    version_to: str = ""
    slot: Slot | None = None
    """Where the new version is."""
    done: float = 0.0
    """Of the phase, 0–1."""
    text: str = ""
    """What happened, a sentence."""
    at: str = ""
    """When this phase began, RFC 3339."""


class SlotContent(StrEnum):
    GOOD = "good"
    TRIAL = "trial"
    """Not tried yet, or not passed yet."""
    FAILED = "failed"
    EMPTY = "empty"


class SlotVersion(msgspec.Struct, frozen=True, kw_only=True):
    slot: Slot
    version: str = ""
    content: SlotContent = SlotContent.EMPTY
    running: bool = False


class UpdateFolder:
    """Names of the files in `updates`, and the state in it. Methods raise `OSError`."""

    def __init__(self, data: Path) -> None:
        self.path = data / "updates"
        self.upload = self.path / "upload.update"
        self.arriving = self.path / "upload.part"
        self.restart_plan = self.path / "restart-at.json"
        self.install_wish = self.path / "install"
        self.back_wish = self.path / "go-back"
        self.restart_wish = self.path / "restart"
        self.reset_wish = self.path / "factory-reset"
        self.kept = self.path / "before"

    def state(self) -> UpdateState:
        """What is known; a file that cannot be read is the same as none."""
        with suppress(OSError, msgspec.DecodeError):
            return msgspec.json.decode((self.path / "state.json").read_bytes(), type=UpdateState)
        return UpdateState()

    def slots(self) -> tuple[SlotVersion, ...]:
        """What lies in the slots, as the updater last saw it. Empty: this machine does not run from an image."""
        with suppress(OSError, msgspec.DecodeError):
            return msgspec.json.decode((self.path / "slots.json").read_bytes(), type=tuple[SlotVersion, ...])
        return ()

    def show_slots(self, slots: tuple[SlotVersion, ...]) -> None:
        replace_file(self.path / "slots.json", msgspec.json.encode(slots))

    def enter(self, state: UpdateState) -> UpdateState:
        """Write the state down; a new phase gets the time of day."""
        if not state.at or state.phase is not self.state().phase:
            state = msgspec.structs.replace(state, at=datetime.now(UTC).isoformat(timespec="seconds"))
        replace_file(self.path / "state.json", msgspec.json.encode(state))
        return state
