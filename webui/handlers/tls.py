"""The page 网络与时间, part https: the certificate, an imported one, the box's own authority to download."""

from __future__ import annotations

from typing import Annotated

import msgspec

from appliance.support.tlsfiles import TlsChoice
from webui.auth.access import needs, public
from webui.auth.permissions import P
from webui.errors import Refusal
from webui.handlers.base import ApiHandler
from webui.tls import TlsView

Pem = Annotated[str, msgspec.Meta(max_length=65_536)]


class ImportedCertificate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    certificate: Pem
    """PEM: the server's certificate first, then those between it and the authority."""
    key: Pem
    """PEM, without a password."""


class TlsHandler(ApiHandler):
    @needs(P.SYS_NETWORK)
    async def get(self) -> TlsView:
        """What the box shows to browsers that come by https."""
        return await self.context.tls.view(secure=self.secure)

    @needs(P.SYS_NETWORK)
    async def put(self, body: TlsChoice) -> TlsView:
        """Set redirect and further names. A redirect is taken only from who came by https: it works there."""
        if body.redirect and not self.secure:
            raise Refusal(409, "请先用 https 打开本页并登录，确认可以访问后再启用跳转。", "redirect")
        await self.context.tls.choose(body)
        await self.audit("sys.network", "tls", "choice", after=msgspec.json.encode(body).decode())
        return await self.context.tls.view(secure=self.secure)


class TlsCertificateHandler(ApiHandler):
    @needs(P.SYS_NETWORK)
    async def put(self, body: ImportedCertificate) -> TlsView:
        """Show this certificate; 422 with what is wrong with it."""
        if not self.context.tls.port:
            raise Refusal(409, "本机没有启用 https。")
        await self.context.tls.take(body.certificate, body.key)
        view = await self.context.tls.view(secure=self.secure)
        names = " ".join(view.certificate.names) if view.certificate else ""
        await self.audit("sys.network", "tls", "certificate", after=names)
        return view

    @needs(P.SYS_NETWORK)
    async def delete(self) -> TlsView:
        """Back to the certificate of the box's own authority."""
        await self.context.tls.drop_imported()
        await self.audit("sys.network", "tls", "own")
        return await self.context.tls.view(secure=self.secure)


class TlsAuthorityHandler(ApiHandler):
    by_http_too = True

    @public
    async def get(self) -> None:
        """The certificate of the box's own authority (DER), for the list of trusted ones of a computer."""
        der = await self.context.tls.authority_der()
        self.set_header("Content-Type", "application/x-x509-ca-cert")
        self.set_header("Content-Disposition", "attachment; filename=hotlinebox-ca.crt")
        await self.finish(der)
