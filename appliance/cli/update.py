"""`hotlinebox update`: what systemd runs on the box for updates, and what they look like from the shell."""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
from pathlib import Path

from appliance.cli.boxsettings import add_options, settings_of
from appliance.settings import Settings
from appliance.support.bootmenu import BootMenu, running_slot
from appliance.support.bundle import BundleError, open_bundle
from appliance.support.slots import Slots
from appliance.support.update import Installed, Updater
from appliance.support.updatestate import Phase, UpdateFolder

KEYS = Path("/usr/share/hotlinebox/update-keys")
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_SELF_TEST_S = 900.0
_PATIENCE_S, _WEB_PATIENCE_S = 240, 600
"""Without a working engine nobody gets through, so it has less than a web that may be changing a large database."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = "系统升级：安装、试运行后的取舍、退回（只用于厂家镜像）"
    parser = subparsers.add_parser("update", help=text, description=text)
    add_options(parser)
    parser.add_argument("step", choices=("status", "install", "begin", "keep", "assess", "check"), help="步骤")
    parser.add_argument("file", nargs="?", type=Path, help="check：要检查的升级文件")
    parser.add_argument("--keys", type=Path, default=KEYS, help="受信任的签名公钥所在目录")
    parser.set_defaults(run=_update)


def _update(parsed: argparse.Namespace) -> int:
    if parsed.step == "check":
        return _check(parsed.file, parsed.keys)
    folder = UpdateFolder(settings_of(parsed).data)
    if parsed.step == "keep":
        return _keep(settings_of(parsed), folder)
    installed = _installed(parsed.keys)
    if parsed.step == "status":
        state = folder.state()
        print(f"{state.phase.value}: {state.text}" if state.text else state.phase.value)
        return 0
    if installed is None:
        print("本机不是从厂家镜像启动的，请用 Debian 软件包升级。", file=sys.stderr)
        return 2
    updater = Updater(installed, folder)
    try:
        return _carry_out(updater, parsed.step)
    except OSError as error:
        print(f"读写磁盘出错：{error.strerror or error}。", file=sys.stderr)
        return 1


def _keep(settings: Settings, folder: UpdateFolder) -> int:
    """Every start waits for this: what is seldom needed is seldom loaded."""
    if folder.state().phase is not Phase.TRIAL and not folder.kept.exists():
        return 0
    from appliance.cli.trialkeeping import keep  # noqa: PLC0415

    return keep(settings, folder)


def _carry_out(updater: Updater, step: str) -> int:
    match step:
        case "begin":
            state = updater.begin()
        case "assess":
            stays = updater.assess(_self_test)
            updater.show_slots()
            return 0 if stays else 1
        case _:
            state = updater.carry_out()
    updater.show_slots()
    print(f"{state.phase.value}: {state.text}" if state.text else state.phase.value)
    return 1 if state.phase is Phase.FAILED and step == "install" else 0


def _check(file: Path | None, keys: Path) -> int:
    if file is None:
        print("请写出要检查的升级文件。", file=sys.stderr)
        return 2
    try:
        bundle = open_bundle(file, keys)
        bundle.check()
    except BundleError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"无法读取 {file}：{error.strerror}。", file=sys.stderr)
        return 2
    print(f"签名正确：{bundle.manifest.product} {bundle.manifest.version}（{bundle.manifest.architecture}）。")
    return 0


def _installed(keys: Path) -> Installed | None:
    running = running_slot(Path("/proc/cmdline").read_text(encoding="utf-8"))
    if running is None:
        return None
    release = platform.freedesktop_os_release()
    return Installed(
        slots=Slots(BootMenu(Path("/boot")), Path("/dev/disk/by-partlabel")),
        running=running,
        product=release.get("IMAGE_ID", ""),
        architecture=_ARCHITECTURES.get(platform.machine(), platform.machine()),
        version=release.get("IMAGE_VERSION", ""),
        keys=keys,
    )


def _self_test() -> str:
    """What the self-test says is wrong, or ''."""
    words = [sys.executable, "-m", "appliance.cli.main", "selftest"]
    words += ["--patience", str(_PATIENCE_S), "--web-patience", str(_WEB_PATIENCE_S)]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=_SELF_TEST_S, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return "自检在规定时间内没有完成"
    said = (done.stderr or done.stdout).strip().splitlines()
    if done.returncode == 0:
        return ""
    return said[-1].removeprefix("自检没有通过：").rstrip("。") if said else "自检没有结果"
