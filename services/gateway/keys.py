"""The public keys of one issuer: fetched when needed, kept while they are fresh, fetched again for an unknown key."""

import asyncio
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import httpx
import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from contracts.request import Refused
from services.chassis import telemetry

Key = RSAKey | ECKey

_FRESH = timedelta(minutes=10)
"""After this time the keys are fetched again, so that a withdrawn key stops working."""
_STALE = timedelta(hours=12)
"""So long the last known keys serve while the issuer is away."""
_PAUSE = timedelta(seconds=10)
"""Between two fetches: tokens with invented key ids must not make us flood the issuer."""
_LONGEST = 256 * 1024
_SMALLEST_RSA_BITS = 2048


class _Jwk(msgspec.Struct):
    kty: str
    kid: str | None = None
    use: str | None = None
    alg: str | None = None
    crv: str | None = None


class _KeySet(msgspec.Struct):
    keys: list[msgspec.Raw]


class IssuerKeys:
    """Keys at one address. Only RSA (for RS256) and P-256 (for ES256) signing keys are taken; never a symmetric one."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: dict[str, tuple[str, Key]] = {}
        self._fetched: datetime | None = None
        self._tried: datetime | None = None
        self._away = False
        self._fetching = asyncio.Lock()

    async def find(self, kid: str | None, algorithm: str, now: datetime) -> Key | None:
        """The key with which a token says it was signed; None if the issuer has none such.

        Raises Refused("sign-in-unavailable") (503) if the issuer can't be asked and nothing usable is known.
        """
        if self._fetched is None or now - self._fetched > _FRESH:
            await self._fetch(now)
        key = self._known(kid, algorithm)
        if key is None and self._fetched is not None:
            await self._fetch(now)
            key = self._known(kid, algorithm)
        if self._fetched is None or now - self._fetched > _STALE or (key is None and self._away):
            raise Refused(
                "sign-in-unavailable",
                "The sign-in service does not answer, so your sign-in can't be checked; try again shortly.",
                status=503,
                retry_after=int(_PAUSE.total_seconds()),
            )
        return key

    def _known(self, kid: str | None, algorithm: str) -> Key | None:
        if kid is not None:
            made_for, key = self._keys.get(kid, ("", None))
            return key if made_for == algorithm else None
        fitting = [key for made_for, key in self._keys.values() if made_for == algorithm]
        return fitting[0] if len(fitting) == 1 else None

    async def _fetch(self, now: datetime) -> None:
        async with self._fetching:
            if self._tried is not None and now - self._tried < _PAUSE:
                return
            self._tried = now
            try:
                self._keys = _usable(await _download(self._url))
                self._fetched, self._away = now, False
            except (httpx.HTTPError, msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
                self._away = True
                telemetry.log_error("issuer-keys-unavailable", error)


async def _download(url: str) -> bytes:
    local = urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}
    async with (
        httpx.AsyncClient(timeout=3, follow_redirects=False, trust_env=not local) as client,
        client.stream("GET", url, headers={"accept": "application/json"}) as response,
    ):
        response.raise_for_status()
        if response.status_code != 200:
            raise ValueError("the issuer redirects")
        content = b""
        async for chunk in response.aiter_bytes():
            content += chunk
            if len(content) > _LONGEST:
                raise ValueError("the issuer's key set is too long")
        return content


def _usable(content: bytes) -> dict[str, tuple[str, Key]]:
    keys: dict[str, tuple[str, Key]] = {}
    for place, raw in enumerate(msgspec.json.decode(content, type=_KeySet).keys):
        try:
            found = msgspec.json.decode(raw, type=_Jwk)
            if found.use in {None, "sig"} and (usable := _import(found, msgspec.json.decode(raw))) is not None:
                keys[found.kid or f" {place}"] = usable
        except (msgspec.MsgspecError, JoseError, ValueError, TypeError):
            continue  # a key of a kind that we don't know harms no other
    return keys


def _import(found: _Jwk, content: dict[str, str | list[str]]) -> tuple[str, Key] | None:
    if found.kty == "RSA" and found.alg in {None, "RS256"}:
        key = RSAKey.import_key(content)
        return ("RS256", key) if key.public_key.key_size >= _SMALLEST_RSA_BITS else None
    if found.kty == "EC" and found.crv == "P-256" and found.alg in {None, "ES256"}:
        return "ES256", ECKey.import_key(content)
    return None
