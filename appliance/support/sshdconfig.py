"""What the gate's own sshd is told (sshd_config(5)): certificates of the vendor, and nothing but a recorded session."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from appliance.support.supportplaces import SupportPlaces


def sshd_config(places: SupportPlaces, user: str, principals: Sequence[str], session: Sequence[str]) -> str:
    """`principals` prints who is let in just now, `session` is all that can be started. Both are command lines.

    No PAM: nothing may move a session out of the gate's own group of processes, which ends with the gate.
    """
    revoked = [f"RevokedKeys {_quoted(places.revoked)}"] if places.revoked.exists() else []
    lines = [
        f"HostKey {_quoted(places.state / 'host_key')}",
        "PidFile none",
        f"AllowUsers {user}",
        *(["PermitRootLogin prohibit-password"] if user == "root" else []),
        "AuthenticationMethods publickey",
        "PubkeyAuthentication yes",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "UsePAM no",
        "AuthorizedKeysFile none",
        f"TrustedUserCAKeys {_quoted(places.vendor_ca)}",
        *revoked,
        f"AuthorizedPrincipalsCommand {shlex.join(principals).replace('%', '%%')}",
        f"AuthorizedPrincipalsCommandUser {user}",
        "ExposeAuthInfo yes",
        f"ForceCommand {shlex.join(session)}",
        "DisableForwarding yes",
        "PermitTunnel no",
        "PermitUserRC no",
        "PermitUserEnvironment no",
        "PrintMotd no",
        "PrintLastLog no",
        "MaxAuthTries 3",
        "MaxSessions 4",
        "LoginGraceTime 30",
        "ClientAliveInterval 15",
        "ClientAliveCountMax 4",
        "LogLevel VERBOSE",
    ]
    return "\n".join(lines) + "\n"


def _quoted(path: Path) -> str:
    return f'"{path}"' if " " in str(path) else str(path)
