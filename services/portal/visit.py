"""One request of one browser, as pages have it: the ways to answer, the form that was sent, drafts."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response
from msgspec import Struct

from contracts.membership.words import Motion, Tally
from contracts.texts import Marked
from contracts.texts import marked as _
from services.chassis import ids
from services.portal import deadlines
from services.portal.addresses import plain_name, safe_target, waiting
from services.portal.api import Rejected
from services.portal.arrival import Arrival
from services.portal.forms import Form
from services.portal.sealing import hashed
from services.portal.shell.navigation import MENU, Entry
from services.portal.signing_in.handlers import Saved

if TYPE_CHECKING:
    from services.portal.house import House

HTML = "text/html; charset=utf-8"
_OF_ADDRESSES = "/?#[]@!$&'()*+,;=:%-._~"
"""Signs that stand in addresses as they are (RFC 3986 § 2.2, 2.3)."""


class Note(Struct, frozen=True):
    """Said once, on the next page."""

    text: str
    kind: str = "success"


class Visit(Arrival):
    def __init__(self, house: "House", *, method: str, path: str, query: str, locale: str, request_id: str) -> None:
        super().__init__(house, method=method, path=path, query=query, locale=locale, request_id=request_id)
        self.note: Note | None = None
        self.waiting: Saved | None = None
        self.kept: Saved | None = None
        """The draft that the page's form is filled with."""

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
        await self._leave(Note(self.house.say(self.locale, text, **words)))

    async def warn(self, text: Marked, **words: object) -> None:
        """The same for what was not done."""
        await self._leave(Note(self.house.say(self.locale, text, **words), "warning"))

    async def pass_on(self, refused: Rejected) -> None:
        """The next page says once why the API refused, in its words."""
        await self._leave(Note(refused.sentence, "warning"))

    async def _leave(self, note: Note) -> None:
        if self.session is not None:
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
