"""The certificates of this box on disk, and which of them it shows.

In `<data>/tls`, each with its key: `authority.pem` (made once), `server.pem` (signed anew when names, addresses or
dates ask for it), `imported.pem` where a bureau brought its own; and `choice.json`.
"""

from __future__ import annotations

import logging
import ssl
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec

from appliance.atomicfile import replace_file
from appliance.support.addresses import Address
from appliance.support.tlscertificate import (
    CertificateError,
    Identity,
    imported_identity,
    is_current,
    is_signed_by,
    load_identity,
    make_authority,
    sign_server,
    within_reach,
)

log = logging.getLogger(__name__)

_MODE = 0o600
HostName = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]([a-z0-9.-]{0,60}[a-z0-9])?$")]


class TlsChoice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    redirect: bool = False
    """Who opens a page by http is sent to https."""
    names: Annotated[tuple[HostName, ...], msgspec.Meta(max_length=16)] = ()
    """Further host names for the box's own certificate."""


class TlsFiles:
    """Blocking; every method may raise `OSError`."""

    def __init__(self, data: Path, host: str) -> None:
        self._folder = data / "tls"
        self._host = host

    def choice(self) -> TlsChoice:
        with suppress(OSError, msgspec.DecodeError):
            return msgspec.json.decode((self._folder / "choice.json").read_bytes(), type=TlsChoice)
        return TlsChoice()

    def choose(self, choice: TlsChoice) -> None:
        self._make_folder()
        replace_file(self._folder / "choice.json", msgspec.json.encode(choice), _MODE)

    def authority(self) -> Identity:
        """The box's own; made when there is none, or one that cannot be read."""
        found = self._load("authority")
        if found is None:
            found = make_authority(self._host)
            self._save("authority", found)
            log.info("a certificate authority of this box was made")
        return found

    def own(self, names: Sequence[str], addresses: Sequence[Address], now: datetime) -> Identity:
        """A certificate of the own authority for these, signed anew where the last one will not do any more."""
        authority = self.authority()
        hosts, places = within_reach(authority, (*names, *self.choice().names), addresses)
        found = self._load("server")
        if found is None or not is_current(found, hosts, places, now) or not is_signed_by(found, authority):
            found = sign_server(authority, hosts, places, now)
            self._save("server", found)
            log.info("a certificate was signed for %s", ", ".join([*hosts, *map(str, places)]))
        return found

    def imported(self) -> Identity | None:
        return self._load("imported")

    def take(self, chain_pem: bytes, key_pem: bytes, now: datetime) -> None:
        """Show this one from now on. Raises `CertificateError`; nothing is changed then."""
        self._save("imported", imported_identity(chain_pem, key_pem, now))

    def drop_imported(self) -> None:
        (self._folder / "imported.pem").unlink(missing_ok=True)

    def _load(self, name: str) -> Identity | None:
        try:
            return load_identity((self._folder / f"{name}.pem").read_bytes())
        except FileNotFoundError:
            return None
        except CertificateError:
            log.warning("%s.pem in %s cannot be read", name, self._folder)
            return None

    def _save(self, name: str, identity: Identity) -> None:
        self._make_folder()
        replace_file(self._folder / f"{name}.pem", identity.pem, _MODE)

    def _make_folder(self) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)


def server_side(identity: Identity) -> ssl.SSLContext:
    """What a listener speaks with: TLS 1.2 or newer."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with tempfile.NamedTemporaryFile(prefix="hotlinebox-") as file:  # the module takes files only
        file.write(identity.pem)
        file.flush()
        context.load_cert_chain(file.name)
    return context
