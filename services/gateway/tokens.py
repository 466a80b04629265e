"""Who signs in: access tokens of the trusted issuers (G2), checked here and nowhere else.

What the person may do is not decided here: the service that owns the data decides, by issuer and subject (G3).
"""

import binascii
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from msgspec import Struct

from contracts.ids import MemberId
from contracts.request import Refused
from services.gateway.keys import IssuerKeys
from services.gateway.settings import Issuer

ALGORITHMS = ["RS256", "ES256"]
"""Pinned (RFC 8725 § 3.1): neither `none` nor anything symmetric."""
_LEEWAY_SECONDS = 30
_LONGEST = 8 * 1024
_REMEMBERED = 10_000
_REMEMBERED_SECONDS = 60
_TOKEN = re.compile(rb"[Bb][Ee][Aa][Rr][Ee][Rr] +(?P<token>[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+) *\Z")
_MEMBER = re.compile(rb"[a-z0-9_-]{1,80}\Z")
_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})


class _Header(Struct):
    alg: str
    kid: str | None = None
    typ: str = "JWT"
    crit: list[str] = []


class _Claims(Struct):
    iss: str
    sub: str
    exp: int | float
    aud: str | list[str] = []
    nbf: int | float | None = None
    iat: int | float | None = None
    at_hash: str | None = None


class Checked(NamedTuple):
    """A token that was found good."""

    issuer: str
    subject: str
    expires: float
    """Seconds since 1970, as the token says."""
    until: float
    """So long it is not checked again."""


class SignIn:
    """Checks tokens of the issuers that the installation trusts. Keeps a checked token for at most a minute."""

    def __init__(self, issuers: Sequence[Issuer]) -> None:
        self._issuers = {issuer.url: (issuer, IssuerKeys(issuer.jwks_url)) for issuer in issuers}
        self._checked: dict[bytes, Checked] = {}

    async def check(self, authorization: bytes, now: datetime) -> Checked:
        """Whom the token in an Authorization header names.

        Raises Refused: `not-signed-in` (401) for a token that is not valid here, `sign-in-unavailable` (503) if the
        issuer's keys can't be had.
        """
        return self.known(authorization, now) or await self._check(authorization, now)

    def known(self, authorization: bytes, now: datetime) -> Checked | None:
        """What was found out in the last minute."""
        known = self._checked.get(authorization)
        return known if known is not None and known.until > now.timestamp() else None

    async def _check(self, authorization: bytes, now: datetime) -> Checked:
        found = _TOKEN.match(authorization) if len(authorization) <= _LONGEST else None
        if found is None:
            raise _refused("Send an access token as `Authorization: Bearer …`.")
        token = found["token"].decode()
        header, claims = _peek(token)
        if header.alg not in ALGORITHMS or header.typ.lower() not in _TYPES or header.crit:
            raise _refused("The token is not signed in a way that is accepted here (RS256 or ES256).")
        issuer, keys = self._issuers.get(claims.iss, (None, None))
        if issuer is None or keys is None:
            raise _refused("The token comes from an issuer that is not trusted here.")
        key = await keys.find(header.kid, header.alg, now)
        if key is None:
            raise _refused("The token's key is not among its issuer's keys; sign in again.")
        try:
            jwt.decode(token, key, algorithms=ALGORITHMS)
        except (JoseError, ValueError, TypeError):
            raise _refused("The token's signature is not valid; sign in again.") from None
        _inspect(claims, issuer, now)
        return self._remember(authorization, claims, now)

    def _remember(self, authorization: bytes, claims: _Claims, now: datetime) -> Checked:
        if len(self._checked) >= _REMEMBERED:
            self._checked.clear()
        until = min(claims.exp, now.timestamp() + _REMEMBERED_SECONDS)
        checked = self._checked[authorization] = Checked(claims.iss, claims.sub, claims.exp, until)
        return checked


def _peek(token: str) -> tuple[_Header, _Claims]:
    """What a token says of itself, before anything is believed."""
    header, claims, _ = token.split(".")
    try:
        return msgspec.json.decode(_unpacked(header), type=_Header), msgspec.json.decode(
            _unpacked(claims), type=_Claims
        )
    except (msgspec.MsgspecError, binascii.Error, ValueError, RecursionError):
        raise _refused("The token is not a signed JSON Web Token with the claims iss, sub, aud and exp.") from None


def _unpacked(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _inspect(claims: _Claims, issuer: Issuer, now: datetime) -> None:
    seconds = now.timestamp()
    audiences = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    if issuer.audience not in audiences:
        raise _refused("The token was issued for another service; sign in for this one.")
    if claims.at_hash is not None:
        raise _refused("This is an ID token, which is meant for the client; send the access token.")
    if claims.exp <= seconds - _LEEWAY_SECONDS:
        raise _refused("The token has expired; sign in again.")
    if any(moment is not None and moment > seconds + _LEEWAY_SECONDS for moment in (claims.nbf, claims.iat)):
        raise _refused("The token is not valid yet; check the clocks of this machine and of its issuer.")
    if not claims.sub or len(claims.sub) > 255 or not claims.sub.isprintable():
        raise _refused("The token names no usable subject.")


def chosen_member(headers: Mapping[bytes, bytes]) -> MemberId | None:
    """The member that the person acts for (`Fallnetz-Member`). Refused("header-invalid") (400)."""
    given = headers.get(b"fallnetz-member")
    if given is None:
        return None
    if not _MEMBER.match(given):
        raise Refused("header-invalid", "The header Fallnetz-Member must hold a member's id.", status=400)
    return MemberId(given.decode())


def _refused(detail: str) -> Refused:
    return Refused("not-signed-in", detail, status=401)
