"""Remote support as the vendor and the administrator live it: a real sshd, a real relay, all on loopback."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from appliance.support.grant import Reach
from appliance.support.happenings import HappeningKind
from appliance.support.sessionlog import EndOfSession, RecordedSession, list_sessions
from tests.system.supportlab import PATIENCE_S, SupportLab, why_not

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[SupportLab]:
    made = SupportLab(tmp_path)
    yield made
    made.close()


class Terminal:
    """The engineer's terminal: ssh -tt, with what it showed so far."""

    def __init__(self, lab: SupportLab) -> None:
        self._ours, theirs = os.openpty()
        self._lab = lab
        self.shown = b""
        self.process = subprocess.Popen(
            lab.engineer("-tt"), stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)
        lab.follow(self.process)
        os.set_blocking(self._ours, False)
        lab.until(
            lambda: self.shown[-2:] in {b"# ", b"$ ", b"> "} or self.shows("\0") or self.process.poll() is not None
        )

    def types(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def shows(self, text: str) -> bool:
        with suppress(OSError):
            self.shown += os.read(self._ours, 65536)
        return text.encode() in self.shown

    def sees(self, text: str) -> None:
        self._lab.until(lambda: self.shows(text))

    def ends(self) -> None:
        self._lab.until(lambda: self.shows("\0never") or self.process.poll() is not None)
        os.close(self._ours)


def only_session(lab: SupportLab) -> RecordedSession:
    lab.until(lambda: any(session.end is not None for session in list_sessions(lab.places.sessions)))
    (session,) = list_sessions(lab.places.sessions)
    assert session.end is not None
    return session


def recording(lab: SupportLab, session: RecordedSession) -> tuple[dict[str, object], list[tuple[float, str, str]]]:
    lines = (lab.places.sessions / f"{session.start.id}.cast").read_text(encoding="utf-8").splitlines()
    header, *events = [json.loads(line) for line in lines]
    return header, events


def said_of(events: list[tuple[float, str, str]], kind: str) -> str:
    return "".join(text for _, what, text in events if what == kind)


def refusals(lab: SupportLab) -> list[str]:
    return [each.text for each in lab.happened() if each.kind is HappeningKind.REFUSED]


def test_nobody_gets_in_while_it_is_closed(lab: SupportLab) -> None:
    assert lab.hotlinebox("support", "gate").returncode == 0  # nothing to open: it ends at once
    assert not lab.places.entry.exists()
    lab.sign()
    assert lab.asks("id").returncode == 255
    assert lab.happened() == []


def test_a_session_in_full_is_recorded_as_it_was_seen_and_typed(lab: SupportLab) -> None:
    lab.open(Reach.SHELL)
    lab.start_gate()
    lab.sign()
    terminal = Terminal(lab)
    terminal.types("echo gr$((6*7))ss\n")
    terminal.sees("gr42ss")
    terminal.types("exit 3\n")
    terminal.ends()
    assert terminal.process.returncode == 3
    session = only_session(lab)
    assert (session.start.bearer, session.start.serial, session.start.command) == ("case-7 zhang", 1, "")
    assert session.end is not None
    assert (session.end.why, session.end.exit_code) == (EndOfSession.DONE, 3)
    header, events = recording(lab, session)
    assert header["version"] == 2
    assert "gr42ss" in said_of(events, "o")
    assert said_of(events, "i") == "echo gr$((6*7))ss\nexit 3\n"
    times = [at for at, _, _ in events]
    assert times == sorted(times)
    kinds = [each.kind for each in lab.happened()]
    assert kinds == [
        HappeningKind.OPENED,
        HappeningKind.TUNNEL_UP,
        HappeningKind.SESSION_BEGAN,
        HappeningKind.SESSION_ENDED,
    ]


def test_a_single_command_keeps_its_output_its_errors_and_its_exit_code(lab: SupportLab) -> None:
    lab.open(Reach.SHELL)
    lab.start_gate()
    lab.sign()
    done = lab.asks("echo fine; echo bad >&2; exit 7")
    assert (done.returncode, done.stdout, done.stderr) == (7, "fine\n", "bad\n")
    session = only_session(lab)
    assert session.start.command == "echo fine; echo bad >&2; exit 7"
    assert "fine" in said_of(recording(lab, session)[1], "o")


def test_whoever_has_no_good_certificate_is_refused_and_noted(lab: SupportLab) -> None:
    lab.open(Reach.SHELL)
    lab.start_gate()
    lab.sign(valid="-3h:-1h")
    assert lab.asks("id").returncode == 255
    lab.sign(valid="+1h:+2h")
    assert lab.asks("id").returncode == 255
    lab.sign(principal="support@BOX-0002")
    assert lab.asks("id").returncode == 255
    lab.sign(ca="forged_ca")
    assert lab.asks("id").returncode == 255
    assert lab.asks("id", certificate=False).returncode == 255
    expected = ["expired", "not_yet", "other_box", "other_issuer", "no_certificate"]
    lab.until(lambda: len(refusals(lab)) == len(expected))
    assert refusals(lab) == expected
    assert list_sessions(lab.places.sessions) == []


def test_a_revoked_certificate_is_refused(lab: SupportLab) -> None:
    lab.revoke(1005)
    lab.open(Reach.SHELL)
    lab.start_gate()
    lab.sign(serial=1005)
    assert lab.asks("id").returncode == 255
    lab.until(lambda: refusals(lab) == ["revoked"])
    lab.sign(serial=1006)
    assert lab.asks("true").returncode == 0


def test_no_way_through_the_box_and_no_files_by_sftp(lab: SupportLab) -> None:
    """Whatever the vendor wrote into the certificate."""
    lab.open(Reach.COMMANDS)
    lab.start_gate()
    lab.sign(limited=False)
    through = subprocess.run(
        [*lab.engineer("-W", f"127.0.0.1:{lab.relay.port}")], stdin=subprocess.DEVNULL, capture_output=True,
        text=True, check=False, timeout=PATIENCE_S,
    )  # fmt: skip
    assert through.returncode != 0
    assert "SSH-2.0" not in through.stdout
    assert "administratively prohibited" in through.stderr
    files = subprocess.run(
        lab.engineer("-b", "-", program="sftp"), input="ls\n", capture_output=True, text=True, check=False,
        timeout=PATIENCE_S,
    )  # fmt: skip
    assert files.returncode != 0


def test_restricted_commands_are_a_list_and_no_shell(lab: SupportLab) -> None:
    lab.open(Reach.COMMANDS)
    lab.start_gate()
    lab.sign()
    for attempt in ("id", "status; id", "$(id)", "logs engine -- /etc/passwd", "logs engine 99999", "`id`"):
        done = lab.asks(attempt)
        assert done.returncode == 2, attempt
        assert "uid=" not in done.stdout + done.stderr
    done = lab.asks("doctor")
    assert "[正常]" in done.stdout
    assert len(list_sessions(lab.places.sessions)) == 7  # refused ones too


def test_restricted_commands_one_after_the_other_at_a_prompt(lab: SupportLab) -> None:
    lab.open(Reach.COMMANDS)
    lab.start_gate()
    lab.sign()
    terminal = Terminal(lab)
    terminal.types("help\n")
    terminal.sees("bundle")
    terminal.types("bash\n")
    terminal.sees("不允许")
    terminal.types("exit\n")
    terminal.ends()
    assert terminal.process.returncode == 0


def test_the_administrator_cuts_in_mid_session(lab: SupportLab) -> None:
    lab.open(Reach.SHELL)
    gate = lab.start_gate()
    lab.sign()
    terminal = Terminal(lab)
    terminal.types("sleep 1000 & echo pid=$!=\n")
    lab.until(lambda: terminal.shows("\0") or re.search(rb"pid=\d+=", terminal.shown) is not None)
    found = re.search(rb"pid=(\d+)=", terminal.shown)
    assert found
    hidden = int(found[1])
    began_s = time.monotonic()
    lab.grants.remove()
    terminal.ends()
    assert time.monotonic() - began_s < PATIENCE_S
    assert "管理员已关闭远程支持".encode() in terminal.shown
    assert gate.wait(PATIENCE_S) == 0
    session = only_session(lab)
    assert session.end is not None
    assert session.end.why is EndOfSession.CLOSED
    assert not Path(f"/proc/{hidden}").exists() or b"sleep" not in Path(f"/proc/{hidden}/cmdline").read_bytes()
    assert not lab.places.entry.exists()
    assert lab.asks("id").returncode == 255
    assert lab.happened()[-1].kind is HappeningKind.ENDED


def test_when_the_hours_are_over_sessions_end_and_nobody_gets_in(lab: SupportLab) -> None:
    lab.open(Reach.SHELL)
    gate = lab.start_gate()
    lab.sign()
    terminal = Terminal(lab)
    terminal.types("echo in\n")
    terminal.sees("in\r\n")
    held = lab.grants.valid()
    assert held is not None
    lab.grants.write(msgspec.structs.replace(held, until_s=held.until_s - 3600.0))
    terminal.ends()
    assert "远程支持时间已到".encode() in terminal.shown
    assert gate.wait(PATIENCE_S) == 0
    session = only_session(lab)
    assert session.end is not None
    assert session.end.why is EndOfSession.EXPIRED
    assert lab.hotlinebox("support", "principals").stdout == ""


def test_a_restart_of_the_machine_revokes(lab: SupportLab) -> None:
    grant = lab.open(Reach.SHELL)
    assert lab.hotlinebox("support", "principals").stdout == "support@BOX-0001\n"
    lab.grants.write(msgspec.structs.replace(grant, boot_id="of the start before"))
    assert lab.hotlinebox("support", "principals").stdout == ""
    assert lab.hotlinebox("support", "gate").returncode == 0
    assert not lab.places.entry.exists()


def test_a_gate_that_was_killed_leaves_no_session_open(lab: SupportLab) -> None:
    lab.open(Reach.SHELL)
    gate = lab.start_gate()
    lab.sign()
    terminal = Terminal(lab)
    terminal.types("echo in\n")
    terminal.sees("in\r\n")
    (running,) = list_sessions(lab.places.sessions)
    os.kill(running.start.pid, 9)  # as a power cut: no word from the recorder
    terminal.ends()
    gate.kill()
    gate.wait()
    lab.grants.remove()
    assert lab.hotlinebox("support", "gate").returncode == 0
    session = only_session(lab)
    assert session.end is not None
    assert session.end.why is EndOfSession.TORN
    assert said_of(recording(lab, session)[1], "i") == "echo in\n"


def test_a_relay_that_falls_is_found_again_when_it_returns(lab: SupportLab) -> None:
    lab.open(Reach.COMMANDS)
    lab.start_gate()
    lab.sign()
    lab.relay_falls()
    lab.until(lambda: not lab.tunnel_up())
    assert lab.asks("help").returncode == 255
    lab.relay_returns()
    lab.until(lab.tunnel_up)
    assert lab.asks("help").returncode == 0
    kinds = [each.kind for each in lab.happened()]
    assert kinds[:4] == [
        HappeningKind.OPENED,
        HappeningKind.TUNNEL_UP,
        HappeningKind.TUNNEL_DOWN,
        HappeningKind.TUNNEL_UP,
    ]


def test_a_relay_with_another_key_is_not_talked_to(lab: SupportLab) -> None:
    other = (lab.folder / "forged_ca.pub").read_text(encoding="ascii").split()[:2]
    lab.relay = msgspec.structs.replace(lab.relay, host_key=" ".join(other))
    lab.open(Reach.SHELL)
    note = lab.places.tunnel_note
    gate = subprocess.Popen(lab.gate_command(), stderr=subprocess.DEVNULL)
    try:
        lab.until(lambda: note.exists() and b"wrong_host_key" in note.read_bytes())
    finally:
        lab.grants.remove()
        assert gate.wait(PATIENCE_S) == 0
