"""Our simulated module under programs that none of us wrote: gammu, oFono, ModemManager (Debian packages).

Whoever believes the simulated module is believed in turn: what our driver is tested against behaves like a module.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from drivers.cellular.simmodule import SimModule
from drivers.cellular.simport import SimPort
from drivers.cellular.smsdeliver import deliver_pdus

pytestmark = pytest.mark.slow

LONG = "您的报修工单已派单😀师傅将于今天上门" + "测试长短信" * 20
PATIENCE_S = 40.0
PART_AFTER_PART_S = 1.5
"""A network needs as long; ModemManager drops the second of two notices that come in one piece."""
_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth><policy context="default">
<allow user="*"/><allow own="*"/><allow send_type="method_call"/><allow send_destination="*"/>
<allow receive_sender="*"/><allow eavesdrop="true"/></policy></busconfig>"""


def needs(*programs: str) -> None:
    missing = [each for each in programs if shutil.which(each) is None and not Path("/usr/sbin", each).exists()]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)} (Debian packages gammu, ofono, modemmanager, dbus)")


def module() -> tuple[SimModule, list[str]]:
    """With all that was sent through it."""
    made, sent = SimModule(lambda: datetime.now().astimezone()), []
    made.on_sent = sent.append
    return made, sent


def until(true: Callable[[], bool]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end_s, "it did not come about"
        time.sleep(0.1)


def text_of(sent: list[str]) -> str:
    """Of submitted parts that carry UCS2 with a header of six octets."""
    found = []
    for pdu in sent:
        body = bytes.fromhex(pdu)[1 + int(pdu[:2], 16) :]
        at = 2 + 2 + (body[2] + 1) // 2 + 2 + (1 if body[0] & 0x10 else 0)
        content = body[at + 1 : at + 1 + body[at]]
        found.append(content[content[0] + 1 :] if body[0] & 0x40 else content)
    return b"".join(found).decode("utf-16-be")


@contextmanager
def system_bus(folder: Path) -> Iterator[dict[str, str]]:
    """A private bus; the environment for programs on it."""
    path = folder / "bus.sock"
    (folder / "bus.conf").write_text(_BUS.format(path=path))
    bus = subprocess.Popen(["dbus-daemon", f"--config-file={folder / 'bus.conf'}", "--nofork"])
    address = f"unix:path={path}"
    try:
        until(path.exists)
        yield {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": address, "DBUS_SESSION_BUS_ADDRESS": address}
    finally:
        bus.terminate()
        bus.wait()


@contextmanager
def running(*command: str, env: dict[str, str]) -> Iterator[None]:
    program = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        program.terminate()
        program.wait()


def said(*command: str, env: dict[str, str]) -> str:
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    return done.stdout + done.stderr


def test_gammu_identifies_reads_and_sends(tmp_path):
    needs("gammu")
    simulated, sent = module()
    port = SimPort(simulated)
    try:
        config = tmp_path / "gammurc"
        config.write_text(f"[gammu]\ndevice = {port.path}\nconnection = at115200\n")
        gammu = ["gammu", "-c", str(config)]
        env = {**os.environ, "LANG": "C.UTF-8"}
        assert "860000000000001" in said(*gammu, "identify", env=env)
        port.act(lambda each: each.deliver("+8613905620001", "电视没有信号"))
        assert "电视没有信号" in said(*gammu, "getallsms", env=env)
        answer = said(*gammu, "sendsms", "TEXT", "+8613800138000", "-unicode", "-len", "400", "-text", LONG, env=env)
        assert "OK" in answer, answer
        assert text_of(sent) == LONG
    finally:
        port.close()


def test_modem_manager_reads_and_sends(tmp_path):
    needs("ModemManager", "mmcli", "gdbus", "dbus-daemon")
    simulated, sent = module()
    name = f"hotlinebox{os.getpid()}"
    port = SimPort(simulated, abstract=f"abstract:{name}")
    manager = shutil.which("ModemManager") or "/usr/sbin/ModemManager"
    quiet = ("--test-session", "--test-enable", "--no-auto-scan", "--test-no-udev", "--test-no-suspend-resume")
    try:
        with system_bus(tmp_path) as env, running(manager, *quiet, env=env):
            service = "org.freedesktop.ModemManager1"
            call = ("gdbus", "call", "--session", "-d", service, "-o", "/org/freedesktop/ModemManager1")
            profile = (f"{service}.Test.SetProfile", name, "generic", f"['abstract:{name}']")
            until(lambda: "()" in said(*call, "-m", *profile, env=env))
            until(lambda: "Quectel" in said("mmcli", "-m", "any", env=env))
            until(lambda: "successfully enabled" in said("mmcli", "-m", "any", "-e", env=env))
            for pdu in deliver_pdus("+8613905620001", LONG, datetime.now().astimezone(), 7):
                port.act(lambda each, pdu=pdu: each.deliver_pdu(pdu))
                time.sleep(PART_AFTER_PART_S)
            until(lambda: "received" in said("mmcli", "-m", "any", "--messaging-list-sms", env=env))
            listed = said("mmcli", "-m", "any", "--messaging-list-sms", env=env)
            number = listed.partition("SMS/")[2].split()[0]
            assert LONG in "".join(said("mmcli", "-s", number, env=env).split("text: ")[1:])
            create = f"--messaging-create-sms=text='{LONG}',number='+8613800138000'"
            made = said("mmcli", "-m", "any", create, env=env).rpartition("SMS/")[2].split()[0]
            assert "successfully sent" in said("mmcli", "-s", made, "--send", env=env)
            assert text_of(sent) == LONG
    finally:
        port.close()


def test_ofono_registers_and_takes_a_call(tmp_path):
    needs("ofonod", "gdbus", "dbus-daemon")
    simulated, _ = module()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        tcp_port = free.getsockname()[1]
    port = SimPort(simulated, tcp_port=tcp_port)
    config = tmp_path / "phonesim.conf"
    config.write_text(f"[phonesim]\nAddress=127.0.0.1\nPort={tcp_port}\n")
    daemon = (shutil.which("ofonod") or "/usr/sbin/ofonod", "-n", "-P", "bluez5,bluez4,hfp_ag_bluez5,dundee")

    def ask(path: str, method: str, *values: str) -> str:
        return said(
            "gdbus", "call", "--session", "-d", "org.ofono", "-o", path, "-m", f"org.ofono.{method}", *values, env=env
        )

    try:
        with system_bus(tmp_path) as bus:
            env = {**bus, "OFONO_PHONESIM_CONFIG": str(config)}
            with running(*daemon, env=env):
                until(lambda: "/phonesim" in ask("/", "Manager.GetModems"))
                for switch in ("Powered", "Online"):
                    until(lambda switch=switch: "()" in ask("/phonesim", "Modem.SetProperty", switch, "<true>"))
                until(lambda: "registered" in ask("/phonesim", "NetworkRegistration.GetProperties"))
                port.act(lambda each: each.ring("13905620001"))
                until(lambda: "incoming" in ask("/phonesim", "VoiceCallManager.GetCalls"))
                assert "13905620001" in ask("/phonesim", "VoiceCallManager.GetCalls")
                call = ask("/phonesim", "VoiceCallManager.GetCalls").partition("/phonesim/")[2].split("'")[0]
                ask(f"/phonesim/{call}", "VoiceCall.Answer")
                until(lambda: simulated.call is not None and simulated.call[1] == 0)
                port.act(lambda each: each.far_hangs_up())
                until(lambda: "voicecall" not in ask("/phonesim", "VoiceCallManager.GetCalls"))
    finally:
        port.close()
