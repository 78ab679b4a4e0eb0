"""A whole box from its image in QEMU: firmware, boot loader, slots, data partition, updates.

    with ImageBox(tmp_path, Path("var/image/out")) as box:
        box.power_on()
        box.until_pages(within_s=600)
        box.shell("systemctl is-active hotlinebox-engine")

How: `image/machine.py` starts it as `./dev boot` does. A root shell on a second serial port (systemd's debug shell,
    asked for in the boot entries) looks at what the pages do not show; updates made by `imageupdate.py` ask for it
    too. Everything else goes through the pages. The disk stays, also when the box loses its power (`power_cut`).
    `freeze` keeps all of a running box in its folder: with a copy of it (`copied`) the next goes on there in seconds.
Limits: emulated, so slow: on a quiet machine about two minutes from power-on to the first page.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import re
import socket
import ssl
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from appliance.support.bootmenu import TRIES, Entry, Slot, parse_entry
from image.machine import Machine, free_port
from tests.system.lab.monitor import Monitor, thawing

PASSWORD = "Guangdian-96599-tongling"
SHELL_OPTIONS = "systemd.debug_shell=ttyS1"
SERVERS = "10.0.2.100"
"""Where servers are, as the box sees it: it reaches nothing else."""
LOOK_EVERY_S = 0.5
_ESP_AT = 1 << 20
"""Octets before the ESP on the disk."""
_ENTRIES = "::/loader/entries"


class ImageBoxError(Exception):
    """The box did not do it in time; with the end of what its console said."""


class ImageBox:
    """`with`: it is off at the end."""

    def __init__(
        self, folder: Path, image: Path, *, size_gib: int = 8, own_time: bool = False, network: tuple[str, ...] = ()
    ) -> None:
        """`image`: the folder `out` of `./dev image`. `folder` keeps the disk; there is one already: the same box.

        `own_time`, `network`: as of `image.machine.Machine`.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._shell_path, self._monitor_path, self._frozen = (folder / name for name in ("shell", "monitor", "frozen"))
        self.tls_port = free_port()
        self.machine = Machine(
            folder,
            devices=(
                "-chardev", f"socket,id=shell,path={self._shell_path},server=on,wait=off",
                "-serial", "chardev:shell", "-monitor", f"unix:{self._monitor_path},server=on,wait=off",
            ),
            network=(f"hostfwd=tcp:127.0.0.1:{self.tls_port}-:443", *network),
            own_time=own_time,
        )  # fmt: skip
        self.port = free_port()
        self.pages = Pages(self.port)
        self._process: subprocess.Popen[bytes] | None = None
        self._shell: socket.socket | None = None
        self._marks = itertools.count(1)
        if not self.machine.disk.exists():
            self.machine.take_disk(image / "disk.raw", size_gib)
            self._ask_for_shell()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.power_cut()

    # --- power ----------------------------------------------------------------------------------------------------

    def power_on(self) -> None:
        """From the firmware on; or where it was frozen."""
        thaws = self._frozen.exists()
        machine = self.machine
        if thaws:
            machine = replace(machine, devices=(*machine.devices, *thawing(self._frozen)))
        machine.console.unlink(missing_ok=True)
        self._process = machine.start(self.port)
        if os.geteuid() == 0:  # ahead of other programs, where it is allowed: a box that stands still loses calls
            os.setpriority(os.PRIO_PROCESS, self._process.pid, -20)
        if thaws:
            with self.monitor() as monitor:
                monitor.thaw()
            self._frozen.unlink()

    def freeze(self) -> None:
        """Stop between two instructions, and keep what it has in its memory: the next `power_on` goes on there."""
        self._hang_up()
        with self.monitor() as monitor:
            monitor.freeze(self._frozen)
        self.power_cut()

    def monitor(self) -> Monitor:
        return Monitor(self._monitor_path)

    def power_cut(self) -> None:
        """From one instruction to the next."""
        self._hang_up()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    # --- what it says ---------------------------------------------------------------------------------------------

    def until(self, condition: Callable[[], object], within_s: float, what: str) -> float:
        """Wait for it; the seconds that it took. Raises `ImageBoxError`."""
        began = time.monotonic()
        while not condition():
            if time.monotonic() - began > within_s or (self._process and self._process.poll() is not None):
                raise ImageBoxError(f"{what}: not within {within_s:.0f} s:\n{self.machine.said()[-4000:]}")
            time.sleep(LOOK_EVERY_S)
        return time.monotonic() - began

    def until_pages(self, within_s: float) -> float:
        return self.until(self.pages.answer, within_s, "the pages answer")

    def tls(self, name: str, trusting: ssl.SSLContext) -> ssl.SSLSocket:
        """Its port for https, when its certificate is for that name. Raises `ssl.SSLError`."""
        return trusting.wrap_socket(socket.create_connection(("127.0.0.1", self.tls_port), 120), server_hostname=name)

    def shell(self, command: str, within_s: float = 120.0) -> str:
        """What a root shell in the box says to it, and its exit status as the last word."""
        if self._shell is None:
            self._shell = self._connected(within_s)
        said = _converse(self._shell, command, next(self._marks), within_s)
        if not said:
            raise ImageBoxError(f"{command}: no answer")
        return said

    def _hang_up(self) -> None:
        if self._shell is not None:
            self._shell.close()
            self._shell = None

    def _connected(self, within_s: float) -> socket.socket:
        """To a shell that hears: what is said before it is there is lost."""
        end_s = time.monotonic() + within_s
        while time.monotonic() < end_s:
            talk = socket.socket(socket.AF_UNIX)
            with suppress(OSError):
                talk.connect(str(self._shell_path))
                while time.monotonic() < end_s:
                    if _converse(
                        talk, "stty -echo; export PS1= PS2= SYSTEMD_PAGER=cat; exec sh", next(self._marks), 5.0
                    ):
                        return talk
            talk.close()
            time.sleep(LOOK_EVERY_S)
        raise ImageBoxError(f"no shell:\n{self.machine.said()[-3000:]}")

    # --- its boot menu, while it is off ---------------------------------------------------------------------------

    def entries(self) -> tuple[Entry, ...]:
        """The names of the boot entries as the boot loader left them."""
        names = self._mtool("mdir", "-b", _ENTRIES).decode().split()
        return tuple(filter(None, (parse_entry(name.rpartition("/")[2]) for name in names)))

    def take_twin(self, number: int, slot: Slot) -> None:
        """A version on trial that never starts: the first one's kernel, a root that is not there. It is the next."""
        (first,) = self.entries()
        self._mtool("mmd", f"::/hotlinebox/{slot}")
        for name in ("linux", "initrd"):
            content = self._mtool("mtype", f"::/hotlinebox/{first.slot}/{name}")
            self._mtool("mcopy", "-", f"::/hotlinebox/{slot}/{name}", said=content)
        text = self._mtool("mtype", f"{_ENTRIES}/{first.name}").decode()
        text = re.sub(r"roothash=\w+", f"roothash={'0' * 64}", text)
        text = text.replace(f"/{first.slot}/", f"/{slot}/").replace(f"slot={first.slot}", f"slot={slot}")
        entry = Entry(number, slot, TRIES)
        self._mtool("mcopy", "-", f"{_ENTRIES}/{entry.name}", said=text.encode())

    def _ask_for_shell(self) -> None:
        """Also what the kernel and systemd say goes to the console: it is all that there is when nothing comes up."""
        for entry in self.entries():
            name = f"{_ENTRIES}/{entry.name}"
            text = self._mtool("mtype", name).decode().replace(" quiet", "")
            self._mtool("mcopy", "-o", "-", name, said=text.rstrip("\n").encode() + f" {SHELL_OPTIONS}\n".encode())

    def _mtool(self, *words: str, said: bytes = b"") -> bytes:
        tool, *rest = words
        command = [tool, "-i", f"{self.machine.disk}@@{_ESP_AT}", *rest]
        return subprocess.run(
            command, input=said, capture_output=True, check=True, env={**os.environ, "MTOOLS_SKIP_CHECK": "1"}
        ).stdout


def at_guest(port: int, ours: int) -> str:
    """A word for `network`: whoever in the box connects to `SERVERS`:`port` reaches our `ours` on loopback."""
    return f"guestfwd=tcp:{SERVERS}:{port}-cmd:/bin/busybox nc 127.0.0.1 {ours}"


def copied(folder: Path, to: Path) -> Path:
    """A box that is off, or frozen, once more."""
    to.mkdir(parents=True, exist_ok=True)
    for name in ("disk.raw", "firmware", "frozen"):
        if (folder / name).exists():
            subprocess.run(["cp", "--sparse=always", "--reflink=auto", folder / name, to], check=True)
    return to


def _converse(talk: socket.socket, command: str, number: int, within_s: float) -> str:
    """'': no answer in time."""
    mark = f"over-{number}".encode()
    talk.sendall(f"\n{command}\necho $? over''-{number}\n".encode())
    said, end_s = b"", time.monotonic() + within_s
    while mark not in said:
        talk.settimeout(max(end_s - time.monotonic(), 0.01))
        try:
            piece = talk.recv(65536)
        except TimeoutError:
            return ""
        if not piece:
            return ""
        said += piece
    return said.partition(mark)[0].decode(errors="replace").replace("\r", "").strip()


class Pages:
    """A browser of few words."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cookies: dict[str, str] = {}

    def answer(self) -> bool:
        with suppress(OSError, http.client.HTTPException):
            return self._talk("GET", "/api/session", b"", {}, 20.0)[0] == 200
        return False

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """The answer, decoded. Raises `ImageBoxError` when it is a refusal."""
        return json.loads(self.fetch(method, path, b"" if body is None else json.dumps(body).encode()) or b"null")

    def fetch(self, method: str, path: str, body: bytes = b"", within_s: float = 300.0) -> bytes:
        status, content = self._talk(method, path, body, {}, within_s)
        if status >= 400:
            raise ImageBoxError(f"{method} {path}: {status} {content.decode(errors='replace')[:500]}")
        return content

    def cookie_header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    def set_up(self, secret: str) -> None:
        self.ask("GET", "/api/session")
        self.ask("POST", "/api/setup", {"password": PASSWORD, "secret": secret})

    def sign_in(self) -> None:
        self._cookies.clear()
        self.ask("GET", "/api/session")
        self.ask("POST", "/api/login", {"login": "admin", "password": PASSWORD})

    def _talk(self, method: str, path: str, body: bytes, headers: dict[str, str], within_s: float) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=within_s)
        try:
            given = {**headers, "Cookie": self.cookie_header(), "X-Xsrftoken": self._cookies.get("_xsrf", "")}
            connection.request(method, path, body or None, given)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, content
