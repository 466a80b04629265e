"""What all pages share: the API, the sessions, the templates, how networks look. Made once at start."""

import asyncio
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import msgspec
from msgspec import Struct

from contracts.membership.members import Me
from contracts.membership.networks import NetworkView
from contracts.request import Page
from services.chassis import clock
from services.chassis.database import Database
from services.portal.api import Api, Rejected
from services.portal.assets import Assets
from services.portal.live.relay import Relay
from services.portal.looks import read_looks
from services.portal.rendering import TEXTS, Templates
from services.portal.sealing import Sealer
from services.portal.settings import PortalSettings, keys_of, providers
from services.portal.shell.operator_pages import OperatorPages
from services.portal.signing_in.handlers import Sessions
from services.portal.signing_in.oidc import Client
from services.portal.signing_in.sessions import NetworkName, Person

KEPT_OPEN = 5
"""Seconds that an idle connection to the gateway is used again; shorter than the gateway keeps it (`http_server`)."""


class Cookies(Struct, frozen=True):
    """Names and attributes. With https: prefix `__Host-`, which no other host and no plain connection can set."""

    secure: bool

    @property
    def prefix(self) -> str:
        return "__Host-" if self.secure else ""

    def session(self, secret: str) -> str:
        """Ends with the browser; the server ends it earlier."""
        return self._made("fallnetz", secret)

    def visitor(self, secret: str) -> str:
        return self._made("fallnetz-visitor", secret)

    def kept(self, name: str, value: str) -> str:
        """A choice without a secret in it, for a year: the language, the provider."""
        return self._made(f"fallnetz-{name}", value, "; Max-Age=31536000")

    def gone(self, name: str) -> str:
        return self._made(name, "", "; Max-Age=0")

    def _made(self, name: str, value: str, more: str = "") -> str:
        secure = "; Secure" if self.secure else ""
        return f"{self.prefix}{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}"


class House:
    def __init__(self, settings: PortalSettings, database: Database) -> None:
        self.settings = settings
        self.secure = settings.public_url.startswith("https://")
        split = urlsplit(settings.public_url)
        self.origin = f"{split.scheme}://{split.netloc}"
        self.cookies = Cookies(self.secure)
        self.sealer = Sealer(keys_of(settings))
        self.sessions = Sessions(
            database,
            self.sealer,
            idle=timedelta(minutes=settings.idle_minutes),
            life=timedelta(hours=settings.session_hours),
        )
        self.assets = Assets(settings.packages)
        self.operator_pages = OperatorPages(settings.imprint)
        self.looks = read_looks(settings.looks, self.assets)
        self.templates = Templates(self.assets)
        self.http = httpx.AsyncClient(
            base_url=settings.gateway_url,
            timeout=settings.request_timeout_seconds,
            limits=httpx.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=KEPT_OPEN),
        )
        self.providers_http = httpx.AsyncClient(timeout=10)
        redirect = f"{settings.public_url.rstrip('/')}/sign-in/callback"
        self.clients = {
            provider.url: Client(provider, self.providers_http, redirect) for provider in providers(settings)
        }

        self.relay = Relay(self.http, self.sessions, self.clients)

    def say(self, locale: str, text: str, **words: object) -> str:
        return TEXTS.translate(locale, text, **words)

    async def look_at(self, api: Api, person: Person) -> Person:
        """For whom the person speaks now, and the networks' names. Raises Rejected."""
        me = await api.get(Me, "/me")
        networks = await self._networks(api, me)
        return msgspec.structs.replace(
            person,
            name=me.name or person.name,
            operator=me.operator,
            standings=[one for one in me.standings if one.network in {network.id for network in networks}],
            networks=networks,
            language=me.language,
            looked_at=clock.now(),
        )

    async def _networks(self, api: Api, me: Me) -> list[NetworkName]:
        if me.operator:
            found = await self._every_network(api)
        else:
            wanted = {standing.network: standing.member for standing in me.standings}  # as any of them may look
            asked = await asyncio.gather(*(self._network(api.for_member(wanted[one]), one) for one in sorted(wanted)))
            found = [network for network in asked if network is not None]
        return [
            NetworkName(id=one.id, name=self._name(one), time_zone=one.time_zone, sandbox=one.sandbox) for one in found
        ]

    async def _every_network(self, api: Api) -> list[NetworkView]:
        found: list[NetworkView] = []
        cursor: str | None = None
        while True:
            page = await api.get(Page[NetworkView], "/networks", limit=200, cursor=cursor)
            found += page.items
            if (cursor := page.next) is None:
                return found

    async def _network(self, api: Api, network: str) -> NetworkView | None:
        try:
            return await api.get(NetworkView, f"/networks/{network}")
        except Rejected as refused:
            if refused.status in {403, 404}:
                return None
            raise

    def _name(self, network: NetworkView) -> str:
        look = self.looks.get(network.id)
        return (look.name if look else None) or network.name

    async def close(self) -> None:
        await self.http.aclose()
        await self.providers_http.aclose()
