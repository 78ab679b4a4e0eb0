"""The vendor of a box in the laboratory: its key in the box, a relay on this machine's loopback, an engineer."""

from __future__ import annotations

import subprocess

from tests.system.lab.imagebox import SERVERS, ImageBox
from tests.system.lab.imagedahdi import put
from tests.system.supportlab import SupportLab

RELAY_PORT = 22
"""Of the relay, as the box sees it."""
_KEYS = "/etc/hotlinebox/support"
_USER = "hotlinebox-gate"
_PATIENCE_S = 300


class Vendor:
    """Keys and relay are those of `SupportLab`; the box is another."""

    def __init__(self, lab: SupportLab, box: ImageBox) -> None:
        self._lab = lab
        self._box = box

    def is_let_in(self) -> None:
        """The administrator opens remote support for an hour. Raises `ImageBoxError`."""
        self._box.pages.ask("POST", "/api/support", {"hours": 1, "reason": "杂音", "reach": "commands"})

    def is_made_known(self) -> None:
        """The vendor's key lies in the box, the relay is set there, and knows the box."""
        put(self._box, f"{_KEYS}/vendor_ca.pub", (self._lab.folder / "vendor_ca.pub").read_bytes())
        ours = self._lab.relay
        relay = {
            "host": SERVERS, "port": RELAY_PORT, "user": ours.user, "host_key": ours.host_key,
            "listen_port": ours.listen_port,
        }  # fmt: skip
        self._box.pages.ask("PUT", "/api/support/relay", relay)
        shown = self._box.pages.ask("GET", "/api/support")
        self._lab.let_to_the_relay(shown["tunnel_key"])
        # A frozen box goes on with the time of its freezing.
        self._lab.sign(principal=f"support@{shown['serial']}", valid="-1d:+1d")
        (self._lab.folder / "known_image").write_text(f"box {shown['host_key']}\n", encoding="ascii")

    def has_a_tunnel(self) -> bool:
        tunnel = self._box.pages.ask("GET", "/api/support")["tunnel"]
        return bool(tunnel and tunnel["phase"] == "up")

    def asks(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The engineer, over the relay."""
        folder = self._lab.folder
        options = (
            "IdentitiesOnly=yes", "BatchMode=yes", f"UserKnownHostsFile={folder / 'known_image'}", "HostKeyAlias=box",
            "StrictHostKeyChecking=yes", "ConnectTimeout=120", f"CertificateFile={folder / 'engineer-cert.pub'}",
        )  # fmt: skip
        command = [
            "ssh",
            "-F",
            "none",
            "-i",
            str(folder / "engineer"),
            *(word for each in options for word in ("-o", each)),
        ]
        command += ["-p", str(self._lab.relay.listen_port), f"{_USER}@127.0.0.1", *words]
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=_PATIENCE_S
        )
