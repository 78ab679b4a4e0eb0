"""Addresses about the people who work here: accounts, units, roles, sessions, the operation log."""

from __future__ import annotations

from webui.handlers.organisation import UnitHandler, UnitsHandler, UserPoliciesHandler, UserUnitHandler
from webui.handlers.roles import PermissionsHandler, RoleHandler, RoleResetHandler, RolesHandler
from webui.handlers.users import UserHandler, UserPasswordHandler, UsersHandler, UserSignOutHandler
from webui.handlers.watch import (
    AuditChoicesHandler,
    AuditFileHandler,
    AuditHandler,
    LockoutsHandler,
    OneSessionHandler,
    SessionsHandler,
)
from webui.route import Route

PEOPLE_ROUTES: tuple[Route, ...] = (
    Route("/api/users", UsersHandler),
    Route("/api/users/{user_id}", UserHandler),
    Route("/api/users/{user_id}/password", UserPasswordHandler),
    Route("/api/users/{user_id}/sign-out", UserSignOutHandler),
    Route("/api/users/{user_id}/unit", UserUnitHandler),
    Route("/api/users/{user_id}/policies", UserPoliciesHandler),
    Route("/api/units", UnitsHandler),
    Route("/api/units/{unit_id}", UnitHandler),
    Route("/api/roles", RolesHandler),
    Route("/api/roles/{role_id}", RoleHandler),
    Route("/api/roles/{role_id}/reset", RoleResetHandler),
    Route("/api/permissions", PermissionsHandler),
    Route("/api/sessions", SessionsHandler),
    Route("/api/sessions/{session_id}", OneSessionHandler),
    Route("/api/lockouts", LockoutsHandler),
    Route("/api/audit", AuditHandler),
    Route("/api/audit/choices", AuditChoicesHandler),
    Route("/api/audit/file", AuditFileHandler),
)
