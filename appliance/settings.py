"""Settings of one box: `settings.toml`, every key optional, an unknown key an error. Read once at start.

What the bureau changes in daily life is not here but in the database and the call plan. Reference: docs/CONFIG.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec


class SettingsError(Exception):
    """The settings file cannot be used; the text is a Chinese sentence with file, field and what was expected."""


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class WebSettings(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    host: str = "127.0.0.1"
    """Address to listen on; the image sets the LAN address."""
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8080
    """0 takes a free port and prints it."""


class CardSettings(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line card; `family` names its driver."""

    family: str = "sim"
    lines: Annotated[int, msgspec.Meta(ge=0, le=32)] = 4
    stations: Annotated[int, msgspec.Meta(ge=0, le=32)] = 4


class EngineSettings(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    realtime_priority: Annotated[int, msgspec.Meta(ge=0, le=99)] = 20
    """SCHED_FIFO priority of the tick thread; 0: an ordinary thread. Without the right to it: a warning, no failure."""
    disk_reserve_mb: Annotated[int, msgspec.Meta(ge=0)] = 512
    """Below this much free space no new recording is begun; calls go on."""


class StoreSettings(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    url: str = ""
    """Empty: SQLite `hotlinebox.db` in the data folder."""


class Settings(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    data_dir: str = "data"
    web: WebSettings = WebSettings()
    cards: tuple[CardSettings, ...] = (CardSettings(),)
    engine: EngineSettings = EngineSettings()
    store: StoreSettings = StoreSettings()

    @property
    def data(self) -> Path:
        """Folder of database, journal, recordings, voicemail, prompts and call plan."""
        return Path(self.data_dir)

    @property
    def wire_path(self) -> Path:
        """Unix socket of the engine."""
        return self.data / "engine.sock"

    @property
    def callplan_path(self) -> Path:
        """The call plan in force: the web writes it, the engine reads it."""
        return self.data / "callplan.json"

    @property
    def journal_dir(self) -> Path:
        """Journal files; the engine appends, the web ingests."""
        return self.data / "journal"

    @property
    def prompts_dir(self) -> Path:
        """The bureau's own prompts, `<prompt id>.wav`; what is not here is built in."""
        return self.data / "prompts"

    @property
    def exports_dir(self) -> Path:
        """Finished and running Excel exports."""
        return self.data / "exports"


def load_settings(path: Path | None) -> Settings:
    """Settings of `path`, or the defaults when it is None. Raises `SettingsError`."""
    if path is None:
        return Settings()
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Settings)
    except OSError as error:
        raise SettingsError(f"读不到设置文件 {path}：{error.strerror}。请检查路径和权限。") from error
    except msgspec.ValidationError as error:
        raise SettingsError(f"设置文件 {path} 有误：{error}。请对照 docs/CONFIG.md 修改该项。") from error
    except (msgspec.DecodeError, ValueError) as error:
        raise SettingsError(f"设置文件 {path} 不是正确的 TOML：{error}。") from error
