"""The first page of a network (P3): what needs the member's answer and by when, then what it waits for."""

import asyncio

from litestar import Response

from contracts.membership.desk import InboxItem
from contracts.request import Page
from services.portal.routing import page
from services.portal.visit import Visit


@page("/n/{network:str}")
async def show(visit: Visit, network: str, cursor: str | None = None) -> Response[bytes]:
    path = f"/networks/{network}/inbox"
    due, waiting = await asyncio.gather(
        visit.api.get(Page[InboxItem], path, cursor=cursor),
        visit.api.get(Page[InboxItem], path, waiting=True, limit=20),
    )
    return visit.page("inbox/inbox.html", due=due, waiting=waiting)


PAGES = (show,)
