"""https as an administrator sets it up: trust, sign in, talk, an own certificate; Chromium checks every certificate."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import urllib.request
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives import serialization
from playwright.async_api import Error as BrowserError
from playwright.async_api import Page, expect

from appliance.support.tlscertificate import Identity, make_authority, sign_server
from tests.browser.desk import MICROPHONE_HZ, PASSWORD, Desk, desk
from tests.system.livebox import LiveBox

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("certutil") is None, reason="needs Debian's package libnss3-tools: ./dev setup"),
]

HOST = "hotline.lan"
"""No loopback address, so by http the browser gives no microphone."""
SETTINGS = '[web]\nhost = "127.0.0.1"\ntls_port = 0\n'


def bureau(days: int = 0) -> tuple[Identity, Identity]:
    """An authority of the bureau's own and a certificate of it, as of so many days from now."""
    authority = make_authority("bureau")
    now = datetime.now(UTC) + timedelta(days=days)
    return authority, sign_server(authority, (HOST,), [ip_address("127.0.0.1")], now)


def certutil(home: Path, *words: str) -> None:
    subprocess.run(["certutil", *words, "-d", f"sql:{home / '.pki' / 'nssdb'}"], check=True, capture_output=True)


def trusting(home: Path, *authorities: bytes) -> Path:
    """The home of somebody who trusts these (DER)."""
    (home / ".pki" / "nssdb").mkdir(parents=True)
    certutil(home, "-N", "--empty-password")
    for number, der in enumerate(authorities):
        file = home / f"{number}.crt"
        file.write_bytes(der)
        certutil(home, "-A", "-n", f"authority {number}", "-t", "C,,", "-i", str(file))
    return home


def der_of(identity: Identity) -> bytes:
    return identity.certificate.public_bytes(serialization.Encoding.DER)


def downloaded(url: str) -> bytes:
    """The authority, as the page's button brings it."""
    with urllib.request.urlopen(f"{url.rstrip('/')}/api/tls/authority.crt") as answer:
        return bytes(answer.read())


async def sign_in(person: Desk) -> None:
    await person.at("login-name").fill("admin")
    await person.at("login-password").fill(PASSWORD)
    await person.click("login-submit")
    await expect(person.at("user-menu")).to_be_visible()


async def go_secure(person: Desk) -> str:
    """From the page 网络与时间 by its own link, once the name is in the certificate; the address without path."""
    await person.page.goto(f"{person.url}/network")
    names = person.at("https-part").get_by_label("另外的主机名")
    await names.fill(HOST)
    await names.press("Tab")
    await person.reads("certificate-names", HOST)
    await person.click("open-secure")
    await sign_in(person)
    assert person.page.url.startswith(f"https://{HOST}:")
    return "/".join(person.page.url.split("/")[:3])


async def stranger_is_warned(person: Desk, home: Path) -> None:
    """Who did not install the authority of the box."""
    here = person.page.context.browser
    assert here is not None
    flags = ["--no-sandbox", f"--host-resolver-rules=MAP {HOST} 127.0.0.1"]
    env: dict[str, str | float | bool] = {**os.environ, "HOME": str(trusting(home))}
    browser = await here.browser_type.launch(executable_path=shutil.which("chromium"), args=flags, env=env)
    try:
        with pytest.raises(BrowserError, match="ERR_CERT_AUTHORITY_INVALID"):
            await (await browser.new_page()).goto(person.url)
    finally:
        await browser.close()


async def call(box: LiveBox, person: Desk) -> None:
    """A caller and an agent in this browser; both are heard, so microphone and sockets work."""
    await person.sign_in_at_seat("1")
    await person.click("nav-phones", "phone-out-1-ear")
    await person.reads("microphone", "已打开")
    await person.click("phone-out-1-call")
    await person.reads("phone-out-1-state", "通话中")
    await person.click("phone-out-1-key-1")
    await person.reads("pop-number", "13905620001")
    await person.click("phone-801-hook")
    await person.reads("pop-state", "通话中")
    await box.until(lambda: loudest(box) > 1000, 30)
    await person.click("phone-out-1-hook")
    await person.reads("pop-state", "已结束")
    await person.click("phone-801-hook")
    await box.until(lambda: bool(box.ended()), 20)


def loudest(box: LiveBox) -> int:
    """Of what the customer said so far, in the running recording; 0: nothing of the microphone came."""
    heard = [each.read_bytes()[44:] for each in (box.data / "recordings").rglob("*.wav")]
    samples = [np.frombuffer(each[: len(each) // 4 * 4], "<i2")[::2].astype(int) for each in heard]
    return max((int(np.abs(each).max()) for each in samples if each.size), default=0)


def parts(identity: Identity) -> tuple[str, str]:
    key, begin, chain = identity.pem.decode().partition("-----BEGIN CERTIFICATE-----")
    return begin + chain, key


async def bring(person: Desk, chain: str, key: str) -> None:
    await person.at("import-chain").fill(chain)
    await person.at("import-key").fill(key)
    await person.click("import-save")


async def own_certificate(person: Desk, server: Identity) -> None:
    """Wrong ones are refused with a sentence; the right one is shown, and the box's own is back by a button."""
    await person.page.goto(f"{person.url}/network")
    await person.click("import-open")
    chain, key = parts(server)
    expired, expired_key = parts(bureau(days=-500)[1])
    dialog = person.page.get_by_role("dialog", name="导入证书")
    for wrong, its_key, said in (
        ("x", key, "不是 PEM 格式的证书"),
        (chain, "x", "不是 PEM 格式的私钥"),
        (chain, expired_key, "不是一对"),
        (expired, expired_key, "过期"),
    ):
        await bring(person, wrong, its_key)
        await expect(dialog).to_contain_text(said)
    assert await issuer(person.page) != "bureau"
    await bring(person, chain, key)
    await expect(dialog).to_be_hidden()
    await expect(person.at("import-drop")).to_be_visible()
    assert await issuer(person.page) == "bureau"
    await person.click("import-drop")
    await person.page.get_by_role("button", name="改用本机签发的证书").last.click()
    await expect(person.at("download-authority")).to_be_visible()
    assert await issuer(person.page) != "bureau"


async def issuer(page: Page) -> str:
    """Who signed what the box shows to a new visitor."""
    assert page.context.browser is not None
    visitor = await page.context.browser.new_context()
    try:
        answer = await (await visitor.new_page()).goto(page.url)
        assert answer is not None
        details = await answer.security_details()
        assert details is not None
        return str(details["issuer"]).removeprefix("热线一体机 ")
    finally:
        await visitor.close()


async def _https(folder: Path) -> None:
    authority, server = bureau()
    hum = 0.4 * np.sin(2 * np.pi * 700 * np.arange(MICROPHONE_HZ) / MICROPHONE_HZ)

    def home(url: str) -> Path:
        return trusting(folder / "home", downloaded(url), der_of(authority))

    async with desk(folder, hum, settings=SETTINGS, host=HOST, home=home) as (box, person):
        await person.set_up()
        await person.click("nav-phones")
        assert not await person.page.evaluate("isSecureContext")
        person.url = await go_secure(person)
        assert await person.page.evaluate("isSecureContext")
        await stranger_is_warned(person, folder / "stranger")
        await call(box, person)
        await own_certificate(person, server)
        assert person.complaints == []
        assert [url for url in person.foreign if not url.startswith((f"https://{HOST}:", "blob:https:"))] == []


def test_an_administrator_goes_over_to_https(tmp_path: Path) -> None:
    asyncio.run(_https(tmp_path))
