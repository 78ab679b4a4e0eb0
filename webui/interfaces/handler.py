"""Base of the handlers for other programs: a key instead of a session, JSON or XML, every use in the log."""

from __future__ import annotations

from typing import Any

from appliance.store.api_keys import ApiKey
from appliance.store.interface_log import LogKind
from appliance.wire.client import EngineDown
from appliance.wire.messages import Snapshot
from webui.auth.access import access_of
from webui.errors import Refusal, explain
from webui.handlers.base import ApiHandler
from webui.interfaces.formats import encode_any
from webui.interfaces.keyring import caller_of
from webui.interfaces.refusal import CodedRefusal, KeyErrorBody, KeyProblem, code_of


class KeyHandler(ApiHandler):
    """`key` is the program's; `me` the same as a caller, for rules that people and programs share."""

    key: ApiKey
    _who = ""
    _note = ""

    def check_xsrf_cookie(self) -> None:
        """No cookie gives a program any right, so nobody can abuse one."""

    async def prepare(self) -> None:
        access = access_of(type(self), (self.request.method or "").lower())
        interfaces = self.context.interfaces
        key = interfaces.keys.find(self._secret(), self.address)
        self._who = key.terms.label
        interfaces.journal.used(key.id, self.address)
        interfaces.keys.spend(key)
        if access is None:
            raise Refusal(405, "此地址不支持这种操作。")
        if access.scope is not None and access.scope not in key.terms.scopes:
            raise CodedRefusal(403, "scope_missing", f"此密钥没有“{access.scope.value}”权限，请联系系统管理员。")
        self.key = key
        self.caller = caller_of(key)

    def snapshot(self) -> Snapshot:
        """The state of the box now. Raises `EngineDown`."""
        found = self.context.link.mirror.snapshot()
        if found is None:
            raise EngineDown("电话系统没有运行，请稍后重试。")
        return found

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        exc_info = kwargs.get("exc_info")
        error = exc_info[1] if exc_info else None
        status, problem = explain(error, status_code, self._error_id)
        self.set_status(status)
        if isinstance(error, Refusal):
            for name, value in error.headers.items():
                self.set_header(name, value)
        if status == 401:
            self.set_header("WWW-Authenticate", 'Bearer realm="hotlinebox"')
        self._note = code_of(error, status)
        body = KeyErrorBody(error=KeyProblem(code=self._note, text=problem.text, field=problem.field))
        self.finish(encode_any(self, body))

    def on_finish(self) -> None:
        if self._note == "address_blocked":
            return  # a flood must not push everything else out of the log
        self.context.interfaces.journal.add(
            LogKind.HTTP,
            self._who,
            self.address,
            f"{self.request.method} {self.request.path}",
            status=self.get_status(),
            note=self._note,
            took_ms=int(self.request.request_time() * 1000),
        )

    def _secret(self) -> str:
        kind, _, secret = self.request.headers.get("Authorization", "").partition(" ")
        return secret.strip() if kind.lower() == "bearer" else self.request.headers.get("X-API-Key", "").strip()
