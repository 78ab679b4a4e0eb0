"""What every handler has: the caller, access checks before the body is read, one error writer, security headers."""

from __future__ import annotations

import logging
from datetime import datetime
from types import TracebackType
from typing import Any

import msgspec

from appliance.store.audit import add_audit_entry
from webui.auth.access import Guarded, access_of
from webui.auth.permissions import P
from webui.auth.sessions import COOKIE, SECURE_COOKIE, Caller
from webui.context import Context
from webui.errors import ErrorBody, Refusal, explain, is_unexpected, new_error_id

log = logging.getLogger(__name__)

_POLICIES = (
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self' 'unsafe-inline'",  # Element Plus and the flow editor place things with style attributes
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "media-src 'self' blob:",
    "worker-src 'self' blob:",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)
SECURITY_HEADERS = {
    "Content-Security-Policy": "; ".join(_POLICIES),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Server": "hotlinebox",
}


_THIS_MACHINE = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})
_READING = frozenset({"GET", "HEAD"})
"""Looking at what one may see is never asked for the password; `require` may."""


class Nothing(msgspec.Struct, frozen=True):
    """The empty answer `{}`: done, nothing to tell."""


NOTHING = Nothing()


CONFIRM = 428
"""Status of what needs the password once more: confirm it (`POST /api/confirmation`) and send the same again."""
_RISKY = 3


class ApiHandler(Guarded):
    """Base of every handler; `context` is the box, `caller` the signed-in person or None."""

    context: Context
    caller: Caller | None = None
    _error_id = ""
    _risky: P | None = None
    """What was used that has to stand in the operation log, and does not yet."""
    by_http_too = False
    """Also where the box sends people from http to https."""

    def initialize(self, context: Context) -> None:
        self.context = context

    def set_default_headers(self) -> None:
        for name, value in SECURITY_HEADERS.items():
            self.set_header(name, value)
        self.set_header("Cache-Control", "no-store")

    async def prepare(self) -> None:
        """Find the caller and refuse what the caller may not do; runs before a streamed body is read."""
        access = access_of(type(self), (self.request.method or "").lower())
        if access is None:
            raise Refusal(405, "此地址不支持这种操作。")
        if self._to_https():
            return
        self.caller = await self.context.sessions.find(self.get_cookie(self.session_cookie))
        if access.public:
            return
        if self.caller is None:
            raise Refusal(401, "您还没有登录，或登录已过期，请重新登录。")
        if self.caller.user.must_change_password and not access.before_password_change:
            raise Refusal(403, "请先修改初始密码，再使用其他功能。")
        if not access.allows(self.caller.permissions):
            names = "”或“".join(sorted(permission.label for permission in access.permissions))
            raise Refusal(403, f"您没有“{names}”的权限，请联系系统管理员。")
        held = access.permissions & self.caller.permissions
        asks = self.request.method not in _READING and not access.at_once
        if asks and held and all(each.risk == _RISKY for each in held):
            self._confirmed(min(held))

    async def carried_out(self) -> None:
        if self._risky is not None:
            await self.audit(self._risky.value, "address", self.request.path)

    @property
    def me(self) -> Caller:
        """The caller, in a method that is not public."""
        assert self.caller is not None
        return self.caller

    @property
    def secure(self) -> bool:
        """Whether the request came by https."""
        return self.request.protocol == "https"

    @property
    def session_cookie(self) -> str:
        return SECURE_COOKIE if self.secure else COOKIE

    def _to_https(self) -> bool:
        """Send who came by http on where the box wants that; the box itself may come by either.

        Raises `Refusal` (403) for what would have been sent in the clear.
        """
        if self.secure or self.by_http_too or self.address in _THIS_MACHINE:
            return False
        there = self.context.tls.redirected(self.request.host)
        if there is None:
            return False
        if self.request.method not in _READING:
            raise Refusal(403, "本机只接受 https，请改用 https 打开网页。")
        self.redirect(there + self.request.uri, status=307)
        return True

    @property
    def address(self) -> str:
        """Where the request comes from."""
        return self.request.remote_ip or ""

    def require(self, permission: P) -> None:
        """For what a request needs beyond its route's own permission. Raises `Refusal` (403, 428: password)."""
        if not self.me.may(permission):
            raise Refusal(403, f"您没有“{permission.label}”的权限，请联系系统管理员。")
        if permission.risk == _RISKY:
            self._confirmed(permission)

    def _confirmed(self, permission: P) -> None:
        """What is risky wants a password given not long ago, and an entry in the operation log."""
        if not self.context.sessions.is_confirmed(self.me):
            raise Refusal(CONFIRM, f"“{permission.label}”是高风险操作，请再次输入您的密码确认身份。")
        self.context.sessions.confirm(self.me)
        self._risky = permission

    async def audit(
        self, action: str, subject: str = "", subject_id: str = "", *, before: str = "", after: str = ""
    ) -> None:
        """Write to the operation log who did what from where."""
        self._risky = None
        user = self.caller.user if self.caller else None
        await self.context.database.write(
            add_audit_entry,
            at=datetime.now().astimezone(),
            user_id=user.id if user else None,
            user_name=user.name if user else "",
            address=self.address,
            action=action,
            subject=subject,
            subject_id=subject_id,
            before=before,
            after=after,
        )

    def log_exception(
        self,
        typ: type[BaseException] | None,  # noqa: ARG002 - tornado's signature
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if value is None or not is_unexpected(value):
            return
        self._error_id = new_error_id()
        log.error(
            "error %s in %s %s",
            self._error_id,
            self.request.method,
            self.request.path,
            exc_info=(type(value), value, tb),
        )

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """The one error writer."""
        exc_info = kwargs.get("exc_info")
        error = exc_info[1] if exc_info else None
        status, problem = explain(error, status_code, self._error_id)
        self.set_status(status)
        if isinstance(error, Refusal):
            for name, value in error.headers.items():
                self.set_header(name, value)
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(msgspec.json.encode(ErrorBody(error=problem)))
