"""An exclusion at the desk (L2): announce, withdraw, record how the message reached the member concerned."""

import asyncio

from litestar import Response

from contracts.membership.ballots import BallotView
from contracts.membership.leaving import ExclusionView, RecordedMessage
from contracts.membership.words import EvidenceKind
from contracts.notifications.words import Purpose
from contracts.texts import marked as _
from services.portal.api import Invalid, Missing, Rejected
from services.portal.desk import mailings, moments, names
from services.portal.desk.previews import foresee
from services.portal.desk.receipts import RECORDABLE, read_kind
from services.portal.forms import Form, FormRefused
from services.portal.routing import action, page
from services.portal.visit import Visit

_PATH = "/n/{network:str}/desk/exclusions/{exclusion:str}"


@page(_PATH)
async def show(visit: Visit, network: str, exclusion: str) -> Response[bytes]:
    return await _page(visit, network, exclusion)


async def _page(
    visit: Visit, network: str, exclusion: str, form: Form | None = None, status: int = 200
) -> Response[bytes]:
    found = await _found(visit, network, exclusion)
    ballot = None
    if found.ballot is not None:
        ballot = await visit.api.get(BallotView, f"/networks/{network}/ballots/{found.ballot}")
    members = await names.of_members(visit, network, [found.concerned, found.requested_by])
    own = visit.standing is not None and visit.standing.member == found.requested_by
    sent = None
    if found.ballot is not None:
        sent = await mailings.found(visit, network, about=exclusion, ballot=found.ballot)
    return visit.page(
        "desk/exclusion.html", status=status, exclusion=found, ballot=ballot, members=members, own=own,
        form=form or Form(), mailings=sent,
    )  # fmt: skip


async def _found(visit: Visit, network: str, exclusion: str) -> ExclusionView:
    if not (visit.office or visit.operator):
        raise Missing
    return await visit.api.get(ExclusionView, f"/networks/{network}/exclusions/{exclusion}")


@page(f"{_PATH}/announcement")
async def preview(visit: Visit, network: str, exclusion: str) -> Response[bytes]:
    found, foreseen = await asyncio.gather(
        _found(visit, network, exclusion), foresee(visit, network, Purpose.EXCLUSION_BALLOT, exclusion)
    )
    members = await names.of_members(visit, network, [found.concerned, found.requested_by])
    return visit.page(
        "desk/exclusion_announcement.html", exclusion=found, members=members, foreseen=foreseen, form=Form()
    )


@action(f"{_PATH}/announcement")
async def announce(visit: Visit, network: str, exclusion: str) -> Response[bytes]:
    path = f"/networks/{network}/exclusions/{exclusion}/announcement"
    try:
        await visit.api.post(BallotView, path, key=visit.form.key)
    except Rejected as refused:
        return await _stopped(visit, network, exclusion, refused)
    await visit.say(_("The request was put to the members; the notices are sent."))
    return visit.go(f"/n/{network}/desk/exclusions/{exclusion}")


@page(f"{_PATH}/withdrawal")
async def consider(visit: Visit, network: str, exclusion: str) -> Response[bytes]:
    found = await _found(visit, network, exclusion)
    members = await names.of_members(visit, network, [found.concerned])
    return visit.page("desk/exclusion_withdrawal.html", exclusion=found, members=members)


@action(f"{_PATH}/withdrawal")
async def withdraw(visit: Visit, network: str, exclusion: str) -> Response[bytes]:
    path = f"/networks/{network}/exclusions/{exclusion}/withdrawal"
    try:
        await visit.api.post(ExclusionView, path, key=visit.form.key)
    except Rejected as refused:
        return await _stopped(visit, network, exclusion, refused)
    await visit.say(_("The request for exclusion is withdrawn."))
    return visit.go(f"/n/{network}/desk/exclusions/{exclusion}")


@page(f"{_PATH}/receipt")
async def enter(visit: Visit, network: str, exclusion: str) -> Response[bytes]:
    draft = await visit.draft()
    return await _entry(visit, network, exclusion, Form(draft.entries) if draft else Form())


async def _entry(visit: Visit, network: str, exclusion: str, form: Form, status: int = 200) -> Response[bytes]:
    found = await _found(visit, network, exclusion)
    members = await names.of_members(visit, network, [found.concerned])
    return visit.page(
        "desk/exclusion_receipt.html", status=status, exclusion=found, members=members, form=form, kinds=RECORDABLE
    )


@action(f"{_PATH}/receipt")
async def record(visit: Visit, network: str, exclusion: str) -> Response[bytes]:
    """The membership ends at the moment entered; so it is checked once more."""
    form = visit.form
    try:
        body = _message(form, visit.zone)
        if form.get("sure") != "yes":
            found = await _found(visit, network, exclusion)
            members = await names.of_members(visit, network, [found.concerned])
            return visit.page(
                "desk/exclusion_receipt_check.html", exclusion=found, members=members, body=body, form=form
            )
        await visit.api.post(ExclusionView, f"/networks/{network}/exclusions/{exclusion}/receipt", body, key=form.key)
    except (FormRefused, Invalid) as wrong:
        return await _entry(visit, network, exclusion, form.with_errors(wrong, received_at="received_time"), 422)
    except Rejected as refused:
        return await _stopped(visit, network, exclusion, refused)
    await visit.drop_draft()
    await visit.say(_("The receipt is recorded; the membership has ended."))
    return visit.go(f"/n/{network}/desk/exclusions/{exclusion}")


def _message(form: Form, zone: str) -> RecordedMessage:
    """Raises FormRefused."""
    errors: dict[str, str] = {}
    kind: EvidenceKind | None = read_kind(form, errors)
    if not form.get("reason"):
        errors["reason"] = _("Say what shows it, for example the number of the registered letter.")
    try:
        received_at = moments.read(form, "received", zone)
    except FormRefused as wrong:
        raise FormRefused(errors | wrong.errors) from None
    if errors or kind is None:
        raise FormRefused(errors)
    return RecordedMessage(kind=kind, received_at=received_at, reason=form.get("reason"))


async def _stopped(visit: Visit, network: str, exclusion: str, refused: Rejected) -> Response[bytes]:
    if refused.status not in (403, 409) and not isinstance(refused, Invalid):
        raise refused
    form = Form()
    form.errors[""] = refused.sentence
    return await _page(visit, network, exclusion, form, refused.status)


PAGES = (show, preview, announce, consider, withdraw, enter, record)
