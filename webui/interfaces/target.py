"""Where web hooks may go: only to addresses that an administrator listed, and never to the box's own services. Pure.

The rule is about the IP address that is connected to, looked at after the name was resolved and right before the
connection is made; a name that changes its address (DNS rebinding) gains nothing. Redirects are not followed.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from appliance.store.errors import InvalidError

LONGEST_LIST = 50


def checked_networks(networks: Iterable[str]) -> tuple[str, ...]:
    """The list in its regular spelling. Raises `InvalidError` for what is no address or network, or too wide."""
    found: dict[str, None] = {}
    for text in networks:
        try:
            network = ipaddress.ip_network(text.strip(), strict=False)
        except ValueError as error:
            sentence = f"“{text}”不是地址或网段，应如 192.168.1.20 或 192.168.1.0/24。"
            raise InvalidError(sentence, "networks") from error
        if network.prefixlen == 0:
            raise InvalidError("不能允许所有地址，请写出具体的地址或网段。", "networks")
        found[str(network if network.num_addresses > 1 else network.network_address)] = None
    if len(found) > LONGEST_LIST:
        raise InvalidError(f"最多 {LONGEST_LIST} 个地址或网段。", "networks")
    return tuple(found)


def permitted(address: str, networks: Iterable[str], *, this_machine: bool) -> bool:
    """Whether a hook may connect there. Never: unspecified, multicast, link-local (where clouds keep secrets);
    loopback only if the settings say so.
    """
    here = ipaddress.ip_address(address.partition("%")[0])
    here = getattr(here, "ipv4_mapped", None) or here
    if here.is_unspecified or here.is_multicast or here.is_link_local or (here.is_loopback and not this_machine):
        return False
    return any(here in ipaddress.ip_network(network) for network in networks)
