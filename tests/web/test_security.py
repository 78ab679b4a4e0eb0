"""What somebody on the LAN may try: odd addresses, odd words in every field, guessed passwords, planted sessions."""

from __future__ import annotations

import asyncio
import io
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from openpyxl import load_workbook

from tests.web.box import PASSWORD, Answer, Box, Browser, in_box
from tests.web.test_access import ENDS_SESSION, address, operations
from tests.web.test_customers import checked, uploaded
from webui.app import ROUTES
from webui.auth import sessions
from webui.auth.access import methods_of
from webui.auth.attempts import PER_ADDRESS
from webui.handlers.base import SECURITY_HEADERS
from webui.openapi import document

MARKUP = "<img src=x onerror=alert(1)>"
WORDS = (
    "'; DROP TABLE users; --",
    '" OR ""="',
    "%' ESCAPE '",
    MARKUP,
    "\x00\u202e\uffff",
    "../../../etc/passwd",
    "甲" * 5000,
)
PATHS = ("..%2f..%2fcallplan.json", "..%5c..%5ccallplan.json", "%2fetc%2fpasswd", "%00", "'%20OR%201=1--", "x" * 3000)
SECRET = "0562-96599"
"""Stands in the call plan, a file of the data folder."""
ASKS_PASSWORD = {"/api/password", "/api/login", "/api/confirmation"}
"""Would lock the account after five words; their fields are tried by guessing."""
OWN_STATUSES = frozenset({500, 501, 502, 504})
"""Our mistakes; 503 says that engine or build is not there."""
DOCUMENT = document(ROUTES, "test")
Json = Any


def mistaken(answer: Answer) -> bool:
    return answer.status in OWN_STATUSES


# --- headers, sessions, passwords ---------------------------------------------------------------------------------


def test_every_answer_of_every_address_carries_the_security_headers(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        await box.everything()
        stranger = box.browser_with_xsrf()
        for route, method, _ in operations():
            answer = await stranger.ask(method.upper(), address(route), raw=None if method == "get" else b"{}")
            lacking = {name for name, value in SECURITY_HEADERS.items() if answer.headers.get(name) != value}
            assert not lacking, (route.path, method, answer.status, lacking)
        for odd in ("TRACE", "PROPFIND"):
            assert (await stranger.ask(odd, "/api/session")).status == 405

    in_box(tmp_path, test)


def test_a_session_planted_before_the_login_is_worth_nothing(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        await box.everything()
        planted = "cGxhbnRlZCBieSBzb21lYm9keSBlbHNlIQ"
        victim, thief = box.browser(), box.browser()
        victim.cookies[sessions.COOKIE] = thief.cookies[sessions.COOKIE] = planted
        assert (await victim.log_in("admin")).status == 200
        assert victim.cookies[sessions.COOKIE] != planted
        assert (await thief.get("/api/plan")).status == 401

    in_box(tmp_path, test)


def test_guessing_many_accounts_from_one_address_is_slowed_down(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        await box.everything()
        guesser = box.browser()
        await guesser.get("/api/session")
        tries = [(await guesser.post("/api/login", {"login": f"user{n}", "password": "guess"})) for n in range(21)]
        assert [each.status for each in tries] == [401] * PER_ADDRESS + [429]
        assert int(tries[-1].headers["Retry-After"]) > 0
        assert (await guesser.post("/api/login", {"login": "admin", "password": PASSWORD})).status == 429

    in_box(tmp_path, test)


# --- paths ----------------------------------------------------------------------------------------------------------


def test_no_address_leads_out_of_its_folder(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        for route in ROUTES:
            for odd in PATHS if route.parameters else ():
                path = route.path
                for parameter in route.parameters:
                    path = path.replace("{" + parameter + "}", odd)
                for method in methods_of(route.handler):
                    if method in {"get", "delete"}:
                        answer = await browser.ask(method.upper(), path)
                        assert not mistaken(answer), (method, path, answer.body)
                        assert SECRET not in answer.body.decode(errors="replace"), (method, path)

    in_box(tmp_path, test)


def files_below(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("hotlinebox.db")}


def test_an_upload_cannot_name_its_place(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        before = files_below(tmp_path)
        for odd in PATHS:
            answer = await browser.ask("PUT", f"/api/prompts/{odd}?name={quote('../../x')}", raw=b"RIFF" + bytes(400))
            assert answer.status in {400, 404, 413, 414, 422}, (odd, answer.status)
        assert files_below(tmp_path) <= before

    in_box(tmp_path, test)


def test_a_body_too_large_is_refused_everywhere(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        for path in ("/api/customers", "/api/flow-imports"):
            answer = await browser.ask("POST", path, raw=b'"' + b"x" * (2 << 20) + b'"')
            assert answer.status in {400, 413}, path
        assert (await browser.get("/api/session")).json["user"] is not None

    in_box(tmp_path, test)


# --- words in every field -------------------------------------------------------------------------------------------


class Example:
    """Bodies that fit a schema of the document, each with one text in one field."""

    def __init__(self, schema: Json) -> None:
        self._schema = schema
        self.places = list(self._text_places(schema, ()))

    def with_text(self, place: tuple[str, ...], text: str) -> Json:
        return self._value(self._schema, (), place, text)

    def _text_places(self, schema: Json, path: tuple[str, ...], depth: int = 0) -> Iterator[tuple[str, ...]]:
        schema = _resolved(schema)
        if depth > 6:
            return
        for variant in schema.get("anyOf", schema.get("oneOf", ())):
            yield from self._text_places(variant, path, depth + 1)
        if schema.get("type") == "string" and "enum" not in schema:
            yield path
        for name, part in schema.get("properties", {}).items():
            yield from self._text_places(part, (*path, name), depth + 1)
        if isinstance(schema.get("items"), dict):
            yield from self._text_places(schema["items"], (*path, "*"), depth + 1)

    def _value(self, schema: Json, path: tuple[str, ...], place: tuple[str, ...], text: str) -> Json:
        schema = _resolved(schema)
        variants = schema.get("anyOf", schema.get("oneOf", ()))
        if path == place:
            return text
        if variants:
            on_the_way = place[: len(path)] == path
            chosen = next((each for each in variants if on_the_way and _leads(each, place[len(path) :])), variants[0])
            return self._value(chosen, path, place, text)
        if "enum" in schema:
            return schema["enum"][0]
        if schema.get("type") == "object":
            return {
                name: self._value(part, (*path, name), place, text)
                for name, part in schema.get("properties", {}).items()
                if name in schema.get("required", ()) or place[: len(path) + 1] == (*path, name)
            }
        if schema.get("type") == "array" and place[: len(path) + 1] == (*path, "*"):
            return [self._value(schema["items"], (*path, "*"), place, text)]
        return _SIMPLE.get(schema.get("type"))


_SIMPLE: Json = {"string": "x", "integer": 1, "number": 1.0, "boolean": False, "array": []}


def _resolved(schema: Json) -> Json:
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _leads(schema: Json, rest: tuple[str, ...]) -> bool:
    """Whether the place lies inside this variant."""
    schema = _resolved(schema)
    if any(_leads(variant, rest) for variant in schema.get("anyOf", schema.get("oneOf", ()))):
        return True
    if not rest:
        return bool(schema.get("type") == "string" and "enum" not in schema)
    if rest[0] == "*":
        return isinstance(schema.get("items"), dict) and _leads(schema["items"], rest[1:])
    part = schema.get("properties", {}).get(rest[0])
    return part is not None and _leads(part, rest[1:])


def text_fields() -> list[tuple[str, str, Example, tuple[str, ...]]]:
    """Method, address, body and place of every text that a person's page may send."""
    found = []
    for route, method, access in operations():
        if access.by_key or route.path in ENDS_SESSION | ASKS_PASSWORD or method in {"get", "head"}:
            continue
        content = DOCUMENT["paths"][route.path][method].get("requestBody", {}).get("content", {})
        if "application/json" in content:
            example = Example(content["application/json"]["schema"])
            found += [(method, address(route), example, place) for place in example.places]
    return found


@pytest.mark.slow
def test_no_text_in_any_field_is_taken_for_sql_or_markup(tmp_path: Path) -> None:
    fields = text_fields()
    assert len(fields) > 100

    async def test(box: Box) -> None:
        browser = await box.everything()
        for method, path, example, place in fields:
            for word in WORDS:
                answer = await browser.ask(method.upper(), path, example.with_text(place, word))
                assert not mistaken(answer), (method, path, place, word[:40], answer.body)
                assert not _as_markup(answer), (method, path, place)
        await _shows_nothing_as_markup(browser)
        assert (await browser.get("/api/session")).json["user"]["login"] == "admin"

    in_box(tmp_path, test)
    with sqlite3.connect(tmp_path / "hotlinebox.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("SELECT count(*) FROM users WHERE login = 'admin'").fetchone() == (1,)


async def _shows_nothing_as_markup(browser: Browser) -> None:
    """What was kept comes back as JSON, whatever a browser takes it for."""
    for route, method, access in operations():
        if method == "get" and not access.by_key and not route.path.startswith("/{"):
            answer = await browser.get(address(route))
            assert not mistaken(answer), (route.path, answer.body)
            assert not _as_markup(answer), route.path


def _as_markup(answer: Answer) -> bool:
    kind = answer.headers.get("Content-Type", "")
    return MARKUP.encode() in answer.body and not kind.startswith(("application/json", "text/csv"))


ALWAYS_TRUE = ("' OR '1'='1", '" OR "1"="1', "') OR ('1'='1", "x' UNION SELECT 1 --", "%", "_")


def query_texts() -> list[tuple[str, str]]:
    """Address and name of every text after a `?`."""
    return [
        (address(route), parameter["name"])
        for route, method, access in operations()
        if method == "get" and not access.by_key
        for parameter in DOCUMENT["paths"][route.path][method]["parameters"]
        if parameter["in"] == "query" and "string" in json.dumps(parameter["schema"])
    ]


def test_a_search_finds_no_more_by_sql_in_its_words(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        for number in range(3):
            draft = {"name": f"王小{number}", "numbers": [f"1390562000{number}"], "address": "长江路 1 号"}
            assert (await browser.post("/api/customers", draft)).status == 200
        for path, name in query_texts():
            nothing = await browser.get(f"{path}?{name}=zzqqzz")
            for word in ALWAYS_TRUE:
                answer = await browser.get(f"{path}?{name}={quote('zzqqzz' + word)}")
                assert not mistaken(answer), (path, name, word, answer.body)
                if answer.status == nothing.status == 200 and path != "/api/audit/file":  # it logs its own reading
                    assert _rows(answer) == _rows(nothing), (path, name, word)

    in_box(tmp_path, test)


def _rows(answer: Answer) -> int:
    found = answer.json
    if isinstance(found, list):
        return len(found)
    return sum(len(part) for part in found.values() if isinstance(part, list))


# --- formulas in workbooks ------------------------------------------------------------------------------------------

FORMULAS = ("=1+1", "@SUM(A1)", "-2+3", "+cmd|' /C calc'!A0", '=HYPERLINK("http://evil.example","click")')


def formula_cells(workbook: bytes) -> list[str]:
    """Texts of a workbook that look like formulas. Fails when one of them would be reckoned, at once or when edited."""
    cells = [cell for row in load_workbook(io.BytesIO(workbook)).active.iter_rows() for cell in row]
    suspect = [cell for cell in cells if isinstance(cell.value, str) and cell.value[:1] in "=+-@"]
    for cell in suspect:
        assert (cell.data_type, cell.quotePrefix) == ("s", True), (cell.coordinate, cell.value)
    return [str(cell.value) for cell in suspect]


def test_a_formula_in_a_customer_stays_text_in_the_workbook(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        for number, formula in enumerate(FORMULAS):
            draft = {"name": formula, "address": formula, "numbers": [f"1390562000{number}"]}
            assert (await browser.post("/api/customers", draft)).status == 200
        export = (await browser.post("/api/customer-exports", {})).json["id"]
        answer = await browser.get(f"/api/customer-exports/{export}/file")
        while answer.status == 409:
            await asyncio.sleep(0.1)
            answer = await browser.get(f"/api/customer-exports/{export}/file")
        assert set(FORMULAS) <= set(formula_cells(answer.body))

    in_box(tmp_path, test)


def test_a_formula_in_a_wrong_row_stays_text_in_the_list_of_wrong_rows(tmp_path: Path) -> None:
    quoted = [formula.replace('"', '""') for formula in FORMULAS]
    rows = "\n".join(f'"{formula}",没有号码' for formula in quoted)

    async def test(box: Box) -> None:
        browser = await box.everything()
        view = await checked(browser, await uploaded(browser, f"姓名,电话\n{rows}\n".encode()))
        assert view["preview"]["wrong"] == len(FORMULAS)
        answer = await browser.get(f"/api/customer-imports/{view['id']}/file")
        assert set(FORMULAS) <= set(formula_cells(answer.body))

    in_box(tmp_path, test)


def test_no_page_of_the_front_end_puts_text_in_as_markup() -> None:
    source = Path("webui/frontend/src")
    unsafe = ("v-html", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "dangerouslyUse")
    found = [
        f"{file}: {word}"
        for file in source.rglob("*")
        if file.suffix in {".vue", ".ts"}
        for word in unsafe
        if word in file.read_text("utf-8")
    ]
    assert found == []
