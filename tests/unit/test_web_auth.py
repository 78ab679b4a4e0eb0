from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tornado.web import RequestHandler

from appliance.store.database import open_database
from appliance.store.roles import list_roles
from webui.auth.access import AccessMissingError, methods_of, needs, public
from webui.auth.attempts import PER_ACCOUNT, PER_ADDRESS, WINDOW_S, Attempts
from webui.auth.passwords import Passwords, weakness
from webui.auth.permissions import Area, P, Role


def test_catalogue_is_complete_and_named() -> None:
    assert len(P) == 150
    assert {role.value: sum(role in permission.roles for permission in P) for role in Role} == {
        "admin": 37, "manager": 74, "leader": 85, "agent": 42, "field": 8, "quality": 16, "vendor": 7,
    }  # fmt: skip
    assert {area: sum(permission.area is area for permission in P) for area in Area}[Area.TICKETS] == 18
    for permission in P:
        assert 4 <= len(permission.description) <= 40
        assert permission.label
        assert permission.risk in (1, 2, 3)
    assert len({permission.label for permission in P}) == 150


def test_a_new_database_gives_the_roles_what_the_catalogue_says(tmp_path) -> None:
    database = open_database("", tmp_path)
    stored = {role.id: set(role.permissions) for role in database.read_now(list_roles)}
    database.close()
    assert stored == {role.value: {p.value for p in P if role in p.roles} for role in Role}


def test_a_method_without_access_mark_stops_the_start() -> None:
    class Forgetful(RequestHandler):
        @public
        async def get(self) -> None: ...

        async def post(self) -> None: ...

    with pytest.raises(AccessMissingError, match=r"Forgetful\.post"):
        methods_of(Forgetful)


def test_marks_are_found_with_their_permissions() -> None:
    class Careful(RequestHandler):
        @public
        async def get(self) -> None: ...

        @needs(P.CALL_VIEW, P.REC_PLAY)
        async def post(self) -> None: ...

    found = methods_of(Careful)
    assert set(found) == {"get", "post"}
    assert found["get"].public
    assert found["post"].allows(frozenset({P.REC_PLAY}))
    assert not found["post"].allows(frozenset({P.CALL_EXPORT}))


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_an_account_waits_after_too_many_tries() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    for n in range(PER_ACCOUNT):
        assert attempts.begin("Zhang", f"10.0.0.{n}") == 0
        clock.now += 1
    wait_s = attempts.begin("zhang", "10.0.0.99")
    assert WINDOW_S - PER_ACCOUNT <= wait_s <= WINDOW_S
    assert attempts.begin("li", "10.0.0.1") == 0
    clock.now += wait_s + 0.1
    assert attempts.begin("zhang", "10.0.0.99") == 0


def test_an_address_waits_whatever_the_accounts() -> None:
    attempts = Attempts(Clock())
    for n in range(PER_ADDRESS):
        assert attempts.begin(f"user{n}", "10.0.0.1") == 0
    assert attempts.begin("another", "10.0.0.1") > 0
    assert attempts.begin("another", "10.0.0.2") == 0


@given(st.integers(1, 200))
def test_success_forgets_the_failures(times: int) -> None:
    attempts = Attempts(Clock())
    for _ in range(times):
        assert attempts.begin("zhang", "10.0.0.1") == 0
        attempts.succeeded("zhang", "10.0.0.1")


def test_passwords_match_only_themselves() -> None:
    async def run() -> None:
        passwords = Passwords()
        encoded = await passwords.hash("正确的密码一二三")
        assert encoded != await passwords.hash("正确的密码一二三")
        assert await passwords.matches(encoded, "正确的密码一二三")
        assert not await passwords.matches(encoded, "正确的密码一二四")
        assert not await passwords.matches(None, "nobody has this password")
        assert not await passwords.matches("no hash at all", "x")
        passwords.close()

    asyncio.run(run())


@pytest.mark.parametrize("password", ["1234567", "aaaaaaaa", "12345678", "zhangsan2026", "x" * 129])
def test_weak_passwords_are_explained(password: str) -> None:
    said = weakness(password, "ZhangSan")
    assert said is not None
    assert said.endswith("。")


def test_a_sentence_is_a_good_password() -> None:
    assert weakness("今天天气很好呀", "admin") is not None
    assert weakness("今天天气很好适合爬山", "admin") is None
