"""Notices (N3, N9): to whom, about what, by when; those that did not arrive, why, and sending them again."""

import asyncio
from datetime import datetime

from litestar import Response

from contracts.membership.ballots import BallotView
from contracts.membership.desk import Procedure
from contracts.notifications.notices import Notice, NoticeState
from contracts.notifications.words import Purpose
from contracts.request import Page
from contracts.texts import marked as _
from services.portal.api import Forbidden, Missing, Rejected
from services.portal.desk import names
from services.portal.forms import Form
from services.portal.routing import action, page
from services.portal.visit import Visit

_DESK = "/n/{network:str}/desk/notices"
STUCK = frozenset({NoticeState.BOUNCED, NoticeState.FAILED})
BALLOTS = frozenset({Purpose.ADMISSION_BALLOT, Purpose.EXCLUSION_BALLOT})
"""Their receipt begins a window."""


@page(_DESK)
async def list_notices(
    visit: Visit,
    network: str,
    cursor: str | None = None,
    all: bool = False,  # noqa: A002 - the address says so
    about: str | None = None,
) -> Response[bytes]:
    """`about`: only those of one procedure, with its ballot."""
    if not (visit.office or visit.operator):
        raise Missing
    state = visit.asked("state")  # as a parameter it would be the framework's own
    wanted = NoticeState(state) if state in set(NoticeState) else None
    at = f"/networks/{network}"
    running = (await visit.api.get(Page[Procedure], f"{at}/procedures", limit=200)).items
    procedure = next((one for one in running if about and about in (one.id, one.ballot)), None)
    found = await visit.api.get(
        Page[Notice], f"{at}/notices", undelivered=not all and wanted is None,
        about=procedure.id if procedure else about or None, or_about=procedure.ballot if procedure else None,
        state=wanted.value if wanted else None, cursor=cursor, limit=25,
    )  # fmt: skip
    members, subjects, ends = await asyncio.gather(
        names.of_members(visit, network, (notice.member for notice in found.items)),
        names.of_subjects(visit, network, found.items),
        _ends(visit, network, found.items),
    )
    form = Form.of(about=procedure.id if procedure else about, state=wanted.value if wanted else None)
    return visit.page(
        "desk/notices.html", found=found, members=members, all=all or wanted is not None, stuck=STUCK, ends=ends,
        subjects=subjects, procedures=[one for one in running if one.kind != "resignation"], form=form,
        states=list(NoticeState), ballots=BALLOTS,
    )  # fmt: skip


async def _ends(visit: Visit, network: str, found: list[Notice]) -> dict[str, datetime]:
    """By notice: until when its member can answer, or the time of which it speaks. A member's window is known to its
    ballot and not to the notice, since it begins with the receipt (T1)."""
    asked = sorted({notice.about for notice in found if notice.purpose in BALLOTS})
    ballots = await asyncio.gather(*(_ballot(visit, network, ballot) for ballot in asked))
    windows = {
        (ballot.id, elector.member): elector.window.ends_at
        for ballot in ballots
        if ballot is not None
        for elector in ballot.electors
        if elector.window is not None
    }
    ends = {notice.id: windows.get((notice.about, notice.member)) or notice.due for notice in found}  # type: ignore[arg-type]
    return {notice: end for notice, end in ends.items() if end is not None}


async def _ballot(visit: Visit, network: str, ballot: str) -> BallotView | None:
    try:
        return await visit.api.get(BallotView, f"/networks/{network}/ballots/{ballot}")
    except (Missing, Forbidden):
        return None


@page(f"{_DESK}/{{notice:str}}")
async def show(visit: Visit, network: str, notice: str) -> Response[bytes]:
    if not (visit.office or visit.operator):
        raise Missing
    found = await visit.api.get(Notice, f"/networks/{network}/notices/{notice}")
    members, subjects, ends = await asyncio.gather(
        names.of_members(visit, network, [found.member]),
        names.of_subjects(visit, network, [found]),
        _ends(visit, network, [found]),
    )
    return visit.page(
        "desk/notice.html", notice=found, members=members, stuck=STUCK, subjects=subjects, ends=ends, ballots=BALLOTS
    )


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
