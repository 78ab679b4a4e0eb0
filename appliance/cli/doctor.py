"""`hotlinebox doctor`: what is wrong with this box and what to do, in plain words. Looks, changes nothing."""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from appliance.addedcards import added_cards
from appliance.callplan import CallPlanError, load_callplan
from appliance.cli.boxsettings import add_options, settings_of
from appliance.cli.linefindings import line_advice, line_text
from appliance.engine.linelesson import health_of, load_lessons
from appliance.ivr.prompts import prompt_file, promptbook
from appliance.journal import open_calls, read_facts
from appliance.settings import Settings, SettingsError
from appliance.store.database import has_database, open_read_only
from appliance.store.errors import StoreError
from appliance.store.integrity import damage_of
from drivers.base import CardError
from drivers.dahdi.diagnosis import WantedPorts, dahdi_troubles
from drivers.dsp.toneplan import load_tone_plan
from drivers.holders import holders_of, holders_text
from drivers.hotplug import found_cards
from drivers.registry import CardOrder, make_card

EARLIEST = datetime(2026, 1, 1).astimezone()
"""This program is younger than that: an earlier clock is wrong."""
LOW_DISK_MB = 2048
UI_INDEX = Path(__file__).parents[2] / "webui" / "static" / "index.html"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `advice` is empty when all is well."""

    subject: str
    text: str
    advice: str = ""
    grave: bool = True

    def lines(self) -> list[str]:
        """As it is printed."""
        mark = "正常" if not self.advice else "问题" if self.grave else "提醒"
        said = [f"[{mark}] {self.subject}：{self.text}"]
        return [*said, f"       处理办法：{self.advice}"] if self.advice else said


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = "检查本机：板卡、端口、磁盘、数据库、时钟、服务"
    parser = subparsers.add_parser("doctor", help=text, description=text)
    add_options(parser)
    parser.set_defaults(run=_doctor)


def _doctor(parsed: argparse.Namespace) -> int:
    sick = False
    for finding in findings(settings_of(parsed)):
        sick = sick or (bool(finding.advice) and finding.grave)
        print("\n".join(finding.lines()))
    return 1 if sick else 0


def findings(settings: Settings) -> Iterator[Finding]:
    """Everything that is looked at."""
    try:
        added = tuple(each.card for each in added_cards(settings))
        settings = msgspec.structs.replace(settings, cards=(*settings.cards, *added))
    except SettingsError as error:
        yield Finding("板卡登记", str(error), "删除这个文件，再在页面“线路”上重新登记设备。")
    checks: list[Callable[[Settings], Iterator[Finding]]] = [
        _cards,
        _plugged,
        _analog_cards,
        _serial_ports,
        _call_plan,
        _lines,
        _disk,
        _database,
        _journal,
        _prompts,
        _interface,
        _clock,
        _realtime,
        _services,
    ]
    for check in checks:
        yield from check(settings)


def _cards(settings: Settings) -> Iterator[Finding]:
    if not settings.cards:
        yield Finding("板卡", "设置里没有板卡", '在 settings.toml 里加一节 [[cards]]，例如 family = "sim"。')
    for card in settings.cards:
        try:
            order = CardOrder(
                card.family, card.family, card.lines, card.stations, card.device, card.channels, card.model
            )
            made = make_card(order)
        except CardError as error:
            yield Finding(
                "板卡", f"{card.family} 不可用：{error}", "检查设置里的 family，以及板卡是否插好、驱动是否装好。"
            )
            continue
        kinds = [port.kind.value for port in made.ports]
        yield Finding("板卡", f"{card.family}：{kinds.count('fxo')} 路外线，{kinds.count('fxs')} 路话机")


def _plugged(settings: Settings) -> Iterator[Finding]:
    """What there is that cards could be, by the identity that the settings want."""
    wanted = {(card.family, card.device) for card in settings.cards}
    for found in found_cards():
        named = any((found.family, name) in wanted for name in found.names) or (found.family, "") in wanted
        text = f"{found.family}：{found.label}，标识 {found.identity}"
        yield Finding(
            "已插设备",
            text if named else f"{text}，还没有使用",
            "" if named else "要使用它，打开页面“线路”，点“使用这个设备”。",
            grave=False,
        )


def _analog_cards(settings: Settings) -> Iterator[Finding]:
    """What keeps a card under DAHDI from working, of those that the settings name and those that are there."""
    cards = [card for card in settings.cards if card.family == "dahdi"]
    wanted: list[WantedPorts | None] = [
        WantedPorts(card.lines, card.stations, card.device, card.channels) for card in cards
    ]
    for trouble in dict.fromkeys(trouble for each in wanted or (None,) for trouble in dahdi_troubles(each)):
        yield Finding("电话板卡", trouble.text, trouble.advice, grave=trouble.grave and bool(cards))


def _serial_ports(settings: Settings) -> Iterator[Finding]:
    """Modems and modules that the settings name: may we use their ports, and does nobody else?"""
    families = {card.family for card in settings.cards}
    for found in found_cards():
        ports = sorted(name for name in found.names if name.startswith("/dev/"))
        if found.family not in families or not ports:
            continue
        shut = [port for port in ports if not os.access(port, os.R_OK | os.W_OK)]
        if shut:
            yield Finding(found.label, f"没有权限使用 {'、'.join(shut)}", "让运行本程序的用户加入 dialout 组。")
        holders = holders_of(ports)
        if holders:
            yield Finding(
                found.label,
                f"正被 {holders_text(holders)} 使用",
                "停止这些程序；ModemManager 会占用每一个模块，请卸载它：apt remove modemmanager。",
            )


def _call_plan(settings: Settings) -> Iterator[Finding]:
    path = settings.data / "callplan.json"
    if not path.exists():
        yield Finding("话务方案", "还没有，第一次启动时自动建立")
        return
    try:
        plan = load_callplan(path)
    except CallPlanError as error:
        yield Finding("话务方案", str(error), "在网页中重新保存方案，或从备份恢复这个文件。")
        return
    yield Finding("话务方案", f"第 {plan.version} 版，{len(plan.lines)} 条外线，{len(plan.stations)} 部分机")


def _lines(settings: Settings) -> Iterator[Finding]:
    """How each line sounded last and what it taught, from `lines.json`."""
    plan = load_tone_plan("cn")
    for line, lesson in sorted(load_lessons(settings.data).items()):
        health = health_of(lesson, plan)
        yield Finding(f"第 {line} 线", line_text(health), line_advice(health), grave=False)


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = settings.data if settings.data.is_dir() else Path()
    free_mb = shutil.disk_usage(folder).free / 1e6
    hours = free_mb / 115
    text = f"剩余 {free_mb / 1000:.1f} GB，约可再录 {hours:.0f} 小时"
    low = free_mb < LOW_DISK_MB
    yield Finding("磁盘", text, "删除旧录音或换更大的磁盘；空间低于保留量时停止新录音，通话不受影响。" if low else "")
    if settings.data.exists() and not settings.data.is_dir():
        yield Finding("数据目录", f"{settings.data} 不是目录", "用 --data 换一个目录，或删去这个文件。")
    elif settings.data.exists() and not os.access(settings.data, os.W_OK):
        yield Finding("数据目录", f"{settings.data} 不可写", "检查目录属主和权限。")


def _database(settings: Settings) -> Iterator[Finding]:
    if not has_database(settings.store.url, settings.data):
        yield Finding("数据库", "还没有，第一次启动时自动建立")
        return
    try:
        database = open_read_only(settings.store.url, settings.data)
    except StoreError as error:
        yield Finding("数据库", str(error), "从备份恢复数据库；通话不受影响，恢复后记录会从流水补齐。")
        return
    try:
        damage = database.read_now(damage_of)
    finally:
        database.close()
    advice = "从备份恢复数据库；恢复后记录会从流水补齐。" if damage else ""
    yield Finding("数据库", damage or "完整", advice)


def _journal(settings: Settings) -> Iterator[Finding]:
    folder = settings.data / "journal"
    if not folder.exists():
        return
    garbage = sum(1 for line in read_facts(folder, {}) if line.fact is None)
    left = len(open_calls(folder))
    text = f"{left} 个通话未结束，{garbage} 行不可读"
    yield Finding("流水", text, "不可读的行已跳过；若数量增加，请检查磁盘。" if garbage else "", grave=False)


def _prompts(settings: Settings) -> Iterator[Finding]:
    missing = [each.label for each in promptbook() if prompt_file(each.id, settings.data / "prompts") is None]
    advice = "运行 ./dev run 生成内置提示音，或在网页「提示音」里上传录音。" if missing else ""
    yield Finding("提示音", f"缺少 {'、'.join(missing)}" if missing else "齐全", advice)


def _interface(_settings: Settings) -> Iterator[Finding]:
    built = UI_INDEX.exists()
    yield Finding("网页界面", "已构建" if built else "尚未构建", "" if built else "运行 ./dev run。")


def _clock(_settings: Settings) -> Iterator[Finding]:
    now = datetime.now().astimezone()
    wrong = now < EARLIEST
    yield Finding(
        "时钟", f"{now:%Y-%m-%d %H:%M:%S %Z}", "时间明显不对：请在网页中校时，并检查主板电池。" if wrong else ""
    )


def _realtime(settings: Settings) -> Iterator[Finding]:
    if settings.engine.realtime_priority == 0:
        return
    limit = resource.getrlimit(resource.RLIMIT_RTPRIO)[1]
    permitted = os.geteuid() == 0 or limit == resource.RLIM_INFINITY or limit >= settings.engine.realtime_priority
    advice = (
        "" if permitted else "用随机附带的 systemd 服务启动，或为用户设置 rtprio；不设置也能用，忙时语音可能有间断。"
    )
    yield Finding("实时优先级", "可用" if permitted else "不可用", advice, grave=False)


def _services(settings: Settings) -> Iterator[Finding]:
    engine = _answers(settings.wire_path)
    yield Finding(
        "话务引擎", "运行中" if engine else "没有运行", "" if engine else "用 hotlinebox serve 启动。", grave=False
    )
    web = _serves(settings.data / "web.json")
    yield Finding("网页服务", "运行中" if web else "没有运行", "" if web else "用 hotlinebox serve 启动。", grave=False)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


class _WebNote(msgspec.Struct):
    """What the web writes down while it serves; a killed one leaves it behind."""

    url: str


def _serves(note: Path) -> bool:
    try:
        address = urlsplit(msgspec.json.decode(note.read_bytes(), type=_WebNote).url)
        socket.create_connection((address.hostname, address.port), timeout=1.0).close()
    except (OSError, msgspec.DecodeError):
        return False
    return True
