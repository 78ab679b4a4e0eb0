"""`hotlinebox job`: carries out one job that the web asks for over a socket, its standard input (`away.py`)."""

from __future__ import annotations

import argparse
import socket
import sys

from appliance.jobs.away import serve


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = "完成网页交来的一项后台任务（由 systemd 使用）"
    subparsers.add_parser("job", help=text, description=text).set_defaults(run=_job)


def _job(_parsed: argparse.Namespace) -> int:
    try:
        here = socket.socket(fileno=0)
    except OSError:
        print("hotlinebox job 只能由 systemd 启动：标准输入应是一个套接字。", file=sys.stderr)
        return 2
    return serve(here)
