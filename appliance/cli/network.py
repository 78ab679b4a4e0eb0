"""`hotlinebox network`: what systemd runs, as root, for name, address, clock and firewall of the machine.

Each step takes no word from anybody but a wish in `/run`, which it checks itself, and starts other programs by fixed
words without a shell.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
from pathlib import Path

from appliance.cli.boxsettings import add_options, settings_of
from appliance.settings import Settings
from appliance.support.addresschange import AddressChange, ethernet_interfaces
from appliance.support.boxclock import BoxClock, MachineClock
from appliance.support.boxname import take_name
from appliance.support.boxwishes import BoxWishes
from appliance.support.firewall import ruleset
from appliance.support.supportplaces import serial_of

_KEPT = Path("/var/lib/hotlinebox-network")
_NETWORKD_FILES = Path("/etc/systemd/network")
_TIMESYNCD_FILES = Path("/etc/systemd/timesyncd.conf.d")
_PAGES = (80, 443)
_PATIENCE_S = 60.0


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = "名称、网络地址、时间与防火墙（由 systemd 使用）"
    parser = subparsers.add_parser("network", help=text, description=text)
    add_options(parser)
    steps = ("name", "address-begin", "address", "clock-begin", "clock", "firewall", "show-firewall")
    parser.add_argument("step", choices=steps, help="步骤")
    parser.set_defaults(run=_network)


def _network(parsed: argparse.Namespace) -> int:
    settings = settings_of(parsed)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        _carry_out(parsed.step, settings)
    except OSError as error:
        print(f"没有完成：{error.strerror or error}。", file=sys.stderr)
        return 1
    except subprocess.SubprocessError as error:
        print(f"没有完成：{error}", file=sys.stderr)
        return 1
    return 0


def _carry_out(step: str, settings: Settings) -> None:
    wishes = BoxWishes(Path(settings.network.run))
    match step:
        case "name":
            take_name(serial_of(settings))
        case "address-begin":
            _address(wishes).begin()
        case "address":
            _address(wishes).carry_out()
        case "clock-begin":
            _clock(wishes, settings).begin()
        case "clock":
            _clock(wishes, settings).carry_out()
        case "firewall":
            _run("nft", "-f", "-", said=_rules(settings))
        case _:
            print(_rules(settings), end="")


def _address(wishes: BoxWishes) -> AddressChange:
    def apply() -> None:
        _run("systemctl", "restart", "systemd-networkd.service")

    return AddressChange(wishes, _NETWORKD_FILES, _KEPT, apply, ethernet_interfaces)


def _clock(wishes: BoxWishes, settings: Settings) -> BoxClock:
    def apply() -> None:
        _run("systemctl", "try-restart", "systemd-timesyncd.service")

    return BoxClock(wishes, settings.data, _TIMESYNCD_FILES, apply, MachineClock())


def _rules(settings: Settings) -> str:
    return ruleset((*_PAGES, settings.interfaces.stream_port, *settings.network.open_ports))


def _run(*words: str, said: str = "") -> None:
    subprocess.run(words, input=said, text=True, check=True, timeout=_PATIENCE_S)  # noqa: S603 - no word is from outside
