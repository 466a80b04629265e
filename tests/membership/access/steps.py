"""What tests of access do again and again, through membership's requests."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from msgspec.structs import replace

from contracts.ids import MemberId, NetworkId, NoticeId
from contracts.membership.access import (
    ACCEPT_INVITATION,
    BIND_ISSUER,
    ISSUE_KEY,
    REVOKE_KEY,
    AcceptInvitation,
    BindIssuer,
    IssuedKey,
    IssueKey,
    IssuerName,
    KeyView,
    NewKey,
    RevokeKey,
    Scope,
)
from contracts.membership.members import (
    IMPORT_REGISTER,
    LIST_MEMBERS,
    NAME_PERSON,
    ImportRegister,
    ListMembers,
    Me,
    MemberView,
    NamedPerson,
    NamePerson,
    PersonDetails,
    Representation,
)
from contracts.membership.networks import FOUND_NETWORK, FoundNetwork, NewNetwork
from contracts.membership.words import Role
from contracts.request import Actor, LinkGrant
from tests.membership.door import CHARTER, ISSUER, OPERATOR, REGISTER, START, Bielefeld, Door, person

LATER = START + timedelta(days=90)


def wanted(**changes: Any) -> NewKey:
    fields: dict[str, Any] = {"label": "Fachverfahren", "scopes": [Scope.DIRECTORY], "expires_at": LATER}
    return NewKey(**(fields | changes))


async def issue(network: Bielefeld, by: Actor, **changes: Any) -> IssuedKey:
    key = changes.pop("key", None)
    return await network.door.ask(ISSUE_KEY, IssueKey(network=network.id, body=wanted(**changes)), by, key=key)


async def revoke(network: Bielefeld, by: Actor, key: KeyView) -> KeyView:
    return await network.door.ask(REVOKE_KEY, RevokeKey(network=network.id, key=key.id), by)


def holder(issued: IssuedKey) -> Actor:
    """Whom the gateway makes of a request with this key."""
    return Actor(issuer="key", subject=issued.key.id, member=issued.key.member)


def digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def by_link(
    network: Bielefeld, number: int, about: str, role: str = "representative", *, of: NetworkId | None = None
) -> Actor:
    """Whom the gateway makes of a link in a mail to the person who had the function when the network was founded."""
    people = {each.role.value: each.person for each in network.members[number].representations}
    grant = LinkGrant(
        notice=NoticeId("not_1"), network=of or network.id, purpose="admission-ballot", about=about,
        member=network.members[number].id, role=role, person=people.get(role),
    )  # fmt: skip
    return Actor(issuer="link", subject=grant.notice, member=grant.member, link=grant)


def without_sign_in(subject: str, **changes: Any) -> PersonDetails:
    return replace(person(subject, **changes), issuer=None, subject=None)


async def name_without_sign_in(
    network: Bielefeld, number: int, by: Actor, role: Role = Role.DEPUTY, name: str = "Nora Neu", **changes: Any
) -> Representation:
    """Gives what the member's page says of the function, which may still be another person's. `at`: real time."""
    since, at = changes.pop("since", None), changes.pop("at", START)
    details = without_sign_in("nora", name=name, **changes)
    body = NamedPerson(role=role, person=details, since=since)
    request = NamePerson(network=network.id, member=network.members[number].id, body=body)
    return of(await network.door.ask(NAME_PERSON, request, by, at=at), role)


def of(view: MemberView, role: Role) -> Representation:
    return next(each for each in view.representations if each.role is role)


def invited(
    network: Bielefeld, who: str, subject: str = "nora", *, issuer: str = ISSUER, member: MemberId | None = None
) -> Actor:
    """Somebody who signed in and holds the link of an invitation."""
    grant = LinkGrant(
        notice=NoticeId("not_2"), network=network.id, purpose="invitation", about=who, member=member, role="invited"
    )
    return Actor(issuer=issuer, subject=subject, link=grant)


async def accept(network: Bielefeld, by: Actor, *, at: datetime = START) -> Me:
    return await network.door.ask(ACCEPT_INVITATION, AcceptInvitation(), by, at=at)


async def unstaffed(door: Door) -> Bielefeld:
    """A network whose members have named nobody yet."""
    lippe = Bielefeld(door, "lippe")
    body = NewNetwork(id="lippe", charter=CHARTER, sandbox=True, clock=START)
    await door.ask(FOUND_NETWORK, FoundNetwork(body=body), OPERATOR)
    await door.ask(IMPORT_REGISTER, ImportRegister(network=lippe.id, csv=REGISTER), OPERATOR)
    lippe.members = (await door.ask(LIST_MEMBERS, ListMembers(network=lippe.id), OPERATOR)).items
    return lippe


async def bind(network: Bielefeld, number: int, issuer: str | None, by: Actor) -> MemberView:
    request = BindIssuer(network=network.id, member=network.members[number].id, body=IssuerName(issuer=issuer))
    return await network.door.ask(BIND_ISSUER, request, by)
