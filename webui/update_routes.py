"""Addresses of updates, restart and factory reset."""

from __future__ import annotations

from webui.handlers.updates import (
    FactoryResetHandler,
    RestartHandler,
    UpdateBackHandler,
    UpdateFileHandler,
    UpdateInstallHandler,
    UpdatesHandler,
)
from webui.route import Route

UPDATE_ROUTES: tuple[Route, ...] = (
    Route("/api/updates", UpdatesHandler),
    Route("/api/updates/file", UpdateFileHandler),
    Route("/api/updates/installation", UpdateInstallHandler),
    Route("/api/updates/return", UpdateBackHandler),
    Route("/api/restart", RestartHandler),
    Route("/api/factory-reset", FactoryResetHandler),
)
