"""What stands behind a link (N5). Showing changes nothing; only confirming does, and the gateway does that by POST."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from contracts.notifications.links import CONFIRM_LINK, SHOW_LINK, LinkRequest, LinkView
from contracts.notifications.notices import NoticeState
from contracts.notifications.words import Purpose
from contracts.request import Call, Refused
from contracts.texts import Marked
from contracts.texts import marked as _
from services.chassis.bus import Requests
from services.chassis.database import Transaction
from services.notifications.email import texts
from services.notifications.links import rules
from services.notifications.links.rules import Link
from services.notifications.membership import Membership, Seen
from services.notifications.networks import handlers as networks
from services.notifications.notices import handlers
from services.notifications.notices.rules import LEGALLY_RELEVANT, role_of
from services.notifications.notices.rules_life import Step, Stored
from services.notifications.notices.sight import sight
from services.notifications.preferences import handlers as preferences


class Holder(Struct, frozen=True):
    """Who holds the link in their hands."""

    link: Link
    members: list[str] | None
    """For whom a signed-in holder acts in the network; None: nobody is signed in, the link alone speaks."""
    seen: Seen
    """What membership says about the link's network."""


def registry(membership: Membership, keys: Sequence[bytes]) -> Requests:
    """What this feature answers."""
    requests = Requests()

    async def holder(call: Call, request: LinkRequest) -> Holder:
        link = rules.read(request.token, keys)
        if link is None:
            raise _invalid()
        members = None
        if call.actor is not None:
            members = await _members(membership, call, link)
        return Holder(link, members, await membership.see(link.network, link.person))

    requests.answers_after(SHOW_LINK, holder)(_show)
    requests.answers_after(CONFIRM_LINK, holder)(_confirm)
    return requests


async def _members(membership: Membership, call: Call, link: Link) -> list[str]:
    try:
        return list(sight(await membership.who(call), link.network, call.actor).members)
    except Refused as refusal:
        if refusal.slug == "not-authorised":
            return []
        raise


def _show(tx: Transaction, call: Call, _request: LinkRequest, holder: Holder) -> LinkView:
    now = networks.read_moment(tx, holder.link.network, call.at, holder.seen.sandbox_moment)
    return _view(tx, _notice(tx, holder, now, lock=False), holder, now)


def _confirm(tx: Transaction, call: Call, request: LinkRequest, holder: Holder) -> LinkView:
    now = networks.moment(tx, holder.link.network, call.at, holder.seen.sandbox_moment)
    notice = _notice(tx, holder, now, lock=True)
    if notice.confirmed_at is not None:
        at = notice.confirmed_at.astimezone(ZoneInfo(networks.time_zone(tx, notice.network)))
        raise Refused(
            "link-already-used", "Receipt was confirmed already: {at}. Nothing more is needed.", words={"at": at}
        )
    if holder.seen.replaced and _of_a_member(notice):
        raise _of_former_person()
    if notice.purpose is Purpose.REDIRECT_CONFIRMATION:
        preferences.confirm_redirect(tx, notice.network, notice.content)
    evidence = f"link {rules.fingerprint(request.token)}, by POST"
    step = Step(state=NoticeState.CONFIRMED, sending=notice.standing.sending, at=now, evidence=evidence)
    return _view(tx, handlers.take_step(tx, notice, step), holder, now)


def _notice(tx: Transaction, holder: Holder, now: datetime, *, lock: bool) -> Stored:
    notice = handlers.find(tx, holder.link.notice, lock=lock)
    if notice is None or notice.network != holder.link.network:
        raise _invalid()
    if _of_a_member(notice) and holder.members is not None and notice.member not in holder.members:
        detail = "This link was sent to another organisation. Sign out, or sign in as a person of that organisation."
        raise Refused("link-of-another-member", detail, status=403)
    if notice.member is not None and notice.confirmed_at is None and networks.has_left(tx, notice.member):
        detail = "Your organisation is not a member of the network any more, so there is nothing left to confirm."
        raise Refused("link-of-former-member", detail, status=410)
    if now >= holder.link.expires_at:
        raise Refused("link-expired", _expired(notice), status=410)
    return notice


def _view(tx: Transaction, notice: Stored, holder: Holder, now: datetime) -> LinkView:
    language = texts.language_for(notice.language or "de")
    return LinkView(
        network=notice.network,
        notice=notice.id,
        purpose=notice.purpose,
        about=notice.about,
        member=notice.member,
        locale=language,
        subject_line=texts.heading(notice.purpose, language, notice.content),
        expires_at=holder.link.expires_at,
        confirmed_at=notice.confirmed_at,
        time_zone=networks.time_zone(tx, notice.network),
        network_name=holder.seen.name,
        role=_role(tx, notice, holder.link),
        person=holder.link.person,
        now=now,
        sandbox=holder.seen.sandbox_moment is not None,
    )


def _of_a_member(notice: Stored) -> bool:
    return notice.purpose in LEGALLY_RELEVANT or notice.purpose is Purpose.BALLOT_REMINDER


def _role(tx: Transaction, notice: Stored, link: Link) -> str:
    sent = (handlers.find(tx, link.sent) if link.sent is not None else None) or notice
    return sent.role or role_of(sent.addressee)


def _of_former_person() -> Refused:
    detail = (
        "This e-mail was written to somebody who does not speak for the organisation any more. If you do now, sign in "
        "at the portal: everything stands there. Without a sign-in, ask your organisation or the coordinating office "
        "for an invitation."
    )
    return Refused("link-of-former-person", detail, status=410)


def _expired(notice: Stored) -> Marked:
    """What its reader can do: a notice that arrived is not sent again (N9), and an applicant has no sign-in."""
    match notice.purpose:
        case Purpose.INVITATION:
            return _("This invitation has expired. Ask your organisation or the office to send a new one.")
        case Purpose.REDIRECT_CONFIRMATION:
            return _(
                "This link has expired. Sign in and save your settings again; a new link then goes to the address."
            )
        case Purpose.APPLICATION_CONFIRMATION:
            return _("This link has expired, and the application with it. Send the application again.")
        case _ if notice.member is None:
            return _(
                "This link has expired. Open the link of a newer e-mail about your application, or write to the "
                "coordinating office."
            )
        case _:
            return _(
                "This link has expired. Sign in at the portal: what the e-mail was about stands there. Without a "
                "sign-in, ask your organisation or the coordinating office for an invitation."
            )


def _invalid() -> Refused:
    detail = "This link is not one of ours or is incomplete. Open it again from the e-mail."
    return Refused("link-invalid", detail, status=404)
