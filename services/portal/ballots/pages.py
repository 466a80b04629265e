"""Ballots (P4): what is decided, by whom, by when; the member's own answer, its check and its receipt."""

import hashlib
from collections.abc import Iterable
from typing import TypeVar

from litestar import Response
from msgspec import Raw

from contracts.membership.admission import ApplicationView
from contracts.membership.ballots import BallotView, Vote, VoteReceipt
from contracts.membership.leaving import ExclusionView
from contracts.membership.members import MemberView
from contracts.membership.words import Choice, Subject
from contracts.request import Page
from contracts.texts import marked as _
from services.portal.api import Api, Forbidden, Invalid, Missing, Rejected
from services.portal.ballots import places, receiving
from services.portal.forms import Form, FormRefused
from services.portal.routing import action, page
from services.portal.visit import Visit

_PATH = "/n/{network:str}/ballots/{ballot:str}"
REASON_MOST = 4_000
T = TypeVar("T")


@page("/n/{network:str}/ballots")
async def list_ballots(visit: Visit, network: str, cursor: str | None = None, over: bool = False) -> Response[bytes]:
    """The newest first; those that are over on a page of their own."""
    found = await visit.api.get(
        Page[BallotView], f"/networks/{network}/ballots", open=not over, cursor=cursor, limit=20
    )
    member = visit.standing.member if visit.standing else None
    own = {one.id: places.place_of(one, member, visit.now) for one in found.items}
    return visit.page("ballots/list.html", found=found, own=own, over=over, places=places)


@page(_PATH)
async def show(visit: Visit, network: str, ballot: str) -> Response[bytes]:
    return await _page(visit, network, await _ballot(visit, network, ballot))


@action(f"{_PATH}/receipt")
async def confirm_receipt(visit: Visit, network: str, ballot: str) -> Response[bytes]:
    """T3: the member opens the notice; from then on its time runs."""
    if visit.standing is None:
        raise Missing
    sent_to = visit.standing.member
    notice = await receiving.notice_for(visit.api, network, ballot, sent_to)
    if notice is None:
        await visit.say(_("Nothing has been sent to your organisation yet. Ask the coordinating office."))
    elif await receiving.open_notice(visit.api, network, ballot, notice, sent_to, visit.form.key):
        await visit.say(_("Receipt is confirmed. From now on the time to answer runs."))
    else:
        await visit.say(_("Receipt is confirmed. The end of the time appears in a moment."))
    return visit.go(f"{visit.home}/ballots/{ballot}")


@action(f"{_PATH}/draft")
async def save_draft(visit: Visit, network: str, ballot: str) -> Response[bytes]:  # noqa: ARG001 - of the address
    """Answer later: the entries wait, seen by nobody else, and count as nothing."""
    await visit.keep_draft(f"{visit.home}/ballots/{ballot}")
    await visit.say(_("Your draft is kept. It is not an answer yet."))
    return visit.go(f"{visit.home}/ballots/{ballot}")


@action(f"{_PATH}/answer")
async def check(visit: Visit, network: str, ballot: str) -> Response[bytes]:
    """What will be sent, to be checked."""
    found = await _ballot(visit, network, ballot)
    try:
        vote = _vote(visit.form, found.choices)
    except FormRefused as wrong:
        return await _page(visit, network, found, visit.form.with_errors(wrong), status=422)
    return visit.page(
        "ballots/check.html", ballot=found, vote=vote, place=_place(visit, found), places=places, form=visit.form
    )


@action(f"{_PATH}/correction")
async def correct(visit: Visit, network: str, ballot: str) -> Response[bytes]:
    """Back from the check with what was entered."""
    return await _page(visit, network, await _ballot(visit, network, ballot), visit.form)


@action(f"{_PATH}/vote")
async def cast(visit: Visit, network: str, ballot: str) -> Response[bytes]:
    """The API judges the vote; the ballot is asked for only where the form has to be shown again."""
    try:
        vote = _vote(visit.form, Choice)
        await visit.api.post(VoteReceipt, f"{_at(network)}/{ballot}/votes", vote, key=_key(visit.form, vote))
    except (FormRefused, Invalid) as wrong:
        found = await _ballot(visit, network, ballot)
        return await _page(visit, network, found, visit.form.with_errors(wrong), status=422)
    except Rejected as refused:
        if refused.status != 409:
            raise
        found = await _ballot(visit, network, ballot)  # as it stands now, so that the page shows why
        visit.form.errors[""] = refused.sentence
        return await _page(visit, network, found, visit.form, status=409)
    await visit.drop_draft(f"{visit.home}/ballots/{ballot}")
    return visit.go(f"{visit.home}/ballots/{ballot}/answered")


@page(f"{_PATH}/answered")
async def answered(visit: Visit, network: str, ballot: str) -> Response[bytes]:
    """The receipt: what is counted for the member, printable."""
    found = await _ballot(visit, network, ballot)
    place = _place(visit, found)
    if place is None or place.elector.choice is None:
        return visit.go(f"{visit.home}/ballots/{ballot}")
    return visit.page("ballots/answered.html", ballot=found, place=place, places=places)


@page("/n/{network:str}/applications/{application:str}")
async def of_application(visit: Visit, network: str, application: str) -> Response[bytes]:
    """Where an application is worked on: by the office at its desk, by all others in the ballot."""
    if visit.office or visit.operator:
        return visit.go(f"{visit.home}/desk/admissions/{application}")
    found = await visit.api.get(ApplicationView, f"/networks/{network}/applications/{application}")
    if found.ballot is None:
        raise Missing
    return visit.go(f"{visit.home}/ballots/{found.ballot}")


@page(f"{_PATH}/record")
async def record(visit: Visit, network: str, ballot: str) -> Response[bytes]:
    """B6: the record as the API exports it, byte for byte."""
    found = await visit.api.get(Raw, f"{_at(network)}/{ballot}/record")
    return visit.file(bytes(found), f"{ballot}.json", "application/json")


def _at(network: str) -> str:
    return f"/networks/{network}/ballots"


async def _ballot(visit: Visit, network: str, ballot: str) -> BallotView:
    return await visit.api.get(BallotView, f"{_at(network)}/{ballot}")


def _place(visit: Visit, ballot: BallotView) -> places.Place | None:
    return places.place_of(ballot, visit.standing.member if visit.standing else None, visit.now)


async def _page(
    visit: Visit, network: str, ballot: BallotView, form: Form | None = None, *, status: int = 200
) -> Response[bytes]:
    draft = None
    place = _place(visit, ballot)
    if form is None and place is not None and place.can in ("answer", "change"):
        draft = await visit.draft(f"{visit.home}/ballots/{ballot.id}")
        form = Form(draft.entries) if draft else Form.of(reason=place.elector.reason)
    application = exclusion = asked_by = None
    if visit.from_script:
        pass  # it takes the tally and who decides from the page, and nothing else
    elif ballot.subject is Subject.ADMISSION:
        application = await _if_seen(
            visit.api, ApplicationView, f"/networks/{network}/applications/{ballot.subject_id}"
        )
    else:
        exclusion = await _if_seen(visit.api, ExclusionView, f"/networks/{network}/exclusions/{ballot.subject_id}")
    if exclusion is not None:
        asked_by = await _if_seen(visit.api, MemberView, f"/networks/{network}/members/{exclusion.requested_by}")
    return visit.page(
        "ballots/ballot.html", status=status, ballot=ballot, place=place, places=places, application=application,
        exclusion=exclusion, asked_by=asked_by, draft=draft, form=form or Form(), reason_most=REASON_MOST,
    )  # fmt: skip


async def _if_seen(api: Api, kind: type[T], path: str) -> T | None:
    """None where it is not for the person, as details that have been erased."""
    try:
        return await api.get(kind, path)
    except (Missing, Forbidden):
        return None


def _vote(form: Form, offered: Iterable[Choice]) -> Vote:
    """Raises FormRefused."""
    form.demand(choice=_("Choose your answer."))
    if form.get("choice") not in set(offered):
        raise FormRefused({"choice": _("Choose one of the answers.")})
    if len(form.get("reason")) > REASON_MOST:
        raise FormRefused({"reason": _("Shorten the reason to 4,000 characters.")})
    return form.read(Vote)


def _key(form: Form, vote: Vote) -> str | None:
    """A double click is one vote, and so is a repetition; another answer from the same page is another vote."""
    if form.key is None:
        return None
    content = f"{form.key} {vote.choice} {vote.reason}"
    return hashlib.sha256(content.encode()).hexdigest()[:32]


PAGES = (list_ballots, show, confirm_receipt, save_draft, check, correct, cast, answered, of_application, record)
