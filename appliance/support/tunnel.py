"""The way to the vendor's relay: Debian's ssh with the box's own key and the relay's pinned, made again and again."""

from __future__ import annotations

import asyncio
import re
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

import msgspec

from appliance.support.grant import Relay

FIRST_RETRY_S = 1.0
LAST_RETRY_S = 30.0
_ALLOCATED = re.compile(r"Allocated port (\d+) for remote forward")
_FORWARDED = re.compile(r"remote forward success for: listen (?:\S*:)?(\d+)")


class TunnelPhase(StrEnum):
    CONNECTING = "connecting"
    UP = "up"
    DOWN = "down"
    """Broken; tried again in a moment."""


class TunnelFault(StrEnum):
    NONE = ""
    UNREACHABLE = "unreachable"
    UNKNOWN_NAME = "unknown_name"
    WRONG_HOST_KEY = "wrong_host_key"
    NOT_ADMITTED = "not_admitted"
    """The relay does not know the box's key."""
    PORT_TAKEN = "port_taken"
    BROKEN = "broken"


class TunnelState(msgspec.Struct, frozen=True, kw_only=True):
    phase: TunnelPhase
    port: int = 0
    """At the relay, once it is up."""
    fault: TunnelFault = TunnelFault.NONE
    since: str = ""


_FAULTS = (
    ("Host key verification failed", TunnelFault.WRONG_HOST_KEY),
    ("REMOTE HOST IDENTIFICATION HAS CHANGED", TunnelFault.WRONG_HOST_KEY),
    ("Permission denied", TunnelFault.NOT_ADMITTED),
    ("Could not resolve hostname", TunnelFault.UNKNOWN_NAME),
    ("remote port forwarding failed", TunnelFault.PORT_TAKEN),
    ("Connection refused", TunnelFault.UNREACHABLE),
    ("Connection timed out", TunnelFault.UNREACHABLE),
    ("No route to host", TunnelFault.UNREACHABLE),
    ("Network is unreachable", TunnelFault.UNREACHABLE),
)


def tunnel_command(ssh: str, relay: Relay, key: Path, known_hosts: Path, entry: Path) -> list[str]:
    """ssh(1) that listens at the relay's own loopback address and leads to `entry`; no file of settings is read."""
    options = {
        "BatchMode": "yes",
        "ExitOnForwardFailure": "yes",
        "IdentitiesOnly": "yes",
        "PreferredAuthentications": "publickey",
        "ConnectTimeout": "15",
        "ServerAliveInterval": "15",
        "ServerAliveCountMax": "3",
        "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": str(known_hosts),
        "GlobalKnownHostsFile": "/dev/null",
        "UpdateHostKeys": "no",
        "HostKeyAlias": "relay",
        "HostKeyAlgorithms": _algorithms(relay.host_key),
        "ForwardAgent": "no",
        "ForwardX11": "no",
    }
    words = [ssh, "-v", "-N", "-T", "-F", "none", "-i", str(key), "-p", str(relay.port), "-l", relay.user]
    for name, value in options.items():
        words += ["-o", f"{name}={value}"]
    return [*words, "-R", f"127.0.0.1:{relay.listen_port}:{entry}", "--", relay.host]


def known_hosts_line(relay: Relay) -> str:
    """The one key that the relay may have."""
    return f"relay {relay.host_key}\n"


def heard(state: TunnelState, line: str) -> TunnelState:
    """What a line of ssh's own words says of the tunnel."""
    if found := _ALLOCATED.search(line) or _FORWARDED.search(line):
        port = int(found[1]) or state.port
        return TunnelState(phase=TunnelPhase.UP, port=port)
    for words, fault in _FAULTS:
        if words in line:
            return msgspec.structs.replace(state, fault=fault)
    return state


async def keep_tunnel(command: list[str], show: Callable[[TunnelState], None]) -> None:
    """Keep it up until cancelled; `show` is told of every change."""
    pause_s = FIRST_RETRY_S
    while True:
        state = TunnelState(phase=TunnelPhase.CONNECTING)
        show(state)
        process = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE)
        try:
            assert process.stderr is not None
            async for line in process.stderr:
                before, state = state, heard(state, line.decode("utf-8", "replace"))
                if state.phase is TunnelPhase.UP and before.phase is not TunnelPhase.UP:
                    pause_s = FIRST_RETRY_S
                    show(state)
            await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        fault = state.fault or (TunnelFault.BROKEN if state.phase is TunnelPhase.UP else TunnelFault.UNREACHABLE)
        show(TunnelState(phase=TunnelPhase.DOWN, fault=fault))
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, LAST_RETRY_S)


def _algorithms(host_key: str) -> str:
    kind = host_key.partition(" ")[0]
    return "rsa-sha2-512,rsa-sha2-256" if kind == "ssh-rsa" else kind
