"""The office's desk (P7): what waits for it, every procedure with its next step, what did not arrive."""

import asyncio

from litestar import Response

from contracts.membership.desk import Procedure
from contracts.membership.networks import NetworkView, Task
from contracts.notifications.notices import Notice
from contracts.request import Page
from services.portal.desk import (
    admissions,
    answers,
    charters,
    clocks,
    entering,
    exclusions,
    letters,
    mailings,
    names,
    notices,
    office,
    people,
    receipts,
    receipts_together,
    register,
    words,
)
from services.portal.routing import page
from services.portal.visit import Visit

_DESK = "/n/{network:str}/desk"


@page(_DESK)
async def show(visit: Visit, network: str, cursor: str | None = None) -> Response[bytes]:
    at = f"/networks/{network}"
    tasks, running, undelivered, sent = await asyncio.gather(
        visit.api.get(Page[Task], f"{at}/tasks", cursor=cursor, limit=20),
        visit.api.get(Page[Procedure], f"{at}/procedures", running=True, limit=200),
        visit.api.get(Page[Notice], f"{at}/notices", undelivered=True, limit=5),
        mailings.found(visit, network),
    )
    subjects = names.of_procedures(running.items)
    members = await names.of_members(visit, network, (task.member for task in tasks.items))
    appoints = visit.office or (await visit.api.get(NetworkView, at)).office is None
    return visit.page(
        "desk/desk.html", tasks=tasks, running=running.items[:10], undelivered=undelivered, subjects=subjects,
        members=members, words=words, appoints=appoints, mailings=sent,
    )  # fmt: skip


@page(f"{_DESK}/procedures")
async def list_procedures(
    visit: Visit, network: str, cursor: str | None = None, over: bool = False, kind: str | None = None
) -> Response[bytes]:
    kind = kind if kind in ("admission", "exclusion", "resignation") else None
    found = await visit.api.get(
        Page[Procedure], f"/networks/{network}/procedures", running=not over, kind=kind, cursor=cursor, limit=25
    )
    return visit.page("desk/procedures.html", found=found, over=over, kind=kind)


PAGES = (
    show, list_procedures, *entering.PAGES, *admissions.PAGES, *answers.PAGES, *exclusions.PAGES, *receipts.PAGES,
    *receipts_together.PAGES, *notices.PAGES, *mailings.PAGES, *letters.PAGES, *register.PAGES, *office.PAGES,
    *charters.PAGES, *clocks.PAGES, *people.PAGES,
)  # fmt: skip
