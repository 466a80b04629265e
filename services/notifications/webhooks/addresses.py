"""Where a webhook may go: which URLs, and which addresses of the internet protocol. Pure.

Everything is refused that could lead back into the installation's own networks, also in disguise: addresses that carry
another one inside (IPv4-mapped, NAT64, 6to4, Teredo). Source: IANA's registries of special-purpose addresses.
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from contracts.texts import Marked
from contracts.texts import marked as _

LONGEST_URL = 2_000

_UNICAST = IPv6Network("2000::/3")
_SPECIAL = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
)  # fmt: skip


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    """The address, where the host is written as one."""
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether it can be reached from everywhere and belongs to nobody's inner network."""
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return False  # loopback, mapped, NAT64 (64:ff9b::/96), unique local, link-local, multicast
    special = any(address in network for network in _SPECIAL if network.version == address.version)
    return not special and address.is_global and not address.is_multicast


def fault(url: str, trusted: frozenset[str]) -> Marked | None:
    """What a webhook's address must be and this one is not; None: it is all right. `trusted`: the operator's own hosts,
    which may be private and speak plain HTTP. What a name stands for is looked at when connecting."""
    parts = _split(url)
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url or not parts:
        return _("Give one complete address, such as https://portal.example.org/hooks, of at most 2,000 characters.")
    own = parts.hostname in trusted
    if parts.scheme != "https" and not (parts.scheme == "http" and own):
        return _("The address begins with https://.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        return _("The address has no user, no password and no fragment in it.")
    address = _literal(parts.hostname or "")
    if address is not None and not own and not is_public(address):
        return _("The address must be one that can be reached from everywhere.")
    return None


def host(url: str) -> str:
    """The host's name or address, as it stands in a checked URL."""
    return urlsplit(url).hostname or ""


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0  # asking for the port raises for one that is none
    except ValueError:
        return None
    return parts if usable else None
