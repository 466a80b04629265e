"""Notices that did not arrive (N9): why, every step, and sending them again."""

from litestar import Response

from contracts.notifications.notices import Notice, NoticeState
from contracts.request import Page
from contracts.texts import marked as _
from services.portal.api import Missing, Rejected
from services.portal.desk import names
from services.portal.routing import action, page
from services.portal.visit import Visit

_DESK = "/n/{network:str}/desk/notices"
STUCK = frozenset({NoticeState.BOUNCED, NoticeState.FAILED})


@page(_DESK)
async def list_notices(
    visit: Visit,
    network: str,
    cursor: str | None = None,
    all: bool = False,  # noqa: A002 - the address says so
    about: str | None = None,
) -> Response[bytes]:
    """`about`: only those of one procedure."""
    if not (visit.office or visit.operator):
        raise Missing
    found = await visit.api.get(
        Page[Notice], f"/networks/{network}/notices", undelivered=not all, about=about, cursor=cursor, limit=25
    )
    members = await names.of_members(visit, network, (notice.member for notice in found.items))
    return visit.page("desk/notices.html", found=found, members=members, all=all, stuck=STUCK)


@page(f"{_DESK}/{{notice:str}}")
async def show(visit: Visit, network: str, notice: str) -> Response[bytes]:
    if not (visit.office or visit.operator):
        raise Missing
    found = await visit.api.get(Notice, f"/networks/{network}/notices/{notice}")
    members = await names.of_members(visit, network, [found.member])
    return visit.page("desk/notice.html", notice=found, members=members, stuck=STUCK)


@action(f"{_DESK}/{{notice:str}}/resend")
async def resend(visit: Visit, network: str, notice: str) -> Response[bytes]:
    here = f"/n/{network}/desk/notices"
    try:
        await visit.api.post(Notice, f"/networks/{network}/notices/{notice}/resend", key=visit.form.key)
    except Rejected as refused:
        if refused.slug != "notice-not-undelivered":
            raise
        await visit.say(_("This notice has been delivered meanwhile or is being sent."))
        return visit.go(here)
    await visit.say(_("The notice is sent again. Whether it arrives stands here in a moment."))
    return visit.go(here)


PAGES = (list_notices, show, resend)
