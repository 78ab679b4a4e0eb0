"""Runs in the guest as its first program: loads the box's programs, stands by, and runs them when it is told to.

Told on the second serial line: `go <now> <entropy>` (clock and random numbers, which a machine that was copied must not
    have from its copy), then `copy` for what the timer does every hour. Nothing of the data disk is touched before
    `go`: only then are the drivers of disk and network loaded, the file system is checked and mounted, clock and
    database looked at, engine and web started and kept running, each a process of its own as systemd has it.
"""

from __future__ import annotations

import fcntl
import gc
import os
import select
import struct
import subprocess
import sys
import time
import traceback
import tty
from importlib import import_module
from pathlib import Path

from appliance.cli.main import main as hotlinebox

LOADED = (
    "appliance.cli.serve", "appliance.cli.database", "appliance.cli.network", "appliance.engine.main", "webui.main",
)  # fmt: skip
DATA = "/var/lib/hotlinebox"
DISK = "/dev/vda"
OPTIONS = ("--data", DATA, "--config", "/etc/hotlinebox/settings.toml")
CLOCK = Path("/run/hotlinebox-network")
"""`RuntimeDirectory=` of the clock's unit."""
RESTART_PAUSE_S = 1.0
_ADD_ENTROPY, _RESEED = 0x40085203, 0x5207
"""RNDADDENTROPY and RNDRESEEDCRNG of linux/random.h."""


def main() -> None:
    orders = os.open("/dev/ttyS1", os.O_RDWR | os.O_NOCTTY)
    tty.setraw(orders)
    os.dup2(orders, 1)
    os.dup2(orders, 2)
    for name in LOADED:
        import_module(name)
    gc.collect()
    gc.freeze()
    sys.stdout.write("standing by\n")
    _, now, entropy = _line(orders).split()
    _wake_up(float(now), bytes.fromhex(entropy))
    _plug_in()
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip().replace("-", "")
    CLOCK.mkdir()
    os.waitpid(_start("network", "clock-begin", *OPTIONS), 0)
    parts = {_start("engine", *OPTIONS): "engine"}
    os.waitpid(_start("database", "repair", "--boot", boot, *OPTIONS), 0)
    parts[_start("web", *OPTIONS)] = "web"
    while True:
        if select.select([orders], [], [], 0.1)[0]:
            _start("database", _line(orders), *OPTIONS)
        ended, status = os.waitpid(-1, os.WNOHANG)
        part = parts.pop(ended, "")
        if part:
            sys.stdout.write(f"{part} ended with {os.waitstatus_to_exitcode(status)}, is started again\n")
            time.sleep(RESTART_PAUSE_S)
            parts[_start(part, *OPTIONS)] = part


def _line(source: int) -> str:
    """Up to the next line feed; waits for it."""
    line = b""
    while not line.endswith(b"\n"):
        line += os.read(source, 1)
    return line.decode().strip()


def _wake_up(now_s: float, entropy: bytes) -> None:
    time.clock_settime(time.CLOCK_REALTIME, now_s)
    with Path("/dev/urandom").open("wb", buffering=0) as pool:
        fcntl.ioctl(pool, _ADD_ENTROPY, struct.pack("ii", len(entropy) * 8, len(entropy)) + entropy)
        fcntl.ioctl(pool, _RESEED)


def _plug_in() -> None:
    for module in Path("/modules/then").read_text(encoding="ascii").split():
        _run("insmod", f"/modules/{module}")
    _run("ip", "link", "set", "eth0", "up")
    _run("ip", "address", "add", "10.0.2.15/24", "dev", "eth0")
    _run("ip", "route", "add", "default", "via", "10.0.2.2")
    checked = subprocess.run(["/sbin/e2fsck", "-p", DISK], check=False)
    assert checked.returncode in {0, 1}, "the file system is broken"
    _run("mount", "-t", "ext4", "-o", "noatime,commit=5,errors=remount-ro", DISK, DATA)


def _run(*words: str) -> None:
    subprocess.run(["/bin/busybox", *words], check=True)


def _start(*words: str) -> int:
    """One of our commands as a process of its own; its programs are loaded already."""
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        os.setsid()
        code = hotlinebox(words)
    except SystemExit as asked:
        code = asked.code if isinstance(asked.code, int) else 1
    finally:
        if sys.exc_info()[0] is not None:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
