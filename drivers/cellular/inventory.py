"""Where the ports of a plugged-in module are: by USB interface, because ttyUSB numbers change with every plugging."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.base import CardAbsentError
from drivers.cellular.models import MODELS, ModuleModel
from drivers.udev import PluggedDevice, plugged_devices


@dataclass(frozen=True, slots=True)
class ModulePorts:
    """Device nodes; `pcm` empty: the module has no voice port. `sound`: ALSA id, empty: it is no sound card."""

    identity: str
    at: str
    pcm: str
    sound: str = ""


def module_ports(device: str = "") -> ModulePorts:
    """Of the module that is meant (identity, place, or a device node), any when `device` is empty.

    `/dev/ttyUSB2` or `/dev/ttyUSB2,/dev/ttyUSB1` (AT, voice) names the ports themselves; what does not begin with
    `/dev/` after the comma is a sound card. Raises `CardAbsentError`.
    """
    if device.startswith("/dev/"):
        at, _, voice = device.partition(",")
        is_port = voice.startswith("/dev/")
        return ModulePorts(device, at, voice if is_port else "", "" if is_port else voice)
    for plugged in plugged_devices():
        model = _model_of(plugged)
        ports = plugged.serial_ports
        if model is None or len(ports) <= model.at_interface or not _is_meant(plugged, device):
            continue
        pcm = ports[model.pcm_interface] if len(ports) > model.pcm_interface else ""
        sound = plugged.sound_cards[0] if plugged.sound_cards and model.voice_on_usb else ""
        return ModulePorts(plugged.identity, ports[model.at_interface], pcm, sound)
    which = f"“{device}”" if device else "（Quectel EC20/EC25/EG25 或 SIMCom SIM7600）"
    raise CardAbsentError(f"没有找到 4G 模块{which}。请检查 USB 连接和供电。")


def _model_of(plugged: PluggedDevice) -> ModuleModel | None:
    usb_id = f"{plugged.vendor:04x}:{plugged.product:04x}"
    return next((model for model in MODELS if usb_id in model.usb_ids), None)


def _is_meant(plugged: PluggedDevice, device: str) -> bool:
    return not device or device in {plugged.identity, plugged.place, plugged.serial}
