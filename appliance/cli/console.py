"""`hotlinebox console`: keeps the screen of the box itself up to date; systemd runs it there. Reads no key."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from datetime import datetime

from appliance.cli.boxsettings import add_options, settings_of
from appliance.settings import Settings
from appliance.support.addresses import own_addresses, own_names
from appliance.support.consolepage import ConsoleView, LineLamp, console_page
from appliance.support.firstboot import FirstRunSecret
from appliance.telephony.call import LineState
from appliance.wire.client import WireClient
from appliance.wire.messages import AnyEvent, Snapshot
from webui.mirror import Mirror

_EVERY_S = 2.0
_CLEAR = "\x1b[2J\x1b[H"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = "本机屏幕：显示网页地址、外线状态，新机还显示首次设置口令"
    parser = subparsers.add_parser("console", help=text, description=text)
    add_options(parser)
    parser.add_argument("--once", action="store_true", help="只显示一次就结束")
    parser.set_defaults(run=_console)


def _console(parsed: argparse.Namespace) -> int:
    return asyncio.run(_show(settings_of(parsed), once=parsed.once))


async def _show(settings: Settings, *, once: bool) -> int:
    mirror, chinese = Mirror(), os.environ.get("TERM") != "linux"
    heard = asyncio.Event()

    def on_event(event: AnyEvent) -> None:
        mirror.apply(event)
        if isinstance(event, Snapshot):
            heard.set()

    client = WireClient(settings.wire_path, on_event, lambda up: None if up else mirror.lost())
    client.start()
    shown = ""
    try:
        while True:
            if once and not heard.is_set():
                await asyncio.wait([asyncio.create_task(heard.wait())], timeout=_EVERY_S)
            page = console_page(_view(settings, mirror.snapshot()), chinese=chinese)
            if page != shown:  # a screen that is written anew flickers
                sys.stdout.write(page if once else _CLEAR + page)
                sys.stdout.flush()
                shown = page
            if once:
                return 0
            await asyncio.sleep(_EVERY_S)
    finally:
        await client.stop()


def _view(settings: Settings, snapshot: Snapshot | None) -> ConsoleView:
    return ConsoleView(
        now=datetime.now().astimezone(),
        name=own_names()[1],
        addresses=own_addresses(),
        lines=None
        if snapshot is None
        else tuple(
            LineLamp(
                number=int(line.line),
                in_service=line.state is not LineState.OUT_OF_SERVICE and not line.fault,
                busy=line.state is not LineState.IDLE,
            )
            for line in snapshot.lines
        ),
        secret=FirstRunSecret(settings.data).shown() if settings.web.first_run_secret else "",
    )
