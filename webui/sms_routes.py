"""Addresses of short messages."""

from __future__ import annotations

from webui.handlers.sms import (
    SimulatedSmsHandler,
    SmsHandler,
    SmsReadHandler,
    SmsTemplatesHandler,
    SmsThreadHandler,
)
from webui.route import Route

SMS_ROUTES: tuple[Route, ...] = (
    Route("/api/sms", SmsHandler),
    Route("/api/sms/templates", SmsTemplatesHandler),
    Route("/api/sms/simulated", SimulatedSmsHandler),
    Route("/api/sms/{message_id}", SmsThreadHandler),
    Route("/api/sms/{message_id}/read", SmsReadHandler),
)
