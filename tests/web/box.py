"""A whole box for a test: the real web with a real database, the fake engine, and browsers that keep cookies."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any, ClassVar

import msgspec
from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.httputil import HTTPHeaders
from tornado.websocket import WebSocketClientConnection, websocket_connect

from appliance.defaults.plan import default_plan
from appliance.settings import InterfacesSettings, NetworkSettings, Settings, StoreSettings, WebSettings
from appliance.store.users import User, UserDraft, add_user
from appliance.telephony.ids import AgentId
from tests.web.fake_engine import FakeEngine
from webui.app import build
from webui.context import Context
from webui.main import Web, bind

NO_STREAM = InterfacesSettings()
PLAIN_WEB = WebSettings()
NO_UNITS = NetworkSettings(run="/nonexistent")


class StoreOfBoxes:
    """`store.url` of the boxes of a test; a box of the same folder has the same database again."""

    new_url: Callable[[], str] = str
    _of: ClassVar[dict[Path, str]] = {}

    @classmethod
    def url(cls, data: Path) -> str:
        """Empty: SQLite."""
        return cls._of.setdefault(data, cls.new_url())


PASSWORD = "正确的马电池订书钉"


class Answer:
    def __init__(self, response: HTTPResponse) -> None:
        self.status = response.code
        self.headers: HTTPHeaders = response.headers
        self.body: bytes = response.body or b""

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str:
        return str(self.json["error"]["text"])


class Browser:
    """Sends cookies and the XSRF header as the real page does."""

    def __init__(self, url: str, sockets: list[Socket], authority: bytes = b"") -> None:
        self.url = url.rstrip("/")
        self._sockets = sockets
        self._trust = ssl.create_default_context(cadata=authority.decode()) if authority else None
        self.cookies: dict[str, str] = {}
        self._client = AsyncHTTPClient(force_instance=True)

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        headers: dict[str, str] | None = None,
        xsrf: bool = True,
    ) -> Answer:
        sent = {"Cookie": self._cookie_header(), **(headers or {})}
        if xsrf and "_xsrf" in self.cookies:
            sent["X-XSRFToken"] = self.cookies["_xsrf"]
        content = raw if raw is not None else (None if body is None else json.dumps(body).encode())
        request = HTTPRequest(
            self.url + path, method=method, headers=sent, body=content, allow_nonstandard_methods=True,
            follow_redirects=False, decompress_response=False, request_timeout=15, ssl_options=self._trust,
        )  # fmt: skip
        response = await self._client.fetch(request, raise_error=False)
        for line in response.headers.get_list("Set-Cookie"):
            for name, morsel in SimpleCookie(line).items():
                if morsel.value:
                    self.cookies[name] = morsel.value
                else:
                    self.cookies.pop(name, None)
        return Answer(response)

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.ask("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    async def post(self, path: str, body: Any = None) -> Answer:
        return await self.ask("POST", path, {} if body is None else body)

    async def put(self, path: str, body: Any) -> Answer:
        return await self.ask("PUT", path, body)

    async def patch(self, path: str, body: Any) -> Answer:
        return await self.ask("PATCH", path, body)

    async def delete(self, path: str) -> Answer:
        return await self.ask("DELETE", path)

    async def log_in(self, login: str, password: str = PASSWORD) -> Answer:
        await self.get("/api/session")
        return await self.post("/api/login", {"login": login, "password": password})

    async def socket(self, path: str) -> Socket:
        headers = {"Cookie": self._cookie_header(), "Origin": self.url}
        socket = Socket(await websocket_connect(HTTPRequest("ws" + self.url[4:] + path, headers=headers)))
        self._sockets.append(socket)
        return socket

    async def knock(self, path: str, origin: str) -> Answer:
        """Ask for a WebSocket as a page of `origin` would, and look only at the answer."""
        upgrade = {
            "Upgrade": "websocket", "Connection": "Upgrade", "Origin": origin,
            "Sec-WebSocket-Key": "x3JJHMbDL1EzLkh9GBhXDw==", "Sec-WebSocket-Version": "13",
        }  # fmt: skip
        return await self.ask("GET", path, headers=upgrade)

    def _cookie_header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())


class Socket:
    def __init__(self, connection: WebSocketClientConnection) -> None:
        self.connection = connection
        self.closed = False

    async def next(self) -> Any:
        """The next message: parsed JSON, bytes, or None when the socket was closed."""
        async with asyncio.timeout(5):
            message = await self.connection.read_message()
        self.closed = message is None
        return json.loads(message) if isinstance(message, str) else message

    async def until(self, kind: str) -> Any:
        """The next message of the type; others are skipped."""
        while (message := await self.next()) is not None:
            if isinstance(message, dict) and message["type"] == kind:
                return message
        raise AssertionError(f"closed before {kind} came")

    async def nothing_but(self, marker: str) -> None:
        """The next message is the marker: what was sent before did not come here."""
        message = await self.next()
        assert message["type"] == marker, message

    async def send(self, message: bytes | dict[str, Any]) -> None:
        if isinstance(message, bytes):
            await self.connection.write_message(message, binary=True)
        else:
            await self.connection.write_message(json.dumps(message))

    def close(self) -> None:
        self.connection.close()


class Box:
    def __init__(self, data: Path, context: Context, engine: FakeEngine, web: Web) -> None:
        self.data = data
        self.context = context
        self.engine = engine
        self.web = web
        self.sockets: list[Socket] = []

    def browser(self) -> Browser:
        return Browser(self.web.url, self.sockets)

    async def close_sockets(self) -> None:
        for socket in self.sockets:
            socket.close()
        for socket in self.sockets:
            while not socket.closed:
                await socket.next()

    def secure_browser(self, authority: bytes) -> Browser:
        """One that comes by https and trusts this authority (PEM)."""
        return Browser(f"https://127.0.0.1:{self.web.tls_port}", self.sockets, authority)

    def browser_with_xsrf(self) -> Browser:
        """A stranger's browser that sends its XSRF cookie; a browser may choose any value itself."""
        browser = self.browser()
        browser.cookies["_xsrf"] = "0123456789abcdef0123456789abcdef"
        return browser

    async def add_user(self, login: str, *roles: str, agent: str | None = None) -> User:
        draft = UserDraft(login=login, name=f"{login}先生", roles=roles, agent=AgentId(agent) if agent else None)
        password_hash = await self.context.passwords.hash(PASSWORD)
        return await self.context.database.write(add_user, draft, password_hash, datetime.now().astimezone())

    async def person(self, login: str, *roles: str, agent: str | None = None) -> Browser:
        """A browser in which a new user with these roles is logged in."""
        await self.add_user(login, *roles, agent=agent)
        browser = self.browser()
        answer = await browser.log_in(login)
        assert answer.status == 200, answer.body
        return browser

    async def everything(self) -> Browser:
        """A browser of the person who set the box up."""
        browser = self.browser()
        await browser.get("/api/session")
        answer = await browser.post("/api/setup", {"password": PASSWORD})
        assert answer.status == 200, answer.body
        return browser


@asynccontextmanager
async def box_in(
    data: Path,
    static: Path | None = None,
    interfaces: InterfacesSettings = NO_STREAM,
    web: WebSettings = PLAIN_WEB,
    network: NetworkSettings = NO_UNITS,
) -> AsyncIterator[Box]:
    store = StoreSettings(url=StoreOfBoxes.url(data))
    settings = Settings(data_dir=str(data), interfaces=interfaces, web=web, store=store, network=network)
    plan = default_plan("铜陵广电", "0562-96599", "0562")
    settings.callplan_path.write_bytes(msgspec.json.encode(plan))
    engine = FakeEngine(data)
    await engine.server.start()
    context = build(settings, static or data / "static")
    https = [] if web.tls_port is None else bind("127.0.0.1", web.tls_port)
    served = Web(context, bind("127.0.0.1", 0), https)
    await served.start()
    await until(lambda: context.link.mirror.snapshot() is not None)
    try:
        box = Box(data, context, engine, served)
        yield box
        await box.close_sockets()
    finally:
        await served.stop()
        await engine.server.stop()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.002)


async def until_true(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await condition():
            await asyncio.sleep(0.01)


def in_box(
    data: Path,
    test: Callable[[Box], Coroutine[Any, Any, None]],
    static: Path | None = None,
    interfaces: InterfacesSettings = NO_STREAM,
    web: WebSettings = PLAIN_WEB,
    network: NetworkSettings = NO_UNITS,
) -> None:
    """Run `test` with a box."""

    data.mkdir(parents=True, exist_ok=True)

    async def run() -> None:
        async with box_in(data, static, interfaces, web, network) as box:
            await test(box)

    asyncio.run(run())
