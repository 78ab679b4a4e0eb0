"""Names and addresses by which this machine is reached in its network."""

from __future__ import annotations

import fcntl
import socket
import struct
from array import array
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path

Address = IPv4Address | IPv6Address
PRIVATE_NETWORKS = tuple(
    ip_network(each)
    for each in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "127.0.0.0/8",
        "fc00::/7", "fe80::/10", "::1/128",
    )
)  # fmt: skip
"""Where a box may be: RFC 1918, 3927, 6598, 4193, 4291. The firewall lets in the same."""

_SIOCGIFCONF = 0x8912
_MOST_ADDRESSES = 64
_ENTRY = struct.Struct("16s16x" if struct.calcsize("P") == 4 else "16s24x")
_IPV4_AT = 20
"""In `struct ifreq` (netdevice(7)): 16 octets name, family, port, then the address."""
_IPV6_LIST = Path("/proc/self/net/if_inet6")
_LINK_LOCAL_SCOPE = "20"


def is_private(address: Address) -> bool:
    return any(address.version == network.version and address in network for network in PRIVATE_NETWORKS)


def own_addresses() -> tuple[Address, ...]:
    """Every address of this machine that another one could use, without loopback; IPv6 without link-local ones."""
    return tuple(sorted({*_ipv4()}, key=int)) + tuple(sorted({*_ipv6()}, key=int))


def own_names() -> tuple[str, ...]:
    """The host name, and the one by which it is found without a name server (mDNS)."""
    name = socket.gethostname().partition(".")[0].lower()
    return (name, f"{name}.local")


def _ipv4() -> list[IPv4Address]:
    """By ioctl, which a service may use that must not talk to the kernel's routing (AF_NETLINK)."""
    room = array("B", bytes(_MOST_ADDRESSES * _ENTRY.size))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        answer = fcntl.ioctl(asking, _SIOCGIFCONF, struct.pack("iP", len(room), room.buffer_info()[0]))
    used, octets = struct.unpack("iP", answer)[0], room.tobytes()
    found = (IPv4Address(octets[at + _IPV4_AT : at + _IPV4_AT + 4]) for at in range(0, used, _ENTRY.size))
    return [address for address in found if not address.is_loopback]


def _ipv6() -> list[IPv6Address]:
    found: list[IPv6Address] = []
    with suppress(OSError):  # a machine without IPv6
        for line in _IPV6_LIST.read_text("ascii").splitlines():
            number, _index, _length, scope, *_rest = line.split()
            address = ip_address(int(number, 16).to_bytes(16, "big"))
            if isinstance(address, IPv6Address) and not address.is_loopback and scope != _LINK_LOCAL_SCOPE:
                found.append(address)
    return found
