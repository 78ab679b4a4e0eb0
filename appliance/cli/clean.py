"""`hotlinebox clean`: throws away the recordings that the rules no longer keep, never a locked one."""

from __future__ import annotations

import argparse
import sys

import msgspec

from appliance.cli.boxsettings import add_options, settings_of
from appliance.jobs.clean import cleaning_work
from appliance.jobs.storage_job import BusyError, carry_out
from appliance.jobs.storage_outcomes import CleanOutcome
from appliance.store.database import has_database, open_database
from appliance.store.errors import StoreError
from appliance.store.storage_runs import RunKind


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = "按保存天数和清理线删除最早的录音；锁定的录音和留言不删"
    parser = subparsers.add_parser("clean", help=text, description=text)
    add_options(parser)
    parser.set_defaults(run=_clean)


def _clean(parsed: argparse.Namespace) -> int:
    settings = settings_of(parsed)
    if not has_database(settings.store.url, settings.data):
        print(f"数据目录 {settings.data} 里没有数据库，没有可清理的录音。请检查 --data。", file=sys.stderr)
        return 2
    try:
        database = open_database(settings.store.url, settings.data, readers=1)
        try:
            encoded = carry_out(settings.data, database, RunKind.CLEAN, cleaning_work(settings.data), lambda: False)
        finally:
            database.close()
    except BusyError:
        print("另一次清理或检查正在进行，请等它完成后再试。", file=sys.stderr)
        return 1
    except StoreError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"读写磁盘出错：{error.strerror}。请检查磁盘。", file=sys.stderr)
        return 2
    outcome = msgspec.json.decode(encoded, type=CleanOutcome)
    print(
        f"按保存天数删除 {outcome.by_age} 条，因空间不足删除 {outcome.by_space} 条，"
        f"清除过期挂断证据 {outcome.evidence} 条，腾出 {outcome.freed_mb} MB；"
        f"可用空间 {outcome.free_before_mb} → {outcome.free_after_mb} MB。"
    )
    if outcome.short:
        print("可用空间仍低于清理线：剩下的录音都已锁定，或占用空间的不是录音。请腾出空间或解锁部分录音。")
    return 1 if outcome.short else 0
