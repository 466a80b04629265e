"""The gateway's settings (`FALLNETZ_GATEWAY_…`) and the issuers that it trusts."""

from urllib.parse import urlsplit

from msgspec import Struct

from services.chassis.settings import ServiceSettings, SettingsError

PREFIX = "FALLNETZ_GATEWAY_"
RESERVED = ("key", "link")
"""What actors are called that come with an API key or an e-mail's link; no token may claim it."""


class Issuer(Struct, frozen=True, kw_only=True):
    """An identity provider whose access tokens are accepted (G2)."""

    url: str
    """Exactly as in the token's claim `iss`."""
    audience: str
    """What the token's claim `aud` must name: this gateway, never another service's audience."""
    jwks_url: str


class GatewaySettings(ServiceSettings, frozen=True, kw_only=True):
    database_url: str = ""
    """The gateway has no database."""
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://127.0.0.1:8000"
    """How clients reach the gateway; with https the answers carry Strict-Transport-Security."""
    issuers: tuple[str, ...] = ()
    """`url|audience|jwks_url`, several separated by commas."""
    request_timeout_seconds: float = 2.0
    """How long an answer of a service is waited for; well below the settling margin (T5)."""
    body_timeout_seconds: float = 30.0
    """In which the whole of a request's body must have come."""
    backlog: int = 1024
    log_requests: bool = True
    """One line for each request, without who asked or what for."""
    reads_per_minute: int = 3000
    """For each person, key, link or stranger's address; 0: no limit. So the others."""
    writes_per_minute: int = 600
    public_writes_per_hour: int = 120
    """By strangers: answers of applicants, confirmed links."""
    applications_per_hour: int = 5
    sign_in_failures_per_minute: int = 30
    """Tokens, keys and links that were not good, from one address."""
    streams_each: int = 20
    """Streams of changes that one person or key may hold open."""
    streams_in_all: int = 2000
    stream_heartbeat_seconds: float = 15.0
    """Between signs of life in a stream where nothing happens."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks of proxies (the portal) whose `X-Forwarded-For` is believed, separated by commas."""


def issuers(settings: GatewaySettings) -> tuple[Issuer, ...]:
    """The trusted issuers. Raises SettingsError for an entry that names no address, or names one twice."""
    found = tuple(_issuer(entry, place) for place, entry in enumerate(settings.issuers, 1))
    if len({issuer.url for issuer in found}) < len(found):
        raise SettingsError([f"{PREFIX}ISSUERS names an issuer twice."])
    return found


def _issuer(entry: str, place: int) -> Issuer:
    parts = [part.strip() for part in entry.split("|")]
    if len(parts) != 3 or not all(parts):
        raise SettingsError([f"{PREFIX}ISSUERS, entry {place}: write issuer|audience|jwks_url."])
    url, audience, jwks_url = parts
    if url in RESERVED:
        raise SettingsError([f"{PREFIX}ISSUERS, entry {place}: no issuer may call itself {' or '.join(RESERVED)}."])
    for address in (url, jwks_url):
        if not _safe(address):
            raise SettingsError(
                [f"{PREFIX}ISSUERS, entry {place}: addresses start with https:// (http:// on this machine only)."]
            )
    return Issuer(url=url, audience=audience, jwks_url=jwks_url)


def _safe(address: str) -> bool:
    split = urlsplit(address)
    local = split.hostname in {"127.0.0.1", "localhost", "::1"}
    return bool(split.hostname) and (split.scheme == "https" or (split.scheme == "http" and local))
