"""https: which certificate the box shows, renewed by itself, and who is sent there from http."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from appliance.support.addresses import own_addresses, own_names
from appliance.support.tlscertificate import CertificateError, Identity, names_of
from appliance.support.tlsfiles import TlsChoice, TlsFiles, server_side
from webui.errors import Refusal

log = logging.getLogger(__name__)

LOOK_EVERY_S = 30.0


class CertificateView(msgspec.Struct, frozen=True, kw_only=True):
    subject: str
    issuer: str
    names: tuple[str, ...]
    valid_from: datetime
    valid_to: datetime
    fingerprint: str
    """SHA-256, in pairs of hexadecimal digits."""


class TlsView(msgspec.Struct, frozen=True, kw_only=True):
    port: int
    """0: the box does not listen for https."""
    imported: bool
    """It shows a certificate that the bureau brought along."""
    certificate: CertificateView | None
    authority: CertificateView | None
    choice: TlsChoice
    secure: bool = False
    """This very request came by https."""


class Tls:
    """`port`: where the web listens for https, 0: nowhere. `start` and `stop` belong to the web's life."""

    def __init__(self, data: Path) -> None:
        self._files = TlsFiles(data, own_names()[0])
        self._shown: Identity | None = None
        self._imported = False
        self._choice = TlsChoice()
        self._tell: Callable[[ssl.SSLContext], None] = lambda _context: None
        self._task: asyncio.Task[None] | None = None
        self.port = 0

    async def start(self, port: int, tell: Callable[[ssl.SSLContext], None]) -> asyncio.Task[None]:
        """`tell` is given what the listener has to speak with, now and whenever it changes. The task ends only when
        it breaks.
        """
        self.port, self._tell = port, tell
        await self._look()
        self._task = asyncio.create_task(self._look_after(), name="tls")
        return self._task

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def redirected(self, host: str) -> str | None:
        """The address of this host by https, for who has to go there; None: http will do."""
        if not self.port or not self._choice.redirect:
            return None
        name = _without_port(host)
        return f"https://{name}" if self.port == 443 else f"https://{name}:{self.port}"

    async def view(self, *, secure: bool) -> TlsView:
        authority = await asyncio.to_thread(self._files.authority) if self.port else None
        return TlsView(
            port=self.port,
            imported=self._imported,
            certificate=_view(self._shown.certificate) if self._shown else None,
            authority=_view(authority.certificate) if authority else None,
            choice=self._choice,
            secure=secure,
        )

    async def authority_der(self) -> bytes:
        """The certificate of the own authority. Raises `Refusal` (404)."""
        if not self.port:
            raise Refusal(404, "本机没有启用 https。")
        authority = await asyncio.to_thread(self._files.authority)
        return authority.certificate.public_bytes(serialization.Encoding.DER)

    async def choose(self, choice: TlsChoice) -> None:
        await asyncio.to_thread(self._files.choose, choice)
        await self._look()

    async def take(self, chain_pem: str, key_pem: str) -> None:
        """Show this certificate from now on. Raises `Refusal` (422) with what is wrong."""
        try:
            await asyncio.to_thread(self._files.take, chain_pem.encode(), key_pem.encode(), datetime.now(UTC))
        except CertificateError as error:
            raise Refusal(422, str(error), error.field) from error
        await self._look()

    async def drop_imported(self) -> None:
        """Back to the box's own certificate."""
        await asyncio.to_thread(self._files.drop_imported)
        await self._look()

    async def _look_after(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self._look()
            except OSError:
                log.exception("the certificate could not be looked after; trying again in a moment")

    async def _look(self) -> None:
        """Show the certificate that fits names, addresses, date and choice as they are now."""
        if not self.port:
            return
        self._choice = await asyncio.to_thread(self._files.choice)
        imported = await asyncio.to_thread(self._files.imported)
        self._imported = imported is not None
        now = imported if imported is not None else await asyncio.to_thread(self._own)
        if self._shown is None or now.chain != self._shown.chain:
            self._tell(await asyncio.to_thread(server_side, now))
            self._shown = now

    def _own(self) -> Identity:
        loopback = (ip_address("127.0.0.1"), ip_address("::1"))
        names = (*own_names(), "localhost")
        return self._files.own(names, (*own_addresses(), *loopback), datetime.now(UTC))


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def _view(certificate: x509.Certificate) -> CertificateView:
    return CertificateView(
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        names=names_of(certificate),
        valid_from=certificate.not_valid_before_utc,
        valid_to=certificate.not_valid_after_utc,
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(":").upper(),
    )
