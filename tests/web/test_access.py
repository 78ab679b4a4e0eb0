"""Role × address × method, generated from the route table; and lines written by hand that the table must agree with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.web.box import Box, Browser, in_box
from webui.app import ROUTES
from webui.auth.access import Access, methods_of
from webui.auth.permissions import ASKED_WITHIN, P, Role
from webui.route import Route

SAMPLE = {
    "call_id": "20261102-090000-0001",
    "customer_id": "999",
    "user_id": "999",
    "export_id": "none",
    "key_id": "999",
    "hook_id": "999",
    "path": "calls",
    "note_id": "999",
    "alarm_id": "999",
    "display_id": "999",
    "unit_id": "999",
    "search_id": "999",
    "shell_id": "20261122-080000-1",
    "version": "1",
}
ENDS_SESSION = {"/api/logout"}
WEBUI = Path(__file__).parents[2] / "webui"


def operations() -> list[tuple[Route, str, Access]]:
    return [(route, name, access) for route in ROUTES for name, access in methods_of(route.handler).items()]


def address(route: Route) -> str:
    path = route.path
    for parameter in route.parameters:
        number = (Route.piece(parameter) or "").startswith("\\d")
        path = path.replace("{" + parameter + "}", SAMPLE.get(parameter, "999" if number else "x"))
    return path


def for_people() -> list[tuple[Route, str, Access]]:
    """Without the addresses of other programs: these take keys (`tests/web/test_interface_keys.py`)."""
    return [(route, name, access) for route, name, access in operations() if not access.by_key]


async def status(browser: Browser, route: Route, method: str, *, xsrf: bool = True) -> int:
    body = None if method in {"get", "head", "delete"} else b"not json"
    answer = await browser.ask(method.upper(), address(route), raw=body, xsrf=xsrf)
    return answer.status


def test_strangers_reach_only_what_is_public(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        await box.everything()
        stranger = box.browser()
        await stranger.get("/api/session")
        for route, method, access in operations():
            answered = await status(stranger, route, method)
            assert (answered == 401) == (not access.public), (route.path, method, answered)

    in_box(tmp_path, test)


@pytest.mark.parametrize("role", list(Role))
def test_every_role_at_every_address(tmp_path: Path, role: Role) -> None:
    held = frozenset(permission for permission in P if role in permission.roles)

    async def test(box: Box) -> None:
        browser = await box.person("somebody", role, agent="1234")
        for route, method, access in for_people():
            if route.path in ENDS_SESSION:
                continue
            answered = await status(browser, route, method)
            assert answered != 401, (route.path, method)
            if not access.allows(held):
                assert answered == 403, (route.path, method, answered)
            elif answered == 403:
                pytest.fail(f"{role} may {method} {route.path} but was refused")

    in_box(tmp_path, test)


def test_nothing_is_changed_without_the_xsrf_header(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        for route, method, _ in for_people():
            if method not in {"get", "head"}:
                assert await status(browser, route, method, xsrf=False) == 403, (route.path, method)

    in_box(tmp_path, test)


def test_who_has_to_change_the_password_can_do_nothing_else(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        new = {"login": "zhang", "name": "张三", "password": "第一个密码要改掉", "roles": [role.value for role in Role]}
        assert (await admin.post("/api/users", new)).status == 200
        browser = box.browser()
        assert (await browser.log_in("zhang", "第一个密码要改掉")).json["user"]["must_change_password"]
        for route, method, access in for_people():
            if not access.public and not access.before_password_change:
                assert await status(browser, route, method) == 403, (route.path, method)
        changed = await browser.post("/api/password", {"old": "第一个密码要改掉", "new": "第二个密码就好用"})
        assert changed.status == 200
        assert (await browser.get("/api/users")).status == 200

    in_box(tmp_path, test)


@pytest.mark.parametrize(
    ("method", "path", "roles"),
    [
        ("get", "/api/calls", {"manager", "leader", "agent", "quality"}),
        ("post", "/api/exports", {"manager"}),
        ("post", "/api/users", {"admin"}),
        ("put", "/api/prompts/{prompt_id}", {"admin", "manager", "leader"}),
        ("get", "/api/health", {"admin", "manager", "vendor"}),
        ("delete", "/api/customers/{customer_id}", {"manager"}),
        ("post", "/api/seat/sign-in", {"manager", "leader", "agent"}),
    ],
)
def test_the_table_agrees_with_what_was_decided(method: str, path: str, roles: set[str]) -> None:
    route = next(route for route in ROUTES if route.path == path)
    access = methods_of(route.handler)[method]
    allowed = {role.value for role in Role if access.allows(frozenset(p for p in P if role in p.roles))}
    assert allowed == roles


def test_the_matrix_marks_what_nothing_asks_for(tmp_path: Path) -> None:
    """A permission is in use when an address asks for it at its door, or when the source names it within."""
    sources = [path for path in WEBUI.rglob("*.py") if path.name != "permissions.py" and "frontend" not in path.parts]
    text = "\n".join(path.read_text("utf-8") for path in sources)
    named = {permission for permission in P if re.search(rf"\bP\.{permission.name}\b", text)}
    at_doors = frozenset[P]().union(*(access.permissions for _, _, access in operations()))
    assert named - at_doors == ASKED_WITHIN

    async def test(box: Box) -> None:
        listed = (await (await box.everything()).get("/api/permissions")).json
        assert {each["id"] for each in listed if each["in_use"]} == {permission.value for permission in named}
        assert "call.delete" in {each["id"] for each in listed if not each["in_use"]}

    in_box(tmp_path, test)
