"""Requests about how people come by their sign-ins: providers of members, invitations (G2, O3)."""

from contracts.membership.access import (
    ACCEPT_INVITATION,
    BIND_ISSUER,
    INVITE_PERSON,
    AcceptInvitation,
    BindIssuer,
    InvitePerson,
)
from contracts.membership.members import Me, MemberView
from contracts.request import Call, Refused
from services.chassis import clock
from services.chassis.bus import Requests
from services.chassis.database import Transaction
from services.membership import authority
from services.membership.access.requests_me import me
from services.membership.members import handlers as members
from services.membership.members import handlers_sign_ins as sign_ins
from services.membership.members.requests import one
from services.membership.networks import handlers as networks

requests = Requests()

INVITATION = "invitation"
"""Purpose of the notice whose link is an invitation (`contracts.notifications.words.Purpose`)."""


@requests.answers(BIND_ISSUER)
def bind_issuer(tx: Transaction, call: Call, request: BindIssuer) -> MemberView:
    who = authority.require_office(tx, call, request.network, or_operator=True)
    networks.lock(tx, request.network)
    member = members.present(tx, request.network, request.member, who.now, lock=True)
    sign_ins.bind_issuer(tx, member, request.body.issuer, who.now, who.name)
    return one(tx, call, request.network, member.id)


@requests.answers(INVITE_PERSON)
def invite_person(tx: Transaction, call: Call, request: InvitePerson) -> MemberView:
    who = authority.in_person(tx, call, request.network)
    if not (who.office or who.operator or who.member == request.member):
        raise authority.not_authorised("Only the member itself, the office or an operator invites its people.")
    member = members.present(tx, request.network, request.member, who.now, lock=True)
    sign_ins.invite_again(tx, member, request.body.role, who.now, who.name, call.at)
    return one(tx, call, request.network, member.id)


@requests.answers(ACCEPT_INVITATION)
def accept_invitation(tx: Transaction, call: Call, _request: AcceptInvitation) -> Me:
    """Whoever holds the link says by it that they are the person invited; the sign-in says who that is from now on."""
    actor = authority.require_person(call)
    grant = actor.link
    if grant is None or grant.purpose != INVITATION:
        detail = "This is not the link of an invitation. Open the link of the e-mail in which you were invited."
        raise Refused("link-not-enough", detail, status=403)
    now = clock.moment(tx, grant.network, call.at)
    sign_ins.accept(tx, grant.network, grant.about, grant.member, (actor.issuer, actor.subject), now)
    return me(tx, call)
