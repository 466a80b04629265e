"""Letters to print (N2, P7): what did not arrive by mail and must, each on a sheet of its own; then the record that
they were posted. That they were received is recorded among the receipts when it is known."""

import asyncio
from datetime import datetime

from litestar import Response
from msgspec import Struct

from contracts.membership.members import MemberView
from contracts.notifications.letters import Letter, Posting
from contracts.notifications.notices import Notice
from contracts.notifications.words import Purpose
from contracts.request import Page
from contracts.texts import marked as _
from services.portal.api import Away, Missing, Rejected, SignInNeeded, TooMany
from services.portal.desk import moments
from services.portal.forms import Form, FormRefused
from services.portal.routing import action, page
from services.portal.visit import Visit

_DESK = "/n/{network:str}/desk/letters"
PRINTED = frozenset({Purpose.ADMISSION_BALLOT, Purpose.EXCLUSION_BALLOT, Purpose.EXCLUSION_MESSAGE})


class Sheet(Struct, frozen=True, kw_only=True):
    """A letter with its postal address, or why there is none."""

    notice: Notice
    letter: Letter | None
    address: str = ""
    sentence: str = ""


@page(_DESK)
async def show(visit: Visit, network: str, cursor: str | None = None) -> Response[bytes]:
    return await _page(visit, network, cursor)


async def _page(
    visit: Visit, network: str, cursor: str | None, form: Form | None = None, status: int = 200
) -> Response[bytes]:
    if not visit.office:
        raise Missing
    path = f"/networks/{network}"
    found = await visit.api.get(Page[Notice], f"{path}/notices", undelivered=True, cursor=cursor, limit=25)
    wanted = [notice for notice in found.items if notice.purpose in PRINTED]
    sheets = await asyncio.gather(*(_sheet(visit, network, notice) for notice in wanted))
    filled = form or Form.of(**moments.entries("posted", visit.local(visit.now)))
    return visit.page("desk/letters.html", status=status, found=found, sheets=sheets, form=filled, today=visit.now)


async def _sheet(visit: Visit, network: str, notice: Notice) -> Sheet:
    try:
        letter = await visit.api.get(Letter, f"/networks/{network}/notices/{notice.id}/letter")
        member = await visit.api.get(MemberView, f"/networks/{network}/members/{notice.member}")
    except (Away, SignInNeeded, TooMany):
        raise
    except Rejected as refused:
        return Sheet(notice=notice, letter=None, sentence=refused.sentence)
    return Sheet(notice=notice, letter=letter, address=member.address or "")


@action(_DESK)
async def record(visit: Visit, network: str, cursor: str | None = None) -> Response[bytes]:
    """One moment for all that are checked; each is a command of its own, and none is lost without a word."""
    form = visit.form
    chosen = list(dict.fromkeys(form.all("chosen")))[:25]
    try:
        posted_at = moments.read(form, "posted", visit.zone) if chosen else None
    except FormRefused as wrong:
        return await _page(visit, network, cursor, form.with_errors(wrong), 422)
    if posted_at is None:
        form.errors["chosen"] = _("Check the letters that were posted.")
        return await _page(visit, network, cursor, form, 422)
    refused = await _record(visit, network, chosen, posted_at)
    if refused is not None:
        form.entries.pop("chosen", None)
        form = form.with_errors(refused, posted_at="posted_time")
        return await _page(visit, network, cursor, form, refused.status)
    await visit.say(_("The letters are recorded as posted. Record their receipt when you know of it."))
    return visit.go(f"/n/{network}/desk/letters")


async def _record(visit: Visit, network: str, chosen: list[str], posted_at: datetime) -> Rejected | None:
    """Stops at the first that is refused: those before it are recorded and stand in the list no more."""
    for notice in chosen:
        key = f"{visit.form.key}-{notice}"[-64:] if visit.form.key else None
        try:
            await visit.api.post(
                Notice, f"/networks/{network}/notices/{notice}/posting", Posting(posted_at=posted_at), key=key
            )
        except (Away, SignInNeeded, TooMany, Missing):
            raise
        except Rejected as refused:
            return refused
    return None


PAGES = (show, record)
