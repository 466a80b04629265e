"""From which address a request comes: the connection's, or the one that a trusted proxy names."""

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from services.chassis.settings import SettingsError

Networks = tuple[IPv4Network | IPv6Network, ...]

_LONGEST = 1000


def trusted_networks(written: tuple[str, ...], variable: str) -> Networks:
    """Addresses (`10.0.0.7`) and networks (`10.0.0.0/8`) of the proxies that are believed. Raises SettingsError that
    names the variable."""
    try:
        return tuple(ip_network(one) for one in written)
    except ValueError:
        raise SettingsError([f"{variable}: write addresses or networks, as 10.0.0.7 or 10.0.0.0/8."]) from None


def client_address(scope: Mapping[str, Any], headers: Mapping[bytes, bytes], trusted: Networks) -> str:
    """The client's address in full; empty if unknown. Of `X-Forwarded-For` only what trusted proxies wrote is believed:
    from the right, up to the first address that is none of theirs."""
    client = scope.get("client")
    direct = client[0] if client else ""
    forwarded = headers.get(b"x-forwarded-for") if trusted else None
    return _origin(direct, forwarded or b"", trusted)


@lru_cache(1024)
def _origin(direct: str, forwarded: bytes, trusted: Networks) -> str:
    hops = [direct, *(hop.strip() for hop in reversed(forwarded[-_LONGEST:].decode("latin-1").split(",")))]
    known = ""
    for hop in hops:
        try:
            address = ip_address(hop)
        except ValueError:
            break
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        known = str(address)
        if not any(address in network for network in trusted):
            break
    return known


@lru_cache(1024)
def household(address: str) -> str:
    """Of an IPv6 address its /64 (one household, one office), by which limits count; everything else as it is."""
    if ":" not in address:
        return address
    return str(ip_network((address.partition("%")[0], 64), strict=False))
