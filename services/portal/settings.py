"""The portal's settings (`FALLNETZ_PORTAL_…`)."""

import base64
import binascii
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from services.chassis.clients import Networks, trusted_networks
from services.chassis.settings import ServiceSettings, SettingsError

PREFIX = "FALLNETZ_PORTAL_"
ROOT = Path(__file__).parents[2]


class Provider(Struct, frozen=True, kw_only=True):
    """An identity provider at which people sign in (G2)."""

    url: str
    """Exactly as in the claim `iss`."""
    client: str
    secret: str
    """Empty: a public client, which PKCE alone protects."""
    name: str
    """As the page of choice names it."""

    def __repr__(self) -> str:
        return f"<Provider {self.url}>"


class PortalSettings(ServiceSettings, frozen=True, kw_only=True):
    host: str = "127.0.0.1"
    port: int = 8001
    public_url: str = "http://127.0.0.1:8001"
    """How browsers reach the portal; with https cookies get the prefix `__Host-` and answers HSTS."""
    gateway_url: str = "http://127.0.0.1:8000"
    """How the portal reaches the API, without `/api/v1`."""
    providers: tuple[str, ...] = ()
    """`issuer|client id|client secret|name`, several separated by commas. The secret may be empty, or `file:‹path›`."""
    key: str
    """32 bytes, base64url: encrypts tokens and drafts, binds forms to sessions. Several are separated by white space or
    commas: the first seals, all open. Without the key that sealed it a session ends."""
    packages: Path = ROOT / "node_modules"
    """Where npm put the design system and htmx."""
    looks: Path | None = None
    """A folder with `‹network›.toml`: name, colour and logo of a network; see `looks.py`."""
    imprint: Path | None = None
    """A folder with the operator's own `imprint.html`, `privacy.html`, `accessibility.html`; without it the pages say
    what is to be filled in."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks of proxies whose X-Forwarded-For is believed; empty: none."""
    request_timeout_seconds: float = 5.0
    """How long an answer of the API is waited for."""
    body_timeout_seconds: float = 30.0
    """In which the whole of a form must have come."""
    idle_minutes: int = 60
    session_hours: int = 12


def keys_of(settings: PortalSettings) -> list[bytes]:
    """Of 32 bytes each, the one that seals first. Raises SettingsError."""
    keys = [_key(written) for written in settings.key.replace(",", " ").split()]
    if not keys or any(len(key) != 32 for key in keys):
        raise SettingsError([f"{PREFIX}KEY must be 32 bytes, base64url (43 characters), or several of these."])
    return keys


def _key(written: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))
    except (binascii.Error, ValueError):
        return b""


def providers(settings: PortalSettings) -> tuple[Provider, ...]:
    """Raises SettingsError for an entry that names no address, or names one twice."""
    found = tuple(_provider(entry, place) for place, entry in enumerate(settings.providers, 1))
    if not found:
        raise SettingsError([f"{PREFIX}PROVIDERS is missing; it must be issuer|client id|client secret|name."])
    if len({provider.url for provider in found}) < len(found):
        raise SettingsError([f"{PREFIX}PROVIDERS names an issuer twice."])
    return found


def proxies(settings: PortalSettings) -> Networks:
    """Raises SettingsError."""
    return trusted_networks(settings.trusted_proxies, f"{PREFIX}TRUSTED_PROXIES")


def _provider(entry: str, place: int) -> Provider:
    parts = [part.strip() for part in entry.split("|")]
    if len(parts) != 4 or not all((parts[0], parts[1], parts[3])):
        raise SettingsError([f"{PREFIX}PROVIDERS, entry {place}: write issuer|client id|client secret|name."])
    url, client, secret, name = parts
    split = urlsplit(url)
    local = split.hostname in {"127.0.0.1", "localhost", "::1"}
    if not split.hostname or not (split.scheme == "https" or (split.scheme == "http" and local)):
        raise SettingsError(
            [f"{PREFIX}PROVIDERS, entry {place}: addresses start with https:// (http:// on this machine only)."]
        )
    return Provider(url=url, client=client, secret=_secret(secret, place), name=name)


def _secret(given: str, place: int) -> str:
    if not given.startswith("file:"):
        return given
    try:
        return Path(given.removeprefix("file:")).read_text("utf-8").strip()
    except OSError:
        raise SettingsError([f"{PREFIX}PROVIDERS, entry {place}: the file of the secret cannot be read."]) from None
