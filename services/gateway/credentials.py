"""Who asks: a person or machine with a token, an API key, or the holder of an e-mail's link (G2, N5).

The gateway finds out who it is, and what a key may be used for at all. What they may do is decided by the service that
owns the data, from its own rows and in the command's transaction (G3).
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from contracts.membership.access import KeyHolder
from contracts.request import Actor, Refused
from services.gateway.grants import LinkGrants, link_token
from services.gateway.key_holders import KeyHolders
from services.gateway.limits import Limits
from services.gateway.route import Route
from services.gateway.tokens import SignIn, chosen_member

_SECRET = re.compile(rb"[Bb][Ee][Aa][Rr][Ee][Rr] +(?P<secret>fnk_[A-Za-z0-9_-]{1,250}) *\Z")
KEY_ISSUER = "key"
LINK_ISSUER = "link"
_FAILURES = frozenset({"not-signed-in", "link-invalid", "link-expired"})


class _Found(NamedTuple):
    actor: Actor
    expires: float | None
    """Seconds since 1970, where a token says so."""


class Credentials:
    def __init__(self, sign_in: SignIn, holders: KeyHolders, grants: LinkGrants, limits: Limits) -> None:
        self._sign_in = sign_in
        self._holders = holders
        self._grants = grants
        self._limits = limits

    async def found(
        self, headers: Mapping[bytes, bytes], now: datetime, route: Route, address: str
    ) -> tuple[Actor | None, float | None]:
        """Who asks (None: a stranger at a public address), and when their token expires (seconds since 1970).

        Raises Refused: `not-signed-in` (401), `link-not-enough`, `person-needed`, `scope-missing` (403), `link-invalid`
        (404), `link-expired` (410), `link-missing`, `header-invalid` (400), `too-many-requests` (429), or 503 if a
        service or issuer is away.
        """
        try:
            return await self._found(headers, now, route, address)
        except Refused as refused:
            if refused.slug in _FAILURES:
                self._limits.failed(address)
            raise

    async def _found(
        self, headers: Mapping[bytes, bytes], now: datetime, route: Route, address: str
    ) -> tuple[Actor | None, float | None]:
        authorization = headers.get(b"authorization")
        token = link_token(headers)
        if token is None and route.link_beside:
            raise link_missing()
        if authorization is None:
            if token is None:
                expect_public(route)
                return None, None
            if not self._grants.knows(token, now):
                self._limits.expect_patience(address)
            return await self._by_link(token, now, route), None
        found = await self._signed_in(authorization, headers, now, route, address)
        if token is not None:
            return await self._beside(found.actor, token, now, route), found.expires
        return found

    async def _signed_in(
        self, authorization: bytes, headers: Mapping[bytes, bytes], now: datetime, route: Route, address: str
    ) -> _Found:
        checked = self._sign_in.known(authorization, now)
        if checked is None:
            secret = _SECRET.match(authorization)
            if secret is not None:
                return _Found(await self._key_of(secret["secret"], headers, now, route, address), None)
            self._limits.expect_patience(address)
            checked = await self._sign_in.check(authorization, now)
        holder = await self._holders.of_machine(checked.issuer, checked.subject, now)
        if holder is not None:
            return _Found(_key_actor(holder, headers, route), checked.expires)
        actor = Actor(issuer=checked.issuer, subject=checked.subject, member=chosen_member(headers))
        return _Found(actor, checked.expires)

    async def _key_of(
        self, secret: bytes, headers: Mapping[bytes, bytes], now: datetime, route: Route, address: str
    ) -> Actor:
        if not self._holders.knows(secret, now):
            self._limits.expect_patience(address)
        holder = await self._holders.of_secret(secret, now)
        if holder is None:
            raise Refused("not-signed-in", "This API key is not known here; make a new one.", status=401)
        return _key_actor(holder, headers, route)

    async def _by_link(self, token: str, now: datetime, route: Route) -> Actor | None:
        if route.link_beside:
            raise not_signed_in()
        _expect_link(route)
        if _carries_token(route):
            return None  # the service reads the link itself
        grant = await self._grants.of(token, now)
        return Actor(issuer=LINK_ISSUER, subject=grant.notice, member=grant.member, link=grant)

    async def _beside(self, actor: Actor, token: str, now: datetime, route: Route) -> Actor:
        _expect_link(route)
        if actor.issuer == KEY_ISSUER:
            raise Refused("header-invalid", "Send an API key or Fallnetz-Link, not both.", status=400)
        if _carries_token(route):
            return actor
        grant = await self._grants.of(token, now)
        return Actor(issuer=actor.issuer, subject=actor.subject, member=actor.member, link=grant)


def expect_public(route: Route) -> None:
    """Refused("not-signed-in") unless strangers may come here."""
    if not route.public:
        raise not_signed_in()


def not_signed_in() -> Refused:
    return Refused("not-signed-in", "Sign in and send the access token as `Authorization: Bearer …`.", status=401)


def link_missing() -> Refused:
    detail = "Send the last part of the e-mail's link in the header Fallnetz-Link."
    return Refused("link-missing", detail, status=400)


def _expect_link(route: Route) -> None:
    if not (route.link or route.link_beside):
        detail = "An e-mail's link does not open this address; sign in, and leave out the header Fallnetz-Link."
        raise Refused("link-not-enough", detail, status=403)


def _carries_token(route: Route) -> bool:
    return "token" in route.method.asks.__struct_fields__


def _key_actor(holder: KeyHolder, headers: Mapping[bytes, bytes], route: Route) -> Actor:
    """A key stands for one member. Raises Refused for what it is not made for."""
    if route.scope is None:
        raise Refused("person-needed", "This takes a person who is signed in; no API key is enough.", status=403)
    if route.scope not in holder.scopes:
        detail = "The key lacks the scope {scope}; make one that has it."
        raise Refused("scope-missing", detail, status=403, words={"scope": route.scope.value})
    if chosen_member(headers) not in {None, holder.member}:
        detail = "The key belongs to another member; leave out the header Fallnetz-Member."
        raise Refused("header-invalid", detail, status=400)
    return Actor(issuer=KEY_ISSUER, subject=holder.id, member=holder.member)
