"""Address, clock and firewall of the box: what is asked for is checked twice, and nobody is cut off."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.support.addresschange import FILE_NAME, AddressChange
from appliance.support.boxclock import BoxClock, MachineClock, last_moment, note_moment, servers_file
from appliance.support.boxname import AS_BUILT, box_name, take_name
from appliance.support.boxwishes import AddressPhase, AddressWish, BoxWishes, ClockWish
from appliance.support.lanaddress import AddressError, LanAddress, check, network_file

HOME = LanAddress(
    interface="eth0", method="static", address="192.168.1.20", gateway="192.168.1.1", dns=("192.168.1.1",)
)
OTHER = LanAddress(interface="eth0", method="static", address="10.1.2.3", prefix=16)
TOKEN = "a" * 64


def changed(**fields: object) -> LanAddress:
    return msgspec.structs.replace(HOME, **fields)


# --- what may be asked for --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        (changed(interface="eth9"), "interface"),
        (changed(address="8.8.8.8", gateway=""), "address"),
        (changed(address="192.168.1.0"), "address"),
        (changed(address="192.168.1.255"), "address"),
        (changed(address="127.0.0.5", gateway=""), "address"),
        (changed(address=""), "address"),
        (changed(address="192.168.1.256"), "address"),
        (changed(prefix=31), "prefix"),
        (changed(gateway="192.168.2.1"), "gateway"),
        (changed(gateway="192.168.1.20"), "gateway"),
        (changed(dns=("192.168.1.1", "1.1.1.999")), "dns[1]"),
    ],
)
def test_an_address_that_would_cut_everybody_off_is_refused(wanted: LanAddress, where: str) -> None:
    with pytest.raises(AddressError) as refused:
        check(wanted, ("eth0",))
    assert refused.value.field == where


def test_networkd_is_told_in_its_own_words() -> None:
    check(HOME, ("eth0",))
    lines = network_file(HOME).splitlines()
    assert {"Name=eth0", "DHCP=no", "Address=192.168.1.20/24", "Gateway=192.168.1.1", "DNS=192.168.1.1"} <= set(lines)
    dhcp = network_file(LanAddress(interface="eth0"))
    assert "DHCP=yes" in dhcp
    assert "Address=" not in dhcp


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_text_of_a_wish_gets_a_line_of_its_own(interface: str, address: str) -> None:
    text = msgspec.json.encode({"interface": interface, "method": "static", "address": address})
    try:
        wanted = msgspec.json.decode(text, type=LanAddress)
        check(wanted, (interface,))
    except (msgspec.ValidationError, AddressError):
        return
    assert len(network_file(wanted).splitlines()) == 9


# --- the name of the box ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("serial", "name"),
    [("BOX-0001", "hotlinebox-0001"), ("91C0D4E73F2A", "hotlinebox-3f2a"), ("7-", "hotlinebox-7"), ("", AS_BUILT)],
)
def test_two_boxes_in_a_network_have_two_names(serial: str, name: str) -> None:
    assert box_name(serial) == name


def test_a_box_takes_its_name_once_and_keeps_one_that_somebody_chose(tmp_path: Path) -> None:
    kernels = tmp_path / "hostname"
    kernels.write_text(f"{AS_BUILT}\n")
    take_name("BOX-0001", kernels)
    assert kernels.read_text() == "hotlinebox-0001"
    take_name("BOX-0002", kernels)
    assert kernels.read_text() == "hotlinebox-0001"
    kernels.write_text("gongdan\n")
    take_name("BOX-0001", kernels)
    assert kernels.read_text() == "gongdan\n"


# --- carried out, kept, put back --------------------------------------------------------------------------------------


class Machine:
    """Folders of a machine; `applied` is what networkd read, each time it was told to."""

    def __init__(self, folder: Path, within_s: float = 30.0) -> None:
        self.run, self.files, self.kept = folder / "run", folder / "network", folder / "kept"
        for each in (self.run / "wishes", self.files, self.kept):
            each.mkdir(parents=True)
        self.wishes = BoxWishes(self.run)
        self.applied: list[str] = []
        self.change = AddressChange(self.wishes, self.files, self.kept, self.apply, lambda: ("eth0",), within_s)

    def apply(self) -> None:
        self.applied.append(self.now())

    def now(self) -> str:
        path = self.files / FILE_NAME
        return path.read_text() if path.exists() else ""

    def want(self, wanted: LanAddress) -> None:
        self.wishes.want_address(AddressWish(wanted=wanted, token=TOKEN))

    def kept_by_somebody(self, wanted: LanAddress) -> None:
        self.want(wanted)
        person = threading.Thread(target=self._confirm_when_waiting)
        person.start()
        self.change.carry_out()
        person.join()

    def _confirm_when_waiting(self) -> None:
        while self.wishes.address_state().phase is not AddressPhase.WAITING:
            time.sleep(0.01)
        self.wishes.confirm_address(TOKEN)


def test_an_address_that_somebody_confirms_stays(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.change.begin()
    assert machine.wishes.manages_address
    machine.kept_by_somebody(HOME)
    state = machine.wishes.address_state()
    assert (state.phase, state.in_force) == (AddressPhase.KEPT, HOME)
    assert machine.now() == network_file(HOME) == machine.applied[-1]
    machine.change.begin()
    assert machine.now() == network_file(HOME), "also after a restart"


def test_an_address_that_nobody_reaches_is_put_back(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.kept_by_somebody(HOME)
    quick = AddressChange(machine.wishes, machine.files, machine.kept, machine.apply, lambda: ("eth0",), 0.05)
    machine.want(OTHER)
    quick.carry_out()
    state = machine.wishes.address_state()
    assert (state.phase, state.in_force) == (AddressPhase.RETURNED, HOME)
    assert "没有人从新地址确认" in state.text
    assert machine.applied[-2:] == [network_file(OTHER), network_file(HOME)]


def test_the_first_change_of_all_goes_back_to_what_the_machine_came_with(tmp_path: Path) -> None:
    machine = Machine(tmp_path, within_s=0.05)
    machine.want(HOME)
    machine.change.carry_out()
    assert machine.applied == [network_file(HOME), ""]
    assert machine.wishes.address_state().in_force is None


class PowerCutError(Exception):
    pass


def test_a_power_cut_before_anybody_confirmed_puts_the_old_address_back(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.kept_by_somebody(HOME)
    machine.want(OTHER)

    class Cut(AddressChange):
        def _put_back(self) -> bool:
            raise PowerCutError

    def cut() -> None:
        raise PowerCutError

    with pytest.raises(PowerCutError):
        Cut(machine.wishes, machine.files, machine.kept, cut, lambda: ("eth0",)).carry_out()
    assert machine.now() == network_file(OTHER), "as the power cut left it"
    machine.change.begin()
    assert machine.now() == network_file(HOME)
    assert "重新启动后恢复" in machine.wishes.address_state().text
    machine.change.begin()
    assert machine.wishes.address_state().phase is AddressPhase.IDLE


def test_what_networkd_does_not_take_is_put_back(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    said: list[str] = []

    def apply() -> None:
        said.append(machine.now())
        if len(said) == 1:
            raise OSError(5, "no networkd")

    machine.want(HOME)
    with pytest.raises(OSError, match="no networkd"):
        AddressChange(machine.wishes, machine.files, machine.kept, apply, lambda: ("eth0",)).carry_out()
    assert said == [network_file(HOME), ""]
    assert machine.wishes.address_state().phase is AddressPhase.RETURNED


def test_a_confirmation_of_another_change_confirms_nothing(tmp_path: Path) -> None:
    machine = Machine(tmp_path, within_s=0.3)
    machine.want(HOME)
    machine.wishes.confirm_address("b" * 64)
    machine.change.carry_out()
    assert machine.wishes.address_state().phase is AddressPhase.RETURNED


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"wanted":{"interface":"eth0;reboot"},"token":"x"}', b"\xff" * 40_000,
     b'{"wanted":{"interface":"eth0\\nDHCP=yes"},"token":"' + b"a" * 64 + b'"}'],
)  # fmt: skip
def test_a_wish_that_makes_no_sense_does_nothing(tmp_path: Path, content: bytes) -> None:
    machine = Machine(tmp_path)
    (machine.run / "wishes" / "address").write_bytes(content)
    machine.change.carry_out()
    assert machine.applied == []
    assert not list((machine.run / "wishes").iterdir()), "or the unit would start for ever"


def test_a_wish_that_is_checked_by_the_web_is_checked_again(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.want(changed(address="8.8.8.8", gateway=""))
    machine.change.carry_out()
    state = machine.wishes.address_state()
    assert (state.phase, "内网地址" in state.text, machine.applied) == (AddressPhase.REFUSED, True, [])


@pytest.mark.parametrize("kind", ["link", "fifo"])
def test_what_is_no_file_is_not_read(tmp_path: Path, kind: str) -> None:
    machine = Machine(tmp_path)
    secret = tmp_path / "secret"
    secret.write_bytes(msgspec.json.encode(AddressWish(wanted=HOME, token=TOKEN)))
    wish = machine.run / "wishes" / "address"
    wish.symlink_to(secret) if kind == "link" else os.mkfifo(wish)
    machine.change.carry_out()
    assert machine.applied == []
    assert secret.exists()


# --- the clock --------------------------------------------------------------------------------------------------------

NOW = datetime(2027, 3, 1, 8, 30, tzinfo=UTC)


@dataclass
class Watch:
    """A clock of a machine that a test may set; `hardware` None: it has none."""

    at: datetime
    hardware: datetime | None = None
    broken: bool = False
    set_to: list[datetime] = field(default_factory=list)

    def machine(self) -> MachineClock:
        return MachineClock(now=lambda: self.at, set=self._set, set_hardware=self._set_hardware)

    def _set(self, at: datetime) -> None:
        self.at = at
        self.set_to.append(at)

    def _set_hardware(self, at: datetime) -> None:
        if self.broken:
            raise FileNotFoundError("/dev/rtc0")
        self.hardware = at


def clock_of(tmp_path: Path, watch: Watch, apply: Callable[[], None] = lambda: None) -> tuple[BoxWishes, BoxClock]:
    (tmp_path / "run" / "wishes").mkdir(parents=True, exist_ok=True)
    wishes = BoxWishes(tmp_path / "run")
    return wishes, BoxClock(wishes, tmp_path, tmp_path / "timesyncd.conf.d", apply, watch.machine())


def test_a_box_without_battery_goes_on_from_the_last_known_moment(tmp_path: Path) -> None:
    note_moment(tmp_path, NOW)
    watch = Watch(datetime(1970, 1, 1, tzinfo=UTC))
    wishes, clock = clock_of(tmp_path, watch)
    clock.begin()
    assert watch.at == NOW
    state = wishes.clock_state()
    assert (state.raised_from, state.raised_to) == (datetime(1970, 1, 1, tzinfo=UTC), NOW)


def test_a_clock_that_went_on_is_left_alone(tmp_path: Path) -> None:
    note_moment(tmp_path, NOW)
    watch = Watch(NOW + timedelta(days=30))
    wishes, clock = clock_of(tmp_path, watch)
    clock.begin()
    assert watch.set_to == []
    assert wishes.clock_state().raised_to is None
    assert wishes.manages_clock


@pytest.mark.parametrize("content", [b"", b"soon", b"2199-01-01T00:00:00+00:00", b"1999-01-01T00:00:00+00:00", b"\xff"])
def test_a_moment_that_cannot_be_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "last-moment").write_bytes(content)
    assert last_moment(tmp_path) is None


def test_a_person_sets_the_clock_and_the_way_there_is_reckoned_in(tmp_path: Path) -> None:
    watch = Watch(NOW)
    wishes, clock = clock_of(tmp_path, watch)
    wishes.want_clock(ClockWish(at=NOW + timedelta(hours=1), at_s=time.monotonic() - 5.0))
    clock.carry_out()
    late = watch.at - NOW - timedelta(hours=1)
    assert timedelta(seconds=5) <= late < timedelta(seconds=60)
    assert watch.hardware == watch.at


def test_a_machine_without_hardware_clock_is_set_all_the_same(tmp_path: Path) -> None:
    watch = Watch(NOW, broken=True)
    wishes, clock = clock_of(tmp_path, watch)
    wishes.want_clock(ClockWish(at=NOW + timedelta(hours=1), at_s=time.monotonic()))
    clock.carry_out()
    assert watch.set_to
    assert wishes.clock_state().text == ""


def test_a_time_that_cannot_be_is_not_set(tmp_path: Path) -> None:
    watch = Watch(NOW)
    wishes, clock = clock_of(tmp_path, watch)
    wishes.want_clock(ClockWish(at=datetime(1999, 1, 1, tzinfo=UTC), at_s=time.monotonic()))
    clock.carry_out()
    assert (watch.set_to, wishes.clock_state().text) == ([], "时间不合理，没有设置。")


def test_time_servers_of_the_lan_are_asked_and_none_of_the_internet(tmp_path: Path) -> None:
    told: list[str] = []
    file = tmp_path / "timesyncd.conf.d" / "50-hotlinebox.conf"
    wishes, clock = clock_of(tmp_path, Watch(NOW), lambda: told.append(file.read_text()))
    wishes.want_clock(ClockWish(servers=("192.168.1.1", "ntp.bureau.lan")))
    clock.carry_out()
    assert told == [servers_file(("192.168.1.1", "ntp.bureau.lan"))]
    assert "NTP=192.168.1.1 ntp.bureau.lan\nFallbackNTP=127.0.0.1\n" in told[0]
    assert wishes.clock_state().servers == ("192.168.1.1", "ntp.bureau.lan")
    clock.begin()
    assert wishes.clock_state().servers == ("192.168.1.1", "ntp.bureau.lan"), "also after a restart"
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"servers": ["a\n[Time]"]}, ClockWish)
