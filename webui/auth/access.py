"""Who may call a handler method: `@needs(P.X)` or `@public` on every one, or start-up fails."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar, get_type_hints

import msgspec
from tornado.web import RequestHandler

from appliance.store.api_keys import KeyScope
from webui.auth.permissions import P
from webui.interfaces.formats import read_any, read_json, write_any, write_json

A = ParamSpec("A")


class Guarded(RequestHandler):
    """A handler whose methods are marked."""

    async def carried_out(self) -> None:
        """The method went through; its answer follows."""


H = TypeVar("H", bound=Guarded)
_MARK = "hotlinebox_access"


class AccessMissingError(Exception):
    """A handler method that says neither `@needs` nor `@public`; a mistake in our source."""


@dataclass(frozen=True, slots=True)
class Access:
    """`permissions` empty and not `public`: any signed-in person. Several permissions: one of them is enough."""

    permissions: frozenset[P]
    public: bool = False
    before_password_change: bool = False
    """Allowed to a person who has to change the password first."""
    by_key: bool = False
    """For programs with a key (`webui/interfaces`), not for people."""
    scope: KeyScope | None = None
    """What the key must be good for; None: any key."""
    at_once: bool = False
    """Never asks for the password again, whatever the permission: it ends something."""

    def allows(self, held: frozenset[P]) -> bool:
        return not self.permissions or bool(self.permissions & held)


Method = Callable[Concatenate[H, A], Awaitable[object]]
Wrapped = Callable[Concatenate[H, A], Coroutine[Any, Any, None]]


def _mark(
    access: Access,
    read: Callable[[RequestHandler, Any], Any] = read_json,
    write: Callable[[RequestHandler, object], Awaitable[None]] = write_json,
) -> Callable[[Method[H, A]], Wrapped[H, A]]:
    def decorate(method: Method[H, A]) -> Wrapped[H, A]:
        parameters = inspect.signature(method).parameters

        @functools.cache
        def hints() -> dict[str, Any]:
            return get_type_hints(method)

        @functools.wraps(method)
        async def call(handler: H, /, *args: Any, **kwargs: Any) -> None:
            if "body" in parameters:
                kwargs["body"] = read(handler, hints()["body"])
            if "query" in parameters:
                given = {name: handler.get_query_argument(name) for name in handler.request.query_arguments}
                kwargs["query"] = msgspec.convert(given, hints()["query"], strict=False)
            answer = await method(handler, *args, **kwargs)
            await handler.carried_out()
            if answer is not None:
                await write(handler, answer)

        setattr(call, _MARK, access)
        return call

    return decorate


def needs(*permissions: P, at_once: bool = False) -> Callable[[Method[H, A]], Wrapped[H, A]]:
    """Only for people who hold one of the permissions; the check runs before the request's body is read.

    A parameter named `body` receives the request's JSON, one named `query` the arguments after the `?`, each validated
    against its annotation. A returned value becomes the JSON answer; None: the method answered by itself.
    """
    assert permissions, "say signed_in for a method that needs no permission"
    return _mark(Access(frozenset(permissions), at_once=at_once))


signed_in = _mark(Access(frozenset()))
"""For everybody with an account: what concerns only the caller."""
before_password_change = _mark(Access(frozenset(), before_password_change=True))
"""As `signed_in`, also for people who have to change the password first."""
public = _mark(Access(frozenset(), public=True))
"""For everybody on the network."""


def with_key(scope: KeyScope | None = None) -> Callable[[Method[H, A]], Wrapped[H, A]]:
    """Only for programs whose key has the scope; bodies and answers are JSON or XML, as the program likes."""
    return _mark(Access(frozenset(), by_key=True, scope=scope), read_any, write_any)


def access_of(handler: type[RequestHandler], method: str) -> Access | None:
    """The mark of a method (`get`, `post` …); None where the handler does not offer it. Raises AccessMissingError."""
    function = getattr(handler, method, None)
    if function is None or function is getattr(RequestHandler, method, None):
        return None
    access = getattr(function, _MARK, None)
    if not isinstance(access, Access):
        raise AccessMissingError(f"{handler.__name__}.{method} says neither @needs nor @public")
    return access


def methods_of(handler: type[RequestHandler]) -> dict[str, Access]:
    """HTTP method in lower case → access, for all that the handler offers. Raises AccessMissingError."""
    found = {name.lower(): access_of(handler, name.lower()) for name in RequestHandler.SUPPORTED_METHODS}
    return {name: access for name, access in found.items() if access is not None}
