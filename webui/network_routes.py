"""Addresses of network, certificates and clock."""

from __future__ import annotations

from webui.handlers.metrics import MetricsHandler
from webui.handlers.network import AddressConfirmationHandler, ClockHandler, NetworkHandler
from webui.handlers.tls import TlsAuthorityHandler, TlsCertificateHandler, TlsHandler
from webui.route import Route

NETWORK_ROUTES: tuple[Route, ...] = (
    Route("/api/network", NetworkHandler),
    Route("/api/network/confirmation/{token}", AddressConfirmationHandler),
    Route("/api/clock", ClockHandler),
    Route("/metrics", MetricsHandler),
    Route("/api/tls", TlsHandler),
    Route("/api/tls/certificate", TlsCertificateHandler),
    Route("/api/tls/authority.crt", TlsAuthorityHandler),
)
