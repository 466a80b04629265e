"""Addresses within the portal."""

from collections.abc import Mapping
from urllib.parse import quote, urlsplit


def waiting(address: str) -> str:
    """Under which the entries of a page's form wait while somebody signs in again."""
    return f"waiting {address.partition('?')[0]}"


def safe_target(target: str | None) -> str:
    """A path of this portal, or `/`: nobody can send people elsewhere with a link to the sign-in."""
    if not target or not target.startswith("/") or len(target) > 2000:
        return "/"
    if target.startswith("//") or "\\" in target or any(ord(sign) < 33 or ord(sign) == 127 for sign in target):
        return "/"
    split = urlsplit(target)
    return "/" if split.scheme or split.netloc else target


def plain_name(name: str) -> str:
    """A file's name in the characters that every header may carry."""
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._-") else "-" for sign in name)


def with_query(path: str, given: Mapping[str, str | None]) -> str:
    """The address with what is given as its query; empty values are left out."""
    pairs = "&".join(f"{quote(name)}={quote(value)}" for name, value in given.items() if value)
    return f"{path}?{pairs}" if pairs else path
