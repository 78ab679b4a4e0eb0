"""The web process: binds, serves until SIGTERM or SIGINT, stops cleanly."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import logging
import os
import signal
import socket
import ssl
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import msgspec
from tornado.netutil import bind_sockets

from appliance import initsystem
from appliance.atomicfile import replace_file
from appliance.settings import Settings
from appliance.store.errors import StoreError
from webui.app import application, build
from webui.context import Context
from webui.errors import Refusal
from webui.server import OrderlyServer

log = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"
MAX_BODY_BYTES = 1 << 20
"""Longest JSON body; uploads stream and have their own limit."""
HTTPS = "https"
"""`FileDescriptorName=` of the socket for it."""
STOP_PATIENCE_S = 3.0
STOP_GRACE_S = 0.1


class Serving(msgspec.Struct, frozen=True):
    """Content of `<data>/web.json` while the web serves."""

    pid: int
    url: str


def main(settings: Settings, ready: Callable[[str], None]) -> int:
    """Serve until told to stop; `ready` gets the address once browsers may come. Exit code: 0, 1 when a part
    of the web broke, 2 with a sentence when it cannot serve.
    """
    try:
        listeners = _listeners(settings)
    except OSError as error:
        sys.stderr.write(f"{_bind_sentence(settings, error)}\n")
        return 2
    try:
        lock = _only_web_of(settings.data)
    except OSError as error:
        _close(listeners)
        sys.stderr.write(f"{_lock_sentence(settings, error)}\n")
        return 2
    try:
        context = build(settings, STATIC)
        return asyncio.run(_serve_until_told(context, listeners, ready))
    except StoreError as error:
        _close(listeners)
        sys.stderr.write(f"{error}\n")
        return 2
    finally:
        os.close(lock)


class Listeners(NamedTuple):
    """Where browsers come in."""

    http: list[socket.socket]
    https: list[socket.socket]


def _listeners(settings: Settings) -> Listeners:
    """Those that systemd hands over, or our own. Raises `OSError`."""
    inherited = initsystem.inherited_sockets()
    if inherited:
        return Listeners(
            [each.socket for each in inherited if each.name != HTTPS],
            [each.socket for each in inherited if each.name == HTTPS],
        )
    web = settings.web
    http = bind(web.host, web.port)
    if web.tls_port is None:
        return Listeners(http, [])
    try:
        return Listeners(http, bind(web.host, web.tls_port))
    except OSError:
        _close(Listeners(http, []))
        raise


def _close(listeners: Listeners) -> None:
    for each in (*listeners.http, *listeners.https):
        each.close()


def _only_web_of(data: Path) -> int:
    """Lock the data folder: two webs would both read the journal into the database and write the plan.

    The lock ends with the process, however it ends. Raises `OSError`; `BlockingIOError` when there is another web.
    """
    data.mkdir(parents=True, exist_ok=True)
    lock = os.open(data / "web.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise
    return lock


def _lock_sentence(settings: Settings, error: OSError) -> str:
    if isinstance(error, BlockingIOError):
        return f"数据目录 {settings.data} 已有一个网页服务在运行。请先停止它，或用 --data 换一个目录。"
    return f"不能使用数据目录 {settings.data}：{error.strerror}。请检查目录的权限，或用 --data 换一个目录。"


def bind(host: str, port: int) -> list[socket.socket]:
    """Listening sockets; all of them on one free port when `port` is 0. Raises `OSError`."""
    return bind_sockets(port, host or None)


class Web:
    """A context that serves; made and stopped inside one running loop."""

    def __init__(self, context: Context, http: list[socket.socket], https: list[socket.socket] | None = None) -> None:
        self._context = context
        answering = application(context)
        self._server = OrderlyServer(answering, max_body_size=MAX_BODY_BYTES)
        self._secure = OrderlyServer(answering, max_body_size=MAX_BODY_BYTES)
        self._http, self._https = http, https or []
        self.tls_port = self._https[0].getsockname()[1] if self._https else 0
        host, port = http[0].getsockname()[:2]
        shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - only compared
        self.url = f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"

    async def start(self) -> set[asyncio.Task[None]]:
        """Serve from now on. The tasks end only when they break, and then the process must end."""
        with suppress(Refusal):  # a broken plan is told to whoever asks for it
            await self._context.plan.read()
        tasks = await self._context.interfaces.start()
        tasks.add(await self._context.alarms.start())  # before the first snapshot comes
        tasks |= {self._context.link.start(), self._context.ingest.start(), self._context.storage.start()}
        tasks.add(self._context.backups.start())
        tasks |= {self._context.callerbook.start(), self._context.updates.start(), self._context.machine.start()}
        tasks.add(self._context.support.start())
        tasks.add(await self._context.tls.start(self.tls_port, self._speak))
        self._server.add_sockets(self._http)
        self._secure.add_sockets(self._https)
        return tasks

    def _speak(self, context: ssl.SSLContext) -> None:
        """To whoever comes by https from now on."""
        self._secure.ssl_options = context

    async def stop(self, grace_s: float = 0.0) -> None:
        """Take no new requests, end what runs, close the database. `grace_s`: for who was let in just now."""
        self._server.stop()
        self._secure.stop()
        await self._context.interfaces.stop()  # streams that would never end by themselves
        await asyncio.gather(*(each.end(grace_s, STOP_PATIENCE_S) for each in (self._server, self._secure)))
        await self._context.exports.stop()
        await self._context.customer_exports.stop()
        await self._context.imports.stop()
        await self._context.storage.stop()
        await self._context.updates.stop()
        await self._context.backups.stop()
        await self._context.support.stop()
        await self._context.tls.stop()
        await self._context.machine.stop()
        await self._context.callerbook.stop()
        await self._context.alarms.stop()
        await self._context.link.stop()
        await self._context.ingest.stop()
        await self._context.desk.stop()
        self._context.passwords.close()
        await asyncio.to_thread(self._context.pop_database.close)
        await asyncio.to_thread(self._context.database.close)


async def _serve_until_told(context: Context, listeners: Listeners, ready: Callable[[str], None]) -> int:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    web = Web(context, listeners.http, listeners.https)
    note = context.settings.data / "web.json"
    tasks = await web.start()
    if watchdog_s := initsystem.watchdog_s():
        tasks.add(asyncio.create_task(_feed_watchdog(watchdog_s / initsystem.BEATS), name="watchdog"))
    asked = asyncio.create_task(told.wait(), name="asked-to-stop")
    try:
        replace_file(note, msgspec.json.encode(Serving(os.getpid(), web.url)))
        log.info("the web serves at %s", web.url)
        ready(web.url)
        initsystem.tell("READY=1")
        await asyncio.wait({asked, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        broken = [task for task in tasks if task.done()]
        for task in broken:
            log.critical("%s broke: the web stops", task.get_name(), exc_info=task.exception())
        return 1 if broken else 0
    finally:
        asked.cancel()
        initsystem.tell("STOPPING=1")
        note.unlink(missing_ok=True)
        await web.stop(STOP_GRACE_S)
        log.info("the web has stopped")


async def _feed_watchdog(every_s: float) -> None:
    """As long as this loop turns."""
    while True:
        initsystem.tell("WATCHDOG=1")
        await asyncio.sleep(every_s)


def _bind_sentence(settings: Settings, error: OSError) -> str:
    host, port = settings.web.host, settings.web.port
    if error.errno == errno.EADDRINUSE:
        return f"端口 {port} 已被占用，可能服务已在运行。请先停止它，或用 --port 换一个端口。"
    if error.errno == errno.EACCES:
        return f"没有权限使用端口 {port}，请换一个 1024 以上的端口。"
    return f"不能在 {host}:{port} 上提供网页服务：{error.strerror}。请检查设置 web.host 与 web.port。"
