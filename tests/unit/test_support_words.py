"""What people read of remote support: why a session ended, and what the operation log says."""

from __future__ import annotations

import re
from itertools import product

import msgspec
import pytest

from appliance.support.grant import Grant, Reach, Relay, boot_id, since_start_s
from appliance.support.happenings import Happening, HappeningKind
from appliance.support.knock import Refusal
from appliance.support.recorder import end_of
from appliance.support.sessionlog import EndOfSession
from appliance.support.tunnel import TunnelFault
from webui.supportwords import happened, opened

RELAY = Relay(host="relay.example", user="boxes", host_key="ssh-ed25519 " + "A" * 68)
K = HappeningKind


def grant_for(seconds: float, reach: Reach = Reach.SHELL) -> Grant:
    return Grant(
        id="1", boot_id=boot_id(), until_s=since_start_s() + seconds, opened_at="", until="", opened_by="王建国",
        reason="杂音", reach=reach, relay=RELAY,
    )  # fmt: skip


def test_why_a_session_has_to_end() -> None:
    """Also when the leave was taken away because its time was over, which the web does a moment later."""
    mine, over = grant_for(60.0), grant_for(-1.0)
    assert end_of(mine, mine) is None
    assert end_of(None, mine) is EndOfSession.CLOSED
    assert end_of(msgspec.structs.replace(mine, id="2"), mine) is EndOfSession.CLOSED, "closed, and opened once more"
    assert end_of(over, mine) is EndOfSession.EXPIRED
    assert end_of(None, over) is EndOfSession.EXPIRED


TOLD = [
    *product([K.REFUSED], [each.value for each in Refusal if each]),
    *product([K.TUNNEL_DOWN], [each.value for each in TunnelFault if each]),
    *((K.SESSION_ENDED, f"zhang: {each.value}") for each in EndOfSession),
    (K.OPENED, ""), (K.ENDED, ""), (K.SESSION_BEGAN, "zhang"), (K.TUNNEL_UP, "relay.example:4711"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), TOLD)
def test_every_happening_is_a_chinese_sentence(kind: HappeningKind, text: str) -> None:
    said = happened(Happening(at="", kind=kind, text=text))
    assert re.search(r"[\u4e00-\u9fff]", said)
    assert not re.search(r"[a-z]+", re.sub(r"zhang|relay\.example", "", said)), said


def test_who_knocks_cannot_fill_the_log_with_a_name() -> None:
    said = happened(Happening(at="", kind=K.REFUSED, subject="x" * 5000, text="expired"))
    assert len(said) < 200


@pytest.mark.parametrize(("reach", "word"), [(Reach.COMMANDS, "限定命令"), (Reach.SHELL, "完整命令行")])
def test_what_was_allowed_and_why_is_said(reach: Reach, word: str) -> None:
    said = opened(grant_for(60.0, reach), 4)
    assert word in said
    assert "4 小时" in said
    assert "“杂音”" in said
