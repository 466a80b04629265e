"""How people come by a sign-in: invited by link, tied when they accept; and which provider speaks for a member (G2)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from contracts.ids import MemberId, NetworkId, PersonId
from contracts.membership.access import IssuerBound, PersonInvited, SignInTied
from contracts.membership.words import Role
from contracts.request import Refused
from services.chassis import journal, pausing
from services.chassis.database import Transaction
from services.membership import entry
from services.membership.members import tables
from services.membership.members import tables_sign_ins as sign_ins
from services.membership.members.tables import Member
from services.membership.members.tables_people import Person
from services.membership.members.tables_sign_ins import SignIn
from services.membership.networks import handlers as networks

INVITED_FOR = timedelta(days=14)


def is_known(tx: Transaction, sign_in: SignIn) -> bool:
    """Whether any member of any network knows a person by this sign-in."""
    return sign_ins.is_known(tx, sign_in)


def check_issuer(tx: Transaction, member: Member, issuer: str, field: str | None = None) -> None:
    """G2. Raises Refused `issuer-not-allowed` (403; 422 for a field of the body)."""
    status = 403 if field is None else 422
    if member.issuer is not None and member.issuer != issuer:
        detail = "The people of this member sign in at its own identity provider; use that one."
        raise Refused("issuer-not-allowed", detail, status=status, field=field)
    bound = tables.bound_to(tx, member.network, issuer)
    if bound is not None and bound.id != member.id:
        detail = "This identity provider speaks for another member alone; use another sign-in."
        raise Refused("issuer-not-allowed", detail, status=status, field=field)


def bind_issuer(tx: Transaction, member: Member, issuer: str | None, now: datetime, actor: str) -> None:
    """G2: from now on only this provider's sign-ins count for the member's people, and they count for no other member.
    None: every provider's do again. The caller holds the network. Raises Refused `issuer-bound-elsewhere`."""
    name = entry.issuer(issuer, "/issuer") if issuer is not None else None
    if name == member.issuer:
        return
    bound = tables.bound_to(tx, member.network, name) if name is not None else None
    if bound is not None:
        detail = "This identity provider speaks for another member already; release it there first."
        raise Refused("issuer-bound-elsewhere", detail, field="/issuer")
    tables.bind(tx, member.id, name)
    fact = IssuerBound(network=member.network, member=member.id, bound=name is not None)
    journal.record(tx, network=member.network, record=member.network, facts=[fact], now=now, actor=actor)


def invite(
    tx: Transaction, member: Member, role: Role, person: PersonId, now: datetime, actor: str, asked_at: datetime
) -> None:
    """O3: the person named is sent a link; what was sent before stays good for as long as the newest. `asked_at`: when
    it was asked for, by real time."""
    until = now + INVITED_FOR
    sign_ins.invite(tx, person, role, until, asked_at)
    fact = PersonInvited(network=member.network, member=member.id, role=role, person=person, expires_at=until)
    journal.record(tx, network=member.network, record=member.network, facts=[fact], now=now, actor=actor)


def check_pause(tx: Transaction, member: Member, role: Role, email: str, asked_at: datetime) -> None:
    """One address is invited to one function once in a while; to several functions and members at once, since small
    organisations share a mailbox. The caller holds the member. Raises Refused `sent-a-moment-ago` (429)."""
    recent = sign_ins.invited_since(tx, member.id, role, asked_at - pausing.PAUSE)
    sent = [at for address, at in recent if address.casefold() == email.casefold()]
    if wait := pausing.wait(max(sent, default=None), asked_at):
        detail = "An invitation was sent to this address a moment ago. Another one can be sent {wait}."
        raise Refused(
            "sent-a-moment-ago", detail, status=429, retry_after=int(wait.total_seconds()), words={"wait": wait}
        )


def invite_again(tx: Transaction, member: Member, role: Role, now: datetime, actor: str, asked_at: datetime) -> None:
    """Raises Refused `function-vacant`, `signs-in-already`, `sent-a-moment-ago`."""
    person = sign_ins.last_named(tx, member.id, role)
    found = sign_ins.find(tx, member.network, person, lock=True) if person is not None else None
    if found is None:
        detail = "Nobody has been named for this function; name a person first."
        raise Refused("function-vacant", detail, field="/role")
    if found[1]:
        detail = "This person signs in already. For another sign-in, name the person again without one."
        raise Refused("signs-in-already", detail, field="/role")
    check_pause(tx, member, role, found[0].email, asked_at)
    invite(tx, member, role, found[0].id, now, actor, asked_at)


def accept(
    tx: Transaction, network: NetworkId, person: str, member: MemberId | None, sign_in: SignIn, now: datetime
) -> None:
    """Ties a sign-in to the person invited; the same sign-in again changes nothing.

    Raises Refused `invitation-replaced` (410), `link-of-former-member` (410), `invitation-expired` (410),
    `invitation-accepted-already`, `issuer-not-allowed` (403).
    """
    found = sign_ins.find(tx, network, person, lock=True)
    if found is None or (member is not None and found[0].member != member):
        raise _replaced()
    invited, counts = found
    concerned = tables.find(tx, network, invited.member)
    if concerned is None or not concerned.present(now):
        detail = "Your organisation is not a member of this network any more; the invitation is not valid any more."
        raise Refused("link-of-former-member", detail, status=410)
    if not sign_ins.roles(tx, invited.id, networks.today(tx, network, now)):
        raise _replaced()
    if (invited.issuer, invited.subject) == sign_in and counts:
        return
    _check_open(invited, now, counts=counts)
    check_issuer(tx, concerned, sign_in[0])
    sign_ins.tie(tx, invited.id, sign_in)
    fact = SignInTied(network=network, member=concerned.id, person=invited.id)
    journal.record(tx, network=network, record=network, facts=[fact], now=now, actor=invited.id)


def _check_open(invited: Person, now: datetime, *, counts: bool) -> None:
    if counts:
        detail = "This invitation was accepted with another sign-in; use that one, or ask to be named anew."
        raise Refused("invitation-accepted-already", detail)
    if invited.invited_until is None or now >= invited.invited_until:
        detail = "This invitation has expired. Ask your organisation or the office to send a new one."
        raise Refused("invitation-expired", detail, status=410)


def _replaced() -> Refused:
    detail = "Somebody else has been named for this function meanwhile. Ask your organisation if that is not right."
    return Refused("invitation-replaced", detail, status=410)


def write_in(tx: Transaction, sign_in: SignIn, language: str) -> bool:
    """In which language the person is written to, wherever the sign-in is known. False: it is known nowhere."""
    return sign_ins.write_in(tx, sign_in, language) > 0


def named(tx: Transaction, network: NetworkId, persons: Sequence[PersonId], day: date) -> list[tuple[Person, Role]]:
    """Those of the persons who have a function on a day or are to have one later, with the first such function."""
    found = [sign_ins.find(tx, network, person) for person in persons]
    known = [(each[0], sign_ins.roles(tx, each[0].id, day)) for each in found if each is not None]
    return [(person, roles[0]) for person, roles in known if roles]
