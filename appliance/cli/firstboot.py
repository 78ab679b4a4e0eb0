"""`hotlinebox firstboot`: at every start of the machine, before the web; does something on a new box only."""

from __future__ import annotations

import argparse
import sys

from appliance.cli.boxsettings import add_options, make_data_folder, settings_of
from appliance.store.database import has_database, open_read_only
from appliance.store.errors import StoreError
from appliance.store.users import count_users
from appliance.support.addresses import own_names
from appliance.support.firstboot import FirstRunSecret


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = "新机第一次开机：生成首次设置口令，显示在本机屏幕上并写入标签文件（由 systemd 使用）"
    parser = subparsers.add_parser("firstboot", help=text, description=text)
    add_options(parser)
    parser.set_defaults(run=_firstboot)


def _firstboot(parsed: argparse.Namespace) -> int:
    settings = settings_of(parsed)
    make_data_folder(settings)
    secret = FirstRunSecret(settings.data)
    try:
        if _has_users(settings.store.url, parsed):
            secret.forget()
            return 0
        said = secret.ensure(own_names()[1])
    except StoreError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"不能写入数据目录 {settings.data}：{error.strerror}。请检查磁盘和权限。", file=sys.stderr)
        return 1
    hint = f"请在同一网络的电脑上打开 http://{own_names()[1]}/ ，用它设置管理员密码。"
    print(f"\n热线一体机：首次设置口令 {said}\n{hint}\n", flush=True)
    return 0


def _has_users(url: str, parsed: argparse.Namespace) -> bool:
    data = settings_of(parsed).data
    if not has_database(url, data):
        return False
    database = open_read_only(url, data)
    try:
        return database.read_now(count_users) > 0
    finally:
        database.close()
