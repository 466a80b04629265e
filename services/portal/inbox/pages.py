"""The first page of a network (P3): what needs the member's answer and by when, then what it waits for."""

import asyncio

from litestar import Response

from contracts.membership.desk import InboxItem
from contracts.request import Page
from services.portal.ballots import places
from services.portal.routing import page
from services.portal.visit import Visit

_WAITING = 10
"""So many of those that the member waits for; the rest stands among the ballots."""


@page("/n/{network:str}")
async def show(visit: Visit, network: str, cursor: str | None = None) -> Response[bytes]:
    """Whoever runs the installation and speaks for no member has nothing to answer: on to the desk."""
    if visit.standing is None:
        return visit.go(f"{visit.home}/desk")
    path = f"/networks/{network}/inbox"
    due, waiting = await asyncio.gather(
        visit.api.get(Page[InboxItem], path, cursor=cursor),
        visit.api.get(Page[InboxItem], path, waiting=True, limit=_WAITING),
    )
    urgent = [item for item in due.items if item.window is not None and visit.soon(item.window.ends_at)]
    return visit.page("inbox/inbox.html", due=due, waiting=waiting, urgent=urgent, places=places)


PAGES = (show,)
