"""What `hotlinebox doctor` says of DAHDI cards, over machines that are made up as folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from drivers.base import PortKind
from drivers.dahdi.diagnosis import WantedPorts, dahdi_troubles
from drivers.dahdi.inventory import dahdi_devices
from drivers.holders import Holder, holders_of

KERNEL = "6.1.0-50-amd64"
FOUR_AND_FOUR = WantedPorts(4, 4)


class MadeUpMachine:
    """`/sys`, `/proc`, `/dev` and `/lib/modules` below a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, path: str, text: str = "") -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n", encoding="utf-8")

    def pci_card(self, vendor: int, device: int, subsystem: int = 0, *, driver: str = "") -> None:
        folder = "sys/bus/pci/devices/0000:03:00.0"
        for name, value in (("vendor", vendor), ("device", device), ("subsystem_vendor", subsystem)):
            self.write(f"{folder}/{name}", f"0x{value:04x}")
        if driver:
            self.write(f"{folder}/driver/name", driver)

    def astribank(self, product: int, *, driven: bool = False) -> None:
        self.write("sys/bus/usb/devices/1-2/idVendor", "e4e4")
        self.write("sys/bus/usb/devices/1-2/idProduct", f"{product:04x}")
        if driven:
            self.write("sys/bus/usb/devices/1-2/1-2:1.0/driver/name", "xpp_usb")

    def modules(self, *built: str, loaded: tuple[str, ...] = ()) -> None:
        self.write(f"lib/modules/{KERNEL}/modules.dep", "".join(f"updates/dkms/{name}.ko:\n" for name in built))
        for name in loaded:
            self.write(f"sys/module/{name}/refcnt", "0")

    def device(self, *channels: tuple[int, str, str], in_use: bool = False, alarms: str = "") -> None:
        """A card with one span; channels as (number, sig, sigcap). Without channels it waits to be assigned."""
        folder = "sys/bus/dahdi_devices/devices/pci:0000:03:00.0"
        self.write(f"{folder}/hardware_id", "")
        self.write(f"{folder}/location", "PCI Bus 03 Slot 01")
        self.write(f"{folder}/type", "Wildcard TDM410P")
        for number, signalling, capable in channels:
            channel = f"{folder}/span-1/dahdi!chan!001!{number:03d}"
            self.write(f"{channel}/channo", str(number))
            self.write(f"{channel}/sig", signalling)
            self.write(f"{channel}/sigcap", capable)
            self.write(f"{channel}/in_use", str(int(in_use)))
            self.write(f"{channel}/alarms", alarms)

    def working(self, **how: object) -> None:
        """A TDM410 with four lines and four phones, as it is after the box opened it."""
        self.pci_card(0xD161, 0x0800, driver="wctdm24xxp")
        self.modules("dahdi", "wctdm24xxp", loaded=("dahdi", "wctdm24xxp"))
        self.write("dev/dahdi/channel")
        lines = [(number, "FXSKS", "FXSLS FXSKS") for number in range(1, 5)]
        phones = [(number, "FXOKS", "FXOLS FXOGS FXOKS") for number in range(5, 9)]
        self.device(*lines, *phones, **how)  # type: ignore[arg-type]

    def program(self, pid: int, name: str, node: str, command: str = "") -> None:
        self.write(f"proc/{pid}/comm", name)
        self.write(f"proc/{pid}/cmdline", command or name)
        (self.root / f"proc/{pid}/fd").mkdir()
        (self.root / f"proc/{pid}/fd/7").symlink_to(node)

    def told(self, wanted: WantedPorts | None = FOUR_AND_FOUR) -> list[str]:
        troubles = dahdi_troubles(wanted, self.root, KERNEL)
        assert all(trouble.advice for trouble in troubles)
        return [trouble.text for trouble in troubles]


@pytest.fixture
def machine(tmp_path: Path) -> MadeUpMachine:
    return MadeUpMachine(tmp_path)


def test_a_working_card_is_no_trouble(machine: MadeUpMachine) -> None:
    machine.working(in_use=True)
    machine.program(100, "hotlinebox", "/dev/dahdi/channel", "/usr/bin/python3 -m appliance.cli.main engine")
    assert machine.told() == []


def test_nothing_wanted_and_nothing_there_is_nothing_to_say(machine: MadeUpMachine) -> None:
    assert machine.told(None) == []


def test_wanted_and_no_card(machine: MadeUpMachine) -> None:
    assert machine.told() == ["机器里没有电话板卡"]


def test_modules_that_are_not_built(machine: MadeUpMachine) -> None:
    machine.pci_card(0xE159, 0x0001, 0x9100)
    assert machine.told() == [f"插着 OpenVox A800P/A1200P（位置 0000:03:00.0），但内核 {KERNEL} 没有 DAHDI 驱动"]


@pytest.mark.parametrize(
    ("vendor", "device", "subsystem", "module"),
    [(0xE159, 1, 0x9519, "opvxa1200"), (0xE159, 1, 0xB100, "wctdm"), (0xD161, 0x8005, 0, "wctdm24xxp")],
)
def test_a_module_that_is_built_and_not_loaded(
    machine: MadeUpMachine, vendor: int, device: int, subsystem: int, module: str
) -> None:
    machine.pci_card(vendor, device, subsystem)
    machine.modules("dahdi", module)
    assert [text.rpartition("，但")[2] for text in machine.told()] == [f"驱动 {module} 没有加载"]


def test_a_card_that_its_driver_refused(machine: MadeUpMachine) -> None:
    machine.pci_card(0xD161, 0x8005)
    machine.modules("dahdi", "wctdm24xxp", loaded=("dahdi", "wctdm24xxp"))
    machine.write("dev/dahdi/channel")
    assert machine.told() == ["插着 Digium TDM410（位置 0000:03:00.0），但驱动 wctdm24xxp 没有认领它"]


def test_a_card_that_this_dahdi_does_not_know(machine: MadeUpMachine) -> None:
    machine.pci_card(0xD161, 0x800D)
    machine.modules("dahdi", "wctdm")
    assert "没有它的驱动 wcaxx" in machine.told()[0]


def test_a_card_without_any_driver_in_debian(machine: MadeUpMachine) -> None:
    machine.pci_card(0x1923, 0x0040)
    assert machine.told() == ["Sangoma A200（位置 0000:03:00.0） 没有可用的驱动：它要用厂家的驱动，Debian 里没有"]


@pytest.mark.parametrize(("product", "bare"), [(0x1160, True), (0x1161, True), (0x1162, False)])
def test_an_astribank_without_firmware(machine: MadeUpMachine, product: int, bare: bool) -> None:
    machine.astribank(product)
    machine.modules("dahdi", "xpp_usb")
    assert [text.endswith("还没有固件") for text in machine.told()] == [bare]


def test_an_astribank_that_is_deaf_before_the_first_ring(machine: MadeUpMachine) -> None:
    machine.working()
    machine.write("sys/module/xpd_fxo/parameters/caller_id_style", "0")
    assert machine.told() == ["Astribank 在首次振铃之前不送声音，收不到振铃前的来电显示"]
    machine.write("sys/module/xpd_fxo/parameters/caller_id_style", "3")
    assert machine.told() == []


def test_lines_with_another_countrys_impedance(machine: MadeUpMachine) -> None:
    machine.working()
    machine.write("sys/module/wctdm24xxp/parameters/opermode", "FCC")
    assert machine.told() == ["驱动 wctdm24xxp 按 FCC 的线路阻抗工作，回声会大"]


def test_no_device_node(machine: MadeUpMachine) -> None:
    machine.working()
    (machine.root / "dev/dahdi/channel").unlink()
    assert machine.told() == ["没有 /dev/dahdi/channel：驱动已加载，但设备文件没有建立"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may use everything")
def test_no_right_to_the_device_node(machine: MadeUpMachine) -> None:
    machine.working()
    (machine.root / "dev/dahdi/channel").chmod(0)
    assert machine.told() == ["没有权限使用 /dev/dahdi/channel"]


def test_a_card_that_was_not_assigned(machine: MadeUpMachine) -> None:
    machine.pci_card(0xD161, 0x8005, driver="wctdm24xxp")
    machine.modules("dahdi", "wctdm24xxp", loaded=("dahdi", "wctdm24xxp"))
    machine.write("dev/dahdi/channel")
    machine.device()
    (trouble,) = dahdi_troubles(FOUR_AND_FOUR, machine.root, KERNEL)
    assert "还没有分配通道" in trouble.text
    assert "/sys/bus/dahdi_devices/devices/pci:0000:03:00.0/auto_assign" in trouble.advice


def test_channels_that_another_program_holds(machine: MadeUpMachine) -> None:
    machine.working(in_use=True)
    machine.program(812, "asterisk", "/dev/dahdi/5")
    (text,) = machine.told()
    assert text.endswith("的通道 1、2、3、4、5、6、7、8 正在使用，asterisk（进程 812） 打开了 /dev/dahdi")


def test_wrong_signalling_is_told_only_where_we_cannot_set_it(machine: MadeUpMachine) -> None:
    machine.working()
    machine.device((1, "FXSLS", "FXSLS FXSKS"))
    assert machine.told() == []
    machine.device((1, "FXSLS", "FXSLS FXSKS"), in_use=True)
    assert "的通道 1 信令不对（FXSLS），识别不了对方挂机" in machine.told()[0]


def test_lines_without_voltage(machine: MadeUpMachine) -> None:
    machine.working(alarms="RED")
    assert [text.rpartition(" 的")[2] for text in machine.told()] == ["通道 1、2、3、4 上没有线路电压"]


def test_fewer_sockets_than_the_settings_want(machine: MadeUpMachine) -> None:
    machine.working()
    assert machine.told(WantedPorts(6, 4)) == ["设置里要 6 个外线口，板卡上只有 4 个"]
    assert machine.told(WantedPorts(4, 4, channels=(1, 2, 5, 6, 7, 8))) == ["设置里要 4 个外线口，板卡上只有 2 个"]
    assert machine.told(WantedPorts(4, 4, device="usb:X1")) == ["机器里没有标识为“usb:X1”的电话板卡"]


def test_a_socket_is_what_its_signalling_says_or_what_it_can_do(machine: MadeUpMachine) -> None:
    machine.device((1, "Unused", "FXSLS FXSKS"), (2, "FXOKS", "FXOLS FXOKS"), (3, "Unused", "FXSKS FXOKS"))
    (device,) = dahdi_devices(machine.root / "sys")
    assert [(each.number, each.kind, each.configured) for each in device.channels] == [
        (1, PortKind.FXO, False),
        (2, PortKind.FXS, True),
    ]


def test_holders_are_those_of_the_device_and_not_ourselves(machine: MadeUpMachine) -> None:
    machine.program(7, "ModemManager", "/dev/ttyUSB2")
    machine.program(8, "minicom", "/dev/ttyUSB20")
    machine.program(9, "python3", "/dev/ttyUSB2", "python3 -m appliance.cli.main engine")
    assert holders_of(["/dev/ttyUSB2"], machine.root / "proc") == (Holder("ModemManager", 7),)
