"""The portal as a client of identity providers: authorization code with PKCE (RFC 6749, RFC 7636, OpenID Connect)."""

import base64
import hashlib
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from msgspec import Struct

from services.chassis import ids
from services.portal.settings import Provider

ALGORITHMS = ["RS256", "PS256", "ES256"]
SCOPE = "openid profile email"
SKEW = timedelta(seconds=60)
USUAL_LIFE = timedelta(minutes=5)
"""Of an access token whose provider does not say."""


class ProviderFailed(Exception):
    """The provider is away or answered what a provider must not. `str()` is a slug for the log."""


class SignInRefused(Exception):
    """The provider refuses this grant: what is kept of the person's tokens is of no use any more."""


class Directions(Struct, frozen=True):
    """What the provider says about itself (`/.well-known/openid-configuration`)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None = None
    authorization_response_iss_parameter_supported: bool = False


class Tokens(Struct, frozen=True, kw_only=True):
    access: str
    expires_at: datetime
    refresh: str | None = None
    identity: str | None = None
    """The ID token; shown to the provider again at sign-out."""


class Attempt(Struct, frozen=True, kw_only=True):
    """A sign-in under way, kept on the server until the provider sends the browser back."""

    provider: str
    nonce: str
    verifier: str
    go_on: str


class SignedIn(Struct, frozen=True, kw_only=True):
    subject: str
    name: str | None
    locale: str | None
    tokens: Tokens


class _Granted(Struct, frozen=True):
    access_token: str
    expires_in: float | None = None
    refresh_token: str | None = None
    id_token: str | None = None


class _Refusal(Struct, frozen=True):
    error: str = ""


class Client:
    """One provider. Asks for its directions and keys when they are needed first."""

    def __init__(self, provider: Provider, http: httpx.AsyncClient, redirect: str) -> None:
        self.provider = provider
        self._http = http
        self._redirect = redirect
        self._directions: Directions | None = None
        self._keys: KeySet | None = None

    async def directions(self) -> Directions:
        """Raises ProviderFailed."""
        if self._directions is None:
            found = await self._fetch(f"{self.provider.url.rstrip('/')}/.well-known/openid-configuration", Directions)
            if found.issuer != self.provider.url:  # OpenID Connect Discovery § 4.3
                raise ProviderFailed("issuer-differs")
            self._directions = found
        return self._directions

    async def address(self, attempt: Attempt, state: str, locale: str) -> str:
        """Where the browser is sent to sign in. Raises ProviderFailed."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(attempt.verifier.encode()).digest()).decode().rstrip("=")
        query = {
            "response_type": "code",
            "client_id": self.provider.client,
            "redirect_uri": self._redirect,
            "scope": SCOPE,
            "state": state,
            "nonce": attempt.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "ui_locales": locale,
        }
        return f"{(await self.directions()).authorization_endpoint}?{urlencode(query)}"

    async def exchange(self, code: str, attempt: Attempt, now: datetime) -> SignedIn:
        """The code against tokens. Raises ProviderFailed, SignInRefused."""
        data = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect,
            "code_verifier": attempt.verifier,
        }
        granted = await self._grant(data)
        claims = await self._claims(granted.id_token or "", now)
        if claims.get("nonce") != attempt.nonce:
            raise ProviderFailed("nonce-differs")
        name, locale = claims.get("name"), claims.get("locale")
        return SignedIn(
            subject=str(claims["sub"]),
            name=name if isinstance(name, str) else None,
            locale=locale if isinstance(locale, str) else None,
            tokens=_tokens(granted, now),
        )

    async def refresh(self, tokens: Tokens, now: datetime) -> Tokens:
        """Raises SignInRefused where the provider has ended the sign-in, ProviderFailed where it is away."""
        if tokens.refresh is None:
            raise SignInRefused
        granted = await self._grant({"grant_type": "refresh_token", "refresh_token": tokens.refresh})
        fresh = _tokens(granted, now)
        return msgspec.structs.replace(
            fresh, refresh=fresh.refresh or tokens.refresh, identity=fresh.identity or tokens.identity
        )

    async def sign_out(self, tokens: Tokens, back: str) -> str | None:
        """Where the browser ends the sign-in at the provider too (RP-initiated logout); None: not offered."""
        try:
            found = (await self.directions()).end_session_endpoint
        except ProviderFailed:
            return None
        if not found:
            return None
        query = {"client_id": self.provider.client, "post_logout_redirect_uri": back}
        if tokens.identity:
            query["id_token_hint"] = tokens.identity
        return f"{found}?{urlencode(query)}"

    async def _grant(self, data: dict[str, str]) -> _Granted:
        address = (await self.directions()).token_endpoint
        secret = self.provider.secret
        auth = httpx.BasicAuth(self.provider.client, secret) if secret else httpx.USE_CLIENT_DEFAULT
        try:
            answer = await self._http.post(address, data={**data, "client_id": self.provider.client}, auth=auth)
        except httpx.HTTPError:
            raise ProviderFailed("provider-away") from None
        if answer.status_code in {400, 401}:
            raise SignInRefused(_error(answer))
        granted: _Granted = _decoded(answer, _Granted)
        return granted

    async def _claims(self, token: str, now: datetime) -> dict[str, Any]:
        """The ID token's claims, checked as OpenID Connect Core § 3.1.3.7 demands."""
        for keys in (await self._known_keys(), await self._known_keys(anew=True)):
            try:
                claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
                break
            except (JoseError, ValueError, KeyError):
                continue
        else:
            raise ProviderFailed("identity-unreadable")
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        moment = now.timestamp()
        fits = (
            claims.get("iss") == self.provider.url,
            self.provider.client in audiences,
            claims.get("azp") in (None, self.provider.client),
            isinstance(claims.get("exp"), int | float) and claims["exp"] + SKEW.total_seconds() > moment,
            isinstance(claims.get("iat"), int | float) and claims["iat"] - SKEW.total_seconds() < moment,
            isinstance(claims.get("sub"), str) and bool(claims["sub"]),
        )
        if not all(fits):
            raise ProviderFailed("identity-not-for-us")
        return dict(claims)

    async def _known_keys(self, *, anew: bool = False) -> KeySet:
        if self._keys is None or anew:
            found = await self._fetch((await self.directions()).jwks_uri, dict)
            self._keys = KeySet.import_key_set(found)
        return self._keys

    async def _fetch(self, address: str, kind: Any) -> Any:
        try:
            answer = await self._http.get(address)
        except httpx.HTTPError:
            raise ProviderFailed("provider-away") from None
        return _decoded(answer, kind)


def _error(answer: httpx.Response) -> str:
    """RFC 6749 § 5.2: a slug such as `invalid_grant`."""
    try:
        return msgspec.json.decode(answer.content, type=_Refusal).error
    except msgspec.MsgspecError:
        return f"provider-answered-{answer.status_code}"


def new_attempt(provider: str, go_on: str) -> Attempt:
    return Attempt(provider=provider, nonce=ids.secret(), verifier=ids.secret(48), go_on=go_on)


def _decoded(answer: httpx.Response, kind: Any) -> Any:
    if answer.status_code != 200:
        raise ProviderFailed(f"provider-answered-{answer.status_code}")
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except msgspec.MsgspecError:
        raise ProviderFailed("provider-unreadable") from None


def _tokens(granted: _Granted, now: datetime) -> Tokens:
    life = USUAL_LIFE if granted.expires_in is None else timedelta(seconds=granted.expires_in)
    return Tokens(
        access=granted.access_token,
        expires_at=now + life,
        refresh=granted.refresh_token,
        identity=granted.id_token,
    )
