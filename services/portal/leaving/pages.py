"""Leaving (L): a member's resignation, and the request to exclude a member, each checked before it is sent."""

from litestar import Response

from contracts.ids import MemberId
from contracts.membership.leaving import ExclusionState, ExclusionView, NewExclusion, Resignation
from contracts.membership.members import MemberView
from contracts.membership.networks import NetworkView
from contracts.notifications.notices import Notice
from contracts.notifications.words import Purpose
from contracts.texts import marked as _
from services.portal.api import Invalid, Missing, Rejected
from services.portal.ballots import receiving
from services.portal.forms import Form, FormRefused
from services.portal.members import listing
from services.portal.routing import action, page
from services.portal.showing import WORDS
from services.portal.visit import Visit

_NEW = "/n/{network:str}/exclusions/new"
_EXCLUSION = "/n/{network:str}/exclusions/{exclusion:str}"
REASON_MOST = 4_000
_MESSAGE = frozenset({Purpose.EXCLUSION_MESSAGE})

WORDS["exclusionstate"] = {
    ExclusionState.REQUESTED: _("Asked for; the office has not yet put it to the members"),
    ExclusionState.ANNOUNCED: _("Put to the members"),
    ExclusionState.PASSED: _("Decided; in effect when the message is received"),
    ExclusionState.IN_EFFECT: _("In effect"),
    ExclusionState.FAILED: _("Not passed"),
    ExclusionState.MOOT: _("Fell away: the member left before"),
    ExclusionState.WITHDRAWN: _("Withdrawn"),
}


@page("/n/{network:str}/resignation")
async def explain_resignation(visit: Visit, network: str) -> Response[bytes]:
    """What it means, before anything is asked."""
    _own(visit)
    found = await visit.api.get(NetworkView, f"/networks/{network}")
    return visit.page("leaving/resignation.html", network=found)


@action("/n/{network:str}/resignation")
async def check_resignation(visit: Visit, network: str) -> Response[bytes]:  # noqa: ARG001 - of the address
    _own(visit)
    return visit.page("leaving/resignation_check.html")


@action("/n/{network:str}/resignation/declaration")
async def resign(visit: Visit, network: str) -> Response[bytes]:
    """L1, L3: from this moment on the person has no access, so this page is the last."""
    body = Resignation(member=MemberId(_own(visit)))
    name = visit.standing.member_name if visit.standing else ""
    found = await visit.api.post(MemberView, f"/networks/{network}/resignations", body, key=visit.form.key)
    left_at = visit.local(found.left_at or visit.now)
    network_name = visit.network.name if visit.network else ""
    await visit.look_again()
    visit.network = visit.person.network(network)
    return visit.page("leaving/resigned.html", member=name, network_name=network_name, left_at=left_at)


def _own(visit: Visit) -> str:
    """The member that the person acts for. Raises Missing for an operator."""
    if visit.standing is None:
        raise Missing
    return visit.standing.member


@page(_NEW)
async def begin(visit: Visit, network: str, member: str | None = None) -> Response[bytes]:
    _own(visit)
    draft = await visit.draft()
    form = Form(draft.entries) if draft else Form.of(member=member)
    return await _page(visit, network, form, drafted=draft is not None)


@action(_NEW)
async def check(visit: Visit, network: str) -> Response[bytes]:
    """What will be sent to the office, to be checked."""
    _own(visit)
    try:
        body = _read(visit.form)
    except FormRefused as wrong:
        return await _page(visit, network, visit.form.with_errors(wrong), status=422)
    concerned = await visit.api.get(MemberView, f"/networks/{network}/members/{body.member}")
    return visit.page("leaving/exclusion_check.html", concerned=concerned, reason=body.reason, form=visit.form)


@action(f"{_NEW}/correction")
async def correct(visit: Visit, network: str) -> Response[bytes]:
    return await _page(visit, network, visit.form)


@action(f"{_NEW}/draft")
async def save_draft(visit: Visit, network: str) -> Response[bytes]:  # noqa: ARG001 - of the address
    _own(visit)
    await visit.keep_draft(f"{visit.home}/exclusions/new")
    await visit.say(_("Your draft is kept. Nothing was asked for yet."))
    return visit.go(f"{visit.home}/exclusions/new")


@action(f"{_NEW}/request")
async def ask(visit: Visit, network: str) -> Response[bytes]:
    """L2."""
    try:
        body = _read(visit.form)
        made = await visit.api.post(ExclusionView, f"/networks/{network}/exclusions", body, key=visit.form.key)
    except (FormRefused, Invalid) as wrong:
        return await _page(visit, network, visit.form.with_errors(wrong), status=422)
    except Rejected as refused:
        if refused.status != 409:
            raise
        visit.form.errors[""] = refused.sentence
        return await _page(visit, network, visit.form, status=409)
    await visit.drop_draft(f"{visit.home}/exclusions/new")
    await visit.say(_("The request was sent to the coordinating office."))
    return visit.go(f"{visit.home}/exclusions/{made.id}")


@page(_EXCLUSION)
async def show(visit: Visit, network: str, exclusion: str) -> Response[bytes]:
    found = await visit.api.get(ExclusionView, f"/networks/{network}/exclusions/{exclusion}")
    concerned = await visit.api.get(MemberView, f"/networks/{network}/members/{found.concerned}")
    asked_by = await visit.api.get(MemberView, f"/networks/{network}/members/{found.requested_by}")
    own = visit.standing.member if visit.standing else None
    running = found.state in (ExclusionState.REQUESTED, ExclusionState.ANNOUNCED)
    concerns_us = own is not None and own == found.concerned
    return visit.page(
        "leaving/exclusion.html", exclusion=found, concerned=concerned, asked_by=asked_by,
        may_withdraw=running and own == found.requested_by,
        may_confirm=concerns_us and found.state is ExclusionState.PASSED,
    )  # fmt: skip


@action(f"{_EXCLUSION}/receipt")
async def confirm_message(visit: Visit, network: str, exclusion: str) -> Response[bytes]:
    """L2: the member concerned confirms that the message has reached it; with that its membership ends."""
    notice = await receiving.notice_for(visit.api, network, exclusion, _own(visit), _MESSAGE)
    if notice is None:
        await visit.say(_("Nothing has been sent to your organisation yet. Ask the coordinating office."))
        return visit.go(f"{visit.home}/exclusions/{exclusion}")
    await visit.api.post(Notice, f"/networks/{network}/notices/{notice.id}/opening", key=visit.form.key)
    member = visit.standing.member_name if visit.standing else ""
    name = visit.network.name if visit.network else ""
    return visit.page("leaving/message_received.html", member=member, network_name=name, at=visit.local(visit.now))


@action(f"{_EXCLUSION}/withdrawal")
async def withdraw(visit: Visit, network: str, exclusion: str) -> Response[bytes]:
    path = f"/networks/{network}/exclusions/{exclusion}/withdrawal"
    await visit.api.post(ExclusionView, path, key=visit.form.key)
    await visit.say(_("The request was withdrawn."))
    return visit.go(f"{visit.home}/exclusions/{exclusion}")


def _read(form: Form) -> NewExclusion:
    """Raises FormRefused."""
    form.demand(member=_("Choose the member concerned."), reason=_("Enter the reason."))
    if len(form.get("reason")) > REASON_MOST:
        raise FormRefused({"reason": _("Shorten the reason to 4,000 characters.")})
    return form.read(NewExclusion)


async def _page(visit: Visit, network: str, form: Form, *, drafted: bool = False, status: int = 200) -> Response[bytes]:
    own = _own(visit)
    members = [one async for one in listing.everyone(visit.api, network, None) if one.id != own]
    return visit.page(
        "leaving/exclusion_new.html", status=status, form=form, members=members, drafted=drafted,
        reason_most=REASON_MOST,
    )  # fmt: skip


PAGES = (
    explain_resignation, check_resignation, resign, begin, check, correct, save_draft, ask, show, confirm_message,
    withdraw,
)  # fmt: skip
