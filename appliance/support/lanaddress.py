"""The address of the box in its network: what may be asked for, and how systemd-networkd is told. Pure."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface
from typing import Annotated, Literal

import msgspec

from appliance.support.addresses import is_private

Dotted = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,3}(\.[0-9]{1,3}){3}$")]
DottedOrNone = Annotated[str, msgspec.Meta(pattern=r"^([0-9]{1,3}(\.[0-9]{1,3}){3})?$")]
_LEAST_PREFIX, _MOST_PREFIX = 8, 30


class AddressError(Exception):
    """An address that cannot be set; the text is a Chinese sentence, `field` what it is about."""

    def __init__(self, text: str, field: str) -> None:
        super().__init__(text)
        self.field = field


class LanAddress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one network interface gets its address."""

    interface: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$")]
    method: Literal["dhcp", "static"] = "dhcp"
    address: DottedOrNone = ""
    """Static: the box's own."""
    prefix: Annotated[int, msgspec.Meta(ge=0, le=32)] = 24
    """Static: bits of the network, 24 for 255.255.255.0."""
    gateway: DottedOrNone = ""
    """Static; empty: the box reaches its own network only."""
    dns: Annotated[tuple[Dotted, ...], msgspec.Meta(max_length=3)] = ()


def check(wanted: LanAddress, interfaces: tuple[str, ...]) -> None:
    """Raises `AddressError` when this would not be an address of a box in a LAN."""
    if wanted.interface not in interfaces:
        raise AddressError(f"本机没有网口 {wanted.interface}。", "interface")
    for number, server in enumerate(wanted.dns):
        _number(server, f"dns[{number}]")
    if wanted.method == "dhcp":
        return
    if not _LEAST_PREFIX <= wanted.prefix <= _MOST_PREFIX:
        raise AddressError(f"子网掩码位数应为 {_LEAST_PREFIX} 到 {_MOST_PREFIX}，常用 24。", "prefix")
    own = IPv4Interface((_number(wanted.address, "address"), wanted.prefix))
    if own.is_multicast or own.is_loopback or own.is_unspecified or not is_private(own.ip):
        text = "应为内网地址（10.x、172.16–31.x、192.168.x）。本机不能直接接在公网上。"
        raise AddressError(text, "address")
    if own.ip in {own.network.network_address, own.network.broadcast_address}:
        raise AddressError("这是网段的首个或最后一个地址，不能给本机使用。", "address")
    if not wanted.gateway:
        return
    gateway = _number(wanted.gateway, "gateway")
    if gateway not in own.network:
        raise AddressError(f"网关应与本机在同一网段（{own.network}）。", "gateway")
    if gateway == own.ip:
        raise AddressError("网关不能是本机自己的地址。", "gateway")


def network_file(wanted: LanAddress) -> str:
    """As systemd.network(5). What was checked cannot hold a line break or a section of its own."""
    lines = ["# Set on the network page of the box.", "[Match]", f"Name={wanted.interface}", "", "[Network]"]
    lines.append("KeepConfiguration=no")  # the address before goes, wherever the root file system lies
    if wanted.method == "dhcp":
        lines += ["DHCP=yes", "LinkLocalAddressing=yes"]
    else:
        lines += ["DHCP=no", "LinkLocalAddressing=ipv6", f"Address={wanted.address}/{wanted.prefix}"]
        lines += [f"Gateway={wanted.gateway}"] if wanted.gateway else []
    return "\n".join([*lines, *(f"DNS={server}" for server in wanted.dns)]) + "\n"


def _number(text: str, field: str) -> IPv4Address:
    try:
        return IPv4Address(text)
    except ValueError as error:
        raise AddressError("应为四段数字的地址，如 192.168.1.20。", field) from error
