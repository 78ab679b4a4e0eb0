"""What the vendor's restricted commands do, and the parts of the support bundle: the same texts for both."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from importlib.metadata import distributions, version
from pathlib import Path

import msgspec

from appliance.atomicfile import replace_file
from appliance.cli.doctor import findings
from appliance.settings import Settings
from appliance.store.customer_words import each_customer_word
from appliance.store.database import has_database, open_read_only
from appliance.store.errors import StoreError
from appliance.support.casefile import Part, Words, journal_text, pack, scrubbed, settings_text, trace_text
from appliance.support.orders import LogOf, Order, OrderError, OrderKind, order_of
from appliance.support.scrub import Scrubber
from appliance.support.supportplaces import serial_of
from appliance.wire.client import WireClient
from appliance.wire.messages import AnyEvent, EngineHealth, Snapshot

HELP = """限定命令（每行一条）：
  status                          版本、运行时间、内存、磁盘、服务
  doctor                          自检，与 hotlinebox doctor 相同
  logs [all|engine|web|support] [行数]   运行日志，号码和姓名已隐去
  trace [行数]                    最近的通话过程：时间、线路、状态、原因，不含号码
  bundle                          支持包，写到标准输出：ssh … bundle > 文件.zip
  exit                            退出
"""
_BUNDLE_LINES = 2000
_HEALTH_PATIENCE_S = 3.0
_WORDS_IN = {"doctor.txt": Words.OURS, "logs": Words.ANY}


def carry_out(settings: Settings, text: str | None) -> int:
    """One command, or those that are typed, one a line. Exit code 2: not allowed."""
    if text is not None:
        return _carried_out(settings, text)
    print(HELP, end="", flush=True)
    while True:
        try:
            line = input("hotlinebox> ")
        except (EOFError, KeyboardInterrupt):
            return 0
        if line.strip() == OrderKind.EXIT:
            return 0
        _carried_out(settings, line)


def _carried_out(settings: Settings, text: str) -> int:
    try:
        order = order_of(text)
    except OrderError as error:
        print(error, file=sys.stderr, flush=True)
        return 2
    if order.kind is OrderKind.BUNDLE:
        return write_bundle(settings, Path("-"))
    part = _said(settings, order)
    print(scrubbed(part, _scrubber(settings)), flush=True)
    return 0


def _said(settings: Settings, order: Order) -> Part:
    name = order.kind.value
    match order.kind:
        case OrderKind.STATUS:
            return Part(name, _about(settings) + _services())
        case OrderKind.DOCTOR:
            return Part(name, _doctor(settings), Words.OURS)
        case OrderKind.LOGS:
            return Part(name, log_text(order.log, order.lines), Words.ANY)
        case OrderKind.TRACE:
            return Part(name, trace_text(settings, order.lines))
        case _:
            return Part(name, HELP)


def write_bundle(settings: Settings, file: Path) -> int:
    """The bundle into a file, or to the output for `-`."""
    octets = pack(_parts(settings), _scrubber(settings))
    if str(file) != "-":
        replace_file(file, octets, 0o640)
        return 0
    if sys.stdout.isatty():
        print("支持包不能显示在屏幕上，请在自己的电脑上执行：ssh … bundle > 文件.zip", file=sys.stderr)
        return 2
    sys.stdout.buffer.write(octets)
    return 0


def _parts(settings: Settings) -> Iterator[Part]:
    makers: dict[str, Callable[[], str]] = {
        "about.txt": lambda: _about(settings) + _services() + _packages(),
        "settings.json": lambda: settings_text(settings),
        "health.json": lambda: health_text(settings),
        "journal.txt": lambda: journal_text(settings),
        "trace.txt": lambda: trace_text(settings, _BUNDLE_LINES),
        "doctor.txt": lambda: _doctor(settings),
        "logs/engine.txt": lambda: log_text(LogOf.ENGINE, _BUNDLE_LINES),
        "logs/web.txt": lambda: log_text(LogOf.WEB, _BUNDLE_LINES),
        "logs/support.txt": lambda: log_text(LogOf.SUPPORT, _BUNDLE_LINES),
    }
    for name, make in makers.items():
        try:
            yield Part(name, make(), _WORDS_IN.get(name.partition("/")[0], Words.NONE))
        except (OSError, StoreError, subprocess.SubprocessError) as error:  # a sick box has to be told of too
            yield Part(name, f"没有取到：{error}\n", Words.OURS)


def _about(settings: Settings) -> str:
    usage = shutil.disk_usage(settings.data if settings.data.is_dir() else Path())
    release = Path("/etc/os-release")
    system = ""
    if release.exists():
        known = platform.freedesktop_os_release()
        system = f"{known.get('PRETTY_NAME', '')} {known.get('IMAGE_ID', '')} {known.get('IMAGE_VERSION', '')}".strip()
    uptime_s = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
    lines = [
        f"时间：{datetime.now().astimezone():%Y-%m-%d %H:%M:%S %z}",
        f"版本：{version('hotlinebox')}",
        f"编号：{serial_of(settings)}",
        f"系统：{system}，内核 {platform.release()}，Python {platform.python_version()}",
        f"已运行：{uptime_s / 3600:.1f} 小时，负载 {' '.join(f'{each:.2f}' for each in os.getloadavg())}",
        f"磁盘：共 {usage.total / 1e9:.1f} GB，剩余 {usage.free / 1e9:.1f} GB",
        *_memory(),
    ]
    return "\n".join(lines) + "\n"


def _memory() -> Iterator[str]:
    for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
        name, _, value = line.partition(":")
        if name in {"MemTotal", "MemAvailable", "SwapFree"}:
            yield f"内存：{name} {int(value.split()[0]) / 1024:.0f} MB"


def _services() -> str:
    return _program("systemctl", "--no-pager", "--no-legend", "--plain", "list-units", "--all", "hotlinebox*")


def _packages() -> str:
    return "".join(sorted(f"{each.name} {each.version}\n" for each in distributions()))


def _doctor(settings: Settings) -> str:
    lines = []
    for finding in findings(settings):
        lines += finding.lines()
    return "\n".join(lines) + "\n"


def log_text(log: LogOf, lines: int) -> str:
    """From the journal of systemd; a sentence where there is none."""
    units = {
        LogOf.ALL: ("hotlinebox*",),
        LogOf.ENGINE: ("hotlinebox-engine.service",),
        LogOf.WEB: ("hotlinebox-web.service", "hotlinebox-job@*"),
        LogOf.SUPPORT: ("hotlinebox-support*",),
    }[log]
    words = [f"--unit={unit}" for unit in units]
    return _program("journalctl", "--no-pager", "--quiet", "--output=short-iso", f"--lines={lines}", *words)


def health_text(settings: Settings) -> str:
    """What the engine says of itself: lateness of its ticks, lines, cards."""
    health = asyncio.run(_health(settings))
    if health is None:
        return "话务引擎没有应答。\n"
    return msgspec.json.format(msgspec.json.encode(health), indent=2).decode()


async def _health(settings: Settings) -> EngineHealth | None:
    first: asyncio.Future[EngineHealth] = asyncio.get_running_loop().create_future()

    def take(event: AnyEvent) -> None:
        if isinstance(event, Snapshot) and not first.done():
            first.set_result(event.health)

    client = WireClient(settings.wire_path, take, lambda _up: None)
    client.start()
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(_HEALTH_PATIENCE_S):
                return await first
        return None
    finally:
        await client.stop()


def _scrubber(settings: Settings) -> Scrubber:
    """Knows every name that the database knows; when that cannot be asked, everything Chinese in logs is hidden."""
    if not has_database(settings.store.url, settings.data):
        return Scrubber()
    try:
        database = open_read_only(settings.store.url, settings.data)
        try:
            return database.read_now(lambda db: Scrubber(each_customer_word(db)))
        finally:
            database.close()
    except (StoreError, OSError):
        return Scrubber(None)


def _program(name: str, *words: str) -> str:
    found = shutil.which(name, path="/usr/bin:/bin")
    if found is None:
        return f"本机没有 {name}。\n"
    done = subprocess.run(  # noqa: S603 - fixed words
        [found, *words], capture_output=True, text=True, check=False, timeout=60, errors="replace"
    )
    return done.stdout or done.stderr or "（没有内容）\n"
