"""Settings of one box: `settings.toml`, every key optional, an unknown key an error. Read once at start.

What the bureau changes in daily life is not here but in the database and the call plan. Reference: docs/CONFIG.md.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Annotated

import msgspec

from appliance.complaint import complaint_of

_HEADER = re.compile(r"\s*\[(?P<many>\[)?\s*(?P<name>[^\[\]]+?)\s*\]")
_KEY = re.compile(r"""\s*["']?(?P<key>[^\s"'=]+)["']?\s*=""")
_TOML_PLACE = re.compile(r"at line (?P<line>\d+), column (?P<column>\d+)")


class SettingsError(Exception):
    """The settings file cannot be used; the text is a Chinese sentence with file, field and what was expected."""


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class WebSettings(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    host: str = "127.0.0.1"
    """Address to listen on; the image sets the LAN address."""
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8080
    """0 takes a free port and prints it."""
    tls_port: Annotated[int, msgspec.Meta(ge=0, le=65535)] | None = None
    """Port for https; 0 takes a free one. None: no https, but on sockets that systemd hands over."""
    first_run_secret: bool = False
    """The first user is made only by who knows the secret that `hotlinebox firstboot` showed at the box itself."""


class CardSettings(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line card; `family` names its driver."""

    family: str = "sim"
    lines: Annotated[int, msgspec.Meta(ge=0, le=32)] = 4
    stations: Annotated[int, msgspec.Meta(ge=0, le=32)] = 4
    device: str = ""
    """Which one, where the machine has several: its identity as `hotlinebox doctor` shows it. Empty: any."""
    channels: tuple[Annotated[int, msgspec.Meta(ge=1)], ...] = ()
    """DAHDI: only channels with these numbers. Empty: all."""
    model: str = ""
    """Voice modem: which model it is. Empty: recognised by its answers."""
    pin: Annotated[str, msgspec.Meta(pattern=r"^([0-9]{4,8})?$")] = ""
    """Cellular module: the SIM's PIN. Empty: it asks for none. A wrong one is tried once only."""
    auto_answer: bool = False
    """Sound card: a loudspeaker that answers when it is called, and hangs up when the call is over."""


class EngineSettings(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    realtime_priority: Annotated[int, msgspec.Meta(ge=0, le=99)] = 20
    """SCHED_FIFO priority of the tick thread; 0: an ordinary thread. Without the right to it: a warning, no failure."""
    disk_reserve_mb: Annotated[int, msgspec.Meta(ge=0)] = 512
    """Below this much free space no new recording is begun; calls go on."""


class StoreSettings(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    url: str = ""
    """Empty: SQLite `hotlinebox.db` in the data folder; else `sqlite:///…` or `postgresql://…`."""


class InterfacesSettings(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ways in and out for other programs, beside HTTP."""

    stream_port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 0
    """TCP port of the event stream; 0: there is none."""
    stream_host: str = ""
    """Address it listens on; empty: that of `web.host`."""
    stream_connections: Annotated[int, msgspec.Meta(ge=1, le=500)] = 32
    """How many programs may be connected at once, TCP and HTTP streams together."""
    hooks_to_this_machine: bool = False
    """Web hooks may go to programs on the box itself, if the administrator lists the address."""


class SupportSettings(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The vendor's remote shell: nobody gets in until the administrator opens it."""

    services: bool = False
    """The units of remote support are installed; without them it is carried by hand, below the data folder."""
    keys: str = "/etc/hotlinebox/support"
    """Folder with the vendor's `vendor_ca.pub`, and `revoked` (a key revocation list) if there is one."""
    serial: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9-]{0,32}$")] = ""
    """What certificates name this box by; empty: a number that follows from the machine."""


class NetworkSettings(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Address, clock and firewall of the machine, where the box may set them."""

    run: str = "/run/hotlinebox-network"
    """Where wishes go and who carries them out tells of them; not there: the machine looks after itself."""
    open_ports: tuple[Annotated[int, msgspec.Meta(ge=1, le=65535)], ...] = ()
    """TCP ports that the firewall lets in beside the box's own, from the LAN."""


class BackupSettings(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    media: str = "/media/hotlinebox"
    """Folder in which USB disks are mounted."""


class Settings(_Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    data_dir: str = "data"
    web: WebSettings = WebSettings()
    cards: tuple[CardSettings, ...] = (CardSettings(),)
    engine: EngineSettings = EngineSettings()
    store: StoreSettings = StoreSettings()
    backup: BackupSettings = BackupSettings()
    interfaces: InterfacesSettings = InterfacesSettings()
    network: NetworkSettings = NetworkSettings()
    support: SupportSettings = SupportSettings()

    @property
    def virtual_phones(self) -> bool:
        """There are phones with their hooks in the browser: the simulated card's, or sound cards."""
        return any(card.family in {"sim", "soundcard"} for card in self.cards)

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
    def callerbook_path(self) -> Path:
        """Names, levels and areas of known numbers; written by the web, looked up by the engine."""
        return self.data / "callerbook.json"

    @property
    def journal_dir(self) -> Path:
        """Journal files; the engine appends, the web ingests."""
        return self.data / "journal"

    @property
    def prompts_dir(self) -> Path:
        """The bureau's own prompts, `<prompt id>.wav`; what is not here is built in."""
        return self.data / "prompts"


def load_settings(path: Path | None) -> Settings:
    """Settings of `path`, or the defaults when it is None. Raises `SettingsError`."""
    if path is None:
        return Settings()
    try:
        text = path.read_bytes().decode()
        return msgspec.toml.decode(text, type=Settings)
    except OSError as error:
        raise SettingsError(f"读不到设置文件 {path}：{error.strerror}。请检查路径和权限。") from error
    except msgspec.ValidationError as error:
        complaint = complaint_of(error)
        line = line_of(complaint.path, text)
        where = f"第 {line} 行的 {complaint.path}" if line else f"的 {complaint.path}"
        raise SettingsError(f"设置文件 {path} {where}：{complaint.text}可用的设置项见 docs/CONFIG.md。") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"设置文件 {path} 不是 UTF-8 编码，请用 UTF-8 另存。") from error
    except msgspec.DecodeError as error:
        raise SettingsError(f"设置文件 {path} {_toml_sentence(str(error))}") from error


def line_of(path: str, text: str) -> int | None:
    """The line (1 is the first) of TOML `text` that sets `path` (`web.port`, `cards[1].family`), None if not found."""
    section, _, key = path.rpartition(".")
    here, counts = "", Counter[str]()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            name = header["name"].replace(" ", "")
            here = name
            if header["many"]:
                here = f"{name}[{counts[name]}]"
                counts[name] += 1
            if here == path:
                return number
        elif (found := _KEY.match(line)) and here == section and found["key"] == key:
            return number
    return None


def _toml_sentence(message: str) -> str:
    """Where Python's TOML reader stopped, in Chinese."""
    if found := _TOML_PLACE.search(message):
        return f"第 {found['line']} 行第 {found['column']} 列不是正确的 TOML：应为 键 = 值，文字要加引号。"
    return f"不是正确的 TOML（{message}）：应为 键 = 值，文字要加引号。"
