"""The vendor's side for tests: a certificate authority, an engineer, a relay with a real sshd, and the box's gate."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from appliance.settings import Settings, SupportSettings
from appliance.support.grant import Grant, GrantFile, Reach, Relay, boot_id, since_start_s
from appliance.support.happenings import Happening, happenings_after
from appliance.support.supportplaces import SupportPlaces, support_places

SERIAL = "BOX-0001"
SSHD = os.environ.get("HOTLINEBOX_SSHD") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/sbin") or ""
USER = pwd.getpwuid(os.geteuid()).pw_name
PATIENCE_S = 30.0


def why_not() -> str:
    """Why remote support cannot be tried here; empty: it can."""
    if not SSHD or shutil.which("ssh") is None:
        return "needs Debian's packages openssh-server and openssh-client"
    if os.geteuid() == 0:
        with suppress(KeyError):
            pwd.getpwnam("sshd")
            return ""
        return "as root, sshd needs its user sshd (Debian's package openssh-server makes it)"
    return ""


class SupportLab:
    """Everything in one folder, on loopback; `close` ends all of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "d"
        self.data.mkdir(parents=True)
        self._processes: list[subprocess.Popen[bytes]] = []
        for name in ("vendor_ca", "forged_ca", "engineer", "relay_host", "box_relay"):
            self._keygen("-q", "-t", "ed25519", "-N", "", "-f", str(folder / name))
        keys = folder / "keys"
        keys.mkdir()
        shutil.copy(folder / "vendor_ca.pub", keys / "vendor_ca.pub")
        self.settings = Settings(data_dir=str(self.data), support=SupportSettings(keys=str(keys), serial=SERIAL))
        self.config = folder / "settings.toml"
        self.config.write_text(
            f'data_dir = "{self.data}"\n[support]\nkeys = "{keys}"\nserial = "{SERIAL}"\n', encoding="utf-8"
        )
        self.places: SupportPlaces = support_places(self.settings)
        self.grants = GrantFile(self.places.grants)
        self.hotlinebox("support", "keys")
        self.relay = self._start_relay()

    def hotlinebox(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command of ours with this box's settings, to its end."""
        command, *rest = words
        line = [sys.executable, "-m", "appliance.cli.main", command, "--config", str(self.config), *rest]
        return subprocess.run(line, capture_output=True, text=True, check=False, timeout=PATIENCE_S)

    def open(self, reach: Reach = Reach.SHELL, for_s: float = 600.0) -> Grant:
        """What the administrator does."""
        now = datetime.now().astimezone()
        grant = Grant(
            id=f"{now:%H%M%S%f}",
            boot_id=boot_id(),
            until_s=since_start_s() + for_s,
            opened_at=now.isoformat(),
            until=(now + timedelta(seconds=for_s)).isoformat(),
            opened_by="王建国",
            reason="第 2 线杂音",
            reach=reach,
            relay=self.relay,
        )
        self.grants.write(grant)
        return grant

    def start_gate(self) -> subprocess.Popen[bytes]:
        """What systemd does when there is a leave; returns when the tunnel is up."""
        with (self.folder / "gate.log").open("ab") as log:
            gate = subprocess.Popen(self.gate_command(), stderr=log)
        self._processes.append(gate)
        self.until(self.tunnel_up)
        return gate

    def gate_command(self) -> list[str]:
        words = ["support", "--config", str(self.config), "gate", "--sshd", SSHD]
        return [sys.executable, "-m", "appliance.cli.main", *words]

    def tunnel_up(self) -> bool:
        return self.places.tunnel_note.exists() and b'"up"' in self.places.tunnel_note.read_bytes()

    def sign(
        self,
        *,
        ca: str = "vendor_ca",
        principal: str = f"support@{SERIAL}",
        valid: str = "-5m:+1h",
        serial: int = 1,
        limited: bool = True,
    ) -> Path:
        """A certificate for the engineer's key; returns where it is. Not `limited`: good for all that ssh can do."""
        limits = ("-O", "clear", "-O", "permit-pty") if limited else ()
        out = self.folder / "engineer-cert.pub"
        self._keygen(
            "-q", "-s", str(self.folder / ca), "-I", "case-7 zhang", "-n", principal, "-V", valid, "-z", str(serial),
            *limits, str(self.folder / "engineer.pub"),
        )  # fmt: skip
        return out

    def revoke(self, serial: int) -> None:
        """The vendor's list of revoked certificates gets this one."""
        spec = self.folder / "krl"
        spec.write_text(f"serial: {serial}\n", encoding="ascii")
        self._keygen("-q", "-k", "-f", str(self.places.revoked), "-s", str(self.folder / "vendor_ca.pub"), str(spec))

    def engineer(self, *options: str, program: str = "ssh", certificate: bool = True) -> list[str]:
        """ssh from the engineer's desk to the box, over the relay."""
        host_key = (self.places.state / "host_key.pub").read_text(encoding="ascii")
        (self.folder / "known_box").write_text(f"box {host_key}", encoding="ascii")
        key = self.folder / "engineer"
        if not certificate:  # ssh takes a certificate that lies beside the key by itself
            key = self.folder / "bare"
            shutil.copy(self.folder / "engineer", key)
        words = [
            program, "-F", "none", "-i", str(key), *options, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
            "-o", f"UserKnownHostsFile={self.folder / 'known_box'}", "-o", "HostKeyAlias=box",
            "-o", "StrictHostKeyChecking=yes", "-o", "ConnectTimeout=20",
        ]  # fmt: skip
        if certificate:
            words += ["-o", f"CertificateFile={self.folder / 'engineer-cert.pub'}"]
        port = "-P" if program == "sftp" else "-p"
        return [*words, port, str(self.relay.listen_port), f"{USER}@127.0.0.1"]

    def asks(self, *command: str, certificate: bool = True) -> subprocess.CompletedProcess[str]:
        """One command of the engineer, to its end."""
        return subprocess.run(
            [*self.engineer(certificate=certificate), *command],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=PATIENCE_S,
        )  # fmt: skip

    def follow(self, process: subprocess.Popen[bytes]) -> None:
        """It is ended with all the others."""
        self._processes.append(process)

    def happened(self) -> list[Happening]:
        return happenings_after(self.places.happenings, 0)[0]

    def until(self, true: Callable[[], bool]) -> None:
        """Wait for something. Fails with what the gate said."""
        end = time.monotonic() + PATIENCE_S
        while not true():
            if time.monotonic() > end:
                pytest.fail((self.folder / "gate.log").read_text(encoding="utf-8")[-3000:])
            time.sleep(0.05)

    def close(self) -> None:
        self.grants.remove()
        relay, *others = self._processes
        for process in (*others, relay):
            with suppress(subprocess.TimeoutExpired):
                process.wait(0 if process is relay else 5)
            process.kill()
            process.wait()

    def _start_relay(self) -> Relay:
        port, listen = _free_port(), _free_port()
        allowed = self._let_listen((self.places.state / "tunnel_key.pub").read_text(encoding="ascii"), listen)
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        config = self.folder / "relay_config"
        config.write_text(
            f"ListenAddress 127.0.0.1:{port}\nHostKey {self.folder / 'relay_host'}\nPidFile none\nUsePAM no\n"
            f"AuthorizedKeysFile {allowed}\nStrictModes no\nPasswordAuthentication no\n"
            "KbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n",
            encoding="utf-8",
        )
        self._processes.append(self._run_relay())
        key = " ".join((self.folder / "relay_host.pub").read_text(encoding="ascii").split()[:2])
        return Relay(host="127.0.0.1", port=port, user=USER, host_key=key, listen_port=listen)

    def let_to_the_relay(self, tunnel_key: str) -> None:
        """Another box than the one in this folder."""
        self._let_listen(tunnel_key, self.relay.listen_port)

    def _let_listen(self, tunnel_key: str, port: int) -> Path:
        allowed = self.folder / "relay_keys"
        allowed.write_text(f'restrict,port-forwarding,permitlisten="127.0.0.1:{port}" {tunnel_key}', encoding="ascii")
        return allowed

    def relay_falls(self) -> None:
        """The relay's machine is gone, with every connection to it."""
        for pid in (*_below(self._processes[0].pid), self._processes[0].pid):
            os.kill(pid, signal.SIGKILL)
        self._processes[0].wait()

    def relay_returns(self) -> None:
        self._processes[0] = self._run_relay()

    def _run_relay(self) -> subprocess.Popen[bytes]:
        words = [SSHD, "-D", "-e", "-f", str(self.folder / "relay_config")]
        with (self.folder / "relay.log").open("ab") as log:
            return subprocess.Popen(words, stderr=log)

    def _keygen(self, *words: str) -> None:
        subprocess.run(["ssh-keygen", *words], check=True, capture_output=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _below(pid: int) -> list[int]:
    """Children of a process and theirs: sshd has one for each connection, in a session of its own."""
    children = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]
    return [*(each for child in children for each in _below(child)), *children]
