"""Addresses for other programs, and those with which an administrator looks after them."""

from __future__ import annotations

from webui.handlers.apidocs import ApiPageHandler
from webui.handlers.hooks import HookHandler, HookResumeHandler, HooksHandler, HookTargetsHandler, HookTestHandler
from webui.handlers.interfaces import (
    InterfaceLogHandler,
    InterfacesHandler,
    KeyRevokeHandler,
    KeysHandler,
    OneKeyHandler,
)
from webui.handlers.v1_calls import (
    V1CallHandler,
    V1CallSearchHandler,
    V1CallsHandler,
    V1HangUpHandler,
    V1LiveCallHandler,
    V1LiveCallsHandler,
    V1RecordFeedHandler,
    V1RecordingHandler,
)
from webui.handlers.v1_customers import V1CustomerByNumberHandler, V1CustomerHandler, V1CustomersHandler
from webui.handlers.v1_events import V1EventsHandler
from webui.handlers.v1_floor import (
    V1AgentHandler,
    V1AgentsHandler,
    V1AgentStatusHandler,
    V1Handler,
    V1LinesHandler,
    V1QueuesHandler,
)
from webui.handlers.v1_hooks import V1HookHandler, V1HooksHandler
from webui.route import Route

INTERFACE_ROUTES: tuple[Route, ...] = (
    Route("/api/docs", ApiPageHandler),
    Route("/api/interfaces", InterfacesHandler),
    Route("/api/interfaces/keys", KeysHandler),
    Route("/api/interfaces/keys/{key_id}", OneKeyHandler),
    Route("/api/interfaces/keys/{key_id}/revoke", KeyRevokeHandler),
    Route("/api/interfaces/log", InterfaceLogHandler),
    Route("/api/interfaces/hooks", HooksHandler),
    Route("/api/interfaces/hook-targets", HookTargetsHandler),
    Route("/api/interfaces/hooks/{hook_id}", HookHandler),
    Route("/api/interfaces/hooks/{hook_id}/test", HookTestHandler),
    Route("/api/interfaces/hooks/{hook_id}/resume", HookResumeHandler),
    Route("/api/v1", V1Handler),
    Route("/api/v1/calls", V1CallsHandler),
    Route("/api/v1/calls/search", V1CallSearchHandler),
    Route("/api/v1/calls/feed", V1RecordFeedHandler),
    Route("/api/v1/calls/{call_id}", V1CallHandler),
    Route("/api/v1/calls/{call_id}/recording", V1RecordingHandler),
    Route("/api/v1/live-calls", V1LiveCallsHandler),
    Route("/api/v1/live-calls/{call_id}", V1LiveCallHandler),
    Route("/api/v1/live-calls/{call_id}/hang-up", V1HangUpHandler),
    Route("/api/v1/customers", V1CustomersHandler),
    Route("/api/v1/customers/by-number/{number}", V1CustomerByNumberHandler),
    Route("/api/v1/customers/{customer_id}", V1CustomerHandler),
    Route("/api/v1/agents", V1AgentsHandler),
    Route("/api/v1/agents/{agent}", V1AgentHandler),
    Route("/api/v1/agents/{agent}/status", V1AgentStatusHandler),
    Route("/api/v1/queues", V1QueuesHandler),
    Route("/api/v1/lines", V1LinesHandler),
    Route("/api/v1/hooks", V1HooksHandler),
    Route("/api/v1/hooks/{hook_id}", V1HookHandler),
    Route("/api/v1/events", V1EventsHandler),
)
