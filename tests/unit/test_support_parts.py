"""Remote support without its processes: leave, certificates, orders, log lines, scrubbing, recordings, the bundle."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from appliance.cli.main import main
from appliance.settings import CardSettings, Settings, StoreSettings
from appliance.store.customers import CustomerDraft, add_customer
from appliance.store.database import Database, source_of
from appliance.support.casefile import Part, Words, pack, settings_text
from appliance.support.certificate import Bearer, bearer_of
from appliance.support.grant import Grant, GrantFile, Reach, Relay, boot_id, since_start_s
from appliance.support.knock import Refusal, outcome_of
from appliance.support.orders import LogOf, OrderError, OrderKind, order_of
from appliance.support.scrub import Scrubber
from appliance.support.sessionlog import (
    CannotRecordError,
    EndOfSession,
    SessionStart,
    SessionWriter,
    list_sessions,
    seal_torn,
)
from appliance.support.tunnel import TunnelFault, TunnelPhase, TunnelState, heard

RELAY = Relay(host="relay.example", user="boxes", host_key="ssh-ed25519 " + "A" * 68)


def grant_for(seconds: float) -> Grant:
    return Grant(
        id="1", boot_id=boot_id(), until_s=since_start_s() + seconds, opened_at="", until="", opened_by="王建国",
        reason="杂音", reach=Reach.SHELL, relay=RELAY,
    )  # fmt: skip


def test_a_leave_holds_until_its_time_and_for_this_start_only(tmp_path: Path) -> None:
    file = GrantFile(tmp_path / "grant")
    assert file.valid() is None
    file.write(grant_for(60.0))
    assert file.valid() is not None
    file.write(grant_for(-1.0))
    assert file.valid() is None
    file.write(msgspec.structs.replace(grant_for(60.0), boot_id="another"))
    assert file.valid() is None
    file.path.write_bytes(b"{")
    assert file.valid() is None
    file.remove()
    file.remove()


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "-oProxyCommand=id"}, {"host": "a b"}, {"user": "-l"}, {"user": "Root$"}, {"host": ""},
        {"host_key": "ssh-ed25519 A"}, {"host_key": RELAY.host_key + "\nrelay2 x"}, {"port": 0},
    ],
)  # fmt: skip
def test_a_relay_that_is_none_is_refused(wrong: dict[str, object]) -> None:
    given = json.loads(msgspec.json.encode(RELAY)) | wrong
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(json.dumps(given), type=Relay)


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_a_certificate_tells_whose_it_is(tmp_path: Path, kind: str) -> None:
    for name, words in (("ca", ("ed25519",)), ("key", (kind,))):
        subprocess.run(["ssh-keygen", "-q", "-t", *words, "-N", "", "-f", str(tmp_path / name)], check=True)
    signing = ["ssh-keygen", "-q", "-s", str(tmp_path / "ca"), "-I", "工单 7 张工", "-n", "x", "-z", "4711"]
    subprocess.run([*signing, str(tmp_path / "key.pub")], check=True)
    text = (tmp_path / "key-cert.pub").read_text(encoding="utf-8")
    assert bearer_of(f"publickey {text}") == Bearer("工单 7 张工", 4711)
    assert bearer_of(f"publickey {(tmp_path / 'key.pub').read_text(encoding='utf-8')}") is None
    encoded = text.split()[1]
    for cut in range(104, len(encoded), 24):
        assert bearer_of(encoded[:cut]) in {None, Bearer("工单 7 张工", 4711)}


def test_orders_are_a_list_with_checked_words() -> None:
    assert order_of("").kind is OrderKind.HELP
    order = order_of("logs engine 50")
    assert (order.kind, order.log, order.lines) == (OrderKind.LOGS, LogOf.ENGINE, 50)
    assert order_of("trace 7").lines == 7
    for text in ("id", "logs ../x", "logs engine 0", "status -x", "'", "logs engine 5 6", "trace １２", "bundle /etc"):
        with pytest.raises(OrderError):
            order_of(text)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("Certificate invalid: expired", Refusal.EXPIRED),
        ("error: Authentication key ED25519-CERT SHA256:x revoked by file /x", Refusal.REVOKED),
        ("Certificate does not contain an authorized principal", Refusal.OTHER_BOX),
        (
            "Failed publickey for gate from UNKNOWN: ED25519-CERT SHA256:x ID case-7 (serial 1) CA y",
            Refusal.OTHER_ISSUER,
        ),
        ("Connection closed by UNKNOWN port 65535 [preauth]", Refusal.NO_CERTIFICATE),
    ],
)
def test_why_somebody_was_not_let_in(line: str, why: Refusal) -> None:
    outcome = outcome_of(["Connection from UNKNOWN", line, "Connection closed by UNKNOWN port 65535 [preauth]"])
    assert (outcome.admitted, outcome.why) == (False, why)
    assert outcome_of([line, "Accepted publickey for gate from UNKNOWN: X ID case-7 (serial 1) CA y"]).admitted


def test_what_ssh_says_of_the_tunnel() -> None:
    state = TunnelState(phase=TunnelPhase.CONNECTING)
    state = heard(state, "debug1: Remote connections from 127.0.0.1:0 forwarded")
    assert state.phase is TunnelPhase.CONNECTING
    state = heard(state, "Allocated port 40123 for remote forward to /run/x")
    assert (state.phase, state.port) == (TunnelPhase.UP, 40123)
    assert heard(state, "box@relay: Permission denied (publickey).").fault is TunnelFault.NOT_ADMITTED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("来电 13800138000 转 8007", "来电 ***** 转 8007"),
        ("138-0013-8000", "*****"),
        ("+86 138 0013 8000 ok", "***** ok"),
        ("(0562) 266 8899", "(*****"),
        ("2026-11-22T07:44:33+0800 x", "2026-11-22T07:44:33+0800 x"),
        ("call 20261122-074433-0001 line 2", "call 20261122-074433-0001 line 2"),
        ("late 12.75 ms, 42 %", "late 12.75 ms, 42 %"),
        ("张小明说", "〔已隐去〕说"),
        ("住凤凰路12号院", "住〔已隐去〕院"),
    ],
)  # fmt: skip
def test_scrubbing(text: str, expected: str) -> None:
    assert Scrubber(["张小明", "凤凰路12号", "x"]).scrub(text) == expected


def test_when_nobody_knows_the_names_everything_chinese_in_a_log_is_hidden() -> None:
    blind = Scrubber(None)
    assert blind.scrub("E webui: 张小明 13800138000 failed") == "E webui: 〔已隐去〕 ***** failed"
    assert blind.scrub("数据库文件损坏 13800138000", ours=True) == "数据库文件损坏 *****"


def start_of(pid: int, name: str = "20261122-080000-1") -> SessionStart:
    return SessionStart(
        id=name, grant="g", bearer="case-7", serial=1, began_at="2026-11-22T08:00:00+08:00", reach=Reach.SHELL,
        command="", pid=pid,
    )  # fmt: skip


def test_a_recording_is_asciicast_and_keeps_split_letters(tmp_path: Path) -> None:
    writer = SessionWriter(tmp_path, start_of(1), 100, 30)
    octets = "线路".encode()
    writer.shown(octets[:4])
    writer.shown(octets[4:])
    writer.typed(b"\xff\r")
    writer.resized(120, 40)
    writer.close(EndOfSession.DONE, 0)
    header, *events = [
        json.loads(line) for line in (tmp_path / f"{start_of(1).id}.cast").read_text("utf-8").splitlines()
    ]
    assert (header["version"], header["width"], header["height"]) == (2, 100, 30)
    assert [event[1:] for event in events] == [["o", "线"], ["o", "路"], ["i", "\ufffd\r"], ["r", "120x40"]]
    (session,) = list_sessions(tmp_path)
    assert session.end is not None
    assert (session.end.why, session.end.exit_code) == (EndOfSession.DONE, 0)


def test_what_cannot_be_recorded_must_not_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = SessionWriter(tmp_path, start_of(1), 80, 24)
    with pytest.raises(CannotRecordError):  # never two recordings of one name
        SessionWriter(tmp_path, start_of(1), 80, 24)
    monkeypatch.setattr(writer, "_left", 10)
    with pytest.raises(CannotRecordError):
        writer.shown(b"x" * 100)
    writer.close(EndOfSession.FULL, None)
    (tmp_path / "file").touch()
    with pytest.raises(CannotRecordError):
        SessionWriter(tmp_path / "file", start_of(1), 80, 24)


def test_a_session_whose_recorder_is_gone_gets_an_end(tmp_path: Path) -> None:
    done = subprocess.Popen(["true"])
    done.wait()
    SessionWriter(tmp_path, start_of(done.pid), 80, 24)
    (sealed,) = seal_torn(tmp_path)
    assert sealed.end is not None
    assert sealed.end.why is EndOfSession.TORN
    assert list(seal_torn(tmp_path)) == []


def test_secrets_of_the_settings_are_left_out() -> None:
    settings = Settings(
        cards=(CardSettings(family="cellular", pin="4711"),), store=StoreSettings(url="postgresql://u:geheim@db/x")
    )
    text = settings_text(settings)
    assert "4711" not in text
    assert "geheim" not in text
    assert "postgresql" in text


def test_free_text_is_scrubbed_and_measured_values_stay() -> None:
    octets = pack(
        [Part("a.txt", "13800138000 张小明", Words.ANY), Part("b.txt", "ticks 1234567")], Scrubber(["张小明"])
    )
    archive = zipfile.ZipFile(io.BytesIO(octets))
    assert archive.read("a.txt").decode() == "***** 〔已隐去〕"
    assert archive.read("b.txt").decode() == "ticks 1234567"


CALL = "20261122-080000-0001"
CUSTOMER, NUMBER, ADDRESS = "欧阳招娣", "13955512345", "凤凰路88号3栋"


def test_a_bundle_of_a_box_full_of_customers_has_nothing_of_them(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "journal").mkdir(parents=True)
    database = Database(source_of("", data), readers=1)
    draft = CustomerDraft(name=CUSTOMER, numbers=(NUMBER,), address=ADDRESS)
    database.write_now(add_customer, draft, datetime.now().astimezone())
    database.close()
    now = "2026-11-22T08:00:00+08:00"
    facts = [
        {"type": "CallStarted", "id": "1", "at": now, "call_id": CALL, "direction": "inbound", "line": 1},
        {
            "type": "CallProgressed", "id": "2", "at": now, "call_id": CALL, "state": "offered",
            "step": {"at_s": 0.0, "kind": "rang", "number": NUMBER, "label": CUSTOMER},
            "peer_number": NUMBER, "peer_name": CUSTOMER,
        },
        {"type": "SmsQueued", "id": "3", "at": now, "number": NUMBER, "text": f"{CUSTOMER}您好，{ADDRESS}"},
        {"type": f"Nonsense {NUMBER} {CUSTOMER}", "id": NUMBER, "at": CUSTOMER},
    ]  # fmt: skip
    lines = "".join(json.dumps(fact, ensure_ascii=False) + "\n" for fact in facts)
    (data / "journal" / "1.jsonl").write_text(lines, encoding="utf-8")
    for name in ("callerbook.json", "lines.json", "callplan.json", "messages.json"):
        (data / name).write_text(json.dumps({"x": [CUSTOMER, NUMBER, ADDRESS]}, ensure_ascii=False), encoding="utf-8")
    bundle = tmp_path / "bundle.zip"
    assert main(["support", "--data", str(data), "bundle", str(bundle)]) == 0
    with zipfile.ZipFile(bundle) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert {"about.txt", "settings.json", "doctor.txt", "health.json", "journal.txt", "trace.txt"} <= set(texts)
    for name, text in texts.items():
        for secret in (CUSTOMER, NUMBER, ADDRESS, "欧阳", "招娣", "凤凰路"):
            assert secret not in text, (name, secret)
    assert CALL in texts["trace.txt"]
    assert "CallStarted 1" in texts["journal.txt"]
