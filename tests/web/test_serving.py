"""The built front end, health, the API document, unexpected errors, and the process itself."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import signal
import socket
import sys
from pathlib import Path

import pytest

from appliance.memory import resident_mb
from tests.web.box import Box, in_box, until
from webui.app import ROUTES
from webui.auth.access import methods_of


@pytest.fixture
def built(tmp_path: Path) -> Path:
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text("<!doctype html><title>热线</title>", "utf-8")
    (static / "assets" / "app-1a2b.js").write_text("plain()")
    (static / "assets" / "app-1a2b.js.br").write_bytes(b"packed")
    return static


def test_the_front_end(tmp_path: Path, built: Path) -> None:
    async def test(box: Box) -> None:
        browser = box.browser()
        for path in ("/", "/calls", "/customers/7"):
            page = await browser.get(path)
            assert (page.status, "热线" in page.body.decode()) == (200, True)
            assert page.headers["Cache-Control"] == "no-cache"
        assert "_xsrf" in browser.cookies
        packed = await browser.get("/assets/app-1a2b.js", Accept_Encoding="gzip, br")
        assert (packed.body, packed.headers["Content-Encoding"]) == (b"packed", "br")
        assert "immutable" in packed.headers["Cache-Control"]
        assert (await browser.get("/assets/app-1a2b.js")).body == b"plain()"
        again = await browser.get("/assets/app-1a2b.js", If_None_Match=packed.headers["Etag"], Accept_Encoding="br")
        assert again.status == 304
        assert (await browser.get("/assets/app-9z9z.js")).status == 404
        assert (await browser.get("/..%2fhotlinebox.db")).body == (await browser.get("/")).body
        head = await browser.ask("HEAD", "/")
        assert (head.status, head.body) == (200, b"")

    in_box(tmp_path / "data", test, static=built)


def test_without_a_build_the_page_says_so(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        page = await box.browser().get("/")
        assert page.status == 503
        assert "界面尚未构建，请运行" in page.body.decode()

    in_box(tmp_path, test)


def test_health_tells_of_both_processes(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        health = (await browser.get("/api/health")).json
        assert health["engine"]["boot"] == "b1"
        assert health["web"]["db_ok"] is True
        assert 0 <= health["web"]["ingest_lag_s"] < 10
        assert health["web"]["resident_mb"] == pytest.approx(resident_mb(), rel=0.5)
        await box.engine.server.stop()
        await until(lambda: box.context.link.mirror.snapshot() is None)
        assert (await browser.get("/api/health")).json["engine"] is None

    in_box(tmp_path, test)


def test_the_api_document_describes_every_operation(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        document = (await (await box.everything()).get("/api/openapi.json")).json
        for route in ROUTES:
            for method in methods_of(route.handler):
                if method != "head":
                    operation = document["paths"][route.path][method]
                    assert operation["summary"], route.path
        body = document["paths"]["/api/login"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        name = body["$ref"].rpartition("/")[2]
        assert set(document["components"]["schemas"][name]["properties"]) == {"login", "password"}
        parameters = document["paths"]["/api/customers"]["get"]["parameters"]
        names = {parameter["name"] for parameter in parameters}
        assert names == {"q", "limit", "before", "statuses", "levels", "areas"}

    in_box(tmp_path, test)


def test_the_written_api_knows_every_address() -> None:
    written = Path("docs/API.md").read_text("utf-8")
    for route in ROUTES:
        for method in methods_of(route.handler):
            if method != "head" and route.path.startswith("/api"):
                assert f"{method.upper()} {route.path}" in written


def test_an_unexpected_error_shows_an_id_that_stands_in_the_log(tmp_path: Path, monkeypatch, caplog) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()

        async def broken() -> None:
            raise ZeroDivisionError("secret")

        monkeypatch.setattr(type(box.context.plan), "read", lambda _self: broken())
        answer = await browser.get("/api/plan")
        assert answer.status == 500
        assert "secret" not in answer.error
        assert "服务器内部错误（编号 " in answer.error
        error_id = answer.error.partition("编号 ")[2].partition("）")[0]
        assert any(error_id in message for message in caplog.messages)
        monkeypatch.undo()

    in_box(tmp_path, test)


PROGRAM = """
import sys
from pathlib import Path
from appliance.settings import Settings, WebSettings
from webui.main import main
settings = Settings(data_dir=sys.argv[1], web=WebSettings(port=int(sys.argv[2])))
sys.exit(main(settings, lambda url: print(url, flush=True)))
"""


async def serve(data: Path, port: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, str(data), str(port),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


def test_the_process_serves_and_stops_when_told(tmp_path: Path) -> None:
    async def run() -> None:
        process = await serve(tmp_path, 0)
        assert process.stdout is not None
        url = (await asyncio.wait_for(process.stdout.readline(), 20)).decode().strip()
        note = json.loads((tmp_path / "web.json").read_bytes())
        assert note == {"pid": process.pid, "url": url}
        port = int(url.rstrip("/").rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /api/session HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200 OK" in await reader.readline()
        os.kill(process.pid, signal.SIGTERM)
        _, errors = await asyncio.wait_for(process.communicate(), 10)
        writer.close()
        assert process.returncode == 0, errors.decode()
        assert b"Traceback" not in errors
        assert not (tmp_path / "web.json").exists()

    asyncio.run(run())


def test_a_second_web_of_one_data_folder_refuses(tmp_path: Path) -> None:
    async def run() -> None:
        first = await serve(tmp_path, 0)
        assert first.stdout is not None
        assert await asyncio.wait_for(first.stdout.readline(), 20)
        second = await serve(tmp_path, 0)
        _, errors = await asyncio.wait_for(second.communicate(), 20)
        assert (second.returncode, "Traceback" in errors.decode()) == (2, False)
        assert f"数据目录 {tmp_path} 已有一个网页服务在运行" in errors.decode()
        assert json.loads((tmp_path / "web.json").read_bytes())["pid"] == first.pid
        first.kill()
        await first.communicate()
        third = await serve(tmp_path, 0)  # whoever was killed leaves nothing locked
        assert third.stdout is not None
        assert await asyncio.wait_for(third.stdout.readline(), 20)
        third.terminate()
        await asyncio.wait_for(third.communicate(), 10)

    asyncio.run(run())


def test_large_answers_are_compressed_where_the_browser_takes_it(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        plain = await browser.get("/api/permissions")
        packed = await browser.get("/api/permissions", Accept_Encoding="gzip, br")
        assert "Content-Encoding" not in plain.headers
        assert (packed.headers["Content-Encoding"], packed.headers["Vary"]) == ("gzip", "Accept-Encoding")
        assert gzip.decompress(packed.body) == plain.body
        assert len(packed.body) < len(plain.body) / 3
        small = await browser.get("/api/nothing", Accept_Encoding="gzip")
        assert "Content-Encoding" not in small.headers

    in_box(tmp_path, test)


def test_a_port_in_use_is_explained(tmp_path: Path) -> None:
    async def run() -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            process = await serve(tmp_path, taken.getsockname()[1])
            _, errors = await asyncio.wait_for(process.communicate(), 20)
        assert process.returncode == 2
        assert "已被占用" in errors.decode()
        assert "Traceback" not in errors.decode()

    asyncio.run(run())
