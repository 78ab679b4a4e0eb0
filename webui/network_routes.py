"""Addresses of network, certificates and clock."""

from __future__ import annotations

from webui.handlers.tls import TlsAuthorityHandler, TlsCertificateHandler, TlsHandler
from webui.route import Route

NETWORK_ROUTES: tuple[Route, ...] = (
    Route("/api/tls", TlsHandler),
    Route("/api/tls/certificate", TlsCertificateHandler),
    Route("/api/tls/authority.crt", TlsAuthorityHandler),
)
