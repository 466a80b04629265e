"""One request of one browser: who is signed in, in which network, in which language; and the ways to answer."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response
from msgspec import Struct

from contracts.membership.members import Standing
from contracts.membership.networks import NetworkView
from contracts.membership.words import Motion, Tally
from contracts.texts import Marked
from contracts.texts import marked as _
from services.chassis import clock, ids
from services.portal import deadlines
from services.portal.addresses import plain_name, safe_target, waiting, with_query
from services.portal.api import Api, Away, Missing, Rejected, SignInNeeded
from services.portal.forms import Form
from services.portal.looks import Look
from services.portal.sealing import hashed
from services.portal.shell.navigation import MENU, Entry
from services.portal.signing_in.handlers import Saved
from services.portal.signing_in.oidc import ProviderFailed, SignInRefused
from services.portal.signing_in.sessions import NetworkName, Person, Session

if TYPE_CHECKING:
    from services.portal.house import House

HTML = "text/html; charset=utf-8"
_OF_ADDRESSES = "/?#[]@!$&'()*+,;=:%-._~"
"""Signs that stand in addresses as they are (RFC 3986 § 2.2, 2.3)."""
LOOK_AGAIN = timedelta(minutes=5)
"""After so long the portal asks again for whom a person speaks; the API decides each time anyway (L3)."""


class Note(Struct, frozen=True):
    """Said once, on the next page."""

    text: str
    kind: str = "success"


class Visit:
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
        self.note: Note | None = None
        self.waiting: Saved | None = None
        self.kept: Saved | None = None
        """The draft that the page's form is filled with."""
        self.now: datetime = self.arrived_at
        """The network's present moment: its test clock in a sandbox."""

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

    # Answers

    def page(self, template: str, *, status: int = 200, **context: Any) -> Response[bytes]:
        """A page. Templates find `visit`, `form` (empty unless given) and what is given here. What was written before
        the sign-in ended stands in the form again."""
        given = {"visit": self, "form": Form(), **context}
        if self.waiting is not None and status == 200:
            given["form"].entries |= self.waiting.entries
        content = self.house.templates.render(template, self.locale, given).encode()
        headers = {"Content-Language": self.locale, "Vary": "Cookie, Accept-Language", **self.headers}
        return Response(content, status_code=status, media_type=HTML, headers=headers)

    def go(self, path: str) -> Response[bytes]:
        """On to another page of the portal, with GET."""
        location = quote(path, safe=_OF_ADDRESSES)
        return Response(b"", status_code=303, media_type=HTML, headers={"Location": location, **self.headers})

    def file(self, content: bytes, name: str, media_type: str) -> Response[bytes]:
        """A download."""
        disposition = f"attachment; filename=\"{plain_name(name)}\"; filename*=UTF-8''{quote(name)}"
        return Response(content, media_type=media_type, headers={"Content-Disposition": disposition, **self.headers})

    async def say(self, text: Marked, **words: object) -> None:
        """A sentence that the next page says once: `await visit.say(_("Your answer was saved."))`."""
        if self.session is not None:
            sentence = self.house.say(self.locale, text, **words)
            await self.house.sessions.say(self.session, msgspec.json.encode(Note(sentence)).decode())

    async def pass_on(self, refused: Rejected) -> None:
        """The next page says once why the API refused, in its words."""
        if self.session is not None:
            note = Note(refused.sentence, "warning")
            await self.house.sessions.say(self.session, msgspec.json.encode(note).decode())

    async def take_note(self) -> None:
        """What the page before wanted said, once."""
        if self.session is None or not self.session.note or self.method != "GET":
            return
        if not (self.from_script or self.ahead):
            self.note = msgspec.json.decode(self.session.note, type=Note)
            await self.house.sessions.say(self.session, None)

    # Forms

    @property
    def place(self) -> str:
        """Address of the page that is looked at, or on which the form that was sent stands."""
        return self.here if self.method == "GET" else safe_target(self.form.place or self.path)

    async def take_waiting(self) -> None:
        """Finds what was written on this page when the sign-in ended."""
        if self.session is not None and self.method == "GET" and not self.from_script:
            self.waiting = await self.draft(waiting(self.path))
            if self.waiting is not None:
                sentence = self.house.say(self.locale, _("What you wrote is here again. It is not sent yet."))
                self.note = Note(sentence, "info")

    async def sent(self) -> None:
        """Nothing waits any more: the form was carried out."""
        if self.session is not None and await self.draft(waiting(self.place)) is not None:
            await self.drop_draft(waiting(self.place))

    def token(self) -> str:
        """For the hidden field of a form. Binds it to this browser; before sign-in by a cookie of its own."""
        return self.house.sealer.form_token(self.cookie or self.known_browser())

    def known_browser(self) -> str:
        """The secret by which this browser is known before sign-in; gives it one."""
        if not self.visitor:
            self.visitor = ids.secret()
            self.cookies.append(self.house.cookies.visitor(self.visitor))
        return self.visitor

    def token_fits(self) -> bool:
        """Whether the form that was sent is one of ours, shown in this browser. A session may have ended meanwhile."""
        secret = self.cookie or self.visitor
        return bool(secret) and self.house.sealer.form_token_fits(self.form.token, secret)

    def key(self) -> str:
        """A new idempotency key for a form."""
        return ids.secret(12)

    @property
    def owner_of_drafts(self) -> str:
        if self.session is not None:
            return self.session.digest_of_person
        return hashed(f"visitor {self.known_browser()}")  # a secret that nobody guesses, so it takes no key

    async def keep_draft(self, path: str | None = None) -> None:
        """Keeps the form's entries for this page, two weeks at most. They are the person's, also where the session has
        ended by itself; before any sign-in the browser's, until somebody signs in there."""
        await self.keep_entries(path or self.path, self.form.entries)

    async def keep_entries(self, path: str, entries: dict[str, list[str]]) -> None:
        """The same for entries of one's own making."""
        owner = None
        if self.session is None and self.cookie:
            owner = await self.house.sessions.owner_behind(self.cookie)
        await self.house.sessions.keep_draft(owner or self.owner_of_drafts, path, entries)

    async def keep_for_later(self) -> Response[bytes]:
        """What the buttons of `ui.later` do: keeps the entries under the address to which they were sent, or drops
        what was kept there; then back to the page."""
        if self.form.later == "discard":
            await self.drop_draft()
            await self.say(_("The draft is discarded."))
        else:
            await self.keep_draft()
            await self.say(_("What you wrote is kept for 14 days, for you alone. Nothing was sent yet."))
        return self.go(self.place)

    async def kept_form(self, path: str | None = None) -> Form:
        """The form filled with the draft, where one was kept; `ui.later` then offers to discard it."""
        self.kept = await self.draft(path)
        return Form(self.kept.entries) if self.kept else Form()

    async def draft(self, path: str | None = None) -> Saved | None:
        return await self.house.sessions.draft(self.owner_of_drafts, path or self.path)

    async def drop_draft(self, path: str | None = None) -> None:
        await self.house.sessions.drop_draft(self.owner_of_drafts, path or self.path)

    # For templates

    @property
    def menu(self) -> list[Entry]:
        return [entry for entry in MENU if not entry.office_only or self.office or self.operator]

    def asked(self, name: str) -> str | None:
        """A part of the address's query."""
        return dict(parse_qsl(self.query)).get(name)

    def address_with(self, **changes: str | None) -> str:
        """This page with other parts of its query; None leaves one out."""
        return with_query(self.path, {**dict(parse_qsl(self.query)), **changes})

    def local(self, at: datetime) -> datetime:
        """In the network's zone."""
        return at.astimezone(ZoneInfo(self.zone))

    def last_minute(self, ends_at: datetime) -> datetime:
        """Ends are exclusive; people are told 23:59 of the last day."""
        return ends_at - timedelta(minutes=1)

    def time_left(self, ends_at: datetime) -> str:
        return deadlines.time_left(self.locale, ends_at, self.now)

    def soon(self, ends_at: datetime) -> bool:
        return deadlines.soon(ends_at, self.now)

    def parts(self, tally: Tally, motion: Motion, *, over: bool) -> list[deadlines.Part]:
        return deadlines.parts(tally, motion, over=over)

    @property
    def here(self) -> str:
        """This page's address within the portal."""
        return f"{self.path}?{self.query}" if self.query else self.path
