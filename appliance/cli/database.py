"""`hotlinebox database`: copies of the built-in database; the last good one in the place of a broken one."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path

from appliance.cli.boxsettings import add_options, settings_of
from appliance.settings import Settings
from appliance.store.database import source_of
from appliance.store.errors import StoreError
from appliance.store.sqlite_file import SqliteFile
from appliance.support.databasecopies import DatabaseCopies, NoRoomError


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = "内置数据库的副本（由 systemd 每小时和开机时使用）"
    parser = subparsers.add_parser("database", help=text, description=text)
    actions = parser.add_subparsers(dest="action", required=True, metavar="动作")
    copy = actions.add_parser("copy", help="复制并检查数据库")
    repair = actions.add_parser("repair", help="数据库损坏时用最近一份好的副本恢复；网页服务必须已停止")
    repair.add_argument("--boot", default="", metavar="编号", help="本次开机的编号：同一次开机只检查一遍")
    for action, run in ((copy, _copy), (repair, _repair)):
        add_options(action)
        action.set_defaults(run=run)


def _copies_of(settings: Settings) -> DatabaseCopies | None:
    source = source_of(settings.store.url, settings.data)
    return DatabaseCopies(Path(source.path)) if isinstance(source, SqliteFile) else None


def _copy(parsed: argparse.Namespace) -> int:
    settings = settings_of(parsed)
    try:
        copies = _copies_of(settings)
        if copies is None:
            print("数据库在 PostgreSQL 服务器上，请在那里备份。")
            return 0
        state = copies.copy(datetime.now().astimezone())
    except NoRoomError:
        print("磁盘空间不足，没有复制数据库。请腾出空间。", file=sys.stderr)
        return 1
    except FileNotFoundError:
        print(f"数据目录 {settings.data} 里还没有数据库。")
        return 0
    except (StoreError, OSError) as error:
        print(f"没有复制数据库：{error}", file=sys.stderr)
        return 1
    if state.damage:
        print(f"数据库文件损坏：{state.damage}。请重新启动本机，开机时会用副本恢复。", file=sys.stderr)
        return 1
    print("数据库已检查并复制。")
    return 0


def _repair(parsed: argparse.Namespace) -> int:
    settings = settings_of(parsed)
    try:
        copies = _copies_of(settings)
        if copies is None:
            return 0
        before = copies.state()
        state = copies.repair(datetime.now().astimezone(), parsed.boot)
    except (StoreError, OSError) as error:
        print(f"没能修复数据库：{error}", file=sys.stderr)
        return 1
    if state.restored_at != before.restored_at:
        source = f"用 {state.restored_from} 的副本恢复" if state.restored_from else "没有可用的副本，从通话流水重新建立"
        print(f"数据库文件损坏，已{source}。损坏的文件保存在副本目录的 broken 中。", file=sys.stderr)
    return 0
