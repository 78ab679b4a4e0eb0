"""Addresses of live board, wallboard and alarms."""

from __future__ import annotations

from webui.handlers.alarms import AlarmAcknowledgementHandler, AlarmsHandler, MonitorRulesHandler
from webui.handlers.board import (
    BoardHandler,
    DisplayHandler,
    DisplaysHandler,
    DisplayShowHandler,
    WallboardHandler,
)
from webui.route import Route

MONITOR_ROUTES: tuple[Route, ...] = (
    Route("/api/board", BoardHandler),
    Route("/api/wallboard", WallboardHandler),
    Route("/api/displays", DisplaysHandler),
    Route("/api/displays/show", DisplayShowHandler),
    Route("/api/displays/{display_id}", DisplayHandler),
    Route("/api/alarms", AlarmsHandler),
    Route("/api/alarms/{alarm_id}/acknowledgement", AlarmAcknowledgementHandler),
    Route("/api/monitor-rules", MonitorRulesHandler),
)
