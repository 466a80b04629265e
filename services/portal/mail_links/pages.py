"""Mail links (N5): `/l/‹token›` opens, `/link/‹notice›` shows what it is for, and only its forms change anything."""

import asyncio

from litestar import Response

from contracts.membership.admission import ApplicationView
from contracts.membership.ballots import BallotView
from contracts.membership.leaving import ExclusionView
from contracts.membership.members import Me
from contracts.notifications.links import LinkView
from contracts.notifications.words import Purpose
from contracts.texts import marked as _
from services.portal.api import Away, Forbidden, Rejected
from services.portal.ballots import places
from services.portal.mail_links import applications, ballots, opened
from services.portal.mail_links.opened import Opened
from services.portal.mail_links.words import APPLICATION, BALLOT, ELSEWHERE, NEEDS_NO_RECEIPT
from services.portal.routing import action, page
from services.portal.visit import Visit

_REFUSED = {
    "link-expired": "mail_links/expired.html",
    "link-of-former-member": "mail_links/left.html",
    "link-of-former-person": "mail_links/former_person.html",
    "link-of-another-member": "mail_links/anothers.html",
}


@page("/l/{token:str}", public=True)
async def open_link(visit: Visit, token: str) -> Response[bytes]:
    """Changes nothing at the API: scanners open links too."""
    try:
        return visit.go(await opened.open_first(visit, token))
    except Away:
        raise
    except Rejected as refused:
        return _refused(visit, refused)


@page("/link/{notice:str}", public=True)
async def show(visit: Visit, notice: str) -> Response[bytes]:
    try:
        link = await opened.find(visit, notice)
        return opened.again(visit) if link is None else await _shown(visit, link)
    except Away:
        raise
    except Rejected as refused:
        return _refused(visit, refused)


async def _shown(visit: Visit, link: Opened) -> Response[bytes]:
    view = link.view
    match view.purpose:
        case Purpose.INVITATION:
            return visit.page("mail_links/invitation.html", link=view)
        case purpose if purpose in APPLICATION and (view.confirmed_at or purpose in NEEDS_NO_RECEIPT):
            return await applications.show(visit, link)
        case purpose if purpose in BALLOT and view.confirmed_at:
            return await ballots.show(visit, link)
        case Purpose.EXCLUSION_MESSAGE:
            return visit.page("mail_links/exclusion.html", link=view, exclusion=await _exclusion(link))
        case purpose if purpose in ELSEWHERE:
            return visit.page("mail_links/elsewhere.html", link=view, path=ELSEWHERE[purpose].format(about=view.about))
        case _:
            ballot = await _ballot(link) if view.purpose in BALLOT else None
            return visit.page("mail_links/confirm.html", link=view, ballot=ballot, places=places)


async def _ballot(link: Opened) -> BallotView | None:
    """What is asked, so that people know what they confirm. None where it can't be shown."""
    try:
        return await link.api.get(BallotView, link.about("ballots"))
    except Rejected:
        return None


async def _exclusion(link: Opened) -> ExclusionView | None:
    """None where it is not shown any more: the membership has ended, and the right to read with it."""
    try:
        return await link.api.get(ExclusionView, link.about("exclusions"))
    except Away:
        raise
    except Rejected:
        return None


@action("/link/{notice:str}/confirmation", public=True)
async def confirm(visit: Visit, notice: str) -> Response[bytes]:
    """The receipt (T3). Sent twice it counts once."""
    link = await opened.find(visit, notice)
    if link is None:
        return opened.again(visit)
    try:
        await link.api.post(LinkView, "/link/confirmation", key=visit.form.key)
    except Away:
        raise
    except Rejected as refused:
        if refused.slug != "link-already-used":
            return _refused(visit, refused)
    await _settle(link)
    return visit.go(link.path)


async def _settle(link: Opened) -> None:
    """The receipt travels from notifications to membership: waits a moment, so that the next page shows its effect."""
    for _attempt in range(20):
        try:
            if link.view.purpose in BALLOT and await ballots.runs(link):
                return
            if link.view.purpose not in BALLOT | {Purpose.APPLICATION_CONFIRMATION}:
                return
            if link.view.purpose is Purpose.APPLICATION_CONFIRMATION:
                application = await link.api.get(ApplicationView, link.about("applications"))
                if application.state != "unconfirmed":
                    return
        except Rejected:
            return
        await asyncio.sleep(0.1)


@action("/link/{notice:str}/acceptance", public=True)
async def accept(visit: Visit, notice: str) -> Response[bytes]:
    """O3: ties the sign-in to the function."""
    link = await opened.find(visit, notice)
    if link is None:
        return opened.again(visit)
    if visit.session is None:
        return visit.go(f"/sign-in?next={link.path}")
    try:
        await visit.api.with_link(link.token).post(Me, "/invitation", key=visit.form.key)
    except (Away, Forbidden):
        raise
    except Rejected as refused:
        return visit.page("mail_links/invitation.html", status=refused.status, link=link.view, refused=refused)
    await visit.drop_draft(link.path)
    await visit.look_again()
    await visit.say(_("Welcome. Your sign-in now belongs to your function."))
    return visit.go(f"/n/{link.view.network}")


def _refused(visit: Visit, refused: Rejected) -> Response[bytes]:
    """What a link does not open. Who is signed in in this browser does not matter here, so it is no 403 of theirs."""
    template = _REFUSED.get(refused.slug)
    if template is None and refused.status == 404:
        template = "mail_links/unknown.html"
    if template is None and (refused.status not in (401, 403, 409, 410) or not refused.sentence):
        raise refused
    return visit.page(template or "mail_links/refused.html", status=refused.status, refused=refused)


PAGES = (open_link, show, confirm, accept, *ballots.PAGES, *applications.PAGES)
