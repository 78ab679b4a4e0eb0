"""`./dev boot`: the image that `./dev image` built, started in QEMU, with its pages on a port of this machine."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

from image.declaration import FOLDER
from image.machine import DirectBoot, Machine, free_port
from image.run import BuildError


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev boot", description="Start the image in QEMU.")
    parser.add_argument("--work", type=Path, default=FOLDER.parent / "var/image", help="where ./dev image put it")
    parser.add_argument("--port", type=int, default=0, help="of the pages on 127.0.0.1; default: any that is free")
    parser.add_argument("--fresh", action="store_true", help="a new disk; otherwise the one of the last time")
    parser.add_argument("--direct", action="store_true", help="without firmware and boot loader: starts sooner")
    parser.add_argument("--kvm", action="store_true", help="with the processor's help, where this machine allows it")
    given = parser.parse_args()
    out = given.work / "out"
    machine = Machine(given.work / "machine", accelerator="kvm" if given.kvm else "tcg")
    if not (out / "disk.raw").exists():
        print(f"./dev boot: there is no image in {out}: run ./dev image first.", file=sys.stderr)
        return 1
    try:
        if given.fresh or not machine.disk.exists():
            machine.take_disk(out / "disk.raw")
        elif machine.disk.stat().st_ctime < (out / "disk.raw").stat().st_mtime:
            print("· the box of the last time; with --fresh a new one, from the image that was built since")
        options = (out / "options").read_text() + " hotlinebox.slot=a"
        direct = DirectBoot(out / "kernel", out / "initrd", options) if given.direct else None
        process = machine.start(given.port or (port := free_port()), direct)
    except (BuildError, OSError) as error:
        print(f"./dev boot: {error}", file=sys.stderr)
        return 1
    return _watch(machine, process, given.port or port)


def _watch(machine: Machine, process: subprocess.Popen[bytes], port: int) -> int:
    """Until the machine is switched off, or Ctrl+C. 1: QEMU itself refused, and said why."""
    began, answered = time.monotonic(), False
    print(f"· starting; console: {machine.console}", flush=True)
    if machine.accelerator == "tcg":
        print("· the processor is emulated: the first page takes minutes", flush=True)
    try:
        while process.poll() is None:
            if not answered and _answers(port):
                answered = True
                print(f"· after {time.monotonic() - began:.0f} s: http://127.0.0.1:{port}/ (Ctrl+C: off)", flush=True)
                if secret := machine.secret():
                    print(f"· secret of the first set-up: {secret}", flush=True)
            time.sleep(0.5)
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        return 0
    return 1 if process.returncode else 0


def _answers(port: int) -> bool:
    with suppress(OSError, urllib.error.URLError), urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10):
        return True
    return False


if __name__ == "__main__":
    sys.exit(main())
