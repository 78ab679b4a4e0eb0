"""Addresses of remote support."""

from __future__ import annotations

from webui.handlers.support import (
    SupportBundleHandler,
    SupportBundlePartHandler,
    SupportHandler,
    SupportRelayHandler,
    SupportSessionHandler,
)
from webui.route import Route

SUPPORT_ROUTES: tuple[Route, ...] = (
    Route("/api/support", SupportHandler),
    Route("/api/support/relay", SupportRelayHandler),
    Route("/api/support/sessions/{shell_id}", SupportSessionHandler),
    Route("/api/support/bundle", SupportBundleHandler),
    Route("/api/support/bundle/part", SupportBundlePartHandler),
)
