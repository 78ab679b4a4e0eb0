"""`hotlinebox selftest`: exit code 0 when the running box works, else 1 with one sentence."""

from __future__ import annotations

import argparse
import asyncio
import sys

from appliance.cli.boxsettings import add_options, settings_of
from appliance.support.selftest import SelfTest, SelfTestError

_PATIENCE_S = 120.0


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = "检查正在运行的本机：电话系统、网页，模拟线路上还会试打一个电话"
    parser = subparsers.add_parser("selftest", help=text, description=text)
    add_options(parser)
    parser.add_argument("--patience", type=float, default=_PATIENCE_S, metavar="秒", help="每一步最多等多久")
    parser.add_argument(
        "--web-patience", type=float, metavar="秒", help="网页最多等多久（升级后要改动大的数据库），默认同上"
    )
    parser.set_defaults(run=_selftest)


def _selftest(parsed: argparse.Namespace) -> int:
    try:
        test = SelfTest(settings_of(parsed), parsed.patience, parsed.web_patience or parsed.patience)
        passed = asyncio.run(test.run())
    except SelfTestError as error:
        print(f"自检没有通过：{error}", file=sys.stderr)
        return 1
    for sentence in passed:
        print(f"✓ {sentence}")
    return 0
