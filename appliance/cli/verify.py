"""`hotlinebox verify`: holds every recording against its hash chain, the records and the ledger. Changes nothing."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime

from appliance.cli.boxsettings import add_options, settings_of
from appliance.jobs.inspection import Inspection
from appliance.jobs.storage_outcomes import CheckOutcome
from appliance.store.database import open_read_only
from appliance.store.errors import StoreError


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = "校验录音：文件、通话记录、校验值和录音账本是否一致；只看不改"
    parser = subparsers.add_parser("verify", help=text, description=text)
    add_options(parser)
    parser.set_defaults(run=_verify)


def _verify(parsed: argparse.Namespace) -> int:
    settings = settings_of(parsed)
    try:
        database = open_read_only(settings.store.url, settings.data)
    except StoreError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        now = datetime.now().astimezone()
        progress = _show_progress if sys.stderr.isatty() else lambda _done, _total: None
        outcome = Inspection(settings.data, database, now, repair=False, everything=True, progress=progress).run()
    except (OSError, StoreError) as error:
        print(f"校验没有做完：{error}", file=sys.stderr)
        return 2
    finally:
        database.close()
    _tell(outcome)
    return 1 if outcome.finding_count else 0


def _tell(outcome: CheckOutcome) -> None:
    for finding in outcome.findings:
        print(f"[问题] {finding.path}：{finding.text}")
    if outcome.finding_count > len(outcome.findings):
        print(f"……另有 {outcome.finding_count - len(outcome.findings)} 处问题")
    for outage in outcome.outages:
        how = "正常停机" if outage.orderly else "断电或故障"
        print(f"[间断] {outage.since or '不明'} 至 {outage.until} 本机没有工作（{how}）")
    print(f"共 {outcome.recordings} 条录音，校验了 {outcome.verified} 条，{outcome.verified_hours} 小时。")
    if outcome.without_chain:
        print(f"{outcome.without_chain} 条录制于启用校验之前，只检查了文件。")
    print(f"账本 {outcome.ledger_lines} 行，最新校验值 {outcome.head}")
    print("全部一致。" if not outcome.finding_count else f"发现 {outcome.finding_count} 处问题。")


def _show_progress(done: int, total: int) -> None:
    print(f"\r{done} / {total}", end="\n" if done == total else "", file=sys.stderr, flush=True)
