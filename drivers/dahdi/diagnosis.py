"""What is wrong with a machine's DAHDI cards, and what to do about it: `hotlinebox doctor` says it.

What: `dahdi_troubles` looks at the buses, the kernel's modules, the device nodes and DAHDI's own view of its channels,
    in the order in which things have to work, and stops where what follows would only repeat it.
How: reads sysfs, `/proc` and `/dev` below a root, opens no channel: looking disturbs no call.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from drivers.base import PortKind
from drivers.dahdi.hardware import CardHardware, card_hardware
from drivers.dahdi.inventory import DahdiChannel, DahdiDevice, dahdi_devices
from drivers.holders import holders_of, holders_text

_NODES = "/dev/dahdi"
_CHINESE_IMPEDANCE = ("wctdm", "wctdm24xxp", "opvxa1200")
_EARLY_CALLER_ID = "3"
"""`xpd_fxo caller_id_style`: sound from a line on hook all the time, also before the first ring."""


@dataclass(frozen=True, slots=True)
class DahdiTrouble:
    """One thing that is wrong. `grave`: calls suffer from it."""

    text: str
    advice: str
    grave: bool = True


@dataclass(frozen=True, slots=True)
class WantedPorts:
    """What the settings want of DAHDI."""

    lines: int
    stations: int
    device: str = ""
    channels: tuple[int, ...] = ()


def dahdi_troubles(
    wanted: WantedPorts | None, root: Path = Path("/"), kernel: str = platform.release()
) -> list[DahdiTrouble]:
    """Everything found, the first cause first. `wanted` is None when the settings name no DAHDI card."""
    hardware = card_hardware(root / "sys")
    devices = dahdi_devices(root / "sys")
    if wanted is None and not hardware:
        return []
    found = [*_driverless(hardware, devices, root, kernel), *_settings_of_modules(root)]
    if not (root / "sys/module/dahdi").is_dir():
        if not hardware:
            found.append(_no_card())
        return found
    if wanted is None:
        return found
    found += _node_troubles(root)
    if wanted.device:
        devices = [each for each in devices if each.identity == wanted.device]
    if not devices and not found:
        found.append(_no_card(wanted.device))
    for device in devices:
        found += _device_troubles(device, wanted, root)
    if devices:
        found += _missing_sockets(devices, wanted)
    return found


def _no_card(device: str = "") -> DahdiTrouble:
    which = f"标识为“{device}”的" if device else ""
    return DahdiTrouble(
        f"机器里没有{which}电话板卡", "检查板卡是否插好、USB 板卡是否通电；标识不对时修改设置 cards.device。"
    )


def _driverless(
    hardware: list[CardHardware], devices: list[DahdiDevice], root: Path, kernel: str
) -> Iterator[DahdiTrouble]:
    try:
        built = (root / "lib/modules" / kernel / "modules.dep").read_text(encoding="utf-8")
    except OSError:
        built = ""
    for card in hardware:
        name = f"{card.label}（位置 {card.place}）"
        if not card.module:
            yield DahdiTrouble(
                f"{name} 没有可用的驱动：它要用厂家的驱动，Debian 里没有", "换用 docs/HARDWARE.md 里列出的板卡。"
            )
        elif card.wants_firmware:
            yield DahdiTrouble(
                f"{name} 还没有固件",
                "安装软件包 dahdi-firmware-nonfree 和 dahdi（在 non-free-firmware 与 main 里），再拔插一次 USB。",
            )
        elif "/dahdi.ko" not in built:
            yield DahdiTrouble(
                f"插着 {name}，但内核 {kernel} 没有 DAHDI 驱动",
                f"安装软件包 dahdi-dkms 和 linux-headers-{kernel}，再重启。",
            )
        elif f"/{card.module}.ko" not in built:
            yield DahdiTrouble(
                f"插着 {name}，但已装的 DAHDI 里没有它的驱动 {card.module}",
                "这个版本的 dahdi-dkms 不支持这块板卡：换一块 docs/HARDWARE.md 里列出的板卡。",
            )
        elif not card.driven:
            if (root / "sys/module" / card.module).is_dir():
                yield DahdiTrouble(
                    f"插着 {name}，但驱动 {card.module} 没有认领它", "查看 dmesg 里它的错误，并检查电源接头。"
                )
            else:
                yield DahdiTrouble(
                    f"插着 {name}，但驱动 {card.module} 没有加载", f"运行 modprobe {card.module}，或重启。"
                )
    if any(card.driven for card in hardware) and not devices:
        yield DahdiTrouble("驱动已加载，但板卡没有登记到 DAHDI", "查看 dmesg 里的错误；检查板卡上的模块和电源接头。")


def _settings_of_modules(root: Path) -> Iterator[DahdiTrouble]:
    """Options with which the modules have to be loaded in China."""
    for module in _CHINESE_IMPEDANCE:
        mode = _text(root / "sys/module" / module / "parameters/opermode")
        if mode and mode.upper() != "CHINA":
            yield DahdiTrouble(
                f"驱动 {module} 按 {mode} 的线路阻抗工作，回声会大",
                f"在 /etc/modprobe.d 里写 options {module} opermode=CHINA，再重启。",
                grave=False,
            )
    style = _text(root / "sys/module/xpd_fxo/parameters/caller_id_style")
    if style and style != _EARLY_CALLER_ID:
        yield DahdiTrouble(
            "Astribank 在首次振铃之前不送声音，收不到振铃前的来电显示",
            f"在 /etc/modprobe.d 里写 options xpd_fxo caller_id_style={_EARLY_CALLER_ID}，再重启。",
        )


def _node_troubles(root: Path) -> Iterator[DahdiTrouble]:
    node = root / "dev/dahdi/channel"
    if not node.exists():
        yield DahdiTrouble(
            f"没有 {_NODES}/channel：驱动已加载，但设备文件没有建立",
            "重新启动 udev：systemctl restart systemd-udevd，再运行 udevadm trigger --subsystem-match=dahdi。",
        )
    elif not os.access(node, os.R_OK | os.W_OK):
        yield DahdiTrouble(
            f"没有权限使用 {_NODES}/channel", "让运行本程序的用户加入这个文件的组（ls -l 可以看到，一般是 dialout）。"
        )


def _device_troubles(device: DahdiDevice, wanted: WantedPorts, root: Path) -> Iterator[DahdiTrouble]:
    name = f"{device.label}（标识 {device.identity}）"
    if not device.spans:
        yield DahdiTrouble(
            f"{name} 还没有分配通道",
            f"以 root 运行：echo 1 > /sys/bus/dahdi_devices/devices/{device.folder}/auto_assign。"
            "安装包里的 udev 规则会在插入时自动完成。",
        )
        return
    sockets = [each for each in device.channels if not wanted.channels or each.number in wanted.channels]
    others = holders_of([_NODES], root / "proc")
    taken = [each for each in sockets if each.in_use]
    if taken and others:
        yield DahdiTrouble(
            f"{name} 的通道 {_numbers(taken)} 正在使用，{holders_text(others)} 打开了 {_NODES}",
            "停止这些程序，例如 systemctl disable --now asterisk；几秒后自动恢复。",
        )
    wrong = [each for each in taken if not each.configured]
    if wrong:
        yield DahdiTrouble(
            f"{name} 的通道 {_numbers(wrong)} 信令不对（{'、'.join(sorted({each.signalling for each in wrong}))}），"
            "识别不了对方挂机",
            "停止占用它的程序：本机打开通道时会自己设好信令，不需要 /etc/dahdi/system.conf。",
        )
    dead = [each for each in sockets if each.kind is PortKind.FXO and each.alarm]
    if dead:
        yield DahdiTrouble(
            f"{name} 的通道 {_numbers(dead)} 上没有线路电压",
            "检查电话线是否插好、线路是否停机；不用的外线口可以不管。",
            grave=False,
        )


def _missing_sockets(devices: list[DahdiDevice], wanted: WantedPorts) -> Iterator[DahdiTrouble]:
    sockets = [
        each for device in devices for each in device.channels if not wanted.channels or each.number in wanted.channels
    ]
    if not any(device.spans for device in devices):
        return
    advice = "检查板卡上的模块（红色 FXO 接外线，绿色 FXS 接话机），或修改设置里的 lines、stations。"
    lines = sum(each.kind is PortKind.FXO for each in sockets)
    if lines < wanted.lines:
        yield DahdiTrouble(f"设置里要 {wanted.lines} 个外线口，板卡上只有 {lines} 个", advice)
    phones = sum(each.kind is PortKind.FXS for each in sockets)
    if phones < wanted.stations:
        yield DahdiTrouble(f"设置里要 {wanted.stations} 个话机口，板卡上只有 {phones} 个", advice)


def _numbers(channels: list[DahdiChannel]) -> str:
    return "、".join(str(each.number) for each in channels)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
