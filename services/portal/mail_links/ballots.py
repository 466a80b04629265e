"""A ballot behind a mail link: answered without signing in, by whoever holds the recipient's function (N5, P4)."""

from typing import TypeVar

from litestar import Response
from msgspec import Struct

from contracts.membership.admission import ApplicationView
from contracts.membership.ballots import BallotView, Vote, VoteReceipt
from contracts.membership.leaving import ExclusionView
from contracts.membership.words import Subject
from contracts.texts import marked as _
from services.portal.api import Away, Rejected
from services.portal.ballots import places
from services.portal.forms import Form, FormRefused
from services.portal.mail_links import opened
from services.portal.mail_links.opened import Opened
from services.portal.routing import action, page
from services.portal.visit import Visit

REASON_MOST = 4_000
T = TypeVar("T")


class Question(Struct, frozen=True, kw_only=True):
    """A ballot as the link's holder sees it."""

    ballot: BallotView
    place: places.Place | None
    """The member's own; None: it left, or never was an elector."""
    application: ApplicationView | None = None
    exclusion: ExclusionView | None = None


async def ask(visit: Visit, link: Opened) -> Question:
    """The ballot and what it is about. Raises Rejected."""
    ballot = await link.api.get(BallotView, link.about("ballots"))
    place = places.place_of(ballot, link.view.member, visit.now)
    path = f"/networks/{link.view.network}"
    if ballot.subject is Subject.ADMISSION:
        about = await _if_shown(link, ApplicationView, f"{path}/applications/{ballot.subject_id}")
        return Question(ballot=ballot, place=place, application=about)
    reason = await _if_shown(link, ExclusionView, f"{path}/exclusions/{ballot.subject_id}")
    return Question(ballot=ballot, place=place, exclusion=reason)


async def _if_shown(link: Opened, kind: type[T], path: str) -> T | None:
    """None where details are not shown any more: the question itself says enough to answer it."""
    try:
        return await link.api.get(kind, path)
    except Away:
        raise
    except Rejected:
        return None


async def runs(link: Opened) -> bool:
    """Whether the member's window runs. Raises Rejected."""
    ballot = await link.api.get(BallotView, link.about("ballots"))
    own = next((elector for elector in ballot.electors if elector.member == link.view.member), None)
    return own is None or own.window is not None


async def show(visit: Visit, link: Opened, form: Form | None = None, status: int = 200) -> Response[bytes]:
    found = await ask(visit, link)
    if form is None and found.place is not None:
        form = Form.of(reason=found.place.elector.reason)
    return visit.page(
        "mail_links/ballot.html", status=status, link=link.view, ballot=found.ballot, place=found.place,
        application=found.application, exclusion=found.exclusion, places=places, form=form or Form(),
        reason_most=REASON_MOST,
    )  # fmt: skip


@action("/link/{notice:str}/answer", public=True)
async def check(visit: Visit, notice: str) -> Response[bytes]:
    """The check page: nothing is sent yet."""
    link = await opened.find(visit, notice)
    if link is None:
        return opened.again(visit)
    found = await ask(visit, link)
    try:
        vote = _vote(visit.form, found.ballot)
    except FormRefused as wrong:
        return await show(visit, link, visit.form.with_errors(wrong), 422)
    return visit.page(
        "mail_links/check.html", link=link.view, ballot=found.ballot, place=found.place, places=places, vote=vote,
        form=visit.form,
    )  # fmt: skip


@action("/link/{notice:str}/correction", public=True)
async def correct(visit: Visit, notice: str) -> Response[bytes]:
    """Back from the check with what was entered."""
    link = await opened.find(visit, notice)
    return opened.again(visit) if link is None else await show(visit, link, visit.form)


@action("/link/{notice:str}/vote", public=True)
async def cast(visit: Visit, notice: str) -> Response[bytes]:
    link = await opened.find(visit, notice)
    if link is None:
        return opened.again(visit)
    form = visit.form
    try:
        vote = _vote(form, (await ask(visit, link)).ballot)
        await link.api.post(VoteReceipt, f"{link.about('ballots')}/votes", vote, key=form.key)
    except FormRefused as wrong:
        return await show(visit, link, form.with_errors(wrong), 422)
    except Away:
        raise
    except Rejected as refused:
        if refused.slug == "vote-late":
            return visit.page("mail_links/late.html", status=refused.status, link=link.view, refused=refused)
        return await show(visit, link, form.with_errors(refused), refused.status)
    return visit.go(f"{link.path}/answered")


@page("/link/{notice:str}/answered", public=True)
async def answered(visit: Visit, notice: str) -> Response[bytes]:
    """The receipt: what is counted for the member, printable."""
    link = await opened.find(visit, notice)
    if link is None:
        return opened.again(visit)
    found = await ask(visit, link)
    if found.place is None or found.place.elector.choice is None:
        return visit.go(link.path)
    return visit.page("mail_links/answered.html", link=link.view, ballot=found.ballot, place=found.place, places=places)


def _vote(form: Form, ballot: BallotView) -> Vote:
    """Raises FormRefused."""
    form.demand(choice=_("Choose your answer."))
    if form.get("choice") not in set(ballot.choices):
        raise FormRefused({"choice": _("Choose one of the answers.")})
    if len(form.get("reason")) > REASON_MOST:
        raise FormRefused({"reason": _("Shorten the reason to 4,000 characters.")})
    return form.read(Vote)


PAGES = (check, correct, cast, answered)
