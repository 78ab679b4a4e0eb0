"""Address, clock and metrics over the API; who carries wishes out is played by the test."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from appliance.settings import NetworkSettings
from appliance.store.alarms import AlarmKind, AlarmLevel, open_alarms
from appliance.store.audit import list_audit_entries
from appliance.support.addresschange import ethernet_interfaces
from appliance.support.boxclock import last_moment
from appliance.support.boxwishes import AddressPhase, AddressState, BoxWishes, ClockState
from appliance.support.lanaddress import LanAddress
from tests.web.box import Answer, Box, in_box, until, until_true
from tests.web.keyed import Program, program
from webui import machine as machine_module
from webui.alarms import alarms as alarms_module
from webui.metrics import HELP

CARD = ethernet_interfaces()[0]
HOME = {"interface": CARD, "method": "static", "address": "192.168.1.20", "gateway": "192.168.1.1"}


def looked_after(folder: Path) -> tuple[BoxWishes, NetworkSettings]:
    """A machine whose units run."""
    wishes = BoxWishes(folder / "run")
    (folder / "run").mkdir()
    wishes.receive()
    wishes.tell_address(AddressState())
    wishes.tell_clock(ClockState())
    return wishes, NetworkSettings(run=str(folder / "run"))


def test_a_new_address_is_wished_and_confirmed_from_there(tmp_path: Path) -> None:
    wishes, network = looked_after(tmp_path)

    async def test(box: Box) -> None:
        admin = await box.everything()
        view = (await admin.get("/api/network")).json
        assert (view["managed"], view["phase"], CARD in view["interfaces"]) == (True, "idle", True)
        answer = await admin.put("/api/network", HOME)
        assert answer.status == 200, answer.body
        token = answer.json["token"]
        wish = wishes.take_address()
        assert wish is not None
        assert wish.wanted == msgspec.convert(HOME, LanAddress)
        stranger = box.browser()
        assert (await stranger.get(f"/api/network/confirmation/{token}")).status == 404, "not set yet"
        soon = datetime.now(UTC) + timedelta(seconds=90)
        wishes.tell_address(AddressState(phase=AddressPhase.WAITING, wanted=wish.wanted, token=wish.token, until=soon))
        view = (await admin.get("/api/network")).json
        assert view["phase"] == "waiting"
        assert 60 < view["left_s"] <= 90
        assert (await admin.put("/api/network", HOME)).status == 409, "one at a time"
        assert (await stranger.get("/api/network/confirmation/guessed")).status == 404
        assert not wishes.is_confirmed(wish.token)
        answer = await stranger.get(f"/api/network/confirmation/{token}")
        assert (answer.status, answer.headers["Location"]) == (303, "/")
        assert wishes.is_confirmed(wish.token)
        entries = await box.context.database.read(list_audit_entries)
        assert any(entry.action == "sys.network" and "192.168.1.20" in entry.after for entry in entries)

    in_box(tmp_path / "data", test, network=network)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"address": "8.8.8.8", "gateway": ""}, "address"), ({"gateway": "10.0.0.1"}, "gateway"),
     ({"interface": "no9"}, "interface")],
)  # fmt: skip
def test_an_address_that_would_cut_people_off_is_refused(tmp_path: Path, change: dict[str, str], field: str) -> None:
    wishes, network = looked_after(tmp_path)

    async def test(box: Box) -> None:
        admin = await box.everything()
        answer = await admin.put("/api/network", HOME | change)
        assert (answer.status, answer.json["error"]["field"]) == (422, field)
        assert wishes.take_address() is None

    in_box(tmp_path / "data", test, network=network)


def test_a_machine_that_looks_after_itself_says_so(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        assert (await admin.get("/api/network")).json["managed"] is False
        assert (await admin.get("/api/clock")).json["managed"] is False
        for path, body in (("/api/network", HOME), ("/api/clock", {"servers": []})):
            answer = await admin.put(path, body)
            assert (answer.status, "操作系统管理" in answer.error) == (409, True)
        assert (await box.browser().get("/api/network")).status == 401

    in_box(tmp_path, test)


def test_the_clock_is_set_and_its_servers(tmp_path: Path) -> None:
    wishes, network = looked_after(tmp_path)

    async def test(box: Box) -> None:
        admin = await box.everything()
        wishes.tell_clock(
            ClockState(raised_from=datetime(1970, 1, 1, tzinfo=UTC), raised_to=datetime(2027, 1, 1, tzinfo=UTC))
        )
        assert (await admin.get("/api/clock")).json["raised_to"] == "2027-01-01T00:00:00Z"
        at = "2027-03-01T08:30:00+08:00"
        assert (await admin.put("/api/clock", {"at": at, "servers": ["192.168.1.1", "192.168.1.1"]})).status == 200
        wish = wishes.take_clock()
        assert wish is not None
        assert (wish.at, wish.servers) == (datetime.fromisoformat(at), ("192.168.1.1",))
        (entry,) = [each for each in await box.context.database.read(list_audit_entries) if each.action == "sys.time"]
        assert f"{datetime.fromisoformat(at).astimezone():%Y-%m-%d %H:%M:%S}" in entry.after
        for bad in (
            {"at": "2027-03-01T08:30:00"},
            {"at": "1999-03-01T08:30:00Z"},
            {"servers": ["a b"]},
            {"servers": ["a\nb"]},
        ):
            assert (await admin.put("/api/clock", bad)).status == 422, bad
        assert wishes.take_clock() is None

    in_box(tmp_path / "data", test, network=network)


def test_the_last_known_moment_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_module, "NOTE_EVERY_S", 0.02)

    async def test(box: Box) -> None:
        await until(lambda: last_moment(tmp_path) is not None)
        noted = last_moment(tmp_path)
        assert noted is not None
        assert abs((datetime.now(UTC) - noted).total_seconds()) < 60
        assert box.data == tmp_path

    in_box(tmp_path, test)


def test_that_the_clock_was_put_right_at_power_on_is_logged_once(tmp_path: Path) -> None:
    wishes, network = looked_after(tmp_path)
    stopped, first = datetime(1970, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    later = first + timedelta(days=1)

    async def logged(box: Box) -> list[tuple[str, str, str]]:
        entries = await box.context.database.read(list_audit_entries)
        return [(each.user_name, each.before, each.after) for each in entries if each.action == "clock"]

    def entry(known: datetime) -> tuple[str, str, str]:
        return ("本机", f"{stopped.astimezone():%Y-%m-%d %H:%M:%S}", f"{known.astimezone():%Y-%m-%d %H:%M:%S}")

    expected: list[tuple[str, str, str]] = []
    for known in (first, first, later):  # the web is started anew, then the machine
        wishes.tell_clock(ClockState(raised_from=stopped, raised_to=known))
        expected = [entry(known), *(each for each in expected if each != entry(known))]

        async def test(box: Box, expected: list[tuple[str, str, str]] = expected) -> None:
            async def is_logged() -> bool:
                return await logged(box) == expected

            await until_true(is_logged)

        in_box(tmp_path / "data", test, network=network)


def test_a_clock_that_stood_still_is_an_alarm_until_it_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarms_module, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(alarms_module, "SYNCHRONISED", tmp_path / "synchronised")
    wishes, network = looked_after(tmp_path)

    async def test(box: Box) -> None:
        async def unsure() -> int:
            lasting = await box.context.database.read(open_alarms)
            return sum(alarm.kind is AlarmKind.CLOCK_UNSURE for alarm in lasting)

        async def is_raised() -> bool:
            return await unsure() == 1

        async def is_over() -> bool:
            return await unsure() == 0

        raised = ClockState(raised_from=datetime(1970, 1, 1, tzinfo=UTC), raised_to=datetime(2027, 1, 1, tzinfo=UTC))
        wishes.tell_clock(raised)
        await until_true(is_raised)
        wishes.tell_clock(ClockState())  # somebody set it
        await until_true(is_over)
        wishes.tell_clock(raised)
        await until_true(is_raised)
        (tmp_path / "synchronised").touch()  # a time server was heard
        await until_true(is_over)

    in_box(tmp_path / "data", test, network=network)


async def look(program: Program) -> Answer:
    return await program.browser.ask("GET", "/metrics", headers={"Authorization": f"Bearer {program.secret}"})


def test_metrics_are_what_prometheus_reads(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        monitor: Program = await program(box, admin, "metrics:read")
        box.engine.ring("20260101-0001", "13800138000", "1001")
        await until(lambda: len(box.context.link.mirror.snapshot().calls) == 1)
        answer = await look(monitor)
        assert answer.status == 200, answer.body
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        found = {
            (sample.name, *sorted(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(answer.body.decode())
            for sample in family.samples
        }
        assert found[("hotlinebox_engine_up",)] == 1
        assert sum(value for key, value in found.items() if key[0] == "hotlinebox_calls") == 1
        assert sum(value for key, value in found.items() if key[0] == "hotlinebox_lines") == len(
            box.context.link.mirror.snapshot().lines
        )
        assert found[("hotlinebox_disk_free_bytes",)] > 0
        assert "13800138000" not in answer.body.decode()
        await box.engine.server.stop()
        await until(lambda: box.context.link.mirror.snapshot() is None)
        assert "hotlinebox_engine_up 0" in (await look(monitor)).body.decode()

    in_box(tmp_path, test)


def test_metrics_need_a_key_of_their_own(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        assert (await box.browser().get("/metrics")).status == 401
        assert (await admin.get("/metrics")).status == 401, "a session is no key"
        other: Program = await program(box, admin, "calls:read")
        assert (await look(other)).status == 403

    in_box(tmp_path, test)


def test_what_the_docs_tell_monitoring_programs_to_watch_is_there() -> None:
    text = (Path(__file__).parents[2] / "docs" / "NETWORK.md").read_text(encoding="utf-8")
    names = set(re.findall(r"hotlinebox_\w+", text))
    assert {"hotlinebox_engine_up", "hotlinebox_alarms"} <= names <= set(HELP)
    assert set(re.findall(r'level="(\w+)"', text)) <= {level.value for level in AlarmLevel}
