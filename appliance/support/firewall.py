"""What the box lets in: its pages and interfaces, from its own network only. Rules for nftables. Pure.

There is no port for the vendor's support: it comes back through a connection that the box itself makes.
"""

from __future__ import annotations

from collections.abc import Sequence

from appliance.support.addresses import PRIVATE_NETWORKS

TABLE = "hotlinebox"


def ruleset(ports: Sequence[int]) -> str:
    """A whole table that takes the place of the last one in one step: `nft -f`."""
    private = {
        version: ", ".join(str(each) for each in PRIVATE_NETWORKS if each.version == version) for version in (4, 6)
    }
    wanted = ", ".join(str(port) for port in sorted({port for port in ports if port}))
    services = f"tcp dport {{ {wanted} }} accept" if wanted else "# no port is open"
    return f"""\
table inet {TABLE}
delete table inet {TABLE}
table inet {TABLE} {{
    chain input {{
        type filter hook input priority filter; policy drop;
        iif lo accept
        ct state established,related accept
        ct state invalid drop
        ip saddr {{ {private[4]} }} jump from_lan
        ip6 saddr {{ {private[6]} }} jump from_lan
        udp sport 67 udp dport 68 accept comment "an address by DHCP"
        ip6 saddr fe80::/10 udp sport 547 udp dport 546 accept
    }}
    chain from_lan {{
        {services}
        icmp type echo-request limit rate 20/second accept
        icmpv6 type {{ echo-request, nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert }} accept
        udp dport 5353 ip daddr 224.0.0.251 accept comment "the name hotlinebox.local"
        udp dport 5353 ip6 daddr ff02::fb accept
    }}
    chain forward {{
        type filter hook forward priority filter; policy drop;
    }}
}}
"""
