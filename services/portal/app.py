"""The portal's table of contents: every page and who shows it."""

from typing import Any

from litestar import Litestar, Request, Response
from litestar.di import Provide
from litestar.exceptions import HTTPException

from services.portal import refusing
from services.portal.applying import pages as applying
from services.portal.ballots import pages as ballots
from services.portal.calendars import pages as calendars
from services.portal.desk import pages as desk
from services.portal.door import VISIT, Door
from services.portal.house import House
from services.portal.inbox import pages as inbox
from services.portal.keys import pages as keys
from services.portal.leaving import pages as leaving
from services.portal.live import pages as live
from services.portal.mail_links import pages as mail_links
from services.portal.members import editing
from services.portal.members import pages as members
from services.portal.network import pages as network
from services.portal.offers import pages as offers
from services.portal.operating import pages as operating
from services.portal.preferences import pages as preferences
from services.portal.searching import pages as searching
from services.portal.shell import pages as shell
from services.portal.signing_in import pages as signing_in
from services.portal.visit import Visit
from services.portal.webhooks import pages as webhooks

PAGES = (
    *shell.PAGES, *signing_in.PAGES, *live.PAGES, *inbox.PAGES, *ballots.PAGES, *members.PAGES, *editing.PAGES,
    *offers.PAGES, *leaving.PAGES, *network.PAGES, *searching.PAGES, *preferences.PAGES,
    *calendars.PAGES, *keys.PAGES, *webhooks.PAGES, *applying.PAGES, *mail_links.PAGES, *desk.PAGES,
    *operating.PAGES,
)  # fmt: skip
"""Each feature's `pages.py` lists its own."""


def application(house: House) -> Door:
    """The whole portal as an ASGI application."""
    framework: Any = Litestar(
        route_handlers=[*PAGES],
        dependencies={"visit": Provide(_visit, sync_to_thread=False)},
        exception_handlers={Exception: _refused},
        openapi_config=None,
        logging_config=None,
    )
    return Door(framework, house)


def _visit(request: Request[Any, Any, Any]) -> Visit:
    found: Visit = request.scope[VISIT]  # type: ignore[literal-required]
    return found


def _refused(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """An address that leads nowhere, or a fault of ours."""
    visit = _visit(request)
    if isinstance(error, HTTPException) and error.status_code < 500:
        status = error.status_code if error.status_code in {404, 405} else 400
        return visit.page("shell/missing.html" if status == 404 else "shell/strange_address.html", status=status)
    return refusing.failed(visit, error)
