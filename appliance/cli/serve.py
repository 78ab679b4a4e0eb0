"""`hotlinebox serve`: engine and web of one machine as two processes; `engine` and `web` run one of them.

A process that dies is started again and the other goes on: a crash of the web never ends a call, and the web waits for
the engine to come back. On the box systemd does the same with the two units.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from appliance.cli.boxsettings import add_options, make_data_folder, settings_of
from appliance.settings import Settings
from appliance.store.errors import StoreError
from appliance.support.replacement import RestoreFolder

RESTART_PAUSE_S = 1.0
GIVE_UP_EXIT = 2
"""A process whose first start fails because its input is wrong is not started again, and the box says so and stops."""
WRONG_INPUT_PAUSE_S = 5.0
"""Once it ran, calls may be going on in the other: it is started again until somebody has mended its input."""
STOP_WAIT_S = 15.0
_PR_SET_PDEATHSIG = 1


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    for name, text, action in (
        ("serve", "启动整机：话务引擎和网页服务", _serve),
        ("engine", "只启动话务引擎（由 systemd 使用）", _engine),
        ("web", "只启动网页服务（由 systemd 使用）", _web),
    ):
        parser = subparsers.add_parser(name, help=text, description=text)
        add_options(parser)
        parser.add_argument("--port", type=int, metavar="端口", help="网页端口，默认 8080；0 表示自动选择")
        if name == "engine":
            parser.add_argument(
                "--drain", type=float, default=0.0, metavar="秒", help="停止时最多等通话这么久，默认不等"
            )
        parser.set_defaults(run=action)


def _engine(parsed: argparse.Namespace) -> int:
    from appliance.engine.main import run as run_engine  # noqa: PLC0415 - the web process must not load the engine

    settings = settings_of(parsed)
    make_data_folder(settings)
    _take_restored(settings, None)
    return run_engine(settings, parsed.drain)


def _web(parsed: argparse.Namespace) -> int:
    from webui.main import main as run_web  # noqa: PLC0415 - the engine process must not load the web

    def ready(url: str) -> None:
        print(f"网页已就绪：{url}", flush=True)

    settings = settings_of(parsed)
    make_data_folder(settings)

    def load(file: Path) -> None:
        from appliance.store.database import source_of  # noqa: PLC0415 - only where a server has the database
        from appliance.store.portable import load_file  # noqa: PLC0415

        load_file(file, source_of(settings.store.url, settings.data))

    _take_restored(settings, load)
    return run_web(settings, ready)


def _take_restored(settings: Settings, load: Callable[[Path], None] | None) -> None:
    """Data of a backup that somebody wants in the place of the box's own, before anybody reads any of it."""
    try:
        if RestoreFolder(settings.data).take_over(load=load):
            print("已换成备份里的数据。", flush=True)
    except StoreError as error:
        print(f"没有换成备份里的数据，本机数据不变：{error}", file=sys.stderr, flush=True)
    except OSError as error:
        print(f"没有换成备份里的数据，本机数据不变：{error.strerror}。", file=sys.stderr, flush=True)


def _serve(parsed: argparse.Namespace) -> int:
    make_data_folder(settings_of(parsed))  # what is wrong is said once, here, before anything starts
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    options = [word for name in ("data", "config", "port") for word in _option(parsed, name)]
    keepers = [_Keeper(part, options, stopping) for part in ("engine", "web")]
    for keeper in keepers:
        keeper.start()
    while not stopping.wait(0.2):
        if any(keeper.gave_up for keeper in keepers):
            stopping.set()
    for keeper in keepers:
        keeper.terminate()
    for keeper in keepers:
        keeper.join(STOP_WAIT_S)
    return GIVE_UP_EXIT if any(keeper.gave_up for keeper in keepers) else 0


def _option(parsed: argparse.Namespace, name: str) -> list[str]:
    value = getattr(parsed, name)
    return [] if value is None else [f"--{name}", str(value)]


class _Keeper(threading.Thread):
    """Keeps one process running."""

    def __init__(self, part: str, options: list[str], stopping: threading.Event) -> None:
        super().__init__(name=f"keeper of {part}", daemon=True)
        self.gave_up = False
        self._part = part
        self._command = [sys.executable, "-m", "appliance.cli.main", part, *options]
        self._stopping = stopping
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        ran = False
        while not self._stopping.is_set():
            # Its own session: Ctrl-C reaches us alone, and we stop it in order.
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                self._command,
                start_new_session=True,
                preexec_fn=_die_with(os.getpid()),  # noqa: PLW1509
            )
            code = self._process.wait()
            if self._stopping.is_set():
                return
            if code == GIVE_UP_EXIT and not ran:
                self.gave_up = True
                return
            ran = True
            how = f"意外退出（代码 {code}）" if code else "已结束"
            print(f"{self._part} 进程{how}，正在重新启动。", file=sys.stderr, flush=True)
            self._stopping.wait(WRONG_INPUT_PAUSE_S if code == GIVE_UP_EXIT else RESTART_PAUSE_S)

    def terminate(self) -> None:
        """Ask the process to stop."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()


def _die_with(parent: int) -> Callable[[], None]:
    """Run in the child before exec: it gets SIGTERM when we die, however we die."""
    libc = ctypes.CDLL(None)

    def bind() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)

    return bind
