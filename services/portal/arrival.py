"""One request of one browser: who is signed in, for whom they act, in which network and in which language."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from contracts.membership.members import Standing
from contracts.membership.networks import NetworkView
from services.chassis import clock
from services.portal.addresses import with_query
from services.portal.api import Api, Away, Missing, SignInNeeded
from services.portal.forms import Form
from services.portal.looks import Look
from services.portal.signing_in.oidc import ProviderFailed, SignInRefused
from services.portal.signing_in.sessions import NetworkName, Person, Session

if TYPE_CHECKING:
    from services.portal.house import House

LOOK_AGAIN = timedelta(minutes=5)
"""After so long the portal asks again for whom a person speaks; the API decides each time anyway (L3)."""


class Arrival:
    def __init__(self, house: "House", *, method: str, path: str, query: str, locale: str, request_id: str) -> None:
        self.house = house
        self.method = method
        self.path = path
        self.query = query
        self.locale = locale
        self.request_id = request_id
        self.arrived_at = clock.now()
        self.address = ""
        """From where the browser came, for the limits of public forms."""
        self.provider = ""
        """The provider chosen last time."""
        self.agent = ""
        self.from_script = False
        """True: htmx asks for a part of the page."""
        self.ahead = False
        """True: the browser fetches the page before anybody has asked for it."""
        self.connects_again = False
        """True: the page's stream of changes had broken off."""
        self.cookie = ""
        """The session cookie's secret, also of a session that has ended."""
        self.visitor = ""
        """The browser's own secret, from before sign-in."""
        self.session: Session | None = None
        self.form = Form()
        self.cookies: list[str] = []
        self.headers: dict[str, str] = {}
        self.network: NetworkName | None = None
        self.home_outside: str | None = None
        """On public pages of a network: where its name leads."""
        self.language_chosen = False
        """True: in this browser, by hand."""
        self.now: datetime = self.arrived_at
        """The network's present moment: its test clock in a sandbox."""

    # The address

    @property
    def here(self) -> str:
        """This page's address within the portal."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def asked(self, name: str) -> str | None:
        """A part of the address's query."""
        return dict(parse_qsl(self.query)).get(name)

    def address_with(self, **changes: str | None) -> str:
        """This page with other parts of its query; None leaves one out."""
        return with_query(self.path, {**dict(parse_qsl(self.query)), **changes})

    # Who and where

    @property
    def mine(self) -> Session:
        """The session. Raises SignInNeeded."""
        if self.session is None:
            raise SignInNeeded
        return self.session

    @property
    def person(self) -> Person:
        """Who is signed in. Raises SignInNeeded."""
        return self.mine.person

    @property
    def standing(self) -> Standing | None:
        """For whom the person acts in this network; None: an operator, or nobody."""
        if self.session is None or self.network is None:
            return None
        return self.session.person.standing(self.network.id)

    @property
    def office(self) -> bool:
        return self.standing is not None and self.standing.office

    @property
    def operator(self) -> bool:
        return self.session is not None and self.session.person.operator

    @property
    def zone(self) -> str:
        """The network's, in which moments are shown."""
        return self.network.time_zone if self.network else "Europe/Berlin"

    @property
    def look(self) -> Look:
        return self.house.looks.get(self.network.id, Look()) if self.network else Look()

    @property
    def home(self) -> str:
        """Where the network's name leads."""
        if self.home_outside is not None:
            return self.home_outside
        return f"/n/{self.network.id}" if self.network else "/"

    @property
    def api(self) -> Api:
        """Speaks as the person, for the chosen member, in the page's language."""
        headers = self._headers_for_all()
        if self.session is not None:
            headers["Authorization"] = f"Bearer {self.session.tokens.access}"
            if self.standing is not None:
                headers["Fallnetz-Member"] = self.standing.member
        return Api(self.house.http, headers)

    @property
    def stranger(self) -> Api:
        """Speaks as nobody, also where somebody is signed in: for public forms and links of mails."""
        return Api(self.house.http, self._headers_for_all())

    def _headers_for_all(self) -> dict[str, str]:
        headers = {"Accept-Language": self.locale, "X-Request-Id": self.request_id, "Accept": "application/json"}
        if self.address:
            headers["X-Forwarded-For"] = self.address
        return headers

    def show_network(
        self,
        network: str,
        name: str,
        *,
        home: str = "/",
        time_zone: str = "Europe/Berlin",
        now: datetime | None = None,
        sandbox: bool = False,
    ) -> None:
        """Gives a public page the name and look of a network into which nobody need be admitted. `now`: its moment."""
        look = self.house.looks.get(network)
        shown = (look.name if look else None) or name
        self.network = NetworkName(id=network, name=shown, time_zone=time_zone, sandbox=sandbox)
        self.home_outside = home
        self.now = now or self.now

    async def enter(self, network: str) -> None:
        """Finds the network of the address. Raises Missing where the person has nothing to do there: whether it exists
        is not told."""
        unknown = self.person.network(network) is None
        await self._keep_up(named_meanwhile=unknown)
        self.network = self.person.network(network)
        if self.network is None:
            raise Missing
        if self.network.sandbox:
            self.now = (await self.api.get(NetworkView, f"/networks/{network}")).clock

    async def networks(self) -> list[NetworkName]:
        """In which the person has something to do."""
        await self._keep_up(named_meanwhile=not self.person.networks)
        return self.person.networks

    async def _keep_up(self, *, named_meanwhile: bool) -> None:
        """Looks again where that is long ago, or where the person may have got a function since."""
        if named_meanwhile or self.arrived_at - self.person.looked_at > LOOK_AGAIN:
            await self.look_again()

    async def freshen(self) -> None:
        """Sees to it that the access token is good for a while. Raises SignInNeeded where the provider has ended the
        sign-in, Away where it does not answer."""
        if self.session is None:
            return
        client = self.house.clients.get(self.session.person.issuer)
        if client is None:  # a provider that is not trusted any more
            raise SignInNeeded
        try:
            self.session = await self.house.sessions.fresh(self.session, client)
        except SignInRefused:
            raise SignInNeeded from None
        except ProviderFailed:
            if self.session.tokens.expires_at <= clock.now():
                raise Away from None

    async def look_again(self) -> None:
        """Asks the API for whom the person speaks now."""
        if self.session is not None:
            person = await self.house.look_at(self.api, self.session.person)
            self.session = await self.house.sessions.know(self.session, person)
