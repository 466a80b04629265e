"""A link of an e-mail that was opened in this browser (N5).

Its token stands in an address only once: the portal keeps it, sealed, with what it knows of the browser and goes on
under the notice's id, which opens nothing for anybody else. So it is in no history, no second log line and no Referer.
"""

import re

from litestar import Response
from msgspec import Struct

from contracts.notifications.links import LinkView
from services.portal.api import Api, Missing
from services.portal.visit import Visit

_TOKEN = re.compile(r"[A-Za-z0-9._~-]{1,2000}\Z")
_TOKEN_ENTRY = "token"  # noqa: S105 - a name


class Opened(Struct, frozen=True, kw_only=True):
    view: LinkView
    token: str
    api: Api
    """As whoever holds the link; nobody's sign-in goes with it."""

    @property
    def path(self) -> str:
        return address(self.view.notice)

    def about(self, kind: str) -> str:
        """The API's path of what the link opens."""
        return f"/networks/{self.view.network}/{kind}/{self.view.about}"

    def __repr__(self) -> str:
        return f"<Opened {self.view.notice}>"


def address(notice: str) -> str:
    return f"/link/{notice}"


async def open_first(visit: Visit, token: str) -> str:
    """Checks a link, keeps its token, gives the address under which it goes on. Raises Rejected."""
    if not _TOKEN.match(token):
        raise Missing
    api = visit.stranger.with_link(token)
    view = await api.get(LinkView, "/link")
    here = address(view.notice)
    await visit.house.sessions.keep_draft(visit.owner_of_drafts, here, {_TOKEN_ENTRY: [token]})
    return here


async def find(visit: Visit, notice: str) -> Opened | None:
    """The link as it stands now; None: it was not opened in this browser. Raises Rejected."""
    kept = await visit.draft(address(notice))
    token = kept.entries.get(_TOKEN_ENTRY, [""])[0] if kept else ""
    if not token:
        return None
    api = visit.stranger.with_link(token)
    view = await api.get(LinkView, "/link")
    speak(visit, view)
    return Opened(view=view, token=token, api=visit.stranger.with_link(token))


def speak(visit: Visit, view: LinkView) -> None:
    """In the recipient's language, as its network."""
    if not visit.language_chosen and visit.session is None:
        visit.locale = view.locale
    name = view.network_name or view.network
    here = address(view.notice)
    visit.show_network(view.network, name, home=here, time_zone=view.time_zone, now=view.now, sandbox=view.sandbox)


def again(visit: Visit) -> Response[bytes]:
    """The link was opened in another browser, or too long ago."""
    return visit.page("mail_links/open_again.html", status=404)
