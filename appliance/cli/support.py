"""`hotlinebox support`: what systemd and sshd run for the vendor's remote shell, and its commands."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import msgspec

from appliance.cli.boxsettings import add_options, settings_of
from appliance.settings import Settings
from appliance.support.gate import GateError, Programs, keep_gate, make_keys
from appliance.support.grant import GrantFile
from appliance.support.recorder import record_session
from appliance.support.standin import serve
from appliance.support.supportplaces import principal_of, support_places

SHELL_SOCKET = "HOTLINEBOX_SUPPORT_SHELL"
"""Names the socket behind which shells run as another user; without it they are children of the recorder."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = "厂家远程支持：开放期间的入口、会话录像和限定命令（由 systemd 和 sshd 使用），以及支持包"
    parser = subparsers.add_parser("support", help=text, description=text)
    add_options(parser)
    steps = parser.add_subparsers(dest="step", required=True, metavar="步骤")
    gate = steps.add_parser("gate", help="管理员开放期间接受厂家连接，没有开放时立即结束")
    gate.add_argument("--sshd", default="/usr/sbin/sshd", metavar="文件", help="OpenSSH 的 sshd")
    gate.add_argument("--ssh", default="/usr/bin/ssh", metavar="文件", help="OpenSSH 的 ssh")
    steps.add_parser("keys", help="生成本机密钥（已有时不变）")
    steps.add_parser("principals", help="打印现在允许进入的证书名称；没有开放时什么也不打印")
    session = steps.add_parser("session", help="录像并执行一次会话")
    session.add_argument("--shell", default="", metavar="套接字", help="以另一用户运行命令行的套接字")
    steps.add_parser("shell", help="在标准输入的套接字上运行一个命令行")
    order = steps.add_parser("order", help="执行一条限定命令；不写命令时逐行读取")
    order.add_argument("text", nargs="?", help="命令，例如 “logs engine 100”")
    bundle = steps.add_parser("bundle", help="生成支持包（不含客户资料）")
    bundle.add_argument("file", type=Path, help="写到哪个文件，- 为标准输出")
    bundle.add_argument("--given", action="store_true", help="设置从标准输入读取（JSON），网页用")
    parser.set_defaults(run=_support)


def _support(parsed: argparse.Namespace) -> int:
    steps = {
        "gate": _gate,
        "keys": _keys,
        "principals": _principals,
        "session": _session,
        "shell": _shell,
        "order": _order,
        "bundle": _bundle,
    }
    try:
        return steps[parsed.step](parsed)
    except GateError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"读写出错：{error.filename or ''} {error.strerror or error}。", file=sys.stderr)
    return 1


def _keys(parsed: argparse.Namespace) -> int:
    make_keys(support_places(settings_of(parsed)))
    return 0


def _principals(parsed: argparse.Namespace) -> int:
    settings = settings_of(parsed)
    if GrantFile(support_places(settings).grants).valid() is not None:
        print(principal_of(settings))
    return 0


def _order(parsed: argparse.Namespace) -> int:
    from appliance.cli.supportorders import carry_out  # noqa: PLC0415 - loads drivers, which sessions do without

    return carry_out(settings_of(parsed), parsed.text)


def _bundle(parsed: argparse.Namespace) -> int:
    from appliance.cli.supportorders import write_bundle  # noqa: PLC0415 - loads drivers

    given = msgspec.json.decode(sys.stdin.buffer.read(), type=Settings) if parsed.given else settings_of(parsed)
    return write_bundle(given, parsed.file)


def _gate(parsed: argparse.Namespace) -> int:
    logging.getLogger().setLevel(logging.INFO)
    shell = os.environ.get(SHELL_SOCKET, "")
    programs = Programs(
        principals=(*_program(), *_options(parsed), "principals"),
        session=(*_program(), *_options(parsed), "session", *(("--shell", shell) if shell else ())),
        sshd=parsed.sshd,
        ssh=parsed.ssh,
    )
    asyncio.run(keep_gate(support_places(settings_of(parsed)), programs))
    return 0


def _session(parsed: argparse.Namespace) -> int:
    places = support_places(settings_of(parsed))
    if parsed.shell:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as there:
            there.connect(parsed.shell)
            return record_session(places, there)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        words = [*_program(), *_options(parsed), "shell"]
        standin = subprocess.Popen(words, stdin=theirs.fileno(), start_new_session=True)  # noqa: S603 - ourselves
    try:
        return record_session(places, ours)
    finally:
        ours.close()
        standin.wait()


def _shell(parsed: argparse.Namespace) -> int:
    try:
        here = socket.socket(fileno=os.dup(0))
    except OSError:
        print("hotlinebox support shell 只能由 systemd 启动：标准输入应是一个套接字。", file=sys.stderr)
        return 2
    return serve(here, GrantFile(support_places(settings_of(parsed)).grants), [*_program(), *_options(parsed), "order"])


def _program() -> list[str]:
    """How sshd and others call us. sshd wants a program that belongs to root, which env always does."""
    env = shutil.which("env") or "/usr/bin/env"
    return [env, "PYTHONSAFEPATH=1", sys.executable, "-m", "appliance.cli.main", "support"]


def _options(parsed: argparse.Namespace) -> list[str]:
    """The same box, whatever the environment of whoever calls us."""
    words = ["--data", parsed.data] if parsed.data else []
    return [*words, "--config", str(parsed.config.absolute())] if parsed.config else words
