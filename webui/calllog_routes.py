"""Addresses around the list of calls."""

from __future__ import annotations

from webui.handlers.calllog import (
    CallChoicesHandler,
    CallCountHandler,
    CallPrintHandler,
    CallViewHandler,
    SavedSearchesHandler,
    SavedSearchHandler,
)
from webui.route import Route

CALL_LOG_ROUTES: tuple[Route, ...] = (
    Route("/api/call-count", CallCountHandler),
    Route("/api/call-choices", CallChoicesHandler),
    Route("/api/call-print", CallPrintHandler),
    Route("/api/call-view", CallViewHandler),
    Route("/api/saved-searches", SavedSearchesHandler),
    Route("/api/saved-searches/{search_id}", SavedSearchHandler),
)
