"""Addresses of backup and restore."""

from __future__ import annotations

from webui.handlers.backups import (
    BackupCatalogueHandler,
    BackupDownloadHandler,
    BackupFileHandler,
    BackupPlanHandler,
    BackupRunsHandler,
    BackupsHandler,
    BackupTrialHandler,
    PreparationHandler,
    SwitchHandler,
)
from webui.handlers.configuration import ConfigurationFileHandler, ConfigurationHandler
from webui.route import Route

BACKUP_ROUTES: tuple[Route, ...] = (
    Route("/api/backups", BackupsHandler),
    Route("/api/backups/plan", BackupPlanHandler),
    Route("/api/backups/trial", BackupTrialHandler),
    Route("/api/backups/runs", BackupRunsHandler),
    Route("/api/backups/catalogue", BackupCatalogueHandler),
    Route("/api/backups/download", BackupDownloadHandler),
    Route("/api/backups/file", BackupFileHandler),
    Route("/api/backups/preparation", PreparationHandler),
    Route("/api/backups/switch", SwitchHandler),
    Route("/api/configuration", ConfigurationHandler),
    Route("/api/configuration/file", ConfigurationFileHandler),
)
